"""What is known of somebody strictly before a day, for all questions at once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

#: Sums are kept in whole multiples of this, so that they are exact: they depend neither on order nor on later rows.
QUANTUM = 2.0**-30
#: More days than any date has.
SPAN = 1 << 22


class Timeline:
    """Rows of many riders (or nations, or races) in order of time.

    Parameters
    ----------
    who: a code of 0 or more for each row, (n,).
    day: of each row, as whole days of 0 or more, (n,).
    """

    def __init__(self, who: npt.ArrayLike, day: npt.ArrayLike) -> None:
        who, day = np.asarray(who, dtype=np.int64), np.asarray(day, dtype=np.int64)
        self.order = np.lexsort((day, who))
        self.who, self.day = who[self.order], day[self.order]
        self.key = self.who * SPAN + self.day
        self._first = np.searchsorted(self.who, self.who, "left")

    def asked(self, who: npt.ArrayLike, day: npt.ArrayLike) -> Asked:
        """Questions: of each of these, strictly before that day; codes below 0 have no rows."""
        return Asked(self, np.asarray(who, dtype=np.int64), np.asarray(day, dtype=np.int64))

    def sorted(self, values: npt.ArrayLike) -> Array:
        """Values by row, in the order of this timeline."""
        return np.asarray(values, dtype=float)[self.order]

    def cumulated(self, values: npt.ArrayLike) -> Whole:
        """Sums of the first 0, 1, …, n rows, in quanta."""
        whole = np.rint(self.sorted(values) / QUANTUM).astype(np.int64)
        return np.concatenate([[0], np.cumsum(whole)])

    def states(self, values: npt.ArrayLike, half_life: float, *, best: bool = False) -> Array:
        """After each row, what is left of the values of its rider so far: the sum, or the best one, (n,).

        A value halves in each half-life, in days.
        """
        found = self.sorted(values)
        rank = np.arange(len(found)) - self._first
        by_rank = np.argsort(rank, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(rank))]) if len(rank) else np.zeros(1, dtype=int)
        for begin, end in pairwise(starts[1:]):  # the second row of everybody, the third, …
            rows = by_rank[begin:end]
            before = found[rows - 1] * 2.0 ** (-(self.day[rows] - self.day[rows - 1]) / half_life)
            found[rows] = np.maximum(before, found[rows]) if best else before + found[rows]
        return found


class Asked:
    """Questions to a timeline: of each of (m,) riders, strictly before a day."""

    def __init__(self, timeline: Timeline, who: Whole, day: Whole) -> None:
        self.timeline, self.day = timeline, day
        self._known = who >= 0
        self._origin = np.where(self._known, who * SPAN, 0)
        self._first = self._found(self._origin)
        self._end = self._found(self._origin + day)
        self._begins: dict[float, Whole] = {}

    def _found(self, key: Whole) -> Whole:
        return np.where(self._known, np.searchsorted(self.timeline.key, key, "left"), 0)

    def _begin(self, window: float | None) -> Whole:
        """The position of the first row of the last `window` days."""
        if window is None:
            return self._first
        if window not in self._begins:
            self._begins[window] = self._found(self._origin + np.maximum(self.day - int(window), 0))
        return self._begins[window]

    def total(self, values: npt.ArrayLike, window: float | None = None) -> Array:
        """The sum over the rows of the last `window` days; over all before without one."""
        return self.totals(values, window)[0]

    def totals(self, values: npt.ArrayLike, *windows: float | None) -> list[Array]:
        """`total` for each of several windows."""
        sums = self.timeline.cumulated(values)
        until = sums[self._end]
        return [np.asarray((until - sums[self._begin(window)]) * QUANTUM, dtype=np.float64) for window in windows]

    def last(self, values: npt.ArrayLike, otherwise: float = np.nan) -> Array:
        """The value of the last row."""
        return self._at_last(self.timeline.sorted(values), otherwise)

    def since(self) -> Array:
        """Days since the last row; NaN without one."""
        return self.day - self._at_last(self.timeline.day.astype(float), np.nan)

    def faded(self, values: npt.ArrayLike, half_life: float, *, best: bool = False) -> Array:
        """The sum of all values, or the best one, each halved in every half-life (days) since; 0 without a row."""
        left = self._at_last(self.timeline.states(values, half_life, best=best), 0.0)
        return left * 2.0 ** (-np.nan_to_num(self.since()) / half_life)

    def _at_last(self, found: Array, otherwise: float) -> Array:
        if not len(found):
            return np.full(len(self._end), otherwise)
        return np.where(self._end > self._first, found[np.maximum(self._end - 1, 0)], otherwise)
