"""The Makefile, as far as it can be seen without making an environment."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from core.cli.discovery import competitions
from tests.support.command import CHECKOUT


def make(*words: str, folder=CHECKOUT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *words], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def bare(tmp_path):
    """A clone without an environment, in a path with a space in it."""
    clone = tmp_path / "bare clone"
    clone.mkdir()
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "constraints-kaggle.txt"):
        shutil.copy(CHECKOUT / name, clone)
    shutil.copytree(CHECKOUT / "tools", clone / "tools")
    for slug in competitions():
        folder = clone / "competitions" / slug.replace("-", "_")
        folder.mkdir(parents=True)
        (folder / "competition.py").touch()
    return clone


def test_help_lists_every_competition_and_its_targets(bare):
    said = make("help", folder=bare).stdout
    for slug in competitions():
        for target in (slug, f"{slug}-sample", f"{slug}-inspect", f"{slug}-tune", f"{slug}-check", f"test-{slug}"):
            assert f"  {target} " in said


def test_only_those_that_forecast_their_past_list_a_backtest(bare):
    (bare / "competitions/world_champs/competition.py").write_text("    def backtest(self):\n")
    said = make("help", folder=bare).stdout
    assert "  world-champs-backtest " in said
    assert "class-imbalance-backtest" not in said
    assert "backtest world-champs" in make("-n", "world-champs-backtest", folder=bare).stdout


def test_only_those_with_a_dashboard_write_one_after_the_run(bare):
    (bare / "competitions/air_quality/competition.py").write_text("    def dashboard(self):\n")
    assert "  air-quality-dashboard " in make("help", folder=bare).stdout
    assert "podium dashboard air-quality" in make("-n", "air-quality", folder=bare).stdout
    assert "podium dashboard" not in make("-n", "world-champs", folder=bare).stdout


def test_every_target_begins_with_the_environment(bare):
    for target in ("test", "lint", "types", "bench", "doctor", f"{competitions()[0]}-tune"):
        assert make("-n", target, folder=bare).stdout.startswith("tools/venv .venv")


def test_options_pass_through_quoted(bare):
    said = make("-n", competitions()[0], "DATA=my files", "BUDGET=5m", "ARGS=--seed 3", folder=bare).stdout
    assert '--data "my files" --budget 5m --seed 3' in said


def test_an_unknown_target_names_those_there_are(bare):
    done = make("class-imbalence", folder=bare)
    assert done.returncode == 2
    assert "no target 'class-imbalence'" in done.stderr
    assert "class-imbalance-check" in done.stderr


def test_a_missing_python_is_one_message_and_leaves_nothing(bare):
    done = make("test", "PYTHON=python2.7-not-here", folder=bare)
    assert done.returncode == 2
    assert "python2.7-not-here" in done.stderr
    assert "way out" in done.stderr
    assert not (bare / ".venv").exists()
