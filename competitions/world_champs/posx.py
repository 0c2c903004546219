"""PosX: what a place is worth, whatever the size of the field."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

Array = npt.NDArray[np.float64]

#: How fast a place loses its worth; about as fast as the points of the UCI.
DECAY = 0.1815

#: Places that gain in the official metric.
SCORED = 10


def posx_of(position: npt.ArrayLike) -> Array:
    """exp(-0.1815 (position - 1)); 0 without a place (did not finish, outside the time limit, disqualified).

    From "Predicting the World Champion" (science4performance.com, 2019).

    >>> posx_of([1, 10, np.nan]).round(3).tolist()
    [1.0, 0.195, 0.0]
    """
    place = np.asarray(position, dtype=float)
    return np.where(np.isnan(place), 0.0, np.exp(-DECAY * (np.where(np.isnan(place), 1.0, place) - 1)))


def position_of(posx: npt.ArrayLike) -> Array:
    """The place that a PosX stands for; infinity for 0.

    >>> position_of(posx_of([1, 7, np.nan])).tolist()
    [1.0, 7.0, inf]
    """
    value = np.asarray(posx, dtype=float)
    with np.errstate(divide="ignore"):
        return np.where(value > 0, np.round(1 - np.log(value) / DECAY), np.inf)


def listed_place(posx: npt.ArrayLike) -> Array:
    """The place of each rider of one race among those that are listed; infinity for 0.

    Sources lack some riders, whose places nobody on the list can take: ten of the list are its first ten, though fewer
    were so in the race.

    >>> listed_place(posx_of([1, 7, np.nan, 3])).tolist()
    [1.0, 3.0, inf, 2.0]
    """
    place = position_of(posx)
    return np.where(np.isfinite(place), rankdata(place, method="min"), np.inf)


def gain_of(posx: npt.ArrayLike) -> Array:
    """11 - place for places 1 to 10, else 0: the gain of the official metric.

    >>> gain_of(posx_of([1, 10, 11, np.nan])).tolist()
    [10.0, 1.0, 0.0, 0.0]
    """
    return np.clip(SCORED + 1 - position_of(posx), 0.0, float(SCORED))
