"""Probabilities of places from log strengths: the model of Plackett (1975) and Luce (1959)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

Array = npt.NDArray[np.float64]

#: Numbers that are drawn at once: 16 MB of them.
AT_ONCE = 1 << 21
#: Points of the two grids of time on which probabilities are integrated.
NODES, GRID = 24, 96
#: What is never divided by less.
TINY, LEAST = 1e-12, 1e-300


def win_probabilities(strength: Array) -> Array:
    """The probability that each comes in first, (n,): the softmax of the log strengths.

    >>> win_probabilities(np.log([2.0, 1.0, 1.0])).round(3).tolist()
    [0.5, 0.25, 0.25]
    """
    share = np.exp(strength - strength.max())
    return share / share.sum()


def top_counts(strength: Array, places: tuple[int, ...], samples: int, seed: int = 0) -> Array:
    """In how many of so many drawn races each comes in among the first of `places`, (n, places).

    The order of log strength plus Gumbel noise is one draw of the model (Yellott 1977). Only the first of each draw are
    sorted.

    Parameters
    ----------
    strength: log strengths, (n,).
    places: rising; 1 for the winner, 3 for the podium.
    """
    rng, count = np.random.default_rng(seed), len(strength)
    depth = min(max(places), count)
    found = np.zeros((count, len(places)), dtype=np.int64)
    for drawn in _draws(strength, samples, rng):
        if depth == 1:
            first = drawn.argmax(axis=1)[:, None]
        else:
            first = np.argpartition(drawn, count - depth, axis=1)[:, count - depth :]
            order = np.argsort(np.take_along_axis(drawn, first, axis=1), axis=1)[:, ::-1]
            first = np.take_along_axis(first, order, axis=1)
        for number, place in enumerate(places):
            found[:, number] += np.bincount(first[:, :place].ravel(), minlength=count)
    return found.astype(float)


def _draws(strength: Array, samples: int, rng: np.random.Generator) -> Iterator[npt.NDArray[np.float32]]:
    """Log strengths with noise, some draws at a time, (draws, n)."""
    together = max(1, AT_ONCE // len(strength))
    level = (strength - strength.max()).astype(np.float32)
    for begin in range(0, samples, together):
        noise = rng.standard_exponential((min(together, samples - begin), len(strength)), dtype=np.float32)
        np.maximum(noise, np.float32(1e-30), out=noise)
        yield level - np.log(noise, out=noise)


@cache
def _nodes() -> tuple[Array, Array]:
    """Gauss and Legendre's points of integration, and what each counts."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return np.asarray(nodes), np.asarray(weights)


def podium_probabilities(strength: Array) -> Array:
    """The exact probability of each to come in among the first three, (n,), by all pairs of the first two."""
    if len(strength) <= 3:
        return np.ones(len(strength))
    order = np.argsort(strength, kind="stable")
    share = win_probabilities(strength)[order]
    without, without_both = _rests(share)
    second = share[:, None] * share[None, :] / without[:, None]  # i first, j second
    np.fill_diagonal(second, 0.0)
    pairs = second / without_both
    third = share * (pairs.sum() - pairs.sum(axis=1) - pairs.sum(axis=0))
    found = np.empty(len(strength))
    found[order] = np.clip(share + second.sum(axis=0) + third, share, 1.0)
    return found


def _rests(share: Array) -> tuple[Array, Array]:
    """What is left of the shares without each one, (n,), and without each two, (n, n).

    Parameters
    ----------
    share: rising. Of sums from the smallest on, differences lose next to nothing; 1 minus a sure favourite's share
        loses all.
    """
    sums = np.append(0.0, np.cumsum(share))
    below, above = sums[:-1], sums[-1] - sums[1:]
    number = np.arange(len(share))
    low, high = np.minimum(number[:, None], number[None, :]), np.maximum(number[:, None], number[None, :])
    between = np.where(low < high, sums[high] - sums[np.minimum(low + 1, len(share))], 0.0)
    both = below[low] + between + above[high]
    return np.maximum(below + above, LEAST), np.maximum(both, LEAST)


def top_probabilities(strength: Array, places: int) -> Array:
    """The probability of each to come in among the first `places`, (n,), without drawing; exact up to the podium.

    Riders arrive after exponential times of rates exp(strength), in which order they come in by the model; a rider is
    among the first places if fewer others arrive before. Their number is a sum of unlike coins, of which the normal
    distribution with a term for its skew is taken (Volkova 1996): within about .005 of what drawing gives in fields of
    60 and more that are spread as races are, up to .06 in small ones with a few sure favourites.
    """
    if places >= len(strength):
        return np.ones(len(strength))
    if places == 1:
        return win_probabilities(strength)
    if places == 3:
        return podium_probabilities(strength)
    rate = win_probabilities(strength)
    nodes, weights = _nodes()
    left = (nodes + 1) / 2  # the probability that the rider has not arrived yet
    time = np.log(-np.log(left)[None, :] / np.maximum(rate, 1e-12)[:, None])
    grid = np.linspace(time.min(), time.max(), GRID)
    away = np.exp(-np.exp(grid)[:, None] * rate)  # of each, not arrived by then
    moments = [
        (1 - away).sum(axis=1),
        (away * (1 - away)).sum(axis=1),
        (away * (1 - away) * (2 * away - 1)).sum(axis=1),
    ]
    own = 1 - left
    mean, variance, third = (np.interp(time, grid, moment) for moment in moments)
    mean, variance = mean - own, np.maximum(variance - own * left, 1e-12)
    third = third - own * left * (2 * left - 1)
    deviation = np.sqrt(variance)
    x = (places - 0.5 - mean) / deviation
    skewed = ndtr(x) + third / variance / deviation * (1 - x * x) * np.exp(-x * x / 2) / np.sqrt(2 * np.pi) / 6
    return np.clip(skewed, 0.0, 1.0) @ (weights / 2)
