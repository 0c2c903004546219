"""How members are joined into one answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

from core.calibration import log_probabilities, softmax

Array = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]
Scale = Literal["values", "ranks", "logs"]


@dataclass(frozen=True)
class Blend:
    """A weighted sum of members' predictions or of their ranks, or a pool of their log probabilities.

    Parameters
    ----------
    method: the blender that found the weights.
    weights: by member, positive; members without weight are not listed, but for those that only a regime uses. They
        sum to 1 where there is no bias.
    scale: "ranks" turns each output's predictions into ranks first (see `scaled`). "logs" adds up weighted
        logarithms and the bias, and turns the sum into probabilities again (see `core.log_linear`).
    per: a key: ranks are taken inside its groups.
    bias: of each output, added to the weighted sum; empty for none.
    regime: a key: rows of some of its values have blends of their own.
    regimes: these blends, on the same scale, by the value of the key as text; other rows have this one.
    """

    method: str
    weights: Mapping[str, float]
    scale: Scale = "values"
    per: str | None = None
    bias: tuple[float, ...] = ()
    regime: str | None = None
    regimes: Mapping[str, Blend] = field(default_factory=dict)

    def apply(self, predictions: Mapping[str, Array], keys: pd.DataFrame) -> Array:
        """The blended predictions (n, outputs) of rows whose members predict (n, outputs) each.

        Ranks are taken among the rows that are given together.
        """
        groups = None if self.per is None else keys[self.per]
        regimes = None if self.regime is None else as_text(keys[self.regime])
        return self.join({name: scaled(predictions[name], self.scale, groups) for name in self.weights}, regimes)

    def join(self, members: Mapping[str, Array], regimes: Texts | None = None) -> Array:
        """The blend of predictions that are on its scale already.

        Parameters
        ----------
        regimes: the value of the key `regime` in each row, (n,), as `as_text` gives it.
        """
        total = weighted_sum(members, self.weights)
        if self.bias:
            total = total + np.array(self.bias)
        joined = softmax(total) if self.scale == "logs" else total
        if self.regimes and regimes is not None:
            for value, blend in sorted(self.regimes.items()):
                rows = np.flatnonzero(regimes == value)
                if len(rows):
                    joined[rows] = blend.join({name: members[name][rows] for name in blend.weights})
        return joined

    def without(self, member: str) -> Blend | None:
        """The same with a member taken out, the other weights scaled up to the same sum; None where none is left.

        >>> Blend("mean", {"a": 0.5, "b": 0.25, "c": 0.25}).without("b").weights
        {'a': 0.6666666666666666, 'c': 0.3333333333333333}
        """
        if member not in self.weights:
            return self
        rest = {name: weight for name, weight in self.weights.items() if name != member}
        left = sum(rest.values())
        if not left > 0:
            return None
        growth = (left + self.weights[member]) / left
        inside = {value: blend.without(member) for value, blend in self.regimes.items()}
        return replace(
            self,
            weights={name: weight * growth for name, weight in rest.items()},
            regimes={value: blend for value, blend in inside.items() if blend is not None},
        )

    def to_json(self) -> dict[str, Any]:
        state: dict[str, Any] = {
            "method": self.method,
            "weights": dict(self.weights),
            "scale": self.scale,
            "per": self.per,
            "bias": list(self.bias),
        }
        if self.regime is not None:
            state["regime"] = self.regime
            state["regimes"] = {value: blend.to_json() for value, blend in self.regimes.items()}
        return state

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Blend:
        return cls(
            state["method"],
            state["weights"],
            state["scale"],
            state["per"],
            tuple(state.get("bias", ())),  # runs of earlier versions have none
            state.get("regime"),
            {value: cls.from_json(blend) for value, blend in state.get("regimes", {}).items()},
        )


def as_text(values: pd.Series) -> Texts:
    """The values of a key as JSON names them; None where it is missing.

    >>> as_text(pd.Series([1, True, None], dtype=object)).tolist()
    ['1', 'True', None]
    """
    known = values.notna().to_numpy(dtype=bool)
    text = np.full(len(values), None, dtype=object)
    text[known] = [str(value) for value in values.to_numpy(dtype=object)[known]]
    return text


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
