"""Rows with equal features."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core import folds
from core.checks.duplicates import duplicates
from core.checks.view import View
from tests.core.checks.tables import again, dataset, frames, one, view


@pytest.mark.parametrize("values", [False, True])
def test_copies_across_folds_are_a_leak_that_names_a_pair(values):
    train, test = frames(values=values)
    train = again(train, train.iloc[:30])
    found = one(duplicates(view(train, test)), "duplicate rows")
    assert found.severity == "leak"
    assert "of 600 scored rows" in found.message
    assert "truth agrees in 100 %" in found.message
    copy, original = [word for word in found.message.split("'") if word[1:].isdigit()]
    names = {copy, original}
    rows = train[train["id"].isin(names)].drop(columns="id")
    assert len(rows) == 2
    assert rows.duplicated(keep=False).all()


def test_copies_that_one_key_keeps_together_are_no_leak():
    train, test = frames()
    train = again(train, train.iloc[:30])
    train["origin"] = np.arange(600)
    train.loc[570:, "origin"] = np.arange(30)
    test["origin"] = np.arange(1_000, 1_300)
    data = dataset(train, test, ["origin"])
    assert duplicates(View(data, [folds.group(data, "origin")])) == []
    assert one(duplicates(View(data, [folds.random(data)])), "duplicate rows").severity == "leak"


def test_copies_with_other_truth_are_noted_as_such():
    train, test = frames()
    other = train.iloc[:30].assign(y=np.where(train["y"].iloc[:30] == "yes", "no", "yes"))
    findings = duplicates(view(again(train, other), test))
    assert one(findings, "duplicate rows").severity == "note"
    conflict = one(findings, "duplicate rows that disagree")
    assert conflict.severity == "note"
    assert conflict.message.startswith("30 sets")


def test_copies_of_train_rows_in_test_are_a_warning_that_names_a_test_row():
    train, test = frames()
    test = again(test, train.drop(columns="y").iloc[:15], "T")
    found = one(duplicates(view(train, test)), "duplicate rows with test")
    assert found.severity == "warning"
    assert found.message.startswith("15 of 300 test rows (5 %)")
    assert "'T00000'" in found.message
    assert repr(train["id"][0]) in found.message


def test_a_copy_or_two_are_only_noted():
    train, test = frames()
    findings = duplicates(view(again(train, train.iloc[:2]), test))
    assert [finding.severity for finding in findings] == ["note"]


def test_whole_numbers_equal_floats_and_text_equals_categories():
    train, test = frames()
    test = again(test, train.drop(columns="y").iloc[:15], "T")
    test["count"] = test["count"].astype(float)
    test["colour"] = test["colour"].astype("category")
    assert one(duplicates(view(train, test)), "duplicate rows with test").message.startswith("15 of 300")


@pytest.mark.parametrize("seed", range(5))
def test_a_table_of_flags_repeats_rows_without_suspicion(seed):
    rng = np.random.default_rng(seed)
    train, test = (frame[["id", *(["y"] if "y" in frame else [])]].copy() for frame in frames(seed))
    for frame in (train, test):
        for k in range(8):
            frame[f"flag{k}"] = rng.integers(0, 2, len(frame))
    assert train.drop(columns=["id", "y"]).duplicated().any()
    assert duplicates(view(train, test)) == []


def test_columns_that_cannot_be_read_end_the_search():
    train, test = frames()
    train = again(train, train.iloc[:30])
    train["list"], test["list"] = pd.Series([[k] for k in range(600)]), [[0]] * 300
    assert duplicates(view(train, test)) == []


def test_a_long_text_alone_tells_copies_and_a_set_phrase_does_not():
    train, test = (frame[["id", *(["y"] if "y" in frame else [])]].copy() for frame in frames())
    rng = np.random.default_rng(0)
    for frame in (train, test):
        frame["text"] = ["".join(rng.choice(list("ACDEFGHIKL"), 60)) for _ in range(len(frame))]
    train.loc[100:160, "text"] = "no remark " * 5
    assert duplicates(view(train, test)) == []
    found = one(duplicates(view(again(train, train.iloc[:30]), test)), "duplicate rows")
    assert found.severity == "leak"


def test_a_column_that_names_rows_hides_no_copy():
    train, test = frames()
    train = again(train, train.iloc[:30])
    train["row"], test["row"] = np.random.default_rng(0).permutation(600), np.arange(300)
    assert one(duplicates(view(train, test)), "duplicate rows").severity == "leak"


def test_copies_in_columns_that_hang_together_are_noted_since_chance_cannot_be_told():
    train, test = frames()
    rng = np.random.default_rng(0)
    for frame in (train, test):
        hidden = rng.normal(size=len(frame))
        for column in ["x0", "x1", "x2", "x3", "x4", "count", "colour"]:
            frame[column] = hidden + 0.01 * rng.normal(size=len(frame))
    assert duplicates(view(train, test)) == []
    (found,) = duplicates(view(again(train, train.iloc[:100]), test))
    assert found.severity == "note"
    assert "200 rows equal another row" in found.message
