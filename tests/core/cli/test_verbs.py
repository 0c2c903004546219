"""The verbs that look at a finished run: predict, check, runs, show, sample, doctor."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.command import CHECKOUT, podium


def test_predict_in_a_fresh_process_gives_the_bytes_of_the_run(finished, tmp_path):
    out = tmp_path / "predicted.csv"
    run = json.loads(finished.stdout)
    done = podium("predict", run["run_id"], "--data", finished.data, "--out", out, submissions=finished.submissions)
    assert done.returncode == 0, done.stderr
    assert out.read_bytes() == Path(run["submission"]).read_bytes()


def test_predict_needs_no_training_files(finished, tmp_path):
    lines = (finished.data / "test.csv").read_text().splitlines(keepends=True)
    (tmp_path / "test.csv").write_text("".join(lines[:11]))
    out = tmp_path / "predicted.csv"
    run = json.loads(finished.stdout)["run_id"]
    done = podium("predict", run, "--data", tmp_path, "--out", out, submissions=finished.submissions)
    assert done.returncode == 0, done.stderr
    assert out.read_text().count("\n") == 11


def test_predict_refuses_a_run_that_is_not_there(finished, tmp_path):
    done = podium("predict", "19990101", "--data", finished.data, submissions=finished.submissions)
    assert done.returncode == 2
    assert "podium runs" in done.stderr


def test_check_accepts_the_submission_of_a_run_and_names_the_fault_of_another(finished, tmp_path):
    good = podium("check", "class-imbalance", submissions=finished.submissions)
    assert good.returncode == 0
    assert "valid submission" in good.stdout
    text = Path(json.loads(finished.stdout)["submission"]).read_text().splitlines(keepends=True)
    (tmp_path / "short.csv").write_text("".join(text[:-3]))
    bad = podium("check", "class-imbalance", tmp_path / "short.csv", "--data", finished.data)
    assert bad.returncode == 2
    assert "3 ids are missing" in bad.stderr


def test_runs_and_show_find_the_run(finished):
    run_id = json.loads(finished.stdout)["run_id"]
    assert run_id in podium("runs", submissions=finished.submissions).stdout
    listed = json.loads(podium("runs", "--json", submissions=finished.submissions).stdout)
    assert run_id in [run["run_id"] for run in listed]
    shown = podium("show", run_id, "--json", submissions=finished.submissions)
    assert json.loads(shown.stdout) == json.loads(finished.stdout)


def test_runs_of_an_empty_folder_says_how_to_make_one(tmp_path):
    assert "podium run" in podium("runs", submissions=tmp_path).stdout


def test_sample_writes_the_same_files_and_refuses_a_full_folder(tmp_path, finished):
    out = tmp_path / "sample"
    assert podium("sample", "class-imbalance", "--out", out).returncode == 0
    for path in finished.data.iterdir():
        assert (out / path.name).read_bytes() == path.read_bytes()
    again = podium("sample", "class-imbalance", "--out", out)
    assert again.returncode == 2


def test_doctor_finds_this_checkout_sound(tmp_path):
    done = podium("doctor", submissions=tmp_path)
    assert done.returncode == 0, done.stdout
    assert str(CHECKOUT / "core") in done.stdout


def test_doctor_says_when_the_folder_of_runs_is_none(tmp_path):
    (tmp_path / "file").write_text("")
    done = podium("doctor", submissions=tmp_path / "file" / "below")
    assert done.returncode == 1
    assert "--submissions" in done.stdout
