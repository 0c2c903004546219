"""Regularised linear models on mixed tables."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from core.estimators.encoding import TableEncoder

Array = npt.NDArray[np.float64]


class _Linear(BaseEstimator):
    """Numbers imputed by the median (with a flag), scaled; categories one-hot, rare ones together.

    Everything is learnt from the fitted rows.
    """

    def _final(self) -> Any:
        raise NotImplementedError

    def fit(self, X: pd.DataFrame, y: pd.Series, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Fit on rows (n, columns), truth (n,) and how much each row counts (n,)."""
        encoder = TableEncoder().fit(X)
        self.columns_, self.categories_ = encoder.columns, encoder.categories
        matrix = self._matrix(X)
        named = encoder.categorical_positions
        numbers = [position for position in range(matrix.shape[1]) if position not in named]
        impute = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
        one_hot = OneHotEncoder(min_frequency=10, handle_unknown="infrequent_if_exist", sparse_output=False)
        prepare = ColumnTransformer(
            [("numbers", make_pipeline(impute, StandardScaler()), numbers), ("names", one_hot, named)]
        )
        final = self._final()
        self.pipeline_ = Pipeline([("prepare", prepare), ("final", final)])
        self.pipeline_.fit(matrix, self._target(y), final__sample_weight=sample_weight)
        return self

    def _target(self, y: pd.Series) -> npt.NDArray[Any]:
        return pd.to_numeric(y).to_numpy(dtype=float)

    def _matrix(self, X: pd.DataFrame) -> Array:
        matrix = TableEncoder.from_json({"columns": self.columns_, "categories": self.categories_}).transform(X)
        for position, name in enumerate(self.columns_):
            if name in self.categories_:
                matrix[:, position] = np.where(np.isnan(matrix[:, position]), -1, matrix[:, position])
        return matrix

    def predict(self, X: pd.DataFrame) -> npt.NDArray[Any]:
        """Values (n,) or class names (n,)."""
        return np.asarray(self.pipeline_.predict(self._matrix(X)))


class LinearClassifier(_Linear):
    """Logistic regression; `C` is the inverse of the penalty."""

    def __init__(self, C: float = 0.1, max_iter: int = 500) -> None:
        self.C = C
        self.max_iter = max_iter

    def _final(self) -> Any:
        return LogisticRegression(C=self.C, max_iter=self.max_iter)

    def _target(self, y: pd.Series) -> npt.NDArray[Any]:
        return y.astype(str).to_numpy(dtype=object)

    @property
    def classes_(self) -> npt.NDArray[Any]:
        return np.asarray(self.pipeline_.classes_)

    def predict_proba(self, X: pd.DataFrame) -> Array:
        """Probabilities (n, classes), columns in the order of `classes_`."""
        return np.asarray(self.pipeline_.predict_proba(self._matrix(X)))


class LinearRegressor(_Linear):
    """Ridge regression; `alpha` is the penalty."""

    def __init__(self, alpha: float = 10.0) -> None:
        self.alpha = alpha

    def _final(self) -> Any:
        return Ridge(alpha=self.alpha)
