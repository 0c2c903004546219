"""The calendar days of each place, on which lags, windows and means are counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.air_quality.observations import Observations

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

#: No day that is read lies further away from a row than this.
REACH = 7


class PlaceDays:
    """The days of each place that have rows, sorted by place and day.

    Attributes
    ----------
    day: of each of them. first, last: positions of the first and last one of the same place. rows: how many it has.
    of_row: the position of the day of each row. day_of_row: the day itself.
    """

    def __init__(self, seen: Observations) -> None:
        place, day = _codes(seen.place), seen.day.to_numpy(dtype=np.int64)
        # By id too: a mean of three rows of a day depends in its last bit on their order.
        self._order = np.lexsort((_codes(seen.ids), day, place))
        sorted_place, sorted_day = place[self._order], day[self._order]
        new = np.ones(len(seen), dtype=bool)
        new[1:] = (np.diff(sorted_place) != 0) | (np.diff(sorted_day) != 0)
        self._of_sorted = np.cumsum(new) - 1
        self.of_row = np.empty(len(seen), dtype=np.int64)
        self.of_row[self._order] = self._of_sorted
        self.day_of_row = day
        self.day = sorted_day[new]
        self.rows = np.bincount(self._of_sorted, minlength=len(self.day))
        place = sorted_place[new]
        self.first = np.searchsorted(place, place, "left")
        self.last = np.searchsorted(place, place, "right") - 1
        # Places lie further apart than any day that is read.
        self._key = place * (np.ptp(day) + REACH + 1 if len(day) else 1) + self.day
        some = self._order[new]
        self._city, self._cities = _city_days(seen.country.iloc[some], seen.city.iloc[some], self.day)

    def __len__(self) -> int:
        return len(self.day)

    def averaged(self, values: Array) -> Array:
        """The mean of the known values of each day of a place, from values by row."""
        values = values[self._order]
        known = ~np.isnan(values)
        total = np.bincount(self._of_sorted, np.where(known, values, 0.0), len(self))
        return _ratio(total, np.bincount(self._of_sorted, known, len(self)))

    def shifted(self, daily: Array, shift: int, otherwise: float = np.nan) -> Array:
        """The value of the same place this many days later."""
        return np.append(daily, otherwise)[self._shifts[shift]]

    def windows(self, daily: Array, steps: Iterable[tuple[int, ...]]) -> Iterator[Array]:
        """Means of the known values of growing windows; each step names the days that are added."""
        known = ~np.isnan(daily)
        filled, one = np.where(known, daily, 0.0), known.astype(float)
        total, count = np.zeros(len(self)), np.zeros(len(self))
        # Added one by one: differences of running sums would carry later and far-away values in their last bits.
        for step in steps:
            for shift in step:
                total += self.shifted(filled, shift, 0.0)
                count += self.shifted(one, shift, 0.0)
            yield _ratio(total, count)

    def so_far(self, daily: Array) -> tuple[Array, Array, Array, Array]:
        """Mean, standard deviation, least and largest of the known values of a place up to each of its days.

        Spans of 1, 2, 4, … days that have rows are merged into spans of twice as many: no other place and no later day
        enters, not even by rounding.
        """
        count, mean = (~np.isnan(daily)).astype(float), np.nan_to_num(daily)
        squares, least, largest = np.zeros(len(self)), daily.copy(), daily.copy()
        for span in self._spans:
            back, at = self._earlier(span)
            before, after = count[back], count[at]
            both = np.maximum(before + after, 1.0)
            apart = mean[at] - mean[back]
            squares[at] += squares[back] + apart * apart * before * after / both
            mean[at] = mean[back] + apart * (after / both)
            count[at] = before + after
            least[at] = np.fmin(least[at], least[back])
            largest[at] = np.fmax(largest[at], largest[back])
        mean[count == 0] = np.nan
        deviation = np.sqrt(_ratio(squares, np.maximum(count - 1, 0)))
        return mean, deviation, least, largest

    def city_mean(self, daily: Array) -> Array:
        """The mean over the places of the same city on the same day; NaN where fewer than two have a value."""
        known = ~np.isnan(daily)
        total = np.bincount(self._city, np.where(known, daily, 0.0), self._cities)
        count = np.bincount(self._city, known, self._cities)
        count[0] = 0  # of unknown cities
        return _ratio(total, np.where(count > 1, count, 0))[self._city]

    @cached_property
    def _shifts(self) -> dict[int, npt.NDArray[np.int32]]:
        """For each shift the positions of that day of the same place; one past the end where it has no rows."""
        found = {}
        for shift in range(-REACH, REACH + 1):
            at = np.searchsorted(self._key, self._key + shift)
            inside = np.minimum(at, len(self) - 1)
            found[shift] = np.where(self._key[inside] == self._key + shift, inside, len(self)).astype(np.int32)
        return found

    @property
    def _spans(self) -> Iterator[int]:
        span, most = 1, int(np.max(self.last - self.first, initial=0))
        while span <= most:
            yield span
            span *= 2

    def _earlier(self, span: int) -> tuple[Whole, Whole]:
        """Positions of the days that have another one of their place so many days with rows before, after that one."""
        at = np.flatnonzero(np.arange(len(self)) - self.first >= span)
        return at - span, at


def _codes(values: pd.Series | pd.Index) -> Whole:
    """Numbers in the order of the values."""
    return pd.factorize(values, sort=True)[0].astype(np.int64)


def _ratio(total: npt.NDArray[Any], count: npt.NDArray[Any]) -> Array:
    """Total by count, NaN where that is 0."""
    return np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)


def _city_days(country: pd.Series, city: pd.Series, day: Whole) -> tuple[Whole, int]:
    """A number for each city and day, 0 for all unknown cities; and how many numbers there are."""
    known = (city != "").to_numpy(dtype=bool)
    named = _codes(country + "\n" + city) * (np.ptp(day) + 1 if len(day) else 1) + day
    number = np.zeros(len(day), dtype=np.int64)
    number[known] = np.unique(named[known], return_inverse=True)[1] + 1
    return number, int(number.max(initial=0)) + 1
