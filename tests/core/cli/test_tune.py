"""`podium tune`: a table for people, JSON for programs, refusals with the way out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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
