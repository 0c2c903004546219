"""Numbers with missing values as finite numbers of one scale."""

from __future__ import annotations

from typing import Any, Literal, Self, get_args

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Array = npt.NDArray[np.float64]
Scaling = Literal["standard", "robust", "quantile"]

#: Points of the distribution of a column that quantile scaling knows at most.
POINTS = 500

#: Larger numbers count as this: their squares would be infinite.
LARGEST = 1e100

#: A column whose width is smaller counts as nearly constant.
SMALLEST = 1e-150


class NumberScaler:
    """Scale each column of numbers; the median takes the place of a missing value, and a flag says so.

    Learnt in the fold, from the rows that are fitted. A constant column becomes 0.

    Parameters
    ----------
    scaling: "standard": mean 0 and deviation 1. "robust": by median and quartiles, then smoothly clipped to
        (-3, 3), as RealMLP does (Holzmüller et al. 2024). "quantile": to a normal distribution, by ranks.

    >>> NumberScaler("standard").fit(np.array([[1.0], [3.0]])).transform(np.array([[3.0], [np.nan]]))
    array([[1.],
           [0.]])
    """

    def __init__(self, scaling: Scaling = "quantile") -> None:
        if scaling not in get_args(Scaling):
            raise ValueError(f"scaling is one of {get_args(Scaling)}, not {scaling!r}")
        self.scaling = scaling
        self.flagged: list[int] = []
        self.medians: list[float] = []
        self.learnt: list[list[list[float]]] = []

    def fit(self, matrix: Array) -> Self:
        """Learn from numbers (n, columns); NaN is missing."""
        matrix = np.clip(matrix, -LARGEST, LARGEST)
        gaps = np.isnan(matrix)
        self.flagged = np.flatnonzero(gaps.any(axis=0) & ~gaps.all(axis=0)).tolist()
        known = [matrix[~gaps[:, j], j] if not gaps[:, j].all() else np.zeros(1) for j in range(matrix.shape[1])]
        self.medians = [float(np.median(column)) for column in known]
        self.learnt = [self._learn(column) for column in known]
        return self

    def transform(self, matrix: Array) -> Array:
        """(n, columns + flags) without NaN: the scaled columns, then a flag for each that missed values in `fit`."""
        matrix = np.clip(matrix, -LARGEST, LARGEST)
        gaps = np.isnan(matrix)
        scaled = np.zeros((len(matrix), len(self.learnt) + len(self.flagged)))
        for j, learnt in enumerate(self.learnt):
            if learnt:
                scaled[:, j] = self._apply(np.where(gaps[:, j], self.medians[j], matrix[:, j]), learnt)
        scaled[:, len(self.learnt) :] = gaps[:, self.flagged]
        return scaled

    def _learn(self, column: Array) -> list[list[float]]:
        """What scales a column: centre and width, or values and where they go; nothing for a constant."""
        low, high = float(column.min()), float(column.max())
        if low == high:
            return []
        if self.scaling == "standard":
            width = float(column.std()) or (high - low)
            return [[float(column.mean()), width]]
        if self.scaling == "robust":
            lower, middle, upper = np.quantile(column, [0.25, 0.5, 0.75])
            return [[float(middle), float(upper - lower) or (high - low) / 2]]
        count = min(POINTS, len(column))
        values, first, repeats = np.unique(
            np.quantile(column, np.linspace(0, 1, count)), return_index=True, return_counts=True
        )
        # A value that stands there often goes to the middle of its ranks.
        return [values.tolist(), ndtri((first + repeats / 2) / count).tolist()]

    def _apply(self, column: Array, learnt: list[list[float]]) -> Array:
        if self.scaling == "quantile":
            return np.asarray(np.interp(column, learnt[0], learnt[1]))
        centre, width = learnt[0]
        scaled = np.clip((column - centre) / max(width, SMALLEST), -LARGEST, LARGEST)
        return scaled / np.sqrt(1 + (scaled / 3) ** 2) if self.scaling == "robust" else scaled

    def to_json(self) -> dict[str, Any]:
        return vars(self).copy()

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Self:
        scaler = cls(state["scaling"])
        vars(scaler).update(state)
        return scaler
