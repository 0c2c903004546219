"""Numbers come out finite, in the order they came in, whatever they are."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import kstest

from core.estimators.number_scaler import NumberScaler

SCALINGS = ["standard", "robust", "quantile"]
anything = st.floats(allow_nan=True, allow_infinity=False, width=64)
matrices = arrays(float, st.tuples(st.integers(1, 30), st.integers(1, 3)), elements=anything)


@pytest.mark.parametrize("scaling", SCALINGS)
@given(matrix=matrices)
@settings(max_examples=60, deadline=None)
def test_whatever_is_fitted_comes_out_finite_and_in_order(scaling: Any, matrix: Any):
    scaler = NumberScaler(scaling).fit(matrix)
    scaled = scaler.transform(matrix)
    assert np.isfinite(scaled).all()
    assert scaled.shape == (len(matrix), matrix.shape[1] + len(scaler.flagged))
    for column, given_column in zip(scaled.T, matrix.T, strict=False):
        known = ~np.isnan(given_column)
        order = np.argsort(given_column[known], kind="stable")
        assert (np.diff(column[known][order]) >= -1e-12).all()


@pytest.mark.parametrize("scaling", SCALINGS)
@given(matrix=matrices, new=matrices)
@settings(max_examples=40, deadline=None)
def test_what_json_keeps_scales_alike(scaling: Any, matrix: Any, new: Any):
    scaler = NumberScaler(scaling).fit(matrix)
    again = NumberScaler.from_json(json.loads(json.dumps(scaler.to_json())))
    new = np.resize(new, (len(new), matrix.shape[1]))
    assert again.transform(new).tobytes() == scaler.transform(new).tobytes()


def test_quantiles_are_normal():
    values = np.random.default_rng(0).exponential(size=(3000, 1)) ** 3
    scaled = NumberScaler("quantile").fit(values).transform(values)[:, 0]
    assert kstest(scaled, "norm").statistic < 0.01


def test_a_frequent_value_goes_to_the_middle_of_its_ranks():
    values = np.array([[0.0]] * 70 + [[1.0]] * 30)
    low, high = NumberScaler("quantile").fit(values).transform(np.array([[0.0], [1.0]]))[:, 0]
    assert low == pytest.approx(-0.385, abs=0.03)
    assert high == pytest.approx(1.036, abs=0.03)


def test_robust_scaling_bounds_outliers_and_keeps_the_middle():
    values = np.array([[-1.0], [0.0], [1.0], [0.5], [-0.5], [1e9]])
    scaled = NumberScaler("robust").fit(values).transform(values)[:, 0]
    assert scaled.max() == pytest.approx(3, abs=1e-6)
    assert abs(scaled[1]) < 0.5


def test_a_missing_value_is_the_median_with_a_flag():
    matrix = np.array([[1.0, 5.0], [3.0, 6.0], [np.nan, 7.0], [2.0, 8.0]])
    scaled = NumberScaler("standard").fit(matrix).transform(matrix)
    assert scaled.shape == (4, 3)
    assert scaled[2, 0] == scaled[3, 0]
    np.testing.assert_array_equal(scaled[:, 2], [0, 0, 1, 0])


@pytest.mark.parametrize("scaling", SCALINGS)
def test_constant_and_empty_columns_are_zero(scaling: Any):
    matrix = np.array([[4.0, np.nan], [4.0, np.nan]])
    new = np.array([[9.0, 1.0], [np.nan, np.nan]])
    np.testing.assert_array_equal(NumberScaler(scaling).fit(matrix).transform(new), 0)


def test_an_unknown_scaling_is_refused():
    with pytest.raises(ValueError, match="quantile"):
        NumberScaler("log")  # type: ignore[arg-type]
