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
    done = podium(
        "run", "world-champs", "--data", place / "files", "--members", "lambdarank", submissions=place / "runs"
    )
    assert done.returncode == 0, done.stderr
    pd.read_csv(place / "files" / "riders.csv")[["name"]][:60].to_csv(place / "start.csv", index=False)
    page = (CHECKOUT / "competitions/world_champs/README.md").read_text(encoding="utf-8")
    (place / "race.toml").write_text(page.split("```toml\n")[1].split("```")[0])
    return place


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_works_as_written(command, workplace):
    words = [workplace / word if "." in word else word for word in shlex.split(command)[1:]]
    words = [workplace / "files" if word == "path/to/files" else word for word in words]
    if words[0] == "backtest":  # of the quickest members: the test is that it works, not what it scores
        words += ["--members", "regression"]
    done = podium(*words, submissions=workplace / "runs")
    assert done.returncode == 0, done.stderr


def test_there_are_commands():
    assert len(COMMANDS) >= 4
