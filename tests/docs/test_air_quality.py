"""Every command of the page of air quality is one that works."""

from __future__ import annotations

import shlex
import shutil

import pandas as pd
import pytest

from competitions.air_quality.sample import write_sample
from tests.docs.test_readme import commands
from tests.support.command import CHECKOUT, podium

COMMANDS = [line for line in commands() if line.startswith("podium ") and "air-quality" in line]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    place = tmp_path_factory.mktemp("air-quality")
    write_sample(place / "files")
    (place / "new").mkdir()
    shutil.copy(place / "files" / "Test.csv", place / "new")
    done = podium("run", "air-quality", "--data", place / "files", "--members", "linear", submissions=place / "runs")
    assert done.returncode == 0, done.stderr
    return place


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_works_as_written(command, workplace):
    replaced = {"path/to/files": workplace / "files", "path/to/new/rows": workplace / "new", "10m": "6s"}
    words = [replaced.get(word, workplace / word if word.endswith((".csv", ".html")) else word)
             for word in shlex.split(command)[1:]]  # fmt: skip
    if words[0] == "run":  # of one member: the test is that it works, not what it scores
        words += ["--members", "linear"]
    done = podium(*words, submissions=workplace / "runs")
    assert done.returncode == 0, done.stderr
    if words[0] == "predict":
        told = pd.read_csv(workplace / "told.csv")
        assert {"prediction", "low", "high", "aqi_class", "unit", "model_id"} <= set(told.columns)


def test_there_are_commands():
    assert len(COMMANDS) >= 4


def test_the_schema_of_the_page_is_one_that_is_read(workplace, tmp_path):
    page = (CHECKOUT / "competitions/air_quality/README.md").read_text(encoding="utf-8")
    (tmp_path / "air-quality.toml").write_text(page.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    names = {"site_id": "station", "date": "day", "pm2_5": "pm25", "city": "town"}
    for file, name in (("Train.csv", "measured.csv"), ("Test.csv", "asked.csv")):
        rows = pd.read_csv(workplace / "files" / file).drop(columns=["id", "country"]).rename(columns=names)
        rows.to_csv(tmp_path / name, index=False)
    done = podium("run", "air-quality", "--data", tmp_path, "--members", "linear", submissions=tmp_path / "runs")
    assert done.returncode == 0, done.stderr


def test_an_answer_in_the_host_s_columns_is_a_valid_submission(workplace):
    out = workplace / "answer.csv"
    asked = ("predict", "air-quality", "--data", workplace / "files", "--answer", "--out", out)
    assert podium(*asked, submissions=workplace / "runs").returncode == 0
    checked = podium("check", "air-quality", out, "--data", workplace / "files", submissions=workplace / "runs")
    assert checked.returncode == 0, checked.stderr
