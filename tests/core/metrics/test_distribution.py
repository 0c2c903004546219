from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from core.metrics import CRPS_SAMPLE, MAE, crps_cdf, pinball

seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seeds, st.lists(st.integers(1, 99), min_size=1, max_size=4, unique=True))
def test_pinball_is_the_mean_over_columns_of_that_of_scikit_learn(seed: int, percents: list[int]) -> None:
    rng = np.random.default_rng(seed)
    quantiles = [percent / 100 for percent in percents]
    truth, said = rng.normal(size=20), rng.normal(size=(20, len(quantiles)))
    weight = rng.choice([0.5, 2.0], 20)
    each = [
        oracle.mean_pinball_loss(truth, said[:, k], alpha=alpha, sample_weight=weight)
        for k, alpha in enumerate(quantiles)
    ]
    assert pinball(*quantiles)(truth, said, weight) == pytest.approx(np.mean(each), rel=1e-12)


def test_pinball_at_a_half_is_half_the_absolute_error() -> None:
    truth, said = np.array([1.0, 5.0]), np.array([2.0, 1.0])
    assert pinball(0.5)(truth, said) == pytest.approx(MAE(truth, said) / 2)


def test_too_low_costs_more_at_a_high_quantile() -> None:
    assert pinball(0.9)(np.array([1.0]), np.array([0.0])) == pytest.approx(0.9)
    assert pinball(0.9)(np.array([0.0]), np.array([1.0])) == pytest.approx(0.1)


def test_the_quantiles_are_part_of_the_name() -> None:
    assert pinball(0.9).name == "pinball@0.9"
    assert pinball(0.005, 0.5).name == "pinball@0.005,0.5"


@pytest.mark.parametrize("quantiles", [(), (0.0,), (1.0,), (0.5, 0.5), (-0.1,), (float("nan"),)])
def test_quantiles_that_are_none_are_an_error(quantiles: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="quantiles"):
        pinball(*quantiles)


@pytest.mark.parametrize("seed", range(5))
def test_crps_of_cumulated_probabilities_is_the_formula_of_its_host(seed: int) -> None:
    # NFL Big Data Bowl: C = sum over plays and yards n of (P(y <= n) - H(n - Y))² / (199 N).
    rng = np.random.default_rng(seed)
    truth = rng.integers(-99, 100, 6).astype(float)
    said = np.sort(rng.random((6, 199)), axis=1)
    total = 0.0
    for play, (column, yards) in itertools.product(range(6), enumerate(range(-99, 100))):
        total += (said[play, column] - (1.0 if yards - truth[play] >= 0 else 0.0)) ** 2
    assert crps_cdf(-99, 99)(truth, said) == pytest.approx(total / (199 * 6), rel=1e-12)


def test_crps_of_a_certain_right_answer_is_nothing_also_beside_the_thresholds() -> None:
    metric = crps_cdf(0, 2)
    assert metric(np.array([1.0, -5.0, 9.0]), np.array([[0.0, 1.0, 1.0], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])) == 0.0
    assert metric.name == "crps_cdf@0,2"


@pytest.mark.parametrize("bounds", [(3, 3), (4, 1)])
def test_thresholds_in_no_order_are_an_error(bounds: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="threshold"):
        crps_cdf(*bounds)


def by_integral(draws: list[float], y: float) -> float:
    """The definition: the integral of the squared difference between the draws' distribution and a step at y."""
    points = sorted([*draws, y])
    total = 0.0
    for left, right in itertools.pairwise(points):
        below = sum(draw <= left for draw in draws) / len(draws)
        total += (right - left) * (below - (1.0 if y <= left else 0.0)) ** 2
    return total


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seeds, st.integers(1, 7))
def test_crps_of_draws_is_the_integral_and_the_mean_over_pairs(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    truth, draws = rng.integers(0, 6, 8).astype(float), rng.integers(0, 12, (8, k)) / 2
    weight = rng.choice([0.5, 2.0], 8)
    integrals = [by_integral(row.tolist(), y) for row, y in zip(draws, truth, strict=True)]
    got = CRPS_SAMPLE(truth, draws, weight)
    assert got == pytest.approx(np.average(integrals, weights=weight), abs=1e-12)
    apart = np.abs(draws[:, :, None] - draws[:, None, :]).mean(axis=(1, 2)) / 2
    pairs = np.abs(draws - truth[:, None]).mean(axis=1) - apart
    assert got == pytest.approx(np.average(pairs, weights=weight), abs=1e-12)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seeds, st.integers(1, 9))
def test_crps_of_quantiles_in_the_middle_is_twice_their_pinball_loss(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    truth, quantiles = rng.normal(size=8), np.sort(rng.normal(size=(8, k)), axis=1)
    levels = [(i + 0.5) / k for i in range(k)]
    assert CRPS_SAMPLE(truth, quantiles) == pytest.approx(2 * pinball(*levels)(truth, quantiles), rel=1e-11)


def test_crps_of_one_draw_is_the_absolute_error() -> None:
    truth, said = np.array([1.0, 5.0]), np.array([2.0, 1.0])
    assert CRPS_SAMPLE(truth, said) == MAE(truth, said)


def test_crps_of_many_draws_nears_the_closed_form_of_a_gaussian() -> None:
    from scipy.stats import norm

    levels = (np.arange(4000) + 0.5) / 4000
    z = np.array([-1.3, 0.0, 2.1])
    draws = np.tile(norm.ppf(levels), (3, 1))
    closed = z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi)
    assert CRPS_SAMPLE(z, draws) == pytest.approx(closed.mean(), abs=1e-3)
