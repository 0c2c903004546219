"""Weights of members by least squares, from sums of products alone."""

from __future__ import annotations

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import nnls
from threadpoolctl import threadpool_limits

from core.blending.scorer import Array

#: How far from equal weights one row's worth of doubt lets them go (a standard deviation).
SPREAD = 0.25


def fit_least_squares(
    gram: Array, origins: Array, rows: float, *, shrink: bool, spread: float = SPREAD
) -> tuple[Array, Array]:
    """Non-negative weights by least squares, drawn towards equal ones (Breiman 1996, "Stacked regressions").

    The weights minimise the squared error in units of that of the plain mean, plus the squared distance from equal
    weights as by a normal prior, the data counting as so many rows: few rows move little. Groups (outputs) share
    the weights and count alike.

    Parameters
    ----------
    gram: mean products of the members' errors, the truth less its origin and ones, (groups, members + 2,
        members + 2), as `SquaredScorer.gram` gives them.
    origins: what was taken from the truth of each group, (groups,).
    rows: how many equal rows they are worth.
    shrink: whether the weights may sum to anything, a bias for each group added, so that the blend may be drawn to
        the mean of the truth; else they sum to 1, without a bias.
    spread: standard deviation of the prior of a weight.

    Returns
    -------
    Weights (members,), 0 or more, and biases (groups,).
    """
    errors, count = gram[:, :-2, :-2], gram.shape[1] - 2
    equal = np.full(count, 1 / count)
    ridge = 1 / (rows * spread**2)
    none = np.zeros(len(gram))
    if not shrink:
        scales = np.einsum("gij,i,j->g", errors, equal, equal)
        if not (scales > 0).all():
            return equal, none
        # Of weights that sum to 1 the best are those of the problem without that bound, scaled: their gradients agree.
        weights = _non_negative((errors / scales[:, None, None]).sum(axis=0) + ridge * np.eye(count), np.ones(count))
        return weights / weights.sum(), none
    means, middle = gram[:, :-2, -1], gram[:, -2, -1]
    among = errors - means[:, :, None] * means[:, None, :]
    with_truth = gram[:, :-2, -2] - means * middle[:, None]
    variance = gram[:, -2, -2] - middle**2
    scales = np.einsum("gij,i,j->g", among, equal, equal)
    if not (scales > 0).all():
        return equal, -means @ equal
    # A member is its error plus the truth.
    members = among + with_truth[:, :, None] + with_truth[:, None, :] + variance[:, None, None]
    target = ((with_truth + variance[:, None]) / scales[:, None]).sum(axis=0) + ridge * equal
    weights = _non_negative((members / scales[:, None, None]).sum(axis=0) + ridge * np.eye(count), target)
    return weights, (middle + origins) * (1 - weights.sum()) - means @ weights


def _non_negative(matrix: Array, target: Array) -> Array:
    """The x of 0 or more that minimises x'matrix x - 2 x'target."""
    with threadpool_limits(1):  # the same bits whatever the number of threads
        root = cholesky(matrix, lower=True)
        found, _ = nnls(root.T, solve_triangular(root, target, lower=True), maxiter=30 * len(target))
    return np.asarray(found)
