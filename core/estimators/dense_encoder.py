"""A table of mixed columns as one dense matrix in which distances mean something."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.estimators.encoding import TableEncoder
from core.estimators.number_scaler import NumberScaler, Scaling

Array = npt.NDArray[np.float64]

#: Categories that fewer rows have than these get no column of their own.
RARE = 5

#: Of one column of names, so many categories get a column at most: those with most rows.
MOST = 50


class DenseEncoder:
    """Numbers scaled, names one-hot; learnt in the fold, from the rows that are fitted.

    Two rows that differ in a name are as far apart as two whose numbers differ by one deviation. A missing, unseen
    or rare name is 0 in every column.

    >>> X = pd.DataFrame({"size": [1.0, 3.0] * 5, "colour": ["red", "blue"] * 5})
    >>> DenseEncoder("standard").fit(X).transform(X[:1]).round(2)
    array([[-1.  ,  0.  ,  0.71]])
    """

    def __init__(self, scaling: Scaling = "quantile") -> None:
        self.numbers = NumberScaler(scaling)
        self.table = TableEncoder()
        self.kept: list[list[int]] = []

    def fit(self, X: pd.DataFrame) -> Self:
        matrix = self.table.fit(X).transform(X)
        named = self.table.categorical_positions
        self.numbers.fit(np.delete(matrix, named, axis=1))
        self.kept = []
        for position in named:
            codes = matrix[~np.isnan(matrix[:, position]), position].astype(int)
            counts = np.bincount(codes, minlength=1)
            often = np.argsort(-counts, kind="stable")[:MOST]
            self.kept.append(sorted(often[counts[often] >= RARE].tolist()))
        return self

    def transform(self, X: pd.DataFrame) -> Array:
        """(n, width) of float64, finite."""
        matrix = self.table.transform(X)
        named = self.table.categorical_positions
        parts = [self.numbers.transform(np.delete(matrix, named, axis=1))]
        for position, kept in zip(named, self.kept, strict=True):
            parts.append((matrix[:, [position]] == np.array(kept, dtype=float)) / np.sqrt(2))
        return np.hstack(parts)

    def to_json(self) -> dict[str, Any]:
        return {"numbers": self.numbers.to_json(), "table": self.table.to_json(), "kept": self.kept}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Self:
        encoder = cls()
        encoder.numbers = NumberScaler.from_json(state["numbers"])
        encoder.table = TableEncoder.from_json(state["table"])
        encoder.kept = state["kept"]
        return encoder
