"""Rows by id, and folds by how they part the rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refusal
from core.folds import Fold, Folds
from core.outside.matching import refuse_other_folds, rows_in_order
from core.outside.sheet import Sheet

IDS = pd.Index([f"r{k}" for k in range(6)], name="id")
TEST = pd.Index(["t0", "t1"], name="id")


def sheet(ids, fold=None):
    values = np.arange(len(ids), dtype=float)[:, None]
    return Sheet(Path("oof.csv"), pd.Index(ids), ("y",), values, None if fold is None else pd.Series(fold, name="fold"))


def ordered(found, needed=None):
    needed = np.ones(len(IDS), dtype=bool) if needed is None else np.array(needed)
    return rows_in_order(found, IDS, needed, what="out-of-fold rows", other=TEST, other_what="test rows")


@given(st.permutations(list(IDS)))
def test_rows_come_in_the_order_of_the_run(order):
    rows = ordered(sheet(order))
    assert [order[row] for row in rows] == list(IDS)


def test_a_row_that_no_fold_scores_may_be_missing_and_may_be_there():
    needed = [True] * 5 + [False]
    assert ordered(sheet(list(IDS[:5])), needed).tolist() == [0, 1, 2, 3, 4, -1]
    assert ordered(sheet(list(IDS)), needed).tolist() == list(range(6))


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (list(IDS[:4]), "2 ids are missing, such as 'r4'"),
        ([*IDS, "zz"], r"1 ids are unknown, such as 'zz' \(row 8\)"),
        ([str(k) for k in range(6)], "6 ids are missing"),
        (["t0", "t1"], "row 2: row id 't0' is one of the test rows, not of the out-of-fold rows"),
    ],
)
def test_other_rows_are_refused(ids, said):
    with pytest.raises(Refusal, match=said):
        ordered(sheet(ids))


def scheme(numbers):
    """Row k is scored by fold numbers[k]; -1 by none."""
    numbers = np.array(numbers)
    every = np.arange(len(numbers))
    parts = [every[numbers == number] for number in range(numbers.max() + 1)]
    folds = tuple(Fold(str(k), np.setdiff1d(every, part), part, every[:0]) for k, part in enumerate(parts))
    return Folds("scheme", folds, "nothing")


def accepted(labels, numbers):
    rows = np.arange(len(numbers))
    try:
        refuse_other_folds(sheet([f"r{k}" for k in rows], labels), rows, scheme(numbers))
    except Refusal:
        return False
    return True


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from("abc")), min_size=1, max_size=8))
def test_folds_are_accepted_if_two_rows_sit_together_in_both_or_in_neither(pairs):
    numbers = pd.factorize(pd.Series([number for number, _ in pairs]))[0].tolist()
    labels = [label for _, label in pairs]
    together = [
        (numbers[i] == numbers[j]) == (labels[i] == labels[j]) for i in range(len(pairs)) for j in range(len(pairs))
    ]
    assert accepted(labels, numbers) == all(together)


def test_the_number_of_wrong_rows_and_the_first_of_them_are_said():
    numbers, labels = [0, 0, 0, 1, 1, 1], [1, 1, 2, 2, 2, 2]
    with pytest.raises(Refusal, match=r"oof.csv, row 4, column 'fold': trained on other folds: 1 of 6 rows") as caught:
        refuse_other_folds(sheet(list(IDS), labels), np.arange(6), scheme(numbers))
    assert "'r2'" in caught.value.problem
    assert "podium folds export" in caught.value.way_out


def test_rows_that_no_fold_scores_need_no_fold_and_others_do():
    numbers = [0, 0, 1, 1, -1, -1]
    labels = [3.0, 3.0, 7.0, 7.0, None, 9.0]
    refuse_other_folds(sheet(list(IDS), labels), np.arange(6), scheme(numbers))
    with pytest.raises(Refusal, match="row 3, column 'fold': empty"):
        refuse_other_folds(sheet(list(IDS), [3.0, None, 7.0, 7.0, None, None]), np.arange(6), scheme(numbers))


def test_without_a_column_of_folds_nothing_is_refused():
    refuse_other_folds(sheet(list(IDS)), np.arange(6), scheme([0, 0, 1, 1, 2, 2]))
