"""Folds for others to train on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.outside.fold_table import beyond_the_table, fold_table, split_ids, write_folds
from core.table import join_ids
from tests.contract.fakes.clips import Clips
from tests.contract.fakes.events import IDS, Events
from tests.contract.fakes.shifted import Shifted
from tests.core.outside.made import data_of, finished, ground

ODD = st.text("ab|\\ ,é", min_size=1, max_size=6)


@given(st.lists(st.tuples(ODD, ODD, ODD), min_size=1, max_size=5))
def test_ids_are_split_as_they_were_joined(rows):
    frame = pd.DataFrame(rows, columns=["a", "b", "c"], dtype=object)
    assert split_ids(join_ids(frame, ["a", "b", "c"]), ["a", "b", "c"]).equals(frame)


@given(st.lists(ODD, min_size=1, max_size=5))
def test_ids_of_one_column_stay(rows):
    frame = pd.DataFrame({"a": rows}, dtype=object)
    assert split_ids(join_ids(frame, ["a"]), ["a"])["a"].tolist() == rows


def test_ids_of_other_parts_are_an_error():
    with pytest.raises(ValueError, match="2 parts, not 3"):
        split_ids(pd.Index(["a|b"]), ["a", "b", "c"])


def read(path, text=("id",)):
    return pd.read_csv(path, dtype=dict.fromkeys(text, str), keep_default_na=False, na_values={"fold": [""]})


def test_each_row_has_the_fold_that_scores_it(pair, tmp_path):
    found = ground(pair.first)
    assert write_folds(found, tmp_path / "folds.csv", "csv") == 240
    table = read(tmp_path / "folds.csv")
    assert list(table.columns) == ["id", "fold"]
    assert table["id"].tolist() == found.dataset.score.ids.tolist()
    for number, fold in enumerate(found.folds.folds):
        assert np.flatnonzero(table["fold"] == number).tolist() == sorted(fold.score)
    assert beyond_the_table(found) is None


def test_weights_stand_beside_the_folds_where_rows_count_unlike(shifted):
    found = ground(shifted, Shifted)
    table = fold_table(found)
    assert list(table.columns) == ["id", "fold", "weight"]
    assert np.array_equal(table["weight"], found.judge.weight)


def test_folds_that_follow_time_have_rows_without_a_fold_and_a_note(events, tmp_path):
    found = ground(events, Events)
    write_folds(found, tmp_path / "folds.csv", "csv")
    table = read(tmp_path / "folds.csv", IDS)
    assert list(table.columns) == [*IDS, "fold"]
    assert join_ids(table, IDS).tolist() == found.dataset.score.ids.tolist()
    unscored = np.setdiff1d(np.arange(len(table)), np.concatenate([fold.score for fold in found.folds.folds]))
    assert np.flatnonzero(table["fold"].isna()).tolist() == unscored.tolist() != []
    assert "folds follow 'day': only rows before" in beyond_the_table(found)
    write_folds(found, tmp_path / "folds.npz", "npz")
    arrays = np.load(tmp_path / "folds.npz")
    ids = found.dataset.fit.ids.to_numpy(dtype=str)
    for number, fold in enumerate(found.folds.folds):
        assert np.array_equal(arrays["fit_ids"][arrays[f"fit_{number}"]], ids[fold.fit])
        assert np.array_equal(arrays["score_ids"][arrays[f"score_{number}"]], ids[fold.score])


def test_a_table_to_fit_of_its_own_is_said(tmp_path):
    run = finished(Clips, data_of(Clips, tmp_path / "data"), tmp_path / "runs", members=("on-clips",))
    assert "a table of its own (90 rows), not on the 60 rows" in beyond_the_table(ground(run, Clips))
