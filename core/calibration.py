"""Bias-corrected temperature scaling, of rows that count unevenly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

#: Probabilities are clipped here before any logarithm.
CLIP = 1e-6
#: Slopes outside would turn the order of the classes round, or be those of a degenerate fit.
SLOPES = (0.0, 10.0)
#: Where L-BFGS stops: the bias of a class that hardly counts moves the loss very little.
PRECISE = {"ftol": 1e-12, "gtol": 1e-8}


@dataclass(frozen=True)
class Calibration:
    """softmax(slope · log p + bias): bias-corrected temperature scaling (Alexandari et al. 2020, arXiv:1901.06852).

    Fitted on out-of-fold rows that are weighted to the test prior, after the probabilities were corrected to
    it, it mends what a booster gets wrong where the test rows are; on unweighted rows the majority decides
    alone.

    Parameters
    ----------
    slope: one for all classes; above 1 sharpens.
    bias: of each class, (k,); the first is 0.
    """

    slope: float
    bias: Array

    @classmethod
    def none(cls, classes: int) -> Self:
        """The calibration that changes nothing."""
        return cls(1.0, np.zeros(classes))

    @classmethod
    def fit(cls, probabilities: Array, codes: Codes, weight: Array | None = None) -> Self:
        """By weighted log loss; a class without rows keeps bias 0.

        Parameters
        ----------
        probabilities: (n, k).
        codes: the class of each row, 0 to k - 1, (n,).
        weight: of each row, (n,).
        """
        logs = log_probabilities(probabilities)
        weight = np.ones(len(codes)) if weight is None else np.asarray(weight, dtype=float)
        weight = weight / weight.sum()
        k = logs.shape[1]
        free = np.flatnonzero(np.bincount(codes, weights=weight, minlength=k) > 0)[1:]
        own = logs[np.arange(len(codes)), codes]

        def loss(values: Array) -> tuple[float, Array]:
            bias = np.zeros(k)
            bias[free] = values[1:]
            scores = values[0] * logs + bias
            tops = scores.max(axis=1, keepdims=True)
            exps = np.exp(scores - tops)
            sums = exps.sum(axis=1, keepdims=True)
            shares = exps / sums * weight[:, None]
            value = weight @ (tops[:, 0] + np.log(sums[:, 0]) - scores[np.arange(len(codes)), codes])
            slope = float((shares * logs).sum() - weight @ own)
            counts = np.bincount(codes, weights=weight, minlength=k)
            return float(value), np.r_[slope, (shares.sum(axis=0) - counts)[free]]

        bounds = [SLOPES, *[(-20.0, 20.0)] * len(free)]
        start = np.r_[1.0, np.zeros(len(free))]
        # One thread: sums that are split among threads differ in their last bits, and so would everything after.
        with threadpool_limits(1):
            found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=PRECISE)
        bias = np.zeros(k)
        bias[free] = found.x[1:]
        return cls(float(found.x[0]), bias)

    def apply(self, probabilities: Array) -> Array:
        """Calibrated probabilities, (n, k)."""
        return softmax(self.slope * log_probabilities(probabilities) + self.bias)

    def to_json(self) -> dict[str, Any]:
        return {"slope": self.slope, "bias": self.bias.tolist()}

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Self:
        return cls(float(state["slope"]), np.array(state["bias"], dtype=float))


def log_probabilities(probabilities: Array) -> Array:
    """The logarithm of probabilities clipped at 1e-6 and rescaled to sum to 1."""
    clipped = np.clip(probabilities, CLIP, 1.0)
    return np.asarray(np.log(clipped / clipped.sum(axis=1, keepdims=True)))


def softmax(scores: Array) -> Array:
    """exp(scores), each row divided by its sum."""
    exps = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(exps / exps.sum(axis=1, keepdims=True))
