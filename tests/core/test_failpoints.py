"""Failpoints: those of the source are those of the list, and nothing but a test arms them."""

from __future__ import annotations

import ast

import pytest

from core import failpoints
from core.failpoints import NAMES, armed, failpoint
from tests.support.command import CHECKOUT


def calls():
    """Every `failpoint("…")` of the source."""
    found = []
    for path in sorted((CHECKOUT / "core").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "failpoint":
                found += [argument.value for argument in node.args]
    return found


def test_the_source_has_each_name_of_the_list_once_and_no_other():
    assert sorted(calls()) == sorted(NAMES)
    assert len(set(NAMES)) == len(NAMES)


def test_unarmed_nothing_happens():
    assert failpoints._action is None
    failpoint("cache: begun")


def test_armed_the_action_is_told_the_name_until_the_block_ends():
    seen = []
    with armed(seen.append):
        failpoint("a")
        with armed(lambda name: None):
            failpoint("b")
        failpoint("c")
    failpoint("d")
    assert seen == ["a", "c"]


def test_an_action_that_raises_disarms_itself():
    def full(name):
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"), armed(full):
        failpoint("a")
    assert failpoints._action is None


def test_no_environment_variable_or_option_arms_them():
    text = (CHECKOUT / "core" / "failpoints.py").read_text(encoding="utf-8")
    assert "environ" not in text
    users = [path for path in (CHECKOUT / "core").rglob("*.py") if "armed(" in path.read_text(encoding="utf-8")]
    assert [path.name for path in users] == ["failpoints.py"]
