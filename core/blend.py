"""How members are joined into one answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

Array = npt.NDArray[np.float64]
Scale = Literal["values", "ranks"]


@dataclass(frozen=True)
class Blend:
    """A weighted mean of members' predictions, or of their ranks.

    Parameters
    ----------
    method: the blender that found the weights.
    weights: by member, positive, summing to 1; members without weight are not listed.
    scale: "ranks" turns each output's predictions into ranks first (see `scaled`).
    per: a key: ranks are taken inside its groups.
    """

    method: str
    weights: Mapping[str, float]
    scale: Scale = "values"
    per: str | None = None

    def apply(self, predictions: Mapping[str, Array], keys: pd.DataFrame) -> Array:
        """The blended predictions (n, outputs) of rows whose members predict (n, outputs) each.

        Ranks are taken among the rows that are given together.
        """
        groups = None if self.per is None else keys[self.per]
        members = {name: scaled(predictions[name], self.scale, groups) for name in self.weights}
        return weighted_sum(members, self.weights)

    def to_json(self) -> dict[str, Any]:
        return {"method": self.method, "weights": dict(self.weights), "scale": self.scale, "per": self.per}

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Blend:
        return cls(state["method"], state["weights"], state["scale"], state["per"])


def weighted_sum(members: Mapping[str, Array], weights: Mapping[str, float]) -> Array:
    """The weighted sum, members added in the order of their names, so that equal inputs give equal bytes."""
    names = sorted(weights)
    total = weights[names[0]] * members[names[0]]
    for name in names[1:]:
        total = total + weights[name] * members[name]
    return np.asarray(total)


def scaled(predictions: Array, scale: Scale, groups: pd.Series | None = None) -> Array:
    """Predictions as they are, or as ranks in (0, 1), ties sharing their mean rank, NaN kept.

    Rank r of n becomes (r - 1/2) / n, so that the ranks of p and of 1 - p sum to 1.
    """
    if scale == "values":
        return predictions
    ranks = np.full(predictions.shape, np.nan)
    parts = [np.arange(len(predictions))]
    if groups is not None:
        codes = pd.factorize(groups)[0]
        parts = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    for rows in parts:
        known = np.maximum(1, (~np.isnan(predictions[rows])).sum(axis=0))
        ranks[rows] = (rankdata(predictions[rows], axis=0, nan_policy="omit") - 0.5) / known
    return ranks
