"""The trivial answer that stands beside every score."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator

from core.context import FitContext
from core.priors import class_shares

Array = npt.NDArray[np.float64]


class ConstantClassifier(BaseEstimator):
    """The share of each class for every row, rows counted as they are scored (so: under the test prior)."""

    def fit(
        self,
        X: pd.DataFrame,
        y: pd.Series,
        sample_weight: npt.ArrayLike | None = None,
        context: FitContext | None = None,
    ) -> Self:
        labels = y.astype(str)
        self.classes_ = np.array(sorted(labels.unique()), dtype=object)
        scored = context.score_weight if context else None
        self.shares_ = class_shares(labels, self.classes_.tolist(), sample_weight if scored is None else scored)
        return self

    def predict_proba(self, X: pd.DataFrame) -> Array:
        """(n, classes), every row the same."""
        return np.tile(self.shares_, (len(X), 1))

    def save_model(self, folder: Path) -> None:
        state = {"classes": self.classes_.tolist(), "shares": self.shares_.tolist()}
        (folder / "state.json").write_text(json.dumps(state))

    @classmethod
    def load_model(cls, folder: Path) -> Self:
        state = json.loads((folder / "state.json").read_text())
        model = cls()
        model.classes_, model.shares_ = np.array(state["classes"], dtype=object), np.array(state["shares"])
        return model


def _weighted_median(values: Array, weight: Array) -> Array:
    """Where half of the weight lies below, of each column; the middle where that is a whole stretch."""
    order = np.argsort(values, axis=0)
    sorted_, below = (np.take_along_axis(each, order, axis=0) for each in (values, weight))
    below = np.cumsum(below, axis=0)
    ends = [(below < below[-1] / 2).sum(axis=0, keepdims=True), (below <= below[-1] / 2).sum(axis=0, keepdims=True)]
    low, high = (np.take_along_axis(sorted_, np.minimum(end, len(values) - 1), axis=0)[0] for end in ends)
    return np.asarray((low + high) / 2)


def _relative_median(values: Array, weight: Array) -> Array:
    """What is least far off as a share of the truth: an error counts as much more as the truth is small."""
    sizes = np.abs(values)
    if not sizes.all():
        raise ValueError("a truth of 0 has no relative error")
    return _weighted_median(values, weight / sizes)


#: What a constant may be, by name: `(values (n, outputs), weight (n, outputs)) -> (outputs,)`.
STATISTICS: Mapping[str, Callable[[Array, Array], Array]] = {
    "mean": lambda values, weight: np.average(values, axis=0, weights=weight),
    "log mean": lambda values, weight: np.expm1(np.average(np.log1p(values), axis=0, weights=weight)),
    "median": _weighted_median,
    "relative median": _relative_median,
}


class ConstantRegressor(BaseEstimator):
    """One value per output for every row.

    Parameters
    ----------
    statistic: of the truth, the one that the metric scores best; see `STATISTICS`.
    """

    def __init__(self, statistic: str = "mean") -> None:
        self.statistic = statistic

    def fit(self, X: pd.DataFrame, y: pd.Series | pd.DataFrame, sample_weight: npt.ArrayLike | None = None) -> Self:
        values = y.to_numpy(dtype=float).reshape(len(y), -1)
        counted = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        self.values_ = STATISTICS[self.statistic](values, np.broadcast_to(counted[:, None], values.shape))
        return self

    def predict(self, X: pd.DataFrame) -> Array:
        """(n, outputs), every row the same."""
        return np.tile(self.values_, (len(X), 1))

    predict_proba = predict

    def save_model(self, folder: Path) -> None:
        (folder / "state.json").write_text(json.dumps({"statistic": self.statistic, "values": self.values_.tolist()}))

    @classmethod
    def load_model(cls, folder: Path) -> Self:
        state = json.loads((folder / "state.json").read_text())
        model = cls(state["statistic"])
        model.values_ = np.array(state["values"])
        return model
