"""podium new: a scaffold whose test passes at once, in a copy of the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from core.cli.discovery import competitions
from tests.support.command import CHECKOUT, podium

FOLDERS = ("competitions/house_prices", "tests/competitions/house_prices")


@pytest.fixture
def checkout(tmp_path):
    """A copy of what a scaffold stands on."""
    copy = tmp_path / "check out"
    ignore = shutil.ignore_patterns("__pycache__")
    for name in ("core", "competitions"):
        shutil.copytree(CHECKOUT / name, copy / name, ignore=ignore)
    (copy / "tests" / "competitions").mkdir(parents=True)
    for name in ("__init__.py", "competitions/__init__.py"):
        (copy / "tests" / name).touch()
    shutil.copytree(CHECKOUT / "tests" / "contract", copy / "tests" / "contract", ignore=ignore)
    shutil.copy(CHECKOUT / "pyproject.toml", copy)
    return copy


@pytest.mark.parametrize("metric", ["rmse", "log_loss"])
def test_a_scaffold_passes_its_test_and_the_linter_at_once(checkout, metric):
    made = podium("new", "house-prices", "--id", "Id", "--target", "Sale Price", "--metric", metric, checkout=checkout)
    assert made.returncode == 0, made.stderr
    listed = podium("list", "--names", checkout=checkout)
    assert "house-prices" in listed.stdout.split()
    command = [sys.executable, "-m", "pytest", "tests/competitions/house_prices"]
    environment = {**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"}
    tested = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert tested.stdout.startswith("..")
    if shutil.which("ruff", path=os.path.dirname(sys.executable)):
        ruff = [sys.executable, "-m", "ruff"]
        for what in (["check"], ["format", "--check"]):
            linted = subprocess.run([*ruff, *what, *FOLDERS], cwd=checkout, capture_output=True, text=True, check=False)
            assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("slug", ["House", "house_prices", "-x", "a b", "../up", competitions()[0]])
def test_a_bad_or_taken_name_is_refused(checkout, slug):
    before = sorted((checkout / "competitions").iterdir())
    made = podium("new", "--", slug, checkout=checkout)
    assert made.returncode == 2
    assert sorted((checkout / "competitions").iterdir()) == before
