"""podium folds"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.bad_input.small_data import is_refused, said


def export(capsys, finished, *more):
    return said(capsys, "folds", "export", "class-imbalance", "--submissions", finished.submissions, *more)


def test_folds_are_written_and_the_way_on_is_said(finished, tmp_path, capsys):
    done = export(capsys, finished, "--out", tmp_path / "folds.csv")
    assert done.code == 0, done.err
    assert done.out.strip() == str(tmp_path / "folds.csv")
    assert "podium import" in done.err
    assert "fit on all rows of other folds" in done.err
    table = pd.read_csv(tmp_path / "folds.csv", dtype={"row_id": str})
    assert list(table.columns) == ["row_id", "fold", "weight"]
    assert table["row_id"].is_unique
    assert sorted(table["fold"].unique()) == [0, 1, 2, 3, 4]
    again = export(capsys, finished, "--out", tmp_path / "again.csv")
    assert again.code == 0
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "folds.csv").read_bytes()


@pytest.mark.parametrize("how", [("--out", "f.npz"), ("--format", "npz")])
def test_positions_are_written_on_request(how, finished, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert export(capsys, finished, *how).code == 0
    (path,) = tmp_path.iterdir()
    arrays = np.load(path)
    assert {"fit_ids", "score_ids", "fit_0", "score_4"} <= set(arrays.files)


@pytest.mark.parametrize(
    ("more", "part"),
    [
        (("--out", "folds.csv", "--format", "npz"), "do not go together"),
        (("--out", "folds.npz", "--format", "csv"), "do not go together"),
        (("--out", "."), "a folder, not a file"),
        (("--format", "json"), "json"),
        (("--data", "nowhere"), "nowhere: no such folder"),
    ],
)
def test_what_makes_no_sense_is_refused(more, part, finished, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    is_refused(export(capsys, finished, *more), part)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_not_there_and_another_action_are_refused(finished, capsys):
    is_refused(said(capsys, "folds", "export", "1999", "--submissions", finished.submissions), "podium runs")
    is_refused(said(capsys, "folds", "import", "class-imbalance"), "import")


def test_another_file_is_not_replaced_unasked_and_no_folder_is_made(finished, tmp_path, capsys):
    out = tmp_path / "folds.csv"
    out.write_text("mine\n")
    is_refused(export(capsys, finished, "--out", out), "another file is there", "--yes")
    assert out.read_text() == "mine\n"
    assert export(capsys, finished, "--out", out, "--yes").code == 0
    assert export(capsys, finished, "--out", out).code == 0  # it holds these very folds
    is_refused(export(capsys, finished, "--out", tmp_path / "nowhere" / "folds.csv"), "there is no folder")
    assert not (tmp_path / "nowhere").exists()
