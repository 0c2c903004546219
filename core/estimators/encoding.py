"""A table of mixed columns as one matrix of floats."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]


def is_categorical(column: pd.Series) -> bool:
    """Whether a column holds names rather than numbers."""
    dtype = column.dtype
    if dtype.kind in "mM" or isinstance(dtype, pd.PeriodDtype):
        raise ValueError(f"column {column.name!r} holds dates or durations: make features of it, or a key")
    return not (pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype))


def as_text(column: pd.Series) -> pd.Series:
    """Category names as text; missing stays missing."""
    return column.astype(object).where(column.notna(), None).map(lambda value: None if value is None else str(value))


class TableEncoder:
    """Numbers as they are, categories as codes in sorted order; missing, infinite and unseen values are NaN.

    Boosters read NaN and codes natively. Learnt in the fold, from the rows that are fitted.

    >>> X = pd.DataFrame({"size": [1.5, None], "colour": ["red", "blue"]})
    >>> TableEncoder().fit(X).transform(X)
    array([[1.5, 1. ],
           [nan, 0. ]])
    """

    def __init__(self) -> None:
        self.columns: list[str] = []
        self.categories: dict[str, list[str]] = {}

    def fit(self, X: pd.DataFrame) -> Self:
        self.columns = list(X.columns)
        self.categories = {
            name: sorted(as_text(X[name]).dropna().unique()) for name in self.columns if is_categorical(X[name])
        }
        return self

    def transform(self, X: pd.DataFrame) -> Array:
        """(n, columns) of float64.

        Raises
        ------
        ValueError: a column that was there in `fit` is missing.
        """
        missing = [name for name in self.columns if name not in X]
        if missing:
            raise ValueError(f"columns that the model was fitted on are missing: {missing}")
        if not self.categories:
            known = X if list(X.columns) == self.columns else X[self.columns]
            return _finite(known.to_numpy(dtype=float, na_value=np.nan))
        matrix = np.empty((len(X), len(self.columns)))
        for position, name in enumerate(self.columns):
            if name in self.categories:
                codes = pd.Index(self.categories[name], dtype=object).get_indexer(pd.Index(as_text(X[name])))
                matrix[:, position] = np.where(codes < 0, np.nan, codes)
            else:
                matrix[:, position] = pd.to_numeric(X[name]).to_numpy(dtype=float, na_value=np.nan)
        return _finite(matrix)

    @property
    def categorical_positions(self) -> list[int]:
        return [position for position, name in enumerate(self.columns) if name in self.categories]

    def to_json(self) -> dict[str, Any]:
        # Pairs, since JSON would turn the names of numbered columns into text.
        return {"columns": self.columns, "categories": list(self.categories.items())}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Self:
        encoder = cls()
        encoder.columns, encoder.categories = list(state["columns"]), dict(state["categories"])
        return encoder


def _finite(matrix: Array) -> Array:
    infinite = np.isinf(matrix)
    return np.where(infinite, np.nan, matrix) if infinite.any() else matrix
