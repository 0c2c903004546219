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
    # Against the first class: softmax reads differences alone, and class by class numpy adds up much faster.
    flat = np.empty((members, (k - 1) * n))
    for class_ in range(1, k):
        np.subtract(logs[:, :, class_], logs[:, :, 0], out=flat[:, (class_ - 1) * n : class_ * n])
    others = np.flatnonzero(codes > 0)
    places = (codes[others] - 1) * n + others
    # Added up by numpy, whose last bits do not depend on threads as those of BLAS do.
    own = np.array([(row[places] * share[others]).sum() for row in flat])
    counts = np.bincount(codes, weights=share, minlength=k)

    def loss(values: Array) -> tuple[float, Array]:
        weights, bias = values[:members], values[members:]
        scores = (weights @ flat).reshape(k - 1, n) + bias[:, None]
        tops = np.maximum(scores.max(axis=0), 0.0)
        exps = np.exp(scores - tops)
        sums = np.exp(-tops) + exps.sum(axis=0)
        value = share @ (tops + np.log(sums)) - scores.reshape(-1)[places] @ share[others]
        shares = exps * (share / sums)
        apart = weights - equal
        value += penalty * float(apart @ apart + bias @ bias)
        by_weight = flat @ shares.reshape(-1) - own + 2 * penalty * apart
        by_bias = shares.sum(axis=1) - counts[1:] + 2 * penalty * bias
        return float(value), np.r_[by_weight, by_bias]

    start = np.r_[np.full(members, equal), np.zeros(k - 1)]
    bounds = [(0.0, LARGEST_WEIGHT)] * members + [(None, None)] * (k - 1)
    # One thread: sums that are split among threads differ in their last bits, and so would the answer.
    with threadpool_limits(1):
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": rounds}).x
    return found[:members], np.r_[0.0, found[members:]]
