"""`podium tune`: a table for people, JSON for programs, refusals with the way out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.cli import main, tune
from core.objective import Score
from core.tuning import NestedScore, Tuned
from core.tuning.study import Told
from core.tuning_road import Searched
from tests.support.command import podium


def test_members_are_tuned_and_a_second_time_nothing_is_fitted(finished, tmp_path):
    options = ("--members", "linear", "--trials", "3", "--threads", "1")
    command = ("tune", "class-imbalance", "--data", finished.data, *options)
    first = podium(*command, "--json", "--nested", submissions=tmp_path)
    assert first.returncode == 0, first.stderr
    said = json.loads(first.stdout)
    (tuned,) = said["tuning"]
    assert tuned["member"] == "linear"
    assert [trial["number"] for trial in tuned["trials"]] == [0, 1, 2]
    assert {"defaults", "tuned", "gain", "standard_error", "member"} == set(said["nested"][0])
    assert "linear: best is trial" in first.stderr
    assert "by others" in first.stderr
    again = podium(*command, submissions=tmp_path)
    assert again.returncode == 0
    assert "fitting linear" not in again.stderr
    assert "linear: best is trial" in again.stdout
    assert "by others" in again.stdout
    assert not list(tmp_path.glob("class-imbalance/*/run.json"))
    assert (tmp_path / ".studies" / "class-imbalance.journal").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--trials", "1"), "ask for 2 or more"),
        (("--trials", "none"), "'none'"),
        (("--members", "lnear"), "no member 'lnear'"),
        (("--storage", "abacus://x"), "--storage"),
        (("--storage", "README.md"), "README.md: no journal of studies"),
        (("--budget", "soon"), "'soon'"),
        pytest.param(
            ("--device", "cuda"),
            "no NVIDIA driver",
            marks=pytest.mark.skipif(Path("/proc/driver/nvidia/version").exists(), reason="it has one"),
        ),
    ],
)
def test_a_mistake_ends_with_2_and_one_message(finished, tmp_path, options, said):
    done = podium("tune", "class-imbalance", "--data", finished.data, *options, submissions=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


INF = float("inf")


def told(monkeypatch, capsys, finished, found, *options, left_out=()):
    """What is printed where a search came to this; and what the search was asked for."""
    asked = []

    def search(competition, data, settings, root, listener, spent, *, nested):
        asked.append(settings)
        for work in left_out:
            listener.left_out(work)
        return found

    monkeypatch.setattr("core.tuning_road.tune_members", search)
    assert main(["tune", "class-imbalance", "--data", str(finished.data), *options]) == 0
    return capsys.readouterr(), asked[0]


def test_where_no_trial_has_ended_that_is_said(finished, monkeypatch, capsys):
    nothing, left_out = Searched((), ()), ["20 of 20 trials of linear"]
    said, _ = told(monkeypatch, capsys, finished, nothing, "--budget", "1s", left_out=left_out)
    assert "no trial has ended: give the same command more time" in said.out
    assert "left out: 20 of 20 trials of linear" in said.out
    assert "by others" not in said.out
    said, _ = told(monkeypatch, capsys, finished, nothing, left_out=left_out)
    assert "no trial has ended\n" in said.out  # other processes work on them


def test_json_has_the_signs_of_the_table_and_no_infinity(finished, monkeypatch, capsys):
    trial = Told(0, "complete", INF, {"C": INF}, (INF, 1.0))
    nested = NestedScore("linear", tuned=Score((0.4, 0.5)), defaults=Score((0.5, 0.7)))
    alone = NestedScore("lightgbm", tuned=Score((float("nan"),)), defaults=Score((INF,)))
    found = Searched((Tuned("linear", (trial,), 0, INF, None),), (nested, alone))
    said, _ = told(monkeypatch, capsys, finished, found, "--json", left_out=["linear~3"])
    state = json.loads(said.out, parse_constant=pytest.fail)
    assert state["nested"][0] == {"member": "linear", "tuned": 0.45, "defaults": 0.6, "gain": pytest.approx(0.15),
                                  "standard_error": pytest.approx(0.05)}  # fmt: skip
    assert state["nested"][1] == {"member": "lightgbm", "tuned": None, "defaults": None, "gain": None,
                                  "standard_error": None}  # fmt: skip
    assert state["tuning"][0]["trials"][0]["params"] == {"C": None}
    assert state["left_out"] == ["linear~3"]
    assert "0.15" in said.err
    other = tune.summary(found, "x", Path(), higher_is_better=True)
    assert other["nested"][0]["gain"] == pytest.approx(-0.15)


def test_it_is_asked_for_as_the_runs_to_come(finished, monkeypatch, capsys):
    options = ("--device", "cpu", "--refit", "full", "--storage", "mine.journal", "--members", "linear, lightgbm")
    _, settings = told(monkeypatch, capsys, finished, Searched((), ()), *options)
    assert (settings.device, settings.refit, settings.storage) == ("cpu", "full", "mine.journal")
    assert settings.members == ("linear", "lightgbm")
    assert settings.trials == 20
