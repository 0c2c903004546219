"""How members are joined into one answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

from core.calibration import log_probabilities, softmax

Array = npt.NDArray[np.float64]
Scale = Literal["values", "ranks", "logs"]


@dataclass(frozen=True)
class Blend:
    """A weighted mean of members' predictions or of their ranks, or a pool of their log probabilities.

    Parameters
    ----------
    method: the blender that found the weights.
    weights: by member, positive; members without weight are not listed. They sum to 1 but for "logs".
    scale: "ranks" turns each output's predictions into ranks first (see `scaled`). "logs" adds up weighted
        logarithms and the bias, and turns the sum into probabilities again (see `core.log_linear`).
    per: a key: ranks are taken inside its groups.
    bias: of each output, on the scale of logarithms only.
    """

    method: str
    weights: Mapping[str, float]
    scale: Scale = "values"
    per: str | None = None
    bias: tuple[float, ...] = ()

    def apply(self, predictions: Mapping[str, Array], keys: pd.DataFrame) -> Array:
        """The blended predictions (n, outputs) of rows whose members predict (n, outputs) each.

        Ranks are taken among the rows that are given together.
        """
        groups = None if self.per is None else keys[self.per]
        return self.join({name: scaled(predictions[name], self.scale, groups) for name in self.weights})

    def join(self, members: Mapping[str, Array]) -> Array:
        """The blend of predictions that are on its scale already."""
        total = weighted_sum(members, self.weights)
        return softmax(total + np.array(self.bias)) if self.scale == "logs" else total

    def to_json(self) -> dict[str, Any]:
        return {
            "method": self.method,
            "weights": dict(self.weights),
            "scale": self.scale,
            "per": self.per,
            "bias": list(self.bias),
        }

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Blend:
        bias = tuple(state.get("bias", ()))  # runs of earlier versions have none
        return cls(state["method"], state["weights"], state["scale"], state["per"], bias)


def weighted_sum(members: Mapping[str, Array], weights: Mapping[str, float]) -> Array:
    """The weighted sum, members added in the order of their names, so that equal inputs give equal bytes."""
    names = sorted(weights)
    total = weights[names[0]] * members[names[0]]
    for name in names[1:]:
        total = total + weights[name] * members[name]
    return np.asarray(total)


def scaled(predictions: Array, scale: Scale, groups: pd.Series | None = None) -> Array:
    """Predictions as they are, as ranks in (0, 1), ties sharing their mean rank, or as logarithms; NaN kept.

    Rank r of n becomes (r - 1/2) / n, so that the ranks of p and of 1 - p sum to 1. Probabilities are clipped at
    1e-6 before the logarithm.
    """
    if scale == "values":
        return predictions
    if scale == "logs":
        return log_probabilities(predictions)
    ranks = np.full(predictions.shape, np.nan)
    parts = [np.arange(len(predictions))]
    if groups is not None:
        codes = pd.factorize(groups)[0]
        parts = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    for rows in parts:
        known = np.maximum(1, (~np.isnan(predictions[rows])).sum(axis=0))
        ranks[rows] = (rankdata(predictions[rows], axis=0, nan_policy="omit") - 0.5) / known
    return ranks
