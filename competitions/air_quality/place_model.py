"""A regressor of places: on the log of the target, and beside labels of other places."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, clone

from competitions.air_quality.neighbour_labels import NeighbourLabels
from competitions.air_quality.product_components import ProductComponents
from core.context import FitContext, PredictContext, asks_for
from core.estimators.saving import OWN_PACKAGES, load_estimator, save_estimator

Array = npt.NDArray[np.float64]


class PlaceModel(BaseEstimator):
    """Fits a regressor on the target or its log, and adds labels of other places where asked.

    A log makes a few days of smoke count like others, so that a model says the median of its rows rather than their
    mean. Predictions are never below 0.

    Parameters
    ----------
    model: the regressor, cloned before it is fitted.
    log: fit on log(1 + target).
    labels: add `NeighbourLabels`, learnt from the fitted rows; of a fitted row, those of other places.
    columns: of the features that are read; None for all.
    components: inputs of whose products the first principal components are added; none for no components.
    """

    def __init__(
        self,
        model: Any,
        log: bool = True,
        labels: bool = False,
        columns: Sequence[str] | None = None,
        components: Sequence[str] = (),
    ) -> None:
        self.model = model
        self.log = log
        self.labels = labels
        self.columns = columns
        self.components = components

    def fit(self, X: pd.DataFrame, y: pd.Series, context: FitContext) -> Self:
        """Fit on features (n, columns) and targets (n,); the context's keys say where and when."""
        values = pd.to_numeric(y).to_numpy(dtype=float)
        target = pd.Series(np.log1p(values) if self.log else values, index=y.index)
        self.neighbours_ = NeighbourLabels.learnt(context.keys, target.to_numpy(dtype=float)) if self.labels else None
        self.components_ = ProductComponents().fit(X, list(self.components)) if self.components else None
        self.fitted_ = clone(self.model)
        more: dict[str, Any] = {"context": context} if asks_for(self.fitted_.fit, "context") else {}
        self.fitted_.fit(self._read(X, context), target, **more)
        return self

    def predict(self, X: pd.DataFrame, context: PredictContext) -> Array:
        """Targets, (n,)."""
        more = {"context": context} if asks_for(self.fitted_.predict, "context") else {}
        found = np.asarray(self.fitted_.predict(self._read(X, context), **more), dtype=float)
        return np.maximum(np.expm1(found) if self.log else found, 0.0)

    def _read(self, X: pd.DataFrame, context: PredictContext) -> pd.DataFrame:
        parts = [X if self.columns is None else X[list(self.columns)]]
        if self.components_ is not None:
            parts.append(self.components_.transform(X))
        if self.neighbours_ is not None:
            parts.append(self.neighbours_.columns(context.keys))
        return pd.concat(parts, axis=1) if len(parts) > 1 else parts[0]

    def save_model(self, folder: Path) -> None:
        learnt = {"neighbours": self.neighbours_, "components": self.components_}
        state = {
            "log": self.log,
            "columns": None if self.columns is None else list(self.columns),
            "inputs": list(self.components),
            **{name: None if part is None else part.to_json() for name, part in learnt.items()},
        }
        (folder / "place.json").write_text(json.dumps(state))
        save_estimator(self.fitted_, folder / "fitted")

    @classmethod
    def load_model(cls, folder: Path, trusted: Collection[str] = OWN_PACKAGES) -> Self:
        state = json.loads((folder / "place.json").read_text())
        fitted = load_estimator(folder / "fitted", trusted)
        found = cls(fitted, state["log"], state["neighbours"] is not None, state["columns"], state["inputs"])
        found.fitted_ = fitted
        found.neighbours_ = NeighbourLabels.from_json(state["neighbours"]) if state["neighbours"] else None
        found.components_ = ProductComponents.from_json(state["components"]) if state["components"] else None
        return found
