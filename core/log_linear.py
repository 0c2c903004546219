"""Stacking class probabilities on the scale of their logarithms."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

#: No member counts more than twice.
LARGEST_WEIGHT = 2.0
#: How far from equal weights, and from no bias, one row's worth of doubt lets them go (a standard deviation).
SPREAD = 0.25


def effective_rows(weight: Array) -> float:
    """How many equal rows tell as much as these: the square of the sum of weights over the sum of squares (Kish)."""
    return float(weight.sum() ** 2 / (weight**2).sum())


def fit_log_linear(
    logs: Array, codes: Codes, weight: Array, *, spread: float = SPREAD, rounds: int = 500
) -> tuple[Array, Array]:
    """Weights and biases of softmax(sum_m w_m log p_m + b), by weighted log loss.

    With one member this is bias-corrected temperature scaling, with several a logarithmic opinion pool whose
    weights need not sum to 1, so that a pool of cautious members may be sharpened. The weights are drawn towards
    equal ones and the biases towards none, as by a normal prior, the data counting as so many rows as their
    weights are worth (`effective_rows`): few rare rows move little.

    Parameters
    ----------
    logs: log probabilities of the members, (members, n, k).
    codes: the class of each row, (n,).
    weight: of each row, (n,).
    spread: standard deviation of the prior of weights and biases.
    rounds: of L-BFGS at most.

    Returns
    -------
    Weights (members,) in [0, 2] and biases (k,), the first of them 0.
    """
    members, n, k = logs.shape
    counted = effective_rows(weight)
    share = weight / weight.sum()
    equal = 1 / members
    penalty = 1 / (2 * spread**2 * counted)
    rows = np.arange(n)
    flat = logs.reshape(members, n * k)
    own = logs[:, rows, codes] @ share
    counts = np.bincount(codes, weights=share, minlength=k)

    def loss(values: Array) -> tuple[float, Array]:
        weights, bias = values[:members], np.r_[0.0, values[members:]]
        scores = (weights @ flat).reshape(n, k) + bias
        tops = scores.max(axis=1, keepdims=True)
        exps = np.exp(scores - tops)
        sums = exps.sum(axis=1)
        value = share @ (tops[:, 0] + np.log(sums) - scores[rows, codes])
        shares = exps * (share / sums)[:, None]
        apart = weights - equal
        value += penalty * float(apart @ apart + bias @ bias)
        by_weight = flat @ shares.reshape(n * k) - own + 2 * penalty * apart
        by_bias = shares.sum(axis=0) - counts + 2 * penalty * bias
        return float(value), np.r_[by_weight, by_bias[1:]]

    start = np.r_[np.full(members, equal), np.zeros(k - 1)]
    bounds = [(0.0, LARGEST_WEIGHT)] * members + [(None, None)] * (k - 1)
    # One thread: sums that are split among threads differ in their last bits, and so would the answer.
    with threadpool_limits(1):
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": rounds}).x
    return found[:members], np.r_[0.0, found[members:]]
