"""What the boosters share: encoding, early stopping on an inner split, one refit."""

from __future__ import annotations

import json
from abc import abstractmethod
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator

from core.context import FitContext, PredictContext
from core.estimators.encoding import TableEncoder

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


class Booster(BaseEstimator):
    """A booster on tables with categories and missing values.

    With `early_stopping_rounds` the number of rounds is found on an inner split that keeps the promises of
    the outer one (`FitContext.inner_split`), its rows weighted as they are scored; then the model is fitted
    once more on all rows with that many rounds. Otherwise `n_estimators` rounds are fitted.

    Attributes
    ----------
    classes_: class names, sorted (classifiers only).
    n_rounds_: how many rounds the fitted model has.
    """

    #: Whether y holds classes; regressors and rankers say no.
    classifies = False

    n_estimators: int
    early_stopping_rounds: int | None
    random_state: int

    def fit(
        self,
        X: pd.DataFrame,
        y: pd.Series,
        sample_weight: npt.ArrayLike | None = None,
        context: FitContext | None = None,
    ) -> Self:
        """Fit on rows (n, columns), truth (n,) and how much each row counts (n,)."""
        context = context or FitContext(keys=pd.DataFrame(index=X.index), outputs=(), seed=self.random_state)
        self.encoder_ = TableEncoder().fit(X)
        matrix = self.encoder_.transform(X)
        target = self._encode(y)
        weight = None if sample_weight is None else np.asarray(sample_weight, dtype=float)
        self.n_rounds_ = self.n_estimators
        if self.early_stopping_rounds:
            learn, stop = context.inner_split(y)
            self.n_rounds_ = self._best_rounds(matrix, target, weight, learn, stop, context)
        self._train(matrix, target, weight, context)
        return self

    def predict(self, X: pd.DataFrame, context: PredictContext | None = None) -> npt.NDArray[Any]:
        """Values (n,) of a regressor or ranker, class names (n,) of a classifier."""
        raw = self._raw_predict(self.encoder_.transform(X), context.threads if context else 1)
        if self.classifies:
            return np.asarray(self.classes_)[raw.argmax(axis=1)]
        return raw

    def _encode(self, y: pd.Series) -> Array:
        if not self.classifies:
            return pd.to_numeric(y).to_numpy(dtype=float)
        labels = y.astype(str)
        self.classes_ = np.array(sorted(labels.unique()), dtype=object)
        if len(self.classes_) < 2:
            raise ValueError(f"a classifier needs two classes; these rows hold only {self.classes_.tolist()}")
        return pd.Index(self.classes_).get_indexer(pd.Index(labels)).astype(float)

    @abstractmethod
    def _best_rounds(
        self, matrix: Array, target: Array, weight: Array | None, learn: Rows, stop: Rows, context: FitContext
    ) -> int:
        """The best number of rounds of a model that learns from some rows and stops on others."""

    @abstractmethod
    def _train(self, matrix: Array, target: Array, weight: Array | None, context: FitContext) -> None:
        """Fit `n_rounds_` rounds on all rows."""

    @abstractmethod
    def _raw_predict(self, matrix: Array, threads: int) -> Array:
        """Values (n,), or probabilities (n, classes)."""

    @abstractmethod
    def _write(self, folder: Path) -> None:
        """Write the library's own model file."""

    @abstractmethod
    def _read(self, folder: Path) -> None:
        """Read it."""

    def save_model(self, folder: Path) -> None:
        """Write model and encoder into a folder."""
        state = {
            "params": self.get_params(),
            "encoder": self.encoder_.to_json(),
            "classes": list(self.classes_) if self.classifies else None,
            "n_rounds": self.n_rounds_,
        }
        (folder / "state.json").write_text(json.dumps(state))
        self._write(folder)

    @classmethod
    def load_model(cls, folder: Path) -> Self:
        """Read what `save_model` wrote."""
        state = json.loads((folder / "state.json").read_text())
        model = cls(**state["params"])
        model.encoder_ = TableEncoder.from_json(state["encoder"])
        model.n_rounds_ = state["n_rounds"]
        if state["classes"] is not None:
            model.classes_ = np.array(state["classes"], dtype=object)
        model._read(folder)
        return model


class ClassProbabilities:
    """The classifier's half of a booster."""

    classifies = True

    def predict_proba(self: Any, X: pd.DataFrame, context: PredictContext | None = None) -> Array:
        """Probabilities (n, classes), columns in the order of `classes_`."""
        return np.asarray(self._raw_predict(self.encoder_.transform(X), context.threads if context else 1))
