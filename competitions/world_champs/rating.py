"""A rating of riders by the order in which they finish."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

#: The variance of a log strength nobody knows anything of, and what a variance grows by in a day, up to that.
UNKNOWN, GROWTH = 1.5, 0.0006
#: Riders after this place, and those without one, form one tied tail: who is there no longer races.
TAIL = 40


@dataclass(frozen=True)
class Ratings:
    """Mean and deviation after each row, and the day of it."""

    mean: Array
    deviation: Array


def rate(event: Codes, rider: Codes, day: Codes, position: Array) -> Ratings:
    """Rate riders race after race by the Plackett-Luce model with ties.

    The diagonal Gaussian update of Weng and Lin (JMLR 12, 2011, algorithm 4) in units of the model's own noise: with a
    scale that grows with the field, as in their paper, a race of 150 riders would say next to nothing.

    Parameters
    ----------
    event, rider: codes of each row, (n,); events are numbered in order of time.
    day: of each row, (n,).
    position: place of each row; NaN without one, (n,).

    Returns
    -------
    The rating of the row's rider after the row's race, (n,): the log of the strength, 0 for the unknown.
    """
    count = int(rider.max()) + 1 if len(rider) else 0
    mean, variance = np.zeros(count), np.full(count, UNKNOWN)
    rated = np.zeros(count, dtype=np.int64)
    found = Ratings(np.empty(len(event)), np.empty(len(event)))
    order = np.lexsort((np.where(np.isnan(position), np.inf, position), event))
    for rows in np.split(order, np.flatnonzero(np.diff(event[order])) + 1) if len(order) else ():
        who = rider[rows]
        grown = np.minimum(variance[who] + GROWTH * (day[rows] - rated[who]), UNKNOWN)
        mean[who], variance[who] = updated(mean[who], grown, levels_of(position[rows]))
        rated[who] = day[rows]
        found.mean[rows], found.deviation[rows] = mean[who], np.sqrt(variance[who])
    return found


def levels_of(position: Array) -> Codes:
    """Levels of rising places, from 0, of which the last is the tail; places that rise or are NaN, (n,).

    >>> levels_of(np.array([1.0, 2.0, 2.0, 77.0, np.nan])).tolist()
    [0, 1, 1, 2, 2]
    """
    place = np.where(np.isnan(position) | (position > TAIL), TAIL + 1.0, position)
    return np.cumsum(np.r_[0, place[1:] != place[:-1]])


def updated(mean: Array, variance: Array, level: Codes) -> tuple[Array, Array]:
    """Means and variances of log strengths after a race.

    Parameters
    ----------
    mean, variance: before it, the riders in the order in which they came in, (n,).
    level: of each, rising from 0; equal ones are tied, (n,).
    """
    strength = np.exp(mean - mean.max())
    size = np.bincount(level)
    still = np.cumsum(np.bincount(level, weights=strength)[::-1])[::-1]  # of those who had not come in before
    once, twice = np.cumsum(1 / still)[level], np.cumsum(1 / still**2)[level]
    slope = 1 / size[level] - strength * once
    curvature = strength * once - strength**2 * twice
    after = 1 / (1 / variance + curvature)
    return mean + after * slope, after
