"""Rows that are nearly equal."""

from __future__ import annotations

import numpy as np
import pytest

from core.checks.near_duplicates import near_duplicates
from tests.core.checks.tables import again, bad, frames, one, view

NUMBERS = ["x0", "x1", "x2", "x3", "x4"]


def noisy(rows, noise, seed=1):
    rows = rows.copy()
    rows[NUMBERS] += np.random.default_rng(seed).normal(0, noise, rows[NUMBERS].shape)
    return rows


@pytest.mark.parametrize("noise", [1e-6, 1e-4, 1e-3, 5e-3])
@pytest.mark.parametrize("values", [False, True])
def test_copies_with_noise_on_every_number_are_a_leak(noise, values):
    train, test = frames(values=values)
    found = one(near_duplicates(view(again(train, noisy(train.iloc[:60], noise)), test)), "near-duplicate rows")
    assert found.severity == "leak"
    assert "of 600 scored rows" in found.message
    share = int(found.message.split()[0])
    assert 60 <= share <= 120  # some pairs stand on one side; most others are found
    assert "differ a little in 5 of 7 columns" in found.message or "differ a little in 4 of 7" in found.message


@pytest.mark.parametrize("column", ["x0", "x3", "count", "colour"])
def test_copies_with_one_column_changed_are_a_leak_that_names_it(column):
    train, test = frames()
    rows = train.iloc[:30].copy()
    rows[column] = "violet" if column == "colour" else rows[column] + 3
    found = one(near_duplicates(view(again(train, rows), test)), "near-duplicate rows")
    assert found.severity == "leak"
    assert f"only in {column!r}" in found.message


def test_near_copies_of_train_rows_in_test_are_a_warning():
    train, test = frames()
    test = again(test, noisy(train.drop(columns="y").iloc[:30], 1e-4), "T")
    findings = near_duplicates(view(train, test))
    found = one(findings, "near-duplicate rows with test")
    assert found.severity == "warning"
    assert "'T0" in found.message
    assert not [finding for finding in findings if finding.check == "near-duplicate rows"]


def test_equal_rows_are_left_to_the_check_of_duplicates():
    train, test = frames()
    assert near_duplicates(view(again(train, train.iloc[:30]), test)) == []


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("rows", [200, 3_000])
def test_clean_tables_are_not_suspected(seed, rows):
    assert near_duplicates(view(*frames(seed, rows))) == []


@pytest.mark.parametrize("seed", range(10))
def test_columns_that_one_or_two_hidden_numbers_make_are_not_suspected(seed):
    rng = np.random.default_rng(seed)
    train, test = (frame[["id", *(["y"] if "y" in frame else [])]].copy() for frame in frames(seed, 2_000))
    weights = rng.normal(size=(1 + seed % 2, 12))
    for frame in (train, test):
        hidden = rng.normal(size=(len(frame), len(weights))) @ weights
        frame[[f"h{k}" for k in range(12)]] = hidden
    assert bad(near_duplicates(view(train, test))) == []
