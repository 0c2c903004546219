"""What one column alone says about a target."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.checks.single import (
    BINS,
    bins_of,
    class_scores,
    halves_of,
    refined_class_score,
    refined_value_score,
    standouts,
    value_scores,
)


def test_few_values_have_a_cell_each_many_are_cut_evenly_and_missing_stands_apart():
    rng = np.random.default_rng(0)
    cells = np.stack([rng.integers(0, 5, 1_000), rng.normal(size=1_000), np.full(1_000, np.nan), np.zeros(1_000)])
    cells[1, :100] = np.nan
    bins = bins_of(cells)
    assert sorted(set(bins[0])) == [0, 1, 2, 3, 4]
    assert (bins[0] == cells[0]).all()
    assert (bins[1, :100] == BINS).all()
    assert np.bincount(bins[1, 100:]).max() < 40
    assert (bins[2] == BINS).all()
    assert (bins[3] == 0).all()
    assert (np.diff(bins[1, 100:][np.argsort(cells[1, 100:])]) >= 0).all()


def test_the_score_of_a_class_is_the_held_out_area_under_the_curve():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 3_000)
    cells = np.stack([y + rng.normal(size=3_000), rng.integers(0, 8, 3_000), (y == 1) * 1.0])
    halves = np.arange(3_000) % 2 == 0
    bins = bins_of(cells)
    scores = class_scores(bins, y, 3, halves)
    for column in range(3):
        for number in range(3):
            areas = []
            for learn in (halves, ~halves):
                base = (y == number).mean()
                rate = np.array(
                    [((y == number) & learn & (bins[column] == b)).sum() + base for b in range(BINS + 1)]
                ) / np.array([(learn & (bins[column] == b)).sum() + 1 for b in range(BINS + 1)])
                areas.append(roc_auc_score(y[~learn] == number, rate[bins[column][~learn]]))
            assert scores[column, number] == pytest.approx(np.mean(areas), abs=1e-3)  # cells of equal shares may swap
    assert scores[2, 1] == 1


def test_rare_classes_are_not_scored():
    y = np.zeros(100, dtype=int)
    y[:12] = 1
    assert np.isnan(
        class_scores(
            bins_of(np.random.default_rng(0).normal(size=(2, 100))), y, 2, halves_of(y, np.random.default_rng(0))
        )
    ).all()


def test_the_score_of_values_is_the_variance_explained():
    rng = np.random.default_rng(0)
    y = rng.random(4_000)
    cells = np.stack([y, y + rng.normal(0, y.std(), 4_000), rng.normal(size=4_000)])
    scores = value_scores(bins_of(cells), y, np.arange(4_000) % 2 == 0)
    assert scores[0] > 0.995
    assert scores[1] == pytest.approx(0.5, abs=0.06)
    assert abs(scores[2]) < 0.03


def test_a_constant_target_has_no_score():
    assert np.isnan(value_scores(np.zeros((2, 50), dtype=int), np.ones(50), np.arange(50) % 2 == 0)).all()


def test_a_standout_must_be_good_and_far_above_the_rest():
    def columns(*scores):
        return [(one.column, one.next_best) for one in standouts(np.array(scores), 0.99, 0.999)]

    assert columns(0.5, 0.995, 0.9) == [(1, 0.9)]
    assert columns(0.5, 0.98, 0.9) == []
    assert columns(0.992, 0.985) == []
    assert columns(0.995, 0.994, 0.9) == []  # an easy task
    assert columns(0.9995, 1.0, 0.9) == [(1, 0.9), (0, 0.9)]  # the answer twice
    assert columns(1.0, 0.995, 0.5) == [(0, 0.995)]
    assert columns(1.0, np.nan) == [(0, 0.0)]
    assert columns(1.0) == [(0, 0.0)]
    assert columns() == []


@pytest.mark.parametrize("huge", [False, True])
def test_a_tree_sees_perfection_that_cells_blur(huge):
    rng = np.random.default_rng(0)
    x = rng.normal(size=2_000) * (1e300 if huge else 1)
    x[:5] = np.nan
    y = np.argsort(np.argsort(np.nan_to_num(x))) >= 1_940
    halves = halves_of(y.astype(int), rng)
    assert refined_class_score(x, y, halves) > 0.999
    assert refined_value_score(x, np.argsort(np.argsort(np.nan_to_num(x))) / 2_000.0, halves) > 0.99


def test_halves_hold_as_many_of_each_class_and_follow_no_turn():
    codes = np.random.default_rng(0).integers(0, 4, 1_001)
    halves = halves_of(codes, np.random.default_rng(1))
    assert (np.abs(np.bincount(codes[halves]) - np.bincount(codes[~halves])) <= 1).all()
    assert 0.4 < halves[::2].mean() < 0.6
