"""Inputs of a whole city over some days: a satellite that sees a site one day in three sees its city more often."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.air_quality.observations import Observations

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

#: Days on either side (historical), or before (forecast), of a window.
NEAR, FAR = 3, 15
#: How the columns of the windows end.
ENDINGS = {NEAR: f"_city_{NEAR}_days", FAR: f"_city_{FAR}_days"}


def compact(columns: pd.Index) -> list[str]:
    """Few features that hold in other cities: followed inputs, their city's windows, and the season.

    Parameters
    ----------
    columns: of all features.
    """
    bases = [str(name).removesuffix(ENDINGS[FAR]) for name in columns if str(name).endswith(ENDINGS[FAR])]
    seasons = [str(name) for name in columns if str(name).startswith("season_")]
    return [name for base in bases for name in (base, *(base + ending for ending in ENDINGS.values()))] + seasons


class CityDays:
    """The days of each city that have rows, sorted by city and day; a place of no named city is a city of its own."""

    def __init__(self, seen: Observations) -> None:
        city = (seen.country + "\n" + seen.city).where(seen.city != "", "\n\n" + seen.place)
        code = pd.factorize(city, sort=True)[0].astype(np.int64)
        day = seen.day.to_numpy(dtype=np.int64)
        ids = pd.factorize(seen.ids, sort=True)[0]
        # By id too: a sum of three rows depends in its last bit on their order.
        self._order = np.lexsort((ids, day, code))
        code, day = code[self._order], day[self._order]
        new = np.append(True, (np.diff(code) != 0) | (np.diff(day) != 0)) if len(day) else np.zeros(0, dtype=bool)
        self._of_sorted = np.cumsum(new) - 1
        self._of_row = np.empty(len(seen), dtype=np.int64)
        self._of_row[self._order] = self._of_sorted
        self._code, self._day = code[new], day[new]
        # Cities lie further apart than any window reaches.
        self._key = self._code * (np.ptp(day) + 2 * FAR + 1 if len(day) else 1) + self._day

    def windows(self, values: Array, mode: str) -> Iterator[Array]:
        """By row, means of the known values of the city within `NEAR` and within `FAR` days.

        Parameters
        ----------
        mode: "historical": days before and after; "forecast": the day and earlier ones alone.
        """
        total, count = self._sums(values)
        for span in ENDINGS:
            yield self._means(total, count, span, span if mode == "historical" else 0)

    def _sums(self, values: Array) -> tuple[Array, Array]:
        """Sum and number of the known values of each day."""
        values = values[self._order]
        known = ~np.isnan(values)
        count = len(self._key)
        total = np.bincount(self._of_sorted, np.where(known, values, 0.0), count)
        return total.astype(float), np.bincount(self._of_sorted, known, count).astype(float)

    def _means(self, total: Array, count: Array, back: int, ahead: int) -> Array:
        """By row, the mean of the known values from so many days before to so many after; NaN where none is known."""
        sums, counts = np.zeros(len(self._key)), np.zeros(len(self._key))
        # Day by day: differences of running sums would carry later and far-away values in their last bits.
        for shift in range(-back, ahead + 1):
            at = np.minimum(np.searchsorted(self._key, self._key + shift), len(self._key) - 1)
            there = self._key[at] == self._key + shift if len(self._key) else np.zeros(0, dtype=bool)
            sums += np.where(there, total[at], 0.0)
            counts += np.where(there, count[at], 0.0)
        return np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)[self._of_row]
