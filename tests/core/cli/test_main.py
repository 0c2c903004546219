"""The command before any verb has begun."""

from __future__ import annotations

import subprocess
import sys

import pytest

from core.cli import VERBS
from tests.support.command import CHECKOUT, podium

HEAVY = ("numpy", "pandas", "sklearn", "scipy", "torch", "kaggle", "lightgbm", "catboost", "optuna", "rich")


def test_help_imports_nothing_heavy():
    program = f"""
import sys
from core.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert all(verb in done.stdout for verb in VERBS)
    assert "examples:" in done.stdout


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb):
    done = podium(verb, "--help")
    assert done.returncode == 0
    assert f"podium {verb}" in done.stdout


def test_an_unknown_verb_names_those_there_are():
    done = podium("rum")
    assert done.returncode == 2
    assert "predict" in done.stderr
    assert "Traceback" not in done.stderr


def test_list_names_the_competitions_without_importing_them():
    done = podium("list", "--names")
    assert "class-imbalance" in done.stdout.split()


def test_info_says_files_metric_and_options():
    done = podium("info", "class-imbalance")
    assert done.returncode == 0
    for word in ("log_loss", "train.csv", "addi-2021", "--option prior"):
        assert word in done.stdout
