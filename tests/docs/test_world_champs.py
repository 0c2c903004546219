"""Every command of the page of World Champs is one that works."""

from __future__ import annotations

import shlex

import pandas as pd
import pytest

from competitions.world_champs.sample import write_sample
from tests.docs.test_readme import commands
from tests.support.command import CHECKOUT, podium

COMMANDS = [line for line in commands() if line.startswith("podium ") and "world-champs" in line]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    place = tmp_path_factory.mktemp("world-champs")
    write_sample(place / "files")
    first = answered(next(command for command in COMMANDS if command.startswith("podium run")), place)
    assert first.returncode == 0, first.stderr
    pd.read_csv(place / "files" / "riders.csv")[["name"]][:60].to_csv(place / "start.csv", index=False)
    page = (CHECKOUT / "competitions/world_champs/README.md").read_text(encoding="utf-8")
    (place / "race.toml").write_text(page.split("```toml\n")[1].split("```")[0])
    return place


def answered(command, place):
    """What a command of the page says, its files those of the workplace."""
    words = [place / word if "." in word else word for word in shlex.split(command)[1:]]
    words = [place / "files" if word == "path/to/files" else word for word in words]
    if words[0] == "backtest":  # of the quickest members: the test is that it works, not what it scores
        words += ["--members", "regression"]
    return podium(*words, submissions=place / "runs")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_works_as_written(command, workplace):
    done = answered(command, workplace)
    assert done.returncode == 0, done.stderr


def test_there_are_commands():
    assert len(COMMANDS) >= 4
