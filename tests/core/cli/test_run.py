"""podium run, and what a user sees of it."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.cli.run import seconds
from tests.core.cli.conftest import QUICK
from tests.support.command import CHECKOUT, podium


def test_stdout_is_exactly_one_json_object(finished):
    said = json.loads(finished.stdout)
    assert {
        "run_id",
        "folder",
        "submission",
        "metric",
        "scores",
        "nested",
        "baseline",
        "seconds",
    } <= set(said)
    assert set(said["scores"]) == {"constant", "linear", "blend"}
    assert said["scores"]["linear"]["standard_error"] > 0
    assert said["nested"]["score"] < said["baseline"]["score"]
    assert Path(said["submission"]).is_file()


def test_people_are_told_on_stderr_that_the_data_are_a_sample(finished):
    assert "sample data" in finished.stderr
    assert "constant (baseline)" in finished.stderr
    assert "nested" in finished.stderr


def test_a_second_run_returns_the_first(finished):
    again = podium("run", "class-imbalance", *QUICK, "--json", submissions=finished.submissions)
    assert json.loads(again.stdout)["run_id"] == json.loads(finished.stdout)["run_id"]
    assert "finished before" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such-competition"], "class-imbalance"),
        (["class-imbalance", "--data", "no/such/folder"], "no such folder"),
        (["class-imbalance", "--data", "core"], "train.csv"),
        (["class-imbalance", "--members", "lightgbm,xgboost"], "xgboost"),
        (["class-imbalance", "--fold", "9"], "0 to 4"),
        (["class-imbalance", "--option", "prior"], "name=value"),
        (["class-imbalance", "--option", "colour=red"], "prior"),
        (["class-imbalance", "--option", "prior=normal:1"], "post_alzheimer"),
        (["class-imbalance", "--edition", "1999"], "addi-2021"),
        (["class-imbalance", "--executor", "abacus"], "processes"),
        (["class-imbalance", "--plan", "README.md"], "plan"),
        (["class-imbalance", "--budget", "soon"], "5m"),
        (["class-imbalance", "--fraction", "2"], "share"),
        (["class-imbalance", "--seeds", "0"], "1 or more"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_ends_with_2_and_one_message(arguments, said, finished):
    done = podium("run", *arguments, "--threads", 1, submissions=finished.submissions)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_an_unlabelled_folder_has_no_prior_to_count(finished, tmp_path):
    for name in ("train.csv", "test.csv", "sample_submission.csv"):
        (tmp_path / name).write_bytes((finished.data / name).read_bytes())
    command = ("run", "class-imbalance", "--data", tmp_path, *QUICK, "--option", "prior=validation")
    done = podium(*command, submissions=finished.submissions)
    assert done.returncode == 2
    assert "validation.csv" in done.stderr
    assert "estimated from the features" in done.stderr


def test_a_tiny_budget_still_ends_with_a_valid_submission(finished):
    said = podium("run", "class-imbalance", "--budget", "1s", "--json", submissions=finished.submissions)
    assert said.returncode == 0, said.stderr
    assert "left out when the budget ended: lightgbm" in said.stderr
    assert "constant" in json.loads(said.stdout)["scores"]
    assert podium("check", json.loads(said.stdout)["folder"], submissions=finished.submissions).returncode == 0


def test_more_goes_on_with_a_finished_run(finished, tmp_path):
    quick = ("run", "class-imbalance", "--data", finished.data, "--members", "lightgbm", "--fraction", "0.1")
    quick = (*quick, "--threads", "1", "--json")
    without = podium(*quick, "--more", "20s", submissions=tmp_path)
    assert without.returncode == 2
    assert "without --more first" in without.stderr
    first = podium(*quick, submissions=tmp_path)
    more = podium(*quick, "--more", "6s", submissions=tmp_path)
    assert more.returncode == 0, more.stderr
    assert "extended by 6 s in all" in more.stderr
    before, after = json.loads(first.stdout), json.loads(more.stdout)
    assert before["folder"] == after["folder"]
    record = json.loads((Path(after["folder"]) / "run.json").read_text())
    assert (record["status"], record["more"]) == ("finished", 6.0)
    assert after["fits"]["from_cache"] >= 10  # the baseline's and the first seed's
    assert json.loads(podium(*quick, submissions=tmp_path).stdout)["scores"] == after["scores"]
    assert podium("check", after["folder"], submissions=tmp_path).returncode == 0


@pytest.mark.parametrize("other", [["--fresh"], ["--plan", "plan.json"]])
def test_more_and_a_new_run_do_not_go_together(other, finished):
    done = podium("run", "class-imbalance", *QUICK, "--more", "5s", *other, submissions=finished.submissions)
    assert done.returncode == 2
    assert "--more" in done.stderr


def test_a_budget_counts_from_the_start_of_the_process():
    program = "import time; time.sleep(0.5); from core.cli.run import since_start; print(since_start())"
    done = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert 0.5 <= float(done.stdout) < 10


@pytest.mark.parametrize(("text", "value"), [("90", 90), ("90s", 90), ("1.5m", 90), ("1h", 3600)])
def test_times_are_read(text, value):
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "m", "-5", "0", "nan", "inf", "5d", "5 m m"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError):
        seconds(text)
