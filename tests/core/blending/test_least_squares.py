from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from core.blending.least_squares import SPREAD, fit_least_squares
from core.blending.squared_scorer import SquaredScorer
from core.metrics import BRIER, MCRMSE, RMSE
from core.objective import Judge


def drawn(outputs: int = 1, rows: int = 200, noises: tuple[float, ...] = (0.5, 0.8, 1.0, 3.0), level: float = 5.0):
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(rows, outputs)) * np.arange(1, outputs + 1) + level
    members = [truth + rng.normal(scale=noise, size=truth.shape) for noise in noises]
    metric = RMSE if outputs == 1 else MCRMSE
    return members, Judge(metric, truth[:, 0] if outputs == 1 else truth, rng.exponential(size=rows))


def fitted(members, judge, *, shrink: bool, spread: float = SPREAD):
    scorer = SquaredScorer(members, judge, [np.arange(len(judge.truth))])
    return fit_least_squares(scorer.gram([0]), scorer.origins, scorer.effective_rows([0]), shrink=shrink, spread=spread)


def penalised(members, judge, weights, *, shrink: bool, spread: float = SPREAD) -> float:
    """What is minimised, written for reading."""
    truth = judge.truth.reshape(len(judge.truth), -1).astype(float)
    if judge.metric is BRIER:
        truth = np.eye(members[0].shape[1])[judge.truth]
    share, count = judge.weight / judge.weight.sum(), len(members)

    def squares(weights):
        errors = sum(weight * values for weight, values in zip(weights, members, strict=True)) - truth
        if shrink:
            errors = errors - share @ errors  # the best bias
        each = share @ errors**2
        return each.sum() if judge.metric is BRIER else each

    total = (squares(weights) / squares(np.full(count, 1 / count))).sum()
    rows = judge.weight.sum() ** 2 / (judge.weight**2).sum()
    return float(total + sum((np.array(weights) - 1 / count) ** 2) / (rows * spread**2))


@pytest.mark.parametrize("shrink", [False, True])
@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("spread", [0.02, SPREAD, 100.0])
def test_weights_are_those_that_a_general_optimiser_finds(shrink: bool, outputs: int, spread: float):
    members, judge = drawn(outputs)
    weights, bias = fitted(members, judge, shrink=shrink, spread=spread)
    found = minimize(
        lambda values: penalised(members, judge, values, shrink=shrink, spread=spread),
        np.full(4, 0.25),
        method="SLSQP",
        bounds=[(0, None)] * 4,
        constraints=[] if shrink else [{"type": "eq", "fun": lambda values: values.sum() - 1}],
        options={"ftol": 1e-14, "maxiter": 500},
    ).x
    np.testing.assert_allclose(weights, found, atol=2e-4)
    share = judge.weight / judge.weight.sum()
    truth = judge.truth.reshape(len(judge.truth), -1)
    errors = truth - sum(weight * values for weight, values in zip(weights, members, strict=True))
    np.testing.assert_allclose(bias, share @ errors if shrink else 0.0, atol=1e-9)
    assert shrink or weights.sum() == pytest.approx(1)


def test_class_probabilities_share_their_weights():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 3, 300)
    members = [rng.dirichlet(np.ones(3), 300) * (1 - share) + share * np.eye(3)[truth] for share in (0.2, 0.5, 0.1)]
    judge = Judge(BRIER, truth, np.ones(300))
    weights, _ = fitted(members, judge, shrink=False)
    best = penalised(members, judge, weights, shrink=False)
    for move in np.random.default_rng(2).normal(scale=0.02, size=(40, 3)):
        near = np.clip(weights + move - move.mean(), 0, None)
        assert penalised(members, judge, near / near.sum(), shrink=False) >= best - 1e-12


def test_members_that_mislead_get_nothing():
    members, judge = drawn(noises=(0.5, 0.6, 0.7))
    members[2] = 10 - members[2]
    weights, _ = fitted(members, judge, shrink=True)
    assert weights[2] == 0
    assert weights[:2].min() > 0.2


def test_loud_members_are_shrunk_to_the_mean_of_the_truth():
    """Noise of the size of the signal: the truth is half of what they say."""
    rng = np.random.default_rng(3)
    truth = rng.normal(size=4000) + 100
    values = truth[:, None] + rng.normal(size=(4000, 1))
    weights, bias = fitted([values], Judge(RMSE, truth, np.ones(4000)), shrink=True)
    assert weights[0] == pytest.approx(0.5, abs=0.05)
    assert bias[0] + weights[0] * 100 == pytest.approx(100, abs=0.1)


@pytest.mark.parametrize("shrink", [False, True])
def test_a_tiny_spread_leaves_equal_weights(shrink: bool):
    weights, _ = fitted(*drawn(), shrink=shrink, spread=1e-6)
    np.testing.assert_allclose(weights, 0.25, atol=1e-6)


@pytest.mark.parametrize("shrink", [False, True])
def test_twins_share_their_weight(shrink: bool):
    members, judge = drawn(noises=(0.5, 1.5))
    weights, _ = fitted([members[0], members[0], members[1]], judge, shrink=shrink)
    assert weights[0] == pytest.approx(weights[1], abs=1e-9)


@pytest.mark.parametrize("shrink", [False, True])
def test_members_without_an_error_are_averaged(shrink: bool):
    _, judge = drawn()
    exact = judge.truth[:, None].copy()
    weights, bias = fitted([exact, exact], judge, shrink=shrink)
    np.testing.assert_allclose(weights, 0.5, atol=1e-6)
    np.testing.assert_allclose(bias, 0, atol=1e-9)


@pytest.mark.parametrize("shrink", [False, True])
def test_the_unit_of_the_truth_does_not_matter(shrink: bool):
    members, judge = drawn()
    weights, bias = fitted(members, judge, shrink=shrink)
    larger = Judge(RMSE, judge.truth * 1e6, judge.weight)
    same, scaled = fitted([values * 1e6 for values in members], larger, shrink=shrink)
    np.testing.assert_allclose(same, weights, atol=1e-9)
    np.testing.assert_allclose(scaled, bias * 1e6, rtol=1e-6, atol=1e-6)
