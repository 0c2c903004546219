"""Temperature scaling, the simplest calibration."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize_scalar

from core.decision import Decision
from core.metrics.classification import normalised

Array = npt.NDArray[np.float64]


class Temperature(Decision):
    """One temperature for all classes, by weighted log loss (Guo et al. 2017, arXiv:1706.04599).

    Probabilities become softmax(log p / temperature).
    """

    bounds: ClassVar[tuple[float, float]] = (0.2, 5.0)

    def __init__(self) -> None:
        self.temperature = 1.0

    def fit(self, predictions: Array, truth: npt.NDArray[np.generic], weight: Array, keys: pd.DataFrame) -> Self:
        codes = truth.astype(np.intp)

        def loss(log_temperature: float) -> float:
            cooled = _cooled(predictions, float(np.exp(log_temperature)))
            return float(np.average(-np.log(cooled[np.arange(len(codes)), codes]), weights=weight))

        low, high = np.log(self.bounds)
        self.temperature = float(np.exp(minimize_scalar(loss, bounds=(low, high), method="bounded").x))
        return self

    def apply(self, predictions: Array, keys: pd.DataFrame) -> Array:
        return _cooled(predictions, self.temperature)

    def to_json(self) -> dict[str, Any]:
        return {"temperature": self.temperature}

    def load_json(self, state: dict[str, Any]) -> Self:
        self.temperature = float(state["temperature"])
        return self


def _cooled(probabilities: Array, temperature: float) -> Array:
    logs = np.log(normalised(probabilities)) / temperature
    # Divided by the largest of its row: many classes would else fall below the clip and become alike.
    return normalised(np.exp(logs - logs.max(axis=1, keepdims=True)))
