from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.metrics import MEAN_SPEARMAN, SPEARMAN

seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seeds, st.integers(3, 30), st.sampled_from([3, 1000]))
def test_spearman_equals_scipy_with_ties(seed: int, n: int, values: int) -> None:
    rng = np.random.default_rng(seed)
    truth, said = rng.integers(0, values, n).astype(float), rng.integers(0, values, n) / 7
    truth[:2], said[:2] = (0, 1), (0, 1)
    assert SPEARMAN(truth, said) == pytest.approx(stats.spearmanr(truth, said).statistic, abs=1e-12)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seeds, st.integers(1, 4))
def test_the_mean_over_columns_equals_scipy_on_repeated_rows(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    truth, said = rng.integers(0, 5, (12, k)).astype(float), rng.integers(0, 5, (12, k)) / 7
    truth[0], truth[1], said[0], said[1] = 0, 1, 0, 1
    times = rng.integers(1, 4, 12)
    rows = np.repeat(np.arange(12), times)
    each = [stats.spearmanr(truth[rows, c], said[rows, c]).statistic for c in range(k)]
    assert MEAN_SPEARMAN(truth, said, times.astype(float)) == pytest.approx(np.mean(each), abs=1e-12)


def test_a_constant_prediction_says_nothing_and_a_constant_truth_has_no_order() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert SPEARMAN(np.array([1.0, 2.0, 3.0]), np.full(3, 0.1)) == 0.0
        assert np.isnan(SPEARMAN(np.full(3, 0.1), np.array([1.0, 2.0, 3.0])))
        assert np.isnan(SPEARMAN(np.array([1.0]), np.array([1.0])))


def test_a_column_of_constant_truth_is_left_out_and_one_of_constant_predictions_is_not() -> None:
    truth = np.array([[1.0, 1.0, 1.0], [2.0, 1.0, 2.0], [3.0, 1.0, 3.0]])
    said = np.array([[1.0, 1.0, 5.0], [2.0, 2.0, 5.0], [3.0, 3.0, 5.0]])
    assert MEAN_SPEARMAN(truth, said) == pytest.approx(0.5, abs=1e-15)
    assert np.isnan(MEAN_SPEARMAN(np.ones((3, 2)), said[:, :2]))
