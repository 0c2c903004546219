from __future__ import annotations

import itertools
import json
import warnings
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.special import softmax as scipy_softmax
from sklearn.linear_model import LogisticRegression

from core import calibration
from core.calibration import CLIP, SLOPES, Calibration, log_probabilities, softmax

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]


def drawn(n: int, classes: int = 3, seed: int = 0) -> tuple[Array, Codes]:
    """Honest probabilities, and truth drawn from them; later classes are rarer."""
    rng = np.random.default_rng(seed)
    honest = scipy_softmax(rng.normal(scale=1.5, size=(n, classes)) - np.arange(classes), axis=1)
    return honest, (honest.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1).clip(max=classes - 1)


def distorted(honest: Array, slope: float, bias: Array) -> Array:
    """What the calibration of this slope and bias turns into the honest probabilities."""
    return scipy_softmax((np.log(honest) - bias) / slope, axis=1)


def log_loss(found: Calibration, predictions: Array, codes: Codes, weight: Array) -> float:
    own = found.apply(predictions)[np.arange(len(codes)), codes]
    return float(np.average(-np.log(own), weights=weight))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Callable]:
    """The functions that were minimised."""
    functions: list[Callable] = []
    minimize = calibration.minimize

    def keeping(function: Callable, *args: object, **more: object) -> object:
        functions.append(function)
        return minimize(function, *args, **more)

    monkeypatch.setattr(calibration, "minimize", keeping)
    return functions


def test_the_gradient_is_that_of_the_loss(asked: list[Callable]):
    honest, codes = drawn(60, classes=4)
    weight = np.random.default_rng(1).random(60)
    Calibration.fit(honest, codes, weight)
    (loss,) = asked
    for values in np.random.default_rng(2).normal(scale=0.7, size=(5, 4)) + np.eye(4)[0]:
        numbers = approx_fprime(values, lambda at: loss(at)[0], 1e-7)
        np.testing.assert_allclose(loss(values)[1], numbers, atol=1e-6)
        found = Calibration(values[0], np.r_[0, values[1:]])
        assert loss(values)[0] == pytest.approx(log_loss(found, honest, codes, weight), rel=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_two_classes_equal_logistic_regression_on_log_odds(weighted: bool):
    honest, codes = drawn(400, classes=2)
    predictions = distorted(honest, 0.6, np.array([0, 0.8]))
    weight = np.random.default_rng(3).exponential(size=400) if weighted else None
    odds = np.log(predictions[:, 1] / predictions[:, 0])[:, None]
    oracle = LogisticRegression(C=1e12, tol=1e-10, max_iter=1000).fit(odds, codes, weight)
    found = Calibration.fit(predictions, codes, weight)
    assert found.slope == pytest.approx(oracle.coef_[0, 0], abs=1e-4)
    assert found.bias[1] == pytest.approx(oracle.intercept_[0], abs=1e-4)
    np.testing.assert_allclose(found.apply(predictions), oracle.predict_proba(odds), atol=1e-5)


def test_a_weight_is_so_many_equal_rows_and_its_scale_does_not_matter():
    honest, codes = drawn(200)
    times = np.random.default_rng(4).integers(0, 4, 200)
    repeated = Calibration.fit(np.repeat(honest, times, axis=0), np.repeat(codes, times))
    for weight in (times, times / 1e4):
        found = Calibration.fit(honest, codes, weight)
        assert found.slope == pytest.approx(repeated.slope, abs=1e-5)
        np.testing.assert_allclose(found.bias, repeated.bias, atol=1e-5)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_honest_probabilities_stay_as_they_are(classes: int):
    honest, codes = drawn(8000, classes)
    found = Calibration.fit(honest, codes)
    assert found.slope == pytest.approx(1, abs=0.06)
    np.testing.assert_allclose(found.bias, 0, atol=0.2)
    np.testing.assert_allclose(found.apply(honest), honest, atol=0.05)


@pytest.mark.parametrize(("slope", "bias"), [(0.5, [0, 1.0, -1.0]), (2.5, [0, -0.5, 2.0])])
def test_a_known_distortion_is_taken_back(slope: float, bias: list[float]):
    honest, codes = drawn(8000)
    found = Calibration.fit(distorted(honest, slope, np.array(bias)), codes)
    assert found.slope == pytest.approx(slope, rel=0.06)
    np.testing.assert_allclose(found.bias, bias, atol=0.2)


def test_nothing_near_has_a_better_loss():
    honest, codes = drawn(150)
    weight = np.random.default_rng(5).random(150)
    predictions = distorted(honest, 1.7, np.array([0, 1.0, -1.0]))
    found = Calibration.fit(predictions, codes, weight)
    best = log_loss(found, predictions, codes, weight)
    for move in np.random.default_rng(6).normal(scale=0.01, size=(50, 3)):
        near = Calibration(found.slope + move[0], found.bias + np.r_[0, move[1:]])
        assert log_loss(near, predictions, codes, weight) > best - 1e-10


def test_a_class_that_hardly_counts_is_calibrated_as_well_as_the_others():
    """Where the gradient is nought, the calibrated share of each class is its weighted share among the rows."""
    honest, codes = drawn(3000)
    predictions, weight = distorted(honest, 0.8, np.array([0, 0.5, 1.0])), np.array([1.0, 0.3, 1e-3])[codes]
    found = Calibration.fit(predictions, codes, weight)
    shares = np.average(found.apply(predictions), axis=0, weights=weight)
    counts = np.bincount(codes, weights=weight) / weight.sum()
    np.testing.assert_allclose(shares, counts, rtol=1e-3)


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_class_without_rows_has_no_bias(missing: int):
    honest, codes = drawn(300)
    rows = codes != missing
    found = Calibration.fit(honest[rows], codes[rows])
    assert found.bias[missing] == 0
    assert found.bias[0] == 0
    assert np.isfinite(found.bias).all()
    assert np.count_nonzero(found.bias) == 1
    by_weight = Calibration.fit(honest, codes, rows.astype(float))  # rows that count nothing are as good as none
    np.testing.assert_allclose(by_weight.bias, found.bias, atol=1e-5)
    assert by_weight.slope == pytest.approx(found.slope, abs=1e-5)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[1:])
def test_another_order_of_the_classes_gives_the_same_calibration(order: tuple[int, ...]):
    honest, codes = drawn(400)
    predictions = distorted(honest, 1.5, np.array([0, 1.0, -0.5]))
    weight, places = np.random.default_rng(7).random(400), np.argsort(order)
    found, turned = (
        Calibration.fit(predictions, codes, weight),
        Calibration.fit(predictions[:, order], places[codes], weight),
    )
    assert turned.slope == pytest.approx(found.slope, abs=1e-5)
    expected = found.bias[list(order)]
    np.testing.assert_allclose(turned.bias, expected - expected[0], atol=1e-5)
    np.testing.assert_allclose(turned.apply(predictions[:, order]), found.apply(predictions)[:, order], atol=1e-6)


def test_probabilities_that_tell_nothing_or_the_contrary_get_the_slope_nought():
    honest, codes = drawn(500, classes=2)
    found = Calibration.fit(honest[:, ::-1], codes)
    assert found.slope == SLOPES[0] == 0
    np.testing.assert_allclose(found.apply(honest[:1])[0], np.bincount(codes) / 500, atol=1e-5)


def test_probabilities_of_zero_and_one_are_finite_without_a_warning():
    codes = np.array([0, 1, 2, 0, 1, 2])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for truth in (codes, codes[::-1]):  # always right; wrong but for one class
            found = Calibration.fit(np.eye(3)[codes], truth)
            assert SLOPES[0] <= found.slope <= SLOPES[1]
            applied = found.apply(np.eye(3))
            assert np.isfinite(applied).all()
            np.testing.assert_allclose(applied.sum(axis=1), 1)


def test_no_calibration_changes_nothing():
    honest, _ = drawn(50)
    np.testing.assert_allclose(Calibration.none(3).apply(honest), honest, rtol=1e-12)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=1, max_size=5),
    st.floats(0, 10),
    st.lists(st.floats(-20, 20), min_size=2, max_size=2),
)
def test_apply_is_its_definition(rows: list[list[float]], slope: float, bias: list[float]):
    values = np.array(rows) + 1e-3 * np.eye(3)[0]
    predictions = values / values.sum(axis=1, keepdims=True)
    found = Calibration(slope, np.r_[0.0, bias])
    clipped = np.clip(predictions, CLIP, 1)
    clipped /= clipped.sum(axis=1, keepdims=True)
    expected = scipy_softmax(slope * np.log(clipped) + np.r_[0.0, bias], axis=1)
    np.testing.assert_allclose(found.apply(predictions), expected, rtol=1e-9, atol=1e-15)


def test_logarithms_are_those_of_probabilities_and_keep_what_is_missing():
    logs = log_probabilities(np.array([[0.0, 0.0, 1.0], [0.2, 0.3, 0.5], [np.nan, 0.5, 0.5]]))
    np.testing.assert_allclose(np.exp(logs[:2]).sum(axis=1), 1, rtol=1e-12)
    assert logs[0, 0] == pytest.approx(np.log(CLIP), abs=1e-5)
    np.testing.assert_allclose(logs[1], np.log([0.2, 0.3, 0.5]))
    assert np.isnan(logs[2]).all()


def test_softmax_does_not_overflow():
    np.testing.assert_allclose(softmax(np.array([[1e5, 0.0], [-1e5, -1e5]])), [[1, 0], [0.5, 0.5]])


def test_json_keeps_a_calibration():
    honest, codes = drawn(100)
    found = Calibration.fit(honest, codes)
    again = Calibration.from_json(json.loads(json.dumps(found.to_json())))
    assert again.slope == found.slope
    assert again.bias.tobytes() == found.bias.tobytes()
    assert again.apply(honest).tobytes() == found.apply(honest).tobytes()
