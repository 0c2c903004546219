"""A column that answers by itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator

from core.context import FitContext, PredictContext

Array = npt.NDArray[np.float64]


class Column(BaseEstimator):
    """Answers with a column as it is: a baseline, or a feature that predicts by itself.

    Parameters
    ----------
    name: of the column; what is missing there is worse than anything known.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def fit(self, X: pd.DataFrame, y: pd.Series, context: FitContext | None = None) -> Self:
        return self

    def predict(self, X: pd.DataFrame, context: PredictContext | None = None) -> Array:
        """The values of the column, (n,)."""
        values = X[self.name].to_numpy(dtype=float)
        least = np.nanmin(values) if np.isfinite(values).any() else 0.0
        return np.where(np.isnan(values), least - 1.0, values)

    def save_model(self, folder: Path) -> None:
        (folder / "column.json").write_text(json.dumps(self.name))

    @classmethod
    def load_model(cls, folder: Path) -> Self:
        return cls(json.loads((folder / "column.json").read_text()))
