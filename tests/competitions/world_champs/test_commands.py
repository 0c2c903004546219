"""Questions to a finished run, and back-tests, by the command."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest

from competitions.world_champs.sample import write_sample
from tests.support.command import podium

RACE = 'name = "World Championships - Road Race"\ndate = 2020-09-27\ndistance_km = 258\nclass = "WC"\n'


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A run of the quickest members, a start list and a race card."""
    place = tmp_path_factory.mktemp("questions")
    write_sample(place / "files")
    done = podium(
        "run", "world-champs", "--data", place / "files", "--members", "lambdarank,rating", submissions=place / "runs"
    )
    assert done.returncode == 0, done.stderr
    assert "predicted first ten" in done.stdout + done.stderr
    riders = pd.read_csv(place / "files" / "riders.csv")
    riders[["name"]][:60].to_csv(place / "start.csv", index=False)
    (place / "race.toml").write_text(RACE)
    return place


def asked(place, *more):
    words = ("predict", "world-champs", "--startlist", place / "start.csv", "--race", place / "race.toml")
    return podium(*words, *more, submissions=place / "runs")


def test_a_question_is_answered_with_tables_a_file_and_a_page(place, tmp_path):
    done = asked(place, "--out", tmp_path / "worlds.csv")
    assert done.returncode == 0, done.stderr
    for said in ("first ten", "mostly by", "without", "20% longer"):
        assert said in done.stdout
    table = pd.read_csv(tmp_path / "worlds.csv")
    assert list(table.columns[:8]) == ["place", "rider_id", "name", "score", "win", "podium", "top_10", "reasons"]
    assert any(column.startswith("win, without ") for column in table.columns[8:])
    assert len(table) == 60
    assert "<h1>World Championships - Road Race</h1>" in (tmp_path / "worlds.html").read_text()
    (run,) = (path for path in (place / "runs" / "world-champs").iterdir() if path.is_dir())
    again = asked(place, "--run", run.name, "--out", tmp_path / "again.csv")
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "worlds.csv").read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("predict", "world-champs", "--race", "race.toml"), "--race without --startlist"),
        (("predict", "world-champs"), "nothing to predict"),
        (("predict", "world-champs", "--startlist", "none.csv", "--race", "race.toml"), "none.csv"),
        (("backtest", "world-champs", "--members", "nobody"), "no member 'nobody'"),
        (("backtest", "class-imbalance"), "has no back-test"),
        (("backtest", "world-champs", "--threads", "0"), "--threads 0"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_the_way_out(place, words, said):
    named = [place / word if "." in word else word for word in words]
    if words[:2] == ("backtest", "world-champs"):
        named += ["--data", place / "files"]
    done = podium(*named, submissions=place / "runs")
    assert done.returncode == 2
    assert said in done.stderr
    assert "way out" in done.stderr


def test_a_back_test_says_how_good_the_past_was(place, tmp_path):
    words = ("backtest", "world-champs", "--data", place / "files", "--members", "regression", "--threads", "1")
    done = podium(*words, "--out", tmp_path / "past.csv", submissions=place / "runs")
    assert done.returncode == 0, done.stderr
    for said in ("year by year", "World Championships", "paired by race", "season points"):
        assert said in done.stdout
    assert {"event_id", "rider_id", "forecast", "strength"} <= set(pd.read_csv(tmp_path / "past.csv").columns)
    assert (tmp_path / "past.html").exists()


def test_data_that_moved_are_named(place, tmp_path):
    shutil.copytree(place / "files", tmp_path / "moved")
    done = asked(place, "--data", tmp_path / "moved", "--out", tmp_path / "worlds.csv")
    assert done.returncode == 0, done.stderr
    gone = asked(place, "--data", tmp_path / "gone", "--out", tmp_path / "worlds.csv")
    assert gone.returncode == 2
    assert "no such folder" in gone.stderr
