"""How alike two rows are: a Gaussian kernel with one length for each column, and a linear one beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_solve, cholesky
from scipy.optimize import minimize

from core.deadline import Deadline

Array = npt.NDArray[np.float64]

#: Evaluations of the likelihood at most: it is flat long before its maximum.
STEPS = 40

#: How strongly lengths are held near the usual one: the inverse variance of their logs beforehand.
USUAL = 2.0

#: A length this many times the usual one: the column counts for nothing.
LONGEST = 1e3


@dataclass(frozen=True, eq=False)
class GaussianKernel:
    """`exp(-Σ ((a_j - b_j) / length_j)² / 2) + slope² · a·b`.

    Parameters
    ----------
    lengths: (columns,); a long one says that the column does not matter.
    slope: the share of the linear part.
    noise: the variance of what no kernel explains, in units of the truth's deviation.
    """

    lengths: Array
    slope: float
    noise: float

    def between(self, a: Array, b: Array) -> Array:
        """(rows of a, rows of b)."""
        return np.exp(-0.5 * _squares(a / self.lengths, b / self.lengths)) + self.slope**2 * (a @ b.T)

    @classmethod
    def learnt(cls, matrix: Array, targets: Array, deadline: Deadline, even: bool = False) -> Self:
        """The kernel under which a Gaussian process makes targets (n, k) of mean 0 and deviation 1 most likely.

        By gradients of the marginal likelihood (Rasmussen & Williams 2006, chapter 5), which cost n³.

        Parameters
        ----------
        even: one length for all columns.

        Raises
        ------
        OutOfTime: the deadline came first.
        """
        columns = matrix.shape[1]
        usual = np.sqrt(max(1, columns))

        def unpacked(logs: Array) -> tuple[Array, float, float]:
            lengths = np.broadcast_to(usual * np.exp(logs[:-2]), columns)
            return lengths, float(np.exp(logs[-2])), float(np.exp(logs[-1]))

        def loss(logs: Array) -> tuple[float, Array]:
            deadline.check()
            value, of_lengths, of_slope, of_noise = _evidence(matrix, targets, *unpacked(logs))
            if even:
                return value, np.array([of_lengths.sum(), of_slope, of_noise])
            # A wish for usual lengths: without it, few rows choose a few columns by chance.
            value += 0.5 * USUAL * float(np.sum(logs[:-2] ** 2))
            return value, np.array([*(of_lengths + USUAL * logs[:-2]), of_slope, of_noise])

        number = 1 if even else columns
        start = np.array([*np.zeros(number), np.log(0.5 / usual), np.log(0.3)])
        limits = [(-3.0, np.log(LONGEST))] * number + [(-8.0, 2.0), (np.log(1e-3), np.log(2.0))]
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=limits, options={"maxfun": STEPS})
        return cls(*unpacked(found.x))

    def to_json(self) -> dict[str, Any]:
        return {"lengths": self.lengths.tolist(), "slope": self.slope, "noise": self.noise}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Self:
        return cls(np.array(state["lengths"]), state["slope"], state["noise"])


def _squares(a: Array, b: Array) -> Array:
    """Squared distances."""
    return np.maximum((a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T, 0)


def _evidence(
    matrix: Array, targets: Array, lengths: Array, slope: float, noise: float
) -> tuple[float, Array, float, float]:
    """The negative log marginal likelihood (without constants), and its slopes by the logs of the parameters."""
    scaled = matrix / lengths
    near = np.exp(-0.5 * _squares(scaled, scaled))
    line = slope**2 * (matrix @ matrix.T)
    covariance = near + line
    covariance[np.diag_indices_from(covariance)] += noise
    lower = cholesky(covariance, lower=True)
    solved = cho_solve((lower, True), targets)
    k = targets.shape[1]
    value = 0.5 * float((targets * solved).sum()) + k * float(np.log(np.diag(lower)).sum())
    # The slope by a change D of the covariance is half the sum of D times this.
    by_covariance = k * cho_solve((lower, True), np.eye(len(matrix))) - solved @ solved.T
    pull = by_covariance * near
    apart = 2 * (pull.sum(axis=1) @ scaled**2 - (scaled * (pull @ scaled)).sum(axis=0))
    return value, 0.5 * apart, float((by_covariance * line).sum()), 0.5 * noise * float(np.trace(by_covariance))
