"""Random forests and extremely randomised trees on mixed tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator

from core.context import FitContext, PredictContext
from core.deadline import Deadline
from core.estimators.encoding import TableEncoder
from core.estimators.packed_trees import PackedTrees, as_single

Array = npt.NDArray[np.float64]

#: Trees that are grown between two looks at the clock.
SLICE = 10


class _Forest(BaseEstimator):
    """Trees grown to the end on random rows or columns, their answers averaged.

    Numbers as they are, categories as codes, missing values go to the better side of a split.

    Parameters
    ----------
    kind: "random": bootstrapped rows, the best of all thresholds (Breiman 2001). "extra": all rows, random
        thresholds (Geurts et al. 2006): smoother, and cheaper on many rows.
    max_features: the share of columns that a split may choose from; None for the square root of their number.
    max_rows: rows that each tree sees at most, drawn with repeats: bounds time and size on long tables.
    """

    classifies = False

    def __init__(
        self,
        kind: Literal["random", "extra"] = "random",
        n_estimators: int = 200,
        min_samples_leaf: int = 1,
        max_features: float | None = None,
        max_rows: int | None = None,
        random_state: int = 0,
    ) -> None:
        self.kind = kind
        self.n_estimators = n_estimators
        self.min_samples_leaf = min_samples_leaf
        self.max_features = max_features
        self.max_rows = max_rows
        self.random_state = random_state

    def _library(self) -> tuple[type, type]:
        """Scikit-learn's class of random forests and that of extremely randomised trees."""
        raise NotImplementedError

    def _target(self, y: pd.Series, weight: Array | None) -> npt.NDArray[Any]:
        return pd.to_numeric(y).to_numpy(dtype=float)

    def fit(
        self,
        X: pd.DataFrame,
        y: pd.Series,
        sample_weight: npt.ArrayLike | None = None,
        context: FitContext | None = None,
    ) -> Self:
        """Fit on rows (n, columns), truth (n,) and how much each row counts (n,)."""
        threads, deadline = (context.threads, context.deadline) if context else (1, Deadline.never())
        self.encoder_ = TableEncoder().fit(X)
        weight = None if sample_weight is None else np.asarray(sample_weight, dtype=float)
        target = self._target(y, weight)
        drawn = self.max_rows is not None and self.max_rows < len(X)
        kind = self._library()[self.kind == "extra"]
        forest = kind(
            min_samples_leaf=self.min_samples_leaf,
            max_features=self.max_features or "sqrt",
            bootstrap=self.kind == "random" or drawn,
            max_samples=self.max_rows if drawn else None,
            random_state=self.random_state,
            n_jobs=threads,
            warm_start=True,
        )
        matrix = as_single(self.encoder_.transform(X))
        for trees in [*range(SLICE, self.n_estimators, SLICE), self.n_estimators]:
            deadline.check()
            forest.set_params(n_estimators=trees).fit(matrix, target, sample_weight=weight)
        self.trees_ = PackedTrees.of([tree.tree_ for tree in forest.estimators_])
        return self

    def _mean(self, X: pd.DataFrame, context: PredictContext | None) -> Array:
        return self.trees_.mean(self.encoder_.transform(X), context.threads if context else 1)

    def _state(self) -> dict[str, Any]:
        return {"params": self.get_params(), "encoder": self.encoder_.to_json()}

    def _take(self, state: dict[str, Any]) -> None:
        self.encoder_ = TableEncoder.from_json(state["encoder"])

    def save_model(self, folder: Path) -> None:
        """Write the trees and the encoder into a folder."""
        (folder / "state.json").write_text(json.dumps(self._state()))
        self.trees_.save(folder / "trees.npz")

    @classmethod
    def load_model(cls, folder: Path) -> Self:
        """Read what `save_model` wrote."""
        state = json.loads((folder / "state.json").read_text())
        model = cls(**state["params"])
        model._take(state)
        model.trees_ = PackedTrees.load(folder / "trees.npz")
        return model


class ForestClassifier(_Forest):
    """Two or more classes, by Gini impurity.

    The shares of the classes among the fitted rows count as one more tree: no class gets probability 0.
    """

    classifies = True

    def _library(self) -> tuple[type, type]:
        from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

        return RandomForestClassifier, ExtraTreesClassifier

    def _target(self, y: pd.Series, weight: Array | None) -> npt.NDArray[Any]:
        labels = y.astype(str)
        self.classes_ = np.array(sorted(labels.unique()), dtype=object)
        if len(self.classes_) < 2:
            raise ValueError(f"a classifier needs two classes; these rows hold only {self.classes_.tolist()}")
        codes = pd.Index(self.classes_).get_indexer(pd.Index(labels))
        counts = np.bincount(codes, weight, minlength=len(self.classes_))
        self.shares_ = counts / counts.sum()
        return codes

    def predict_proba(self, X: pd.DataFrame, context: PredictContext | None = None) -> Array:
        """Probabilities (n, classes), columns in the order of `classes_`."""
        trees = len(self.trees_.starts) - 1
        return (trees * self._mean(X, context) + self.shares_) / (trees + 1)

    def predict(self, X: pd.DataFrame, context: PredictContext | None = None) -> npt.NDArray[Any]:
        """Class names (n,)."""
        return np.asarray(self.classes_[self.predict_proba(X, context).argmax(axis=1)])

    def _state(self) -> dict[str, Any]:
        return super()._state() | {"classes": self.classes_.tolist(), "shares": self.shares_.tolist()}

    def _take(self, state: dict[str, Any]) -> None:
        super()._take(state)
        self.classes_, self.shares_ = np.array(state["classes"], dtype=object), np.array(state["shares"])


class ForestRegressor(_Forest):
    """Values, by squared error."""

    def _library(self) -> tuple[type, type]:
        from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor

        return RandomForestRegressor, ExtraTreesRegressor

    def predict(self, X: pd.DataFrame, context: PredictContext | None = None) -> Array:
        """Values (n,)."""
        return self._mean(X, context)[:, 0]
