"""The trivial answer that stands beside every score."""

from __future__ import annotations

import json
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


class ConstantRegressor(BaseEstimator):
    """One value per output for every row: the mean, or the (unweighted) median where absolute errors are scored."""

    def __init__(self, statistic: str = "mean") -> None:
        self.statistic = statistic

    def fit(self, X: pd.DataFrame, y: pd.Series | pd.DataFrame, sample_weight: npt.ArrayLike | None = None) -> Self:
        values = y.to_numpy(dtype=float)
        weight = None if sample_weight is None else np.asarray(sample_weight, dtype=float)
        middle = np.median(values, axis=0) if self.statistic == "median" else np.average(values, axis=0, weights=weight)
        self.values_ = np.atleast_1d(middle)
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
