"""One number for each satellite product: the first principal component of its columns."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.air_quality.products import is_geometry, product_of
from core.estimators.number_scaler import NumberScaler

Array = npt.NDArray[np.float64]


class ProductComponents:
    """The direction in which the columns of a product vary most, learnt from fitted rows and their inputs alone.

    Columns are scaled to deviation 1; a value that is missing counts as the median. A row in which nothing of a product
    is known has no component of it. The angles of satellite and sun are left out.

    Attributes
    ----------
    columns: of each product. scalers, directions: what was learnt of each.
    """

    def __init__(self) -> None:
        self.columns: dict[str, list[str]] = {}
        self.scalers: dict[str, NumberScaler] = {}
        self.directions: dict[str, Array] = {}

    def fit(self, X: pd.DataFrame, inputs: list[str]) -> Self:
        """Learn from features, of which these are inputs as they came."""
        for name in inputs:
            product = product_of(name)
            if product is not None and not is_geometry(name) and X[name].notna().any():
                self.columns.setdefault(product, []).append(name)
        self.columns = {product: names for product, names in self.columns.items() if len(names) > 1}
        for product, names in self.columns.items():
            matrix = X[names].to_numpy(dtype=float)
            known = ~np.isnan(matrix).all(axis=1)
            self.scalers[product] = NumberScaler("standard").fit(matrix[known])
            scaled = self._scaled(product, matrix[known])
            _, _, rows = np.linalg.svd(scaled - scaled.mean(axis=0), full_matrices=False)
            direction = rows[0]
            # Of two opposite directions the one whose largest part is above 0, so that equal rows give equal numbers.
            self.directions[product] = direction * np.sign(direction[np.abs(direction).argmax()])
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """A column for each product, by the index of X."""
        found = {}
        for product, names in self.columns.items():
            matrix = X[names].to_numpy(dtype=float)
            component = self._scaled(product, matrix) @ self.directions[product]
            found[f"component_{product}"] = np.where(np.isnan(matrix).all(axis=1), np.nan, component)
        return pd.DataFrame(found, index=X.index)

    def _scaled(self, product: str, matrix: Array) -> Array:
        """Without the flags that say what was missing."""
        return self.scalers[product].transform(matrix)[:, : matrix.shape[1]]

    def to_json(self) -> dict[str, Any]:
        return {
            "columns": self.columns,
            "scalers": {product: scaler.to_json() for product, scaler in self.scalers.items()},
            "directions": {product: direction.tolist() for product, direction in self.directions.items()},
        }

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Self:
        found = cls()
        found.columns = state["columns"]
        found.scalers = {product: NumberScaler.from_json(kept) for product, kept in state["scalers"].items()}
        found.directions = {product: np.array(kept) for product, kept in state["directions"].items()}
        return found
