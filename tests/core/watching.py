"""A decision that changes nothing and remembers what it was shown."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.decision import Decision

Array = npt.NDArray[np.float64]


class Watching(Decision):
    def __init__(self) -> None:
        self.fits: list[dict[str, Any]] = []
        self.applied: list[Array] = []
        self.applied_to: list[list[str]] = []

    def another(self) -> Watching:
        """A new decision that remembers into the same lists."""
        new = Watching()
        new.fits, new.applied, new.applied_to = self.fits, self.applied, self.applied_to
        return new

    def fit(self, predictions: Array, truth: npt.NDArray[np.generic], weight: Array, keys: pd.DataFrame) -> Self:
        self.fits.append({"predictions": predictions, "truth": truth, "weight": weight, "ids": keys.index.tolist()})
        return self

    def apply(self, predictions: Array, keys: pd.DataFrame) -> Array:
        self.applied.append(predictions.copy())
        self.applied_to.append(keys.index.tolist())
        return predictions

    def to_json(self) -> dict[str, Any]:
        return {}

    def load_json(self, state: dict[str, Any]) -> Self:
        return self
