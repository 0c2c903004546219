"""Rows by id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.errors import Refusal


def join_ids(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Index:
    """Make one row id out of one or more columns, as text, so that leading zeros survive.

    >>> join_ids(pd.DataFrame({"event": ["a", "a"], "rider": ["07", "8"]}), ["event", "rider"]).tolist()
    ['a|07', 'a|8']
    """
    for column in columns:
        missing = frame[column].isna().to_numpy()
        if missing.any():
            raise Refusal(
                f"the id column {column!r} is missing in row {missing.argmax()}", "fill it in or drop the row"
            )
    parts = [frame[column].astype(str) for column in columns]
    if len(parts) > 1:  # so that ("a|b", "c") and ("a", "b|c") are two ids
        parts = [part.str.replace("\\", r"\\").str.replace("|", r"\|") for part in parts]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined.str.cat(part, sep="|")
    return pd.Index(joined.to_numpy(dtype=object), name="|".join(columns))


@dataclass(frozen=True)
class Table:
    """Rows by id, never by position.

    Parameters
    ----------
    X: features, one row per id (the index, unique). A sequence or a clip reference is a column of it.
    y: truth by the same ids: a Series (a class name, a value, a relevance) or a DataFrame with one column
        per output; None where it is not known.
    keys: group, time, event, file, second, …: what splits and joins rows. Never features.
    fit_weight: how much each row counts in fitting; None for all alike. (What a row counts in the *score*
        belongs to the `Objective`.)

    Raises
    ------
    Refusal: ids that repeat. ValueError: parts whose ids differ.
    """

    X: pd.DataFrame
    y: pd.Series | pd.DataFrame | None = None
    keys: pd.DataFrame = field(default_factory=pd.DataFrame)
    fit_weight: pd.Series | None = None

    def __post_init__(self) -> None:
        if not self.X.index.is_unique:
            twice = self.X.index[self.X.index.duplicated()][0]
            raise Refusal(f"row id {twice!r} occurs more than once", "remove the repeated rows from the data")
        if self.keys.empty and len(self.keys.columns) == 0:
            object.__setattr__(self, "keys", pd.DataFrame(index=self.X.index))
        for name in ("y", "keys", "fit_weight"):
            part = getattr(self, name)
            if part is not None and not part.index.equals(self.X.index):
                raise ValueError(f"{name} and X do not have the same row ids in the same order")
        shared = set(self.keys.columns) & set(self.X.columns)
        if shared:
            raise ValueError(f"keys are never features, but these are both: {sorted(shared)}")

    @property
    def ids(self) -> pd.Index:
        return self.X.index

    def __len__(self) -> int:
        return len(self.X)

    def take(self, rows: npt.NDArray[np.intp]) -> Table:
        """The rows at these positions, in this order."""
        return replace(
            self,
            X=self.X.iloc[rows],
            y=None if self.y is None else self.y.iloc[rows],
            keys=self.keys.iloc[rows],
            fit_weight=None if self.fit_weight is None else self.fit_weight.iloc[rows],
        )

    def truth(self) -> pd.Series | pd.DataFrame:
        """y, for code that cannot go on without it."""
        if self.y is None:
            raise ValueError("this table has no truth")
        return self.y
