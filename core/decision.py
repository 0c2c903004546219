"""What is fitted after the blend: thresholds, temperature, widths."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]


class Decision(ABC):
    """Turns blended predictions into those that are scored and sent.

    It is fitted on out-of-fold rows, scored nested (on folds it was not fitted on), saved as JSON and applied
    to new rows.
    """

    @abstractmethod
    def fit(self, predictions: Array, truth: npt.NDArray[np.generic], weight: Array, keys: pd.DataFrame) -> Self:
        """Learn from out-of-fold rows.

        Parameters
        ----------
        predictions: of the blend, (n, outputs).
        truth: encoded as the metric reads it, (n,) or (n, k).
        weight: of each row in the score, (n,).
        keys: of the rows.
        """

    @abstractmethod
    def apply(self, predictions: Array, keys: pd.DataFrame) -> Array:
        """The decided predictions, (n, outputs)."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """What was learnt."""

    @abstractmethod
    def load_json(self, state: dict[str, Any]) -> Self:
        """Take back what `to_json` gave."""
