"""A model whose answers are compared within their event."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator

from competitions.world_champs.posx import gain_of
from competitions.world_champs.records import EVENT
from core.context import FitContext, PredictContext
from core.estimators.saving import load_estimator, save_estimator

Array = npt.NDArray[np.float64]


class WithinEvent(BaseEstimator):
    """Fits a model on some columns and PosX (or on gains), and standardises its answers within each event.

    Members that are blended then speak in one unit, and no event counts more because its field is strong.

    Parameters
    ----------
    model: that is fitted.
    columns: it reads, all without.
    gains: fit on the gain of the official metric, 0 to 10, in place of PosX.
    """

    def __init__(self, model: Any, columns: Sequence[str] | None = None, gains: bool = False) -> None:
        self.model = model
        self.columns = columns
        self.gains = gains

    def fit(self, X: pd.DataFrame, y: pd.Series, context: FitContext) -> Self:
        """Fit on features and PosX, (n,); the context's keys hold the event of each row."""
        target = pd.Series(gain_of(y), index=y.index) if self.gains else y
        self.model.fit(self._read(X), target, context=context)
        return self

    def predict(self, X: pd.DataFrame, context: PredictContext) -> Array:
        """Scores (n,), of mean 0 and deviation 1 in each event."""
        found = np.asarray(self.model.predict(self._read(X), context=context), dtype=float)
        return standardised(found, context.keys[EVENT])

    def _read(self, X: pd.DataFrame) -> pd.DataFrame:
        return X if self.columns is None else X[list(self.columns)]

    def save_model(self, folder: Path) -> None:
        columns = None if self.columns is None else list(self.columns)
        (folder / "within.json").write_text(json.dumps({"columns": columns, "gains": self.gains}))
        save_estimator(self.model, folder / "model")

    @classmethod
    def load_model(cls, folder: Path) -> Self:
        state = json.loads((folder / "within.json").read_text())
        return cls(load_estimator(folder / "model"), state["columns"], state["gains"])


def standardised(values: Array, event: pd.Series) -> Array:
    """Values minus the mean of their event, in its standard deviations; 0 where all are equal, (n,)."""
    groups = pd.Series(values).groupby(event.to_numpy())
    spread = groups.transform("std", ddof=0).to_numpy()
    apart = values - groups.transform("mean").to_numpy()
    return np.where(spread > 1e-12, apart / np.where(spread > 1e-12, spread, 1.0), 0.0)
