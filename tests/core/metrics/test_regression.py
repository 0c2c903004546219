from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from core.metrics import MAE, MAPE, MCRMSE, R2, RMSE, RMSLE, SMAPE, Metric


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
    expected = oracle.mean_absolute_percentage_error(truth + 1, predictions, **weighted)
    assert MAPE(truth + 1, predictions, weight) == pytest.approx(expected, rel=1e-12)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(2, 30), st.integers(0, 2**32 - 1))
def test_r2_equals_the_one_of_scikit_learn(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, predictions, weight = rng.normal(5, 2, n), rng.normal(5, 2, n), rng.choice([0.5, 2.0], n)
    assert R2(truth, predictions, weight) == pytest.approx(oracle.r2_score(truth, predictions, sample_weight=weight))


@pytest.mark.parametrize("truth", [[3.0], [0.1, 0.1, 0.1], [0.0, 1e-200]])
def test_r2_of_a_constant_truth_is_nan_whatever_is_said(truth: list[float]) -> None:
    assert np.isnan(R2(np.array(truth), np.array(truth)))
    assert np.isnan(R2(np.array(truth), np.array(truth) + 1))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2), st.integers(1, 3)), min_size=1, max_size=12))
def test_smape_equals_a_loop_in_which_nothing_and_nothing_agree(rows: list[tuple[int, int, int]]) -> None:
    truth, said, weight = np.array(rows, dtype=float).T
    total = sum(w * (0 if t == p == 0 else 200 * abs(t - p) / (abs(t) + abs(p))) for t, p, w in rows)
    assert SMAPE(truth, said, weight) == pytest.approx(total / weight.sum(), rel=1e-12)


def test_mape_of_a_truth_of_zero_is_an_error_and_no_huge_number() -> None:
    with pytest.raises(ValueError, match="truth of 0"):
        MAPE(np.array([1.0, 0.0]), np.array([1.0, 1.0]))
    assert MAPE(np.array([1.0, 0.0]), np.array([1.5, 1.0]), np.array([1.0, 0.0])) == 0.5


@pytest.mark.parametrize("seed", range(5))
def test_the_error_over_columns_is_the_mean_of_the_error_of_each(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, predictions, weight = rng.normal(size=(9, 3)), rng.normal(size=(9, 3)), rng.choice([0.5, 2.0], 9)
    each = [RMSE(truth[:, k], predictions[:, k], weight) for k in range(3)]
    assert MCRMSE(truth, predictions, weight) == pytest.approx(np.mean(each), rel=1e-12)
    expected = oracle.root_mean_squared_error(truth, predictions, sample_weight=weight)
    assert MCRMSE(truth, predictions, weight) == pytest.approx(expected, rel=1e-12)


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


@pytest.mark.parametrize("metric", [RMSE, MAE, RMSLE, R2, MAPE, SMAPE])
def test_two_columns_of_predictions_are_an_error(metric: Metric) -> None:
    with pytest.raises(ValueError, match="one column"):
        metric(np.array([1.0, 2.0]), np.ones((2, 2)))
