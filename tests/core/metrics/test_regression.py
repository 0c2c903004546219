from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from core.metrics import MAE, RMSE, RMSLE, Metric


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_errors_equal_those_of_scikit_learn(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, predictions = rng.gamma(1.0, 50.0, n), rng.gamma(1.0, 50.0, n)
    weight = rng.choice([0.0, 0.5, 2.0], n)
    weight[0] = 1.0
    weighted = {"sample_weight": weight}
    expected = oracle.root_mean_squared_error(truth, predictions, **weighted)
    assert RMSE(truth, predictions, weight) == pytest.approx(expected, rel=1e-12)
    expected = oracle.mean_absolute_error(truth, predictions, **weighted)
    assert MAE(truth, predictions, weight) == pytest.approx(expected, rel=1e-12)
    expected = oracle.root_mean_squared_log_error(truth, predictions, **weighted)
    assert RMSLE(truth, predictions, weight) == pytest.approx(expected, rel=1e-12)


def test_whole_numbers_as_truth_do_not_overflow() -> None:
    truth = np.array([200, 100], dtype=np.uint8)
    assert RMSE(truth, np.array([250.0, 150.0])) == 50.0
    assert MAE(truth, np.array([250.0, 50.0])) == 50.0


def test_rmsle_counts_a_negative_prediction_as_zero() -> None:
    truth = np.array([0.0, 3.0])
    assert RMSLE(truth, np.array([-5.0, 3.0])) == 0.0


def test_rmsle_of_a_negative_truth_is_an_error_and_no_nan() -> None:
    with pytest.raises(ValueError, match="negative"):
        RMSLE(np.array([-2.0, 3.0]), np.array([1.0, 3.0]))


@pytest.mark.parametrize("metric", [RMSE, MAE, RMSLE])
def test_two_columns_of_predictions_are_an_error(metric: Metric) -> None:
    with pytest.raises(ValueError, match="one column"):
        metric(np.array([1.0, 2.0]), np.ones((2, 2)))
