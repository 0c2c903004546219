"""Rows of an air quality table: one measurement of one place on one day, whatever file it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt
import pandas as pd


@dataclass(frozen=True)
class Observations:
    """Columns of the same rows, all indexed by `ids`.

    Attributes
    ----------
    place: text, one for each sensor site.
    city, country: text, "" where unknown.
    latitude, longitude: degrees, NaN where unknown.
    day: whole days since 1970.
    inputs: numbers, named as in the file; NaN where missing.
    target: None where no row has one, NaN for the rows without one.
    """

    ids: pd.Index
    place: pd.Series
    city: pd.Series
    country: pd.Series
    latitude: pd.Series
    longitude: pd.Series
    day: pd.Series
    inputs: pd.DataFrame
    target: pd.Series | None = None

    def __post_init__(self) -> None:
        for field in fields(self)[1:]:
            part = getattr(self, field.name)
            if part is not None and not part.index.equals(self.ids):
                raise ValueError(f"{field.name} has other rows than ids")

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: npt.ArrayLike) -> Observations:
        """The rows at these positions, or those where a mask is True, in this order."""
        chosen = np.asarray(rows)
        at = np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(np.int64)
        parts = {field.name: getattr(self, field.name) for field in fields(self)[1:]}
        return replace(
            self, ids=self.ids[at], **{name: part.iloc[at] for name, part in parts.items() if part is not None}
        )

    def in_order(self) -> Observations:
        """The rows by place, day and id: nothing that is made of them then depends on the order of a file."""
        ids, place = (pd.factorize(part, sort=True)[0] for part in (self.ids, self.place))
        return self.take(np.lexsort((ids, self.day.to_numpy(), place)))

    @staticmethod
    def concat(parts: Sequence[Observations]) -> Observations:
        """All rows, one part after the other; an input or a target that a part lacks is NaN there."""
        names = [field.name for field in fields(Observations)[1:-1]]
        joined = {name: pd.concat([getattr(part, name) for part in parts]) for name in names}
        target = None
        if any(part.target is not None for part in parts):
            lacking = [pd.Series(np.nan, part.ids, dtype=float) for part in parts]
            target = pd.concat(
                [none if part.target is None else part.target for part, none in zip(parts, lacking, strict=True)]
            )
        return Observations(joined["place"].index, **joined, target=target)
