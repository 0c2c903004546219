"""Small data sets for the tests of this folder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.dataset import Dataset
from core.table import Table


def table(keys: pd.DataFrame, y: Sequence[object] | None = None, prefix: str = "row") -> Table:
    """Rows of one feature, with ids that say their position."""
    ids = pd.Index([f"{prefix}{number}" for number in range(len(keys))], dtype=object)
    truth = pd.Series(np.zeros(len(keys)) if y is None else y, index=ids, name="y")
    return Table(pd.DataFrame({"x": np.arange(len(keys), dtype=float)}, index=ids), truth, keys.set_axis(ids, axis=0))


def dataset(score: Table, fit: Table | None = None) -> Dataset:
    """Fitted on the scored rows unless another table is given."""
    sample = pd.DataFrame({"id": score.ids})
    return Dataset(score if fit is None else fit, score, score, ("y",), sample, ("id",))


def plain(n: int, y: Sequence[object] | None = None) -> Dataset:
    """Rows without keys."""
    return dataset(table(pd.DataFrame(index=range(n)), y))


def keyed(y: Sequence[object] | None = None, **keys: object) -> Dataset:
    """Rows with keys."""
    return dataset(table(pd.DataFrame(keys), y))
