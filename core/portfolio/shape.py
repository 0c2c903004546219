"""What the parameters of a portfolio depend on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from core.dataset import Dataset
from core.estimators.encoding import is_categorical


@dataclass(frozen=True)
class Shape:
    """The size of a table.

    Parameters
    ----------
    rows: to fit.
    numbers, names: columns of numbers and of categories.
    classes: of the truth; 1 for values.
    """

    rows: int
    numbers: int
    names: int
    classes: int

    @classmethod
    def of(cls, dataset: Dataset, classes: int) -> Self:
        """The shape of the rows that a data set is fitted on."""
        X = dataset.fit.X
        names = sum(is_categorical(X[name]) for name in X.columns)
        return cls(len(X), X.shape[1] - names, names, classes)

    @property
    def columns(self) -> int:
        return self.numbers + self.names

    @property
    def cells(self) -> int:
        """Rows times columns: what distances and splits cost."""
        return self.rows * self.columns
