"""A model whose answers are compared within their event."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, clone

from competitions.world_champs.posx import gain_of
from competitions.world_champs.records import EVENT
from core.context import FitContext, PredictContext
from core.estimators.saving import load_estimator, save_estimator

Array = npt.NDArray[np.float64]

#: Between the seeds of a bag: far enough that two bags of nearby seeds share none.
STRIDE = 10_007


class WithinEvent(BaseEstimator):
    """Fits a model on some columns and PosX (or on gains), and standardises its answers within each event.

    Members that are blended then speak in one unit, and no event counts more because its field is strong.

    Parameters
    ----------
    model: that is fitted.
    columns: it reads, all without.
    gains: fit on the gain of the official metric, 0 to 10, in place of PosX.
    bag: how many of the model are fitted, each with a seed of its own, and averaged: places are mostly luck, and what a
        booster makes of them is partly that of its seed.
    """

    def __init__(self, model: Any, columns: Sequence[str] | None = None, gains: bool = False, bag: int = 1) -> None:
        self.model = model
        self.columns = columns
        self.gains = gains
        self.bag = bag

    def fit(self, X: pd.DataFrame, y: pd.Series, context: FitContext) -> Self:
        """Fit on features and PosX, (n,); the context's keys hold the event of each row."""
        target = pd.Series(gain_of(y), index=y.index) if self.gains else y
        self.fitted_ = [self._seeded(number) for number in range(self.bag)]
        for model in self.fitted_:
            model.fit(self._read(X), target, context=context)
        return self

    def _seeded(self, number: int) -> Any:
        """The model itself, and then copies with seeds that follow from its own."""
        if number == 0:
            return self.model
        return clone(self.model).set_params(random_state=(self.model.random_state + number * STRIDE) % 2**31)

    def predict(self, X: pd.DataFrame, context: PredictContext) -> Array:
        """Scores (n,), of mean 0 and deviation 1 in each event."""
        read, event = self._read(X), context.keys[EVENT]
        found = [
            standardised(np.asarray(model.predict(read, context=context), dtype=float), event) for model in self.fitted_
        ]
        return found[0] if len(found) == 1 else standardised(np.mean(found, axis=0), event)

    def _read(self, X: pd.DataFrame) -> pd.DataFrame:
        return X if self.columns is None else X[list(self.columns)]

    def save_model(self, folder: Path) -> None:
        columns = None if self.columns is None else list(self.columns)
        state = {"columns": columns, "gains": self.gains, "bag": len(self.fitted_)}
        (folder / "within.json").write_text(json.dumps(state))
        for number, model in enumerate(self.fitted_):
            save_estimator(model, folder / f"model-{number}")

    @classmethod
    def load_model(cls, folder: Path) -> Self:
        state = json.loads((folder / "within.json").read_text())
        fitted = [load_estimator(folder / f"model-{number}") for number in range(state["bag"])]
        found = cls(fitted[0], state["columns"], state["gains"], state["bag"])
        found.fitted_ = fitted
        return found


def standardised(values: Array, event: pd.Series) -> Array:
    """Values minus the mean of their event, in its standard deviations; 0 where all are equal, (n,)."""
    groups = pd.Series(values).groupby(event.to_numpy())
    spread = groups.transform("std", ddof=0).to_numpy()
    apart = values - groups.transform("mean").to_numpy()
    return np.where(spread > 1e-12, apart / np.where(spread > 1e-12, spread, 1.0), 0.0)
