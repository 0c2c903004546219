"""All results as numbers, a row for each rider of each event."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.world_champs.fields import Fields
from competitions.world_champs.identity import race_numbers
from competitions.world_champs.posx import posx_of
from competitions.world_champs.rating import Ratings, rate
from competitions.world_champs.records import EVENT, RIDER, Records

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Riders of known weight that an event needs among its first ten, and in its field, to tell how hilly it was.
LIGHT_KNOWN, FIELD_KNOWN = 5, 20


@dataclass(frozen=True)
class History:
    """Results by row, (n,), in order of time.

    Parameters
    ----------
    records: that they are taken from.
    event: the position of the row's event among the events.
    rider: the position of the row's rider among the riders.
    """

    records: Records
    event: Codes
    rider: Codes

    @classmethod
    def of(cls, records: Records) -> History:
        event = records.events.index.get_indexer(pd.Index(records.results[EVENT]))
        rider = records.riders.index.get_indexer(pd.Index(records.results[RIDER]))
        order = np.lexsort((rider, event))
        ordered = Records(records.events, records.results.iloc[order].reset_index(drop=True), records.riders)
        return cls(ordered, event[order].astype(np.int64), rider[order].astype(np.int64))

    def _column(self, name: str) -> Array:
        return self.records.results[name].to_numpy(dtype=float)

    def of_event(self, name: str) -> npt.NDArray[np.generic]:
        """A column of the events, by row."""
        return self.records.events[name].to_numpy()[self.event]

    @cached_property
    def day(self) -> Codes:
        return np.asarray(self.of_event("day"), dtype=np.int64)

    @cached_property
    def position(self) -> Array:
        return self._column("position")

    @cached_property
    def placed(self) -> Array:
        """1 where it is known where the rider came in (or that he did not)."""
        return self._column("placed")

    @cached_property
    def points(self) -> Array:
        return self._column("points")

    @cached_property
    def posx(self) -> Array:
        return posx_of(self.position)

    @cached_property
    def out(self) -> Array:
        """1 for a rider who did not finish, or was disqualified."""
        return self.placed * np.isnan(self.position)

    @cached_property
    def one_day(self) -> Flags:
        return np.asarray(self.of_event("kind") == "one_day")

    @cached_property
    def stage(self) -> Flags:
        return np.asarray(self.of_event("kind") == "stage")

    @cached_property
    def timed(self) -> Flags:
        return np.isin(self.of_event("kind").astype(str), ("itt", "itt_stage"))

    @cached_property
    def general(self) -> Flags:
        return np.asarray(self.of_event("kind") == "gc")

    @cached_property
    def distance(self) -> Array:
        return np.asarray(self.of_event("distance_km"), dtype=float)

    @cached_property
    def race_of_event(self) -> Codes:
        """The race of each event, (events,)."""
        return race_numbers(self.records.events)

    @cached_property
    def race(self) -> Codes:
        return self.race_of_event[self.event]

    @cached_property
    def climb_of_event(self) -> Array:
        """How hilly each event was, as the riders' weights tell it, (events,); NaN where too few are known.

        The mean weight of the first ten minus that of the field, in kg: light riders win uphill.
        """
        weight = self.records.riders["weight_kg"].to_numpy(dtype=float)[self.rider]
        count = len(self.records.events)
        first = self.position <= 10
        means = []
        for rows, least in ((first, LIGHT_KNOWN), (np.ones(len(first), dtype=bool), FIELD_KNOWN)):
            known = rows & ~np.isnan(weight)
            number = np.bincount(self.event[known], minlength=count)
            total = np.bincount(self.event[known], weights=weight[known], minlength=count)
            means.append(np.where(number >= least, total / np.maximum(number, 1), np.nan))
        return means[0] - means[1]

    @cached_property
    def climb(self) -> Array:
        return self.climb_of_event[self.event]

    @cached_property
    def ratings(self) -> Ratings:
        """Over all races but general classifications, whose stages count already."""
        return self._rated(~self.general)

    @cached_property
    def one_day_ratings(self) -> Ratings:
        return self._rated(self.one_day)

    def _rated(self, rows: Flags) -> Ratings:
        """Ratings after each of these rows; NaN in others."""
        found = rate(self.event[rows], self.rider[rows], self.day[rows], self.position[rows])
        mean, deviation = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
        mean[rows], deviation[rows] = found.mean, found.deviation
        return Ratings(mean, deviation)


@dataclass(frozen=True)
class Starters:
    """Riders at the start of events, (m,): whom features are made for.

    Parameters
    ----------
    event: the position of the event among the events.
    rider: the position of the rider among the riders; -1 for one who is not known.
    start: the first day of the event; features read strictly earlier ones.
    """

    event: Codes
    rider: Codes
    start: Codes

    @classmethod
    def of(cls, frame: pd.DataFrame, records: Records) -> Starters:
        """From event_id and rider_id, in the order of the frame."""
        event = records.events.index.get_indexer(pd.Index(frame[EVENT])).astype(np.int64)
        rider = records.riders.index.get_indexer(pd.Index(frame[RIDER])).astype(np.int64)
        return cls(event, rider, records.events["start"].to_numpy(dtype=np.int64)[event])

    @cached_property
    def number(self) -> Codes:
        """The event of each row, numbered from 0 without gaps."""
        return np.unique(self.event, return_inverse=True)[1].astype(np.int64)

    @cached_property
    def fields(self) -> Fields:
        return Fields(self.number)
