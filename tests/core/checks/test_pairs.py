"""Pairs of rows across the sides of a split."""

from __future__ import annotations

import numpy as np
import pytest

from core.checks.pairs import Pairs, across_folds, agreement, judge, with_test
from tests.core.checks.tables import frames, view


def test_only_pairs_with_one_row_scored_and_one_fitted_count_and_each_scored_row_once():
    seen = view(*frames())
    a, b = np.arange(0, 600), np.roll(np.arange(600), 1)
    a, b = np.concatenate([a, a]), np.concatenate([b, np.roll(np.arange(600), 2)])
    found = across_folds(seen, seen.headline, a, b)
    fold = np.empty(600, dtype=int)
    for number, one in enumerate(seen.headline.folds):
        fold[one.score] = number
    assert len(set(found.held_out)) == len(found)
    assert (fold[found.held_out] != fold[found.fitted]).all()
    expected = {x for x, y in [*zip(a, b, strict=True), *zip(b, a, strict=True)] if fold[x] != fold[y]}
    assert set(found.held_out) == expected
    assert found.total == 600


def test_pairs_with_test_are_of_a_test_row_and_a_train_row():
    seen = view(*frames())
    found = with_test(seen, np.array([1, 700, 650, 2]), np.array([2, 5, 651, 700]))
    assert found.held_out.tolist() == [700]
    assert found.total == 300


@pytest.mark.parametrize("values", [False, True])
def test_agreement_is_whole_for_equal_rows_and_beside_it_stands_chance(values):
    train, test = frames(values=values)
    seen = view(train, test)
    rows = np.arange(100)
    agree, by_chance = agreement(seen, rows, rows)
    assert agree == 1
    yes = (train["y"] == "yes").mean() if not values else None
    assert by_chance == pytest.approx(yes**2 + (1 - yes) ** 2 if not values else 0.028, abs=0.04)
    assert agreement(seen, rows, np.full(100, 700)) == pytest.approx((np.nan, np.nan), nan_ok=True)


@pytest.mark.parametrize(
    ("count", "agree", "by_chance", "severity"),
    [
        (2, 1.0, 0.5, "note"),
        (5, 1.0, 0.5, "warning"),
        (50, 1.0, 0.5, "leak"),
        (50, 0.9, 0.5, "warning"),
        (50, 0.6, 0.5, "note"),
        (50, 0.92, 0.9, "note"),
        (50, float("nan"), float("nan"), "note"),
    ],
)
def test_how_bad_pairs_are(count, agree, by_chance, severity):
    assert judge(Pairs(np.arange(count), np.arange(count), 1_000), agree, by_chance) == severity
