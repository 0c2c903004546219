"""Which rows are fitted and which are scored, and the promises a split makes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.dataset import Dataset
from core.table import Table

Rows = npt.NDArray[np.intp]
TestBy = Literal["folds", "full"]


class BrokenPromise(ValueError):
    """A split that does what it promised not to do."""


@dataclass(frozen=True)
class Fold:
    """One split.

    Parameters
    ----------
    name: shown to people.
    fit: positions in `dataset.fit` that models of this fold learn from.
    score: positions in `dataset.score` that are predicted and judged.
    fit_on_score: positions in `dataset.score` that members fitted on score rows (second stages) learn from.
    """

    name: str
    fit: Rows
    score: Rows
    fit_on_score: Rows


@dataclass(frozen=True)
class Folds:
    """A scheme: its folds and what they promise.

    Parameters
    ----------
    name: of the scheme, such as "stratified" or "city".
    folds: materialised once; a list, not an iterator.
    imitates: one sentence: in what way the scored rows differ from the fitted ones as the test set does.
    disjoint: keys of which no value stands on both sides of a fold.
    ordered: the key of time, where folds follow it.
    forward_only: whether fitted rows all come before the scored ones (else they may also come after).
    purge: the time before the scored block, in units of the key, from which nothing is fitted.
    embargo: the same after the scored block.
    test_by: how the test set is predicted: the average of the fold models, or one refit on all rows.
    """

    name: str
    folds: tuple[Fold, ...]
    imitates: str
    disjoint: tuple[str, ...] = ()
    ordered: str | None = None
    forward_only: bool = True
    purge: float | pd.Timedelta = 0
    embargo: float | pd.Timedelta = 0
    test_by: TestBy = "folds"

    def __len__(self) -> int:
        return len(self.folds)

    def digest(self) -> str:
        """A hash of all positions and promises, for cache keys and the comparison of runs."""
        promises = (self.name, self.disjoint, self.ordered, self.forward_only, str(self.purge), str(self.embargo))
        value = hashlib.sha256(repr(promises).encode())
        for fold in self.folds:
            for rows in (fold.fit, fold.score, fold.fit_on_score):
                value.update(b"|" + rows.astype(np.int64).tobytes())
        return value.hexdigest()[:16]

    def check(self, dataset: Dataset) -> Folds:
        """Hold every promise against the data.

        Raises
        ------
        BrokenPromise: an empty side, a row scored or fitted twice, a row or a key on both sides, time out of order.
        """
        if not self.folds:
            raise BrokenPromise(f"scheme {self.name!r} has no folds")
        for fold in self.folds:
            label = f"scheme {self.name!r}, fold {fold.name!r}"
            if len(fold.fit) == 0 or len(fold.score) == 0:
                raise BrokenPromise(f"{label}: no rows to fit or none to score")
            for side, rows, table in (
                ("fit", fold.fit, dataset.fit),
                ("score", fold.score, dataset.score),
                ("fit_on_score", fold.fit_on_score, dataset.score),
            ):
                if rows.dtype.kind not in "iu" or (len(rows) and (rows.min() < 0 or rows.max() >= len(table))):
                    raise BrokenPromise(f"{label}: {side} holds something that is no position in its table")
                if len(rows) and np.bincount(rows).max() > 1:
                    raise BrokenPromise(f"{label}: {side} holds a row more than once")
            self._check_sides(label, dataset.score, fold.score, dataset.score, fold.fit_on_score)
            if not (dataset.fits_on_score_rows and np.array_equal(fold.fit, fold.fit_on_score)):
                self._check_sides(label, dataset.score, fold.score, dataset.fit, fold.fit)
        if np.bincount(np.concatenate([fold.score for fold in self.folds])).max() > 1:
            raise BrokenPromise(f"scheme {self.name!r} scores a row in more than one fold")
        if self.ordered is not None and self.forward_only:
            self._check_order(dataset.score.keys[self.ordered])
        return self

    def _check_order(self, times: pd.Series) -> None:
        """What chooses for a fold are the folds before it in the list: they must be those before it in time."""
        for before, after in pairwise(self.folds):
            if times.iloc[before.score].max() > times.iloc[after.score].min():
                label = f"scheme {self.name!r}, fold {after.name!r}"
                raise BrokenPromise(f"{label}: it is listed after {before.name!r}, but not after it in {self.ordered}")

    def _check_sides(self, label: str, scored: Table, score: Rows, fitted: Table, fit: Rows) -> None:
        if fitted is scored:
            both = fitted.ids[fit[_member_of(score, len(scored))[fit]]]
        else:
            both = fitted.ids[fit].intersection(scored.ids[score])
        if len(both):
            raise BrokenPromise(f"{label}: row {both[0]!r} is fitted and scored")
        for key in (*self.disjoint, *((self.ordered,) if self.ordered else ())):
            for table, rows in ((fitted, fit), (scored, score)):
                missing = table.keys[key].iloc[rows].isna().to_numpy()
                if missing.any():
                    raise BrokenPromise(f"{label}: {key} is missing at row {table.ids[rows][missing][0]!r}")
        for key in self.disjoint:
            shared = set(fitted.keys[key].iloc[fit]) & set(scored.keys[key].iloc[score])
            if shared:
                raise BrokenPromise(f"{label}: {key} {sorted(map(str, shared))[0]!r} is on both sides")
        if self.ordered is not None and len(fit):
            outside = _outside(fitted.keys[self.ordered].iloc[fit], scored.keys[self.ordered].iloc[score], self)
            if not outside.all():
                row = fitted.ids[fit][~outside][0]
                raise BrokenPromise(f"{label}: fitted row {row!r} lies too near the scored block in {self.ordered}")


def _member_of(rows: Rows, length: int) -> npt.NDArray[np.bool_]:
    """Which positions of a table are among these rows, (length,)."""
    mask = np.zeros(length, dtype=bool)
    mask[rows] = True
    return mask


def _outside(fit: pd.Series, score: pd.Series, folds: Folds) -> npt.NDArray[np.bool_]:
    return outside_block(fit, score.min(), score.max(), folds.purge, folds.embargo, folds.forward_only)


def outside_block(
    times: pd.Series,
    first: Any,
    last: Any,
    purge: float | pd.Timedelta,
    embargo: float | pd.Timedelta,
    forward_only: bool,
) -> npt.NDArray[np.bool_]:
    """Which times may be fitted when the block from first to last is scored, (n,).

    A time before the block must lie more than `purge` before it; one after it, where those are allowed at
    all, more than `embargo` after it (López de Prado 2018, chapter 7).
    """
    if pd.api.types.is_integer_dtype(times.dtype):  # narrow and unsigned numbers would wrap around
        times, first, last = times.astype("int64"), int(first), int(last)
    none: Any = first - first
    outside = (first - times) > (purge or none)
    if not forward_only:
        outside |= (times - last) > (embargo or none)
    return outside.to_numpy(dtype=bool, copy=True)  # pandas 3 hands out its own values read-only
