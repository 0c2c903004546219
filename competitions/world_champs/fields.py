"""A rider among the starters of the same event."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


class Fields:
    """The starters of each event.

    Parameters
    ----------
    event: the number of the event of each row, 0 to one less than there are events, (n,).
    """

    def __init__(self, event: npt.ArrayLike) -> None:
        self.event = np.asarray(event, dtype=np.int64)
        self.size = np.bincount(self.event)
        self._start = np.concatenate([[0], np.cumsum(self.size)[:-1]])

    def rank(self, values: Array) -> Array:
        """Place in the field by falling value, 1 for the best; equal values share their mean place, NaN is last."""
        known = np.where(np.isnan(values), -np.inf, values)
        order = np.lexsort((-known, self.event))
        event, value = self.event[order], known[order]
        place = np.arange(len(order)) - self._start[event] + 1.0
        new = np.r_[True, (event[1:] != event[:-1]) | (value[1:] != value[:-1])] if len(order) else np.zeros(0, bool)
        tie = np.cumsum(new) - 1
        ranks = np.empty(len(order))
        ranks[order] = (np.bincount(tie, weights=place) / np.bincount(tie))[tie]
        return ranks

    def share_of_best(self, values: Array) -> Array:
        """Value divided by the best one of the field, where that is above 0; 0 elsewhere."""
        best = self.best(values)[self.event]
        return np.where(best > 0, np.nan_to_num(values) / np.where(best > 0, best, 1.0), 0.0)

    def best(self, values: Array) -> Array:
        """The largest value of each event, (events,)."""
        found = np.full(len(self.size), -np.inf)
        np.maximum.at(found, self.event, np.nan_to_num(values, nan=-np.inf))
        return found

    def mean(self, values: Array) -> Array:
        """The mean of the known values of each event, (events,); NaN without one."""
        known = ~np.isnan(values)
        count = np.bincount(self.event[known], minlength=len(self.size))
        total = np.bincount(self.event[known], weights=values[known], minlength=len(self.size))
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    def mean_of_best(self, values: Array, count: int = 10) -> Array:
        """The mean of the `count` largest known values of each event, of fewer where there are fewer, (events,)."""
        order = np.lexsort((-np.nan_to_num(values, nan=-np.inf), self.event))
        place = np.arange(len(order)) - self._start[self.event[order]]
        kept = np.where(place < count, values[order], np.nan)
        among = np.empty(len(order))
        among[order] = kept
        return self.mean(among)
