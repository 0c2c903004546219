"""Second stages that restate another member's class probabilities."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator

from core.calibration import Calibration
from core.context import FitContext, PredictContext
from core.priors import class_shares, correct_prior

Array = npt.NDArray[np.float64]


class Restated(BaseEstimator, ABC):
    """Learns from the out-of-fold predictions of one member, and restates its predictions of other rows.

    Parameters
    ----------
    source: the member, which is among the needs of this one.
    """

    def __init__(self, source: str) -> None:
        self.source = source

    def fit(self, X: pd.DataFrame, y: pd.Series, context: FitContext) -> Self:
        """Fit on class names (n,) and the predictions of these rows in the context; X is not read."""
        self.classes_ = np.array(context.outputs, dtype=object)
        self._learn(self._upstream(context), y.astype(str), context.score_weight)
        return self

    def predict_proba(self, X: pd.DataFrame, context: PredictContext) -> Array:
        """Probabilities (n, classes), columns in the order of `classes_`."""
        return self._restate(self._upstream(context))

    def _upstream(self, context: PredictContext) -> Array:
        return context.upstream[self.source][list(self.classes_)].to_numpy(dtype=float)

    @abstractmethod
    def _learn(self, predictions: Array, labels: pd.Series, weight: Array | None) -> None:
        """Learn from rows and how much each counts in the score."""

    @abstractmethod
    def _restate(self, predictions: Array) -> Array:
        """The probabilities to answer."""

    @abstractmethod
    def _state(self) -> dict[str, Any]:
        """What was learnt, for JSON."""

    @abstractmethod
    def _take(self, state: dict[str, Any]) -> None:
        """Take it back."""

    def save_model(self, folder: Path) -> None:
        state = {"source": self.source, "classes": self.classes_.tolist(), **self._state()}
        (folder / "state.json").write_text(json.dumps(state))

    @classmethod
    def load_model(cls, folder: Path) -> Self:
        state = json.loads((folder / "state.json").read_text())
        model = cls(state["source"])
        model.classes_ = np.array(state["classes"], dtype=object)
        model._take(state)
        return model


class Calibrated(Restated):
    """Bias-corrected temperature scaling on rows that count as they do in the score (see `Calibration`).

    Where the rows are weighted to the test prior and the member is corrected to it, this is prior-weighted
    calibration: boosters are not calibrated in the tail at a few per cent of positives, which is where the test
    rows are.
    """

    def _learn(self, predictions: Array, labels: pd.Series, weight: Array | None) -> None:
        codes = pd.Index(self.classes_).get_indexer(pd.Index(labels))
        self.calibration_ = Calibration.fit(predictions, codes, weight)

    def _restate(self, predictions: Array) -> Array:
        return self.calibration_.apply(predictions)

    def _state(self) -> dict[str, Any]:
        return {"calibration": self.calibration_.to_json()}

    def _take(self, state: dict[str, Any]) -> None:
        self.calibration_ = Calibration.from_json(state["calibration"])


class Uncorrected(Restated):
    """Takes the correction of a member back: what it would have answered under the prior of the fitted rows.

    It shows what ignoring the test prior costs.
    """

    def _learn(self, predictions: Array, labels: pd.Series, weight: Array | None) -> None:
        names = self.classes_.tolist()
        self.natural_ = class_shares(labels, names)
        self.target_ = class_shares(labels, names, weight)

    def _restate(self, predictions: Array) -> Array:
        return correct_prior(predictions, self.target_, self.natural_)

    def _state(self) -> dict[str, Any]:
        return {"natural": self.natural_.tolist(), "target": self.target_.tolist()}

    def _take(self, state: dict[str, Any]) -> None:
        self.natural_, self.target_ = np.array(state["natural"]), np.array(state["target"])
