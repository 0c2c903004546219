"""Labelled validation rows among the rows that are fitted and scored."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from competitions.class_imbalance.competition import ClassImbalance
from competitions.class_imbalance.validation import _spread, is_validation, part_key, with_validation
from core import folds
from core.dataset import Dataset
from core.errors import Refusal
from core.table import Table
from tests.competitions.class_imbalance.tables import frames, written


def table(ids, prefix="", **columns):
    index = pd.Index([f"{prefix}{name}" for name in ids], name="row_id")
    X = pd.DataFrame({name: list(values) for name, values in columns.items()}, index=index)
    return Table(X, pd.Series(["no", "yes"] * (len(index) // 2) + ["no"] * (len(index) % 2), index=index, name="y"))


def dataset(fit, test=None, **more):
    test = Table(fit.X.iloc[:2]) if test is None else test
    sample = pd.DataFrame({"row_id": test.ids, "no": 0.5, "yes": 0.5})
    return Dataset(fit, fit, test, ("no", "yes"), sample, ("row_id",), **more)


def joined(train, validation, **more):
    return with_validation(dataset(train, **more), validation, "some/train.csv", "some/validation.csv")


TRAIN = table("abcdef", x=range(6), colour=["red", "blue"] * 3)
VALIDATION = table("uv", x=[10, 11], colour=["red", "red"])


# --- where rows stand


@given(st.integers(1, 60), st.integers(0, 60))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_few_rows_lie_evenly_among_many_and_all_keep_their_order(many, few):
    order = _spread(many, few)
    assert sorted(order) == list(range(many + few))
    own = order < many
    assert (np.diff(order[own]) > 0).all()
    assert (np.diff(order[~own]) > 0).all()
    # Wherever the file is cut, the validation rows so far are as many as their share of those of train.
    assert np.abs(np.cumsum(~own) - np.cumsum(own) * few / many).max() <= max(1.0, few / many)


def test_every_row_keeps_its_features_its_truth_and_its_file():
    found = joined(TRAIN, VALIDATION).fit
    assert found.ids.tolist() == ["a", "b", "u", "c", "d", "e", "v", "f"]
    for source, name in ((TRAIN, "train"), (VALIDATION, "validation")):
        pd.testing.assert_frame_equal(found.X.loc[source.ids], source.X)
        pd.testing.assert_series_equal(found.y.loc[source.ids], source.y)
        assert (found.keys.loc[source.ids, "part"] == name).all()
    assert is_validation(found).tolist() == [name in "uv" for name in found.ids]
    assert found.ids.name == "row_id"


def test_fitted_rows_are_the_scored_rows_with_and_without_validation():
    for found in (joined(TRAIN, VALIDATION), joined(TRAIN, None)):
        assert found.fits_on_score_rows


def test_without_a_validation_file_all_rows_are_those_of_train():
    found = joined(TRAIN, None)
    assert not is_validation(found.fit).any()
    assert "validation" not in found.extra
    pd.testing.assert_frame_equal(found.fit.X, TRAIN.X)
    assert found.fit.keys["part"].tolist() == ["train"] * 6


def test_the_validation_rows_stand_by_themselves_beside_other_tables():
    other = table("xyz", x=range(3))
    found = joined(TRAIN, VALIDATION, extra={"other": other})
    assert found.extra["other"] is other
    assert found.extra["validation"] is VALIDATION
    assert "part" not in found.test.keys


def test_nothing_that_was_handed_in_is_changed():
    source, validation = dataset(TRAIN), table("abcdef", x=range(6), colour=["red"] * 6)
    before = copy.deepcopy((source.fit, source.test, validation))
    found = with_validation(source, validation, "train.csv", "validation.csv")
    found.fit.X.iloc[:, 0] = -1
    for old, new in zip(before, (source.fit, source.test, validation), strict=True):
        pd.testing.assert_frame_equal(old.X, new.X)
        pd.testing.assert_frame_equal(old.keys, new.keys)
    assert source.extra == {}


# --- ids


def test_ids_of_files_that_both_count_from_0_are_told_apart():
    train, validation = table(range(6), x=range(6)), table(range(3), x=[7, 8, 9])
    found = joined(train, validation)
    assert found.fit.ids.is_unique
    assert found.fit.X.loc["validation 1", "x"] == 8
    assert found.fit.X.loc["1", "x"] == 1
    assert found.extra["validation"].ids.tolist() == ["validation 0", "validation 1", "validation 2"]
    assert found.extra["validation"].y.tolist() == validation.y.tolist()
    assert found.fit.ids.name == "row_id"


def test_one_common_id_is_enough_to_tell_all_apart():
    found = joined(TRAIN, table("fg", x=[1, 2], colour=["red", "red"]))
    assert found.extra["validation"].ids.tolist() == ["validation f", "validation g"]


def test_ids_that_look_as_if_told_apart_are_told_apart_again():
    train = table(["0", "1", "validation 0"], x=range(3))
    found = joined(train, table(["0"], x=[9]))
    assert found.fit.X.loc["validation validation 0", "x"] == 9
    assert found.fit.X.loc["validation 0", "x"] == 2


# --- columns


def test_a_feature_may_be_called_like_the_key():
    train, validation = (table(ids, part=["a"] * 4, part_=range(4)) for ids in ("abcd", "uvwx"))
    found = joined(train, validation).fit
    assert part_key(found) == "part__"
    assert is_validation(found).tolist() == [name in "uvwx" for name in found.ids]
    assert found.X["part"].tolist() == ["a"] * 8
    assert not is_validation(joined(train, None).fit).any()


def test_a_feature_called_like_the_key_is_loaded_from_files(tmp_path):
    named = {name: frame.rename(columns={"name": "part"}) for name, frame in frames().items()}
    found = ClassImbalance().load(written(tmp_path, **named)).fit
    assert list(found.X.columns) == ["number", "part"]
    assert is_validation(found).sum() == 10


def test_text_among_the_numbers_of_the_validation_file_is_refused_with_the_file_and_the_row():
    odd = table("uv", x=[10, "n/k"], colour=["red", "red"])
    with pytest.raises(Refusal, match=r"some/validation\.csv, row id 'v', column 'x': 'n/k' stands where") as caught:
        joined(TRAIN, odd)
    assert "some/train.csv" in caught.value.expected


def test_numbers_where_train_has_text_are_refused(tmp_path):
    rows = frames()["validation"].assign(name=1.5)
    with pytest.raises(Refusal, match=r"validation\.csv, row id '00', column 'name': 1\.5 stands where .*train\.csv"):
        ClassImbalance().load(written(tmp_path, validation=rows))


@pytest.mark.parametrize("empty", ["train", "validation"])
@pytest.mark.parametrize("values", [["red", "blue"], [1, 2], [0.5, 1.5], [True, False]], ids=str)
def test_a_column_that_one_file_leaves_empty_takes_the_kind_of_the_other(empty, values, recwarn):
    full, bare = {"c": values, "x": [1, 2]}, {"c": [np.nan, np.nan], "x": [1, 2]}
    train, validation = (
        table("ab", **(bare if empty == "train" else full)),
        table("uv", **(full if empty == "train" else bare)),
    )
    found = joined(train, validation).fit
    known = found.X["c"].dropna()
    assert known.tolist() == values
    assert [*found.X.columns] == ["c", "x"]
    assert found.X["c"].isna().sum() == 2
    assert [str(warning.message) for warning in recwarn] == []


def test_a_column_that_both_leave_empty_stays():
    empty = {"c": [np.nan, np.nan], "x": [1, 2]}
    assert joined(table("ab", **empty), table("uv", **empty)).fit.X["c"].isna().all()


def test_whole_numbers_stay_so():
    assert joined(TRAIN, VALIDATION).fit.X["x"].dtype.kind == "i"


# --- and then


def test_both_parts_stand_on_both_sides_of_the_folds():
    train, validation = table(range(40), "t", x=range(40)), table(range(20), "v", x=range(20))
    found = joined(train, validation)
    for fold in folds.stratified(found, 5).check(found).folds:
        for rows in (fold.fit, fold.score):
            assert 0 < is_validation(found.fit.take(rows)).sum() < len(rows)


def test_a_share_of_the_rows_keeps_its_parts_and_all_labels_of_the_prior():
    train, validation = table(range(40), "t", x=range(40)), table(range(20), "v", x=range(20))
    some = joined(train, validation).fraction(0.5, 0)
    assert some.fits_on_score_rows
    assert set(some.fit.ids[is_validation(some.fit)]) <= set(validation.ids)
    assert len(some.extra["validation"]) == 20


def test_validation_rows_change_the_fingerprint():
    other = replace(VALIDATION, y=VALIDATION.y.replace({"yes": "no"}))
    assert len({joined(TRAIN, part).fingerprint for part in (None, VALIDATION, other)}) == 3
