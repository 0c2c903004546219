from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime, minimize
from scipy.special import log_softmax, softmax

from core import log_linear
from core.calibration import Calibration
from core.log_linear import LARGEST_WEIGHT, effective_rows, fit_log_linear

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]


def drawn(n: int, noises: tuple[float, ...] = (0.7, 1.0), classes: int = 3, seed: int = 0) -> tuple[Array, Codes]:
    """Log probabilities of members that see the scores of the classes through noise of their own, and the truth."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(scale=1.5, size=(n, classes)) - np.arange(classes)
    honest = softmax(scores, axis=1)
    codes = (honest.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1).clip(max=classes - 1)
    logs = [log_softmax(scores + rng.normal(scale=noise, size=scores.shape), axis=1) for noise in noises]
    return np.stack(logs), codes


def pooled(logs: Array, weights: Array, bias: Array) -> Array:
    return softmax(np.tensordot(weights, logs, 1) + bias, axis=1)


def penalised(
    logs: Array, codes: Codes, weight: Array, weights: Array, bias: Array, spread: float = log_linear.SPREAD
) -> float:
    """What is minimised, written for reading: minus the log posterior of so many rows, by their number."""
    own = pooled(logs, weights, bias)[np.arange(len(codes)), codes]
    rows = sum(weight) ** 2 / sum(weight**2)
    doubt = sum((weights - 1 / len(logs)) ** 2) + sum(bias**2)
    return float(np.average(-np.log(own), weights=weight) + doubt / (2 * spread**2) / rows)


@pytest.mark.parametrize("weight", [0.01, 1.0, 7.0])
def test_equal_rows_count_each(weight: float):
    assert effective_rows(np.full(9, weight)) == pytest.approx(9)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=12))
def test_effective_rows_are_those_of_equal_weight_whose_mean_is_as_sure(weights: list[float]):
    total = sum(weights)
    variance = sum((weight / total) ** 2 for weight in weights)  # of the weighted mean of unit variance
    found = effective_rows(np.array(weights))
    assert found == pytest.approx(1 / variance)
    assert 1 - 1e-9 <= found <= len(weights) + 1e-9
    assert effective_rows(np.array([*weights, 0.0]) * 3) == pytest.approx(found)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Callable]:
    """The functions that were minimised."""
    functions: list[Callable] = []

    def keeping(function: Callable, *args: object, **more: object) -> object:
        functions.append(function)
        return minimize(function, *args, **more)

    monkeypatch.setattr(log_linear, "minimize", keeping)
    return functions


def test_the_gradient_is_that_of_the_penalised_loss(asked: list[Callable]):
    logs, codes = drawn(80, (0.5, 1.0, 2.0))
    weight = np.random.default_rng(1).exponential(size=80)
    fit_log_linear(logs, codes, weight)
    (loss,) = asked
    for values in np.random.default_rng(2).normal(scale=0.6, size=(5, 5)):
        numbers = approx_fprime(values, lambda at: loss(at)[0], 1e-7)
        np.testing.assert_allclose(loss(values)[1], numbers, atol=1e-6)
        expected = penalised(logs, codes, weight, values[:3], np.r_[0, values[3:]])
        assert loss(values)[0] == pytest.approx(expected, rel=1e-12)


def test_nothing_near_is_better():
    logs, codes = drawn(120, (0.5, 1.0, 2.0))
    weight = np.random.default_rng(3).exponential(size=120)
    weights, bias = fit_log_linear(logs, codes, weight)
    best = penalised(logs, codes, weight, weights, bias)
    for move in np.random.default_rng(4).normal(scale=0.02, size=(60, 5)):
        near = np.clip(weights + move[:3], 0, LARGEST_WEIGHT), bias + np.r_[0, move[3:]]
        assert penalised(logs, codes, weight, *near) > best - 1e-8


def test_one_member_is_calibrated():
    logs, codes = drawn(500, (0.8,))
    weight = np.random.default_rng(5).exponential(size=500)
    weights, bias = fit_log_linear(logs, codes, weight, spread=1e4)
    expected = Calibration.fit(np.exp(logs[0]), codes, weight)
    assert weights[0] == pytest.approx(expected.slope, abs=2e-3)
    np.testing.assert_allclose(bias, expected.bias, atol=5e-3)
    np.testing.assert_allclose(pooled(logs, weights, bias), expected.apply(np.exp(logs[0])), atol=1e-3)


def test_members_of_which_one_misleads_are_weighed_inside_the_bounds():
    logs, codes = drawn(400, (0.3,))
    timid = logs[0] / 5
    weights, bias = fit_log_linear(np.stack([timid, log_softmax(-logs[0], axis=1)]), codes, np.ones(400), spread=100)
    assert weights.tolist() == [LARGEST_WEIGHT, 0.0]
    assert bias[0] == 0


def test_cautious_members_are_sharpened():
    """Two that know different halves of the score are each too cautious: their weights sum to more than 1."""
    rng = np.random.default_rng(6)
    halves = rng.normal(scale=1.5, size=(2, 3000, 2))
    honest = softmax(halves.sum(axis=0), axis=1)
    codes = (rng.random(3000) > honest[:, 0]).astype(np.intp)
    weights, _ = fit_log_linear(log_softmax(halves, axis=2), codes, np.ones(3000))
    np.testing.assert_allclose(weights, 1, atol=0.15)


def test_a_tiny_spread_leaves_equal_weights_and_no_bias():
    logs, codes = drawn(200, (0.1, 1.0, 3.0))
    weights, bias = fit_log_linear(logs, codes, np.ones(200), spread=1e-6)
    np.testing.assert_allclose(weights, 1 / 3, atol=1e-6)
    np.testing.assert_allclose(bias, 0, atol=1e-6)


def test_fewer_effective_rows_move_less():
    """A row that is split in two of half its weight leaves the loss as it is: only the number of rows differs."""
    logs, codes = drawn(100, (0.1, 3.0))
    weight = np.where(np.arange(100) < 50, 1.0, 0.2)
    moved = []
    for parts in (1, 3, 30):
        split = np.concatenate([logs] * parts, axis=1), np.tile(codes, parts), np.tile(weight / parts, parts)
        weights, bias = fit_log_linear(*split)
        moved.append(float(np.linalg.norm(np.r_[weights - 0.5, bias])))
    assert 0 < moved[0] < 0.9 * moved[1] < 0.8 * moved[2]


def test_the_scale_of_the_weights_does_not_matter():
    logs, codes = drawn(100)
    weight = np.random.default_rng(7).exponential(size=100)
    for one, other in zip(fit_log_linear(logs, codes, weight), fit_log_linear(logs, codes, weight * 1e3), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_equal_input_gives_equal_bytes():
    logs, codes = drawn(3000, (0.5, 0.7, 1.0, 2.0))
    weight = np.random.default_rng(8).exponential(size=3000)
    found = {b"".join(part.tobytes() for part in fit_log_linear(logs, codes, weight)) for _ in range(3)}
    assert len(found) == 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[1:])
def test_another_order_of_members_gives_the_same_weights(order: tuple[int, ...]):
    logs, codes = drawn(300, (0.5, 1.0, 2.0))
    weights, bias = fit_log_linear(logs, codes, np.ones(300))
    turned, same = fit_log_linear(logs[list(order)], codes, np.ones(300))
    np.testing.assert_allclose(turned, weights[list(order)], atol=1e-3)
    np.testing.assert_allclose(same, bias, atol=1e-3)
    assert np.ptp(weights) > 0.1


def test_twins_share_their_weight():
    logs, codes = drawn(1000, (0.5, 1.5))
    weights, bias = fit_log_linear(logs, codes, np.ones(1000), spread=1e3)
    shared, same = fit_log_linear(logs[[0, 0, 1]], codes, np.ones(1000), spread=1e3)
    assert shared[0] == pytest.approx(shared[1], abs=1e-6)
    assert shared[0] + shared[1] == pytest.approx(weights[0], abs=2e-3)
    assert shared[2] == pytest.approx(weights[1], abs=2e-3)
    np.testing.assert_allclose(same, bias, atol=5e-3)


def test_a_member_that_says_the_same_of_all_classes_changes_nothing():
    logs, codes = drawn(400)
    useless = np.full((1, 400, 3), -np.log(3))
    without = fit_log_linear(logs, codes, np.ones(400), spread=1e3)
    weights, bias = fit_log_linear(np.concatenate([logs, useless]), codes, np.ones(400), spread=1e3)
    assert weights[2] == pytest.approx(1 / 3)  # nothing pulls it away
    np.testing.assert_allclose(pooled(logs, weights[:2], bias), pooled(logs, *without), atol=1e-3)


def test_rounds_are_limited():
    logs, codes = drawn(300, (0.3, 1.5))
    few, _ = fit_log_linear(logs, codes, np.ones(300), rounds=1)
    many, _ = fit_log_linear(logs, codes, np.ones(300))
    assert not np.allclose(few, many, atol=1e-3)


def test_a_class_without_rows_is_no_trouble():
    logs, codes = drawn(200)
    rows = codes != 2
    weights, bias = fit_log_linear(logs[:, rows], codes[rows], np.ones(rows.sum()))
    assert np.isfinite([*weights, *bias]).all()
    assert bias[2] < 0
