"""podium inspect"""

from __future__ import annotations

import argparse
import json
import shutil

import pandas as pd
import pytest

from core.checks import Finding, Inspection
from core.checks.resemblance import Resemblance, Told
from core.cli import inspect
from core.cli.common import sample_folder
from core.errors import Refusal


def run(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    inspect.add_arguments(parser)
    return inspect.main(parser.parse_args(list(map(str, arguments))))


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return sample_folder("class-imbalance", tmp_path_factory.mktemp("submissions"))


@pytest.fixture
def leaky(sample, tmp_path):
    """Sample data of which each sick row is there twice, and one column is the answer."""
    folder = shutil.copytree(sample, tmp_path / "leaky")
    train, test = pd.read_csv(folder / "train.csv"), pd.read_csv(folder / "test.csv")
    sick = train[train["diagnosis"] != "normal"]
    train = pd.concat([train, sick.assign(row_id="C" + sick["row_id"])], ignore_index=True)
    train = pd.concat([train, (train["diagnosis"] == "normal").astype(int).rename("outcome")], axis=1)
    test = pd.concat([test, pd.Series(0, test.index, name="outcome")], axis=1)
    for name in ("validation.csv", "validation_ground_truth.csv"):
        (folder / name).unlink()
    train.to_csv(folder / "train.csv", index=False)
    test.to_csv(folder / "test.csv", index=False)
    return folder


def test_clean_data_have_no_leak_and_every_scheme_stands_in_the_table(sample, capsys):
    assert run("class-imbalance", "--data", sample) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "no leak found" in said.err
    assert "train and test" in said.err
    assert "scheme stratified" in said.err
    assert "scheme random" in said.err


def test_sample_data_are_made_where_none_are_named(tmp_path, capsys):
    assert run("class-imbalance", "--submissions", tmp_path) == 0
    assert "using sample data" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [".sample"]


def test_leaks_are_shown_first_with_their_way_out_and_are_no_failure(leaky, capsys):
    assert run("class-imbalance", "--data", leaky) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "duplicate rows" in said
    assert "'outcome' alone tells class 'normal'" in said
    assert "leaks found" in said
    assert said.index(" leak ") < said.index(" warning ")


def test_json_is_one_object_and_nothing_else(leaky, capsys):
    assert run("class-imbalance", "--data", leaky, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["competition"] == "class-imbalance"
    assert said["edition"] == "addi-2021"
    assert [finding["severity"] for finding in said["findings"]][:2] == ["leak", "leak"]
    assert {told["name"] for told in said["schemes"]} == {"stratified", "random"}
    assert said["closest"] == "stratified"
    assert 0 <= said["test"]["area"] <= 1
    assert len(said["checks"]) >= 8


def test_nothing_is_written(sample, tmp_path):
    before = {path.name: path.stat().st_mtime_ns for path in sample.iterdir()}
    assert run("class-imbalance", "--data", sample, "--submissions", tmp_path / "none") == 0
    assert {path.name: path.stat().st_mtime_ns for path in sample.iterdir()} == before
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("place", ["missing", "file"])
def test_a_folder_that_is_none_is_refused(place, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Refusal, match=place):
        run("class-imbalance", "--data", tmp_path / place)


@pytest.mark.parametrize(
    ("severities", "expected"),
    [
        ([], "no leak found by 1 kind of checks; 0 warnings, 0 notes"),
        (["warning", "note", "note"], "no leak found by 1 kind of checks; 1 warning, 2 notes"),
        (["leak"], "1 leak found by 1 kind of checks: do not trust the validation score yet; 0 warnings, 0 notes"),
    ],
)
def test_the_verdict_counts(severities, expected):
    findings = tuple(Finding("check", severity, "message", "advice") for severity in severities)
    assert inspect.verdict(Inspection(findings, Resemblance(None), ("one",))) == expected


def test_names_with_brackets_are_shown_as_they_are(capsys):
    finding = Finding("check", "warning", "column '[red]x[/red]' is odd", "drop [it]")
    told = Told("test", 0.5, 0.01)
    inspect.show(Inspection((finding,), Resemblance(told, (Told("[b]own", 0.5, 0.01),)), ("one",)), 1.0)
    said = capsys.readouterr().err
    assert "'[red]x[/red]'" in said
    assert "drop [it]" in said
    assert "[b]own" in said
