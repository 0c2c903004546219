"""The rows most alike: k nearest neighbours on mixed tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator

from core.estimators.dense_encoder import DenseEncoder

Array = npt.NDArray[np.float64]

#: Rows that are predicted between two looks at memory: their distances to all fitted rows are held at once.
TOGETHER = 1000


class _Neighbours(BaseEstimator):
    """The mean truth of the k fitted rows that are nearest, near ones counting more.

    Distances are Euclidean between scaled numbers and one-hot names (`DenseEncoder`). A neighbour counts by its
    weight over its distance. Predicting costs rows × fitted rows × columns: for small tables.

    Parameters
    ----------
    n_neighbors: k; all rows where there are fewer.
    """

    def __init__(self, n_neighbors: int = 20) -> None:
        self.n_neighbors = n_neighbors

    def _target(self, y: pd.Series) -> Array:
        """What is averaged, (n, outputs)."""
        raise NotImplementedError

    def fit(self, X: pd.DataFrame, y: pd.Series, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Keep rows (n, columns), truth (n,) and how much each row counts (n,)."""
        self.target_ = self._target(y)
        self.weight_ = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        self.encoder_ = DenseEncoder().fit(X)
        self.matrix_ = self.encoder_.transform(X).astype(np.float32)
        return self

    def _mean(self, X: pd.DataFrame) -> Array:
        """(n, outputs), with the mean of all rows counting as one neighbour at the distance of the last one."""
        from sklearn.neighbors import NearestNeighbors

        k = min(self.n_neighbors, len(self.matrix_))
        search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(self.matrix_)
        matrix, overall = self.encoder_.transform(X).astype(np.float32), self._overall()
        means = np.empty((len(matrix), self.target_.shape[1]))
        for first in range(0, len(matrix), TOGETHER):
            distances, rows = search.kneighbors(matrix[first : first + TOGETHER])
            # Two equal rows are at distance 0: no neighbour counts more than ten times the farthest.
            farthest = np.maximum(distances[:, -1:].astype(float), 1e-6)
            weight = self.weight_[rows] * farthest / np.maximum(distances, farthest / 10)
            total = (weight[:, :, None] * self.target_[rows]).sum(axis=1) + overall
            means[first : first + TOGETHER] = total / (weight.sum(axis=1, keepdims=True) + 1)
        return means

    def _overall(self) -> Array:
        return np.asarray(np.average(self.target_, axis=0, weights=self.weight_))

    def save_model(self, folder: Path) -> None:
        """Write the fitted rows and the encoder into a folder."""
        state = {"params": self.get_params(), "encoder": self.encoder_.to_json(), **self._state()}
        (folder / "state.json").write_text(json.dumps(state))
        with (folder / "rows.npz").open("wb") as file:
            np.savez(file, matrix=self.matrix_, target=self.target_, weight=self.weight_)

    @classmethod
    def load_model(cls, folder: Path) -> Self:
        """Read what `save_model` wrote."""
        state = json.loads((folder / "state.json").read_text())
        model = cls(**state["params"])
        model.encoder_ = DenseEncoder.from_json(state["encoder"])
        model._take(state)
        with np.load(folder / "rows.npz", allow_pickle=False) as arrays:
            model.matrix_, model.target_, model.weight_ = arrays["matrix"], arrays["target"], arrays["weight"]
        return model

    def _state(self) -> dict[str, Any]:
        return {}

    def _take(self, state: dict[str, Any]) -> None:
        pass


class NeighboursClassifier(_Neighbours):
    """Two or more classes: the weighted share of each among the neighbours and one row of the mean shares."""

    def _target(self, y: pd.Series) -> Array:
        labels = y.astype(str)
        self.classes_ = np.array(sorted(labels.unique()), dtype=object)
        return np.asarray(labels.to_numpy(dtype=object)[:, None] == self.classes_, dtype=float)

    def predict_proba(self, X: pd.DataFrame) -> Array:
        """Probabilities (n, classes), columns in the order of `classes_`."""
        return self._mean(X)

    def predict(self, X: pd.DataFrame) -> npt.NDArray[Any]:
        """Class names (n,)."""
        return np.asarray(self.classes_[self._mean(X).argmax(axis=1)])

    def _state(self) -> dict[str, Any]:
        return {"classes": self.classes_.tolist()}

    def _take(self, state: dict[str, Any]) -> None:
        self.classes_ = np.array(state["classes"], dtype=object)


class NeighboursRegressor(_Neighbours):
    """Values."""

    def _target(self, y: pd.Series) -> Array:
        return pd.to_numeric(y).to_numpy(dtype=float)[:, None]

    def predict(self, X: pd.DataFrame) -> Array:
        """Values (n,)."""
        return self._mean(X)[:, 0]
