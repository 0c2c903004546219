"""How good forecasts of races were, race by race."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata, spearmanr

from competitions.world_champs.places import PLACES
from competitions.world_champs.plackett_luce import win_probabilities
from competitions.world_champs.posx import SCORED, listed_place, position_of

Array = npt.NDArray[np.float64]


def measures(posx: Array, score: Array, strength: Array | None = None) -> dict[str, float]:
    """Measures of one race.

    Parameters
    ----------
    posx: the truth, (n,).
    score: larger for those expected in front, (n,).
    strength: log strengths, where the forecast tells probabilities too, (n,).

    Returns
    -------
    By name. Spearman is taken over those who finished; NaN where the race leaves a measure undefined.
    """
    place = position_of(posx)
    # Tied scores share a rank, as they do in the official metric.
    rank = rankdata(-score, method="average")
    top, finished, winner = place <= SCORED, np.isfinite(place), place == 1
    found = {
        "ndcg@10": PLACES(posx, score),
        "precision@10": float(top[np.argsort(-score, kind="stable")[:SCORED]].mean()),
        "winner's reciprocal rank": float((1 / rank[winner]).mean()) if winner.any() else np.nan,
        "top-10 AUC": area(top, score),
        "Spearman": float(spearmanr(-place[finished], score[finished])[0]) if finished.sum() > 2 else np.nan,
        **{f"win@{k}": float((rank[winner] <= k).mean()) if winner.any() else np.nan for k in (1, 3, 10)},
    }
    if strength is not None:
        won = win_probabilities(strength)[winner].sum()
        found["winner log loss"] = -float(np.log(max(won, 1e-12))) if winner.any() else np.nan
        found["uniform log loss"] = float(np.log(len(score)))
    return found


def area(positive: npt.NDArray[np.bool_], score: Array) -> float:
    """The area under the curve; NaN where all rows are alike."""
    count, others = int(positive.sum()), int((~positive).sum())
    if not count or not others:
        return float("nan")
    ranks = rankdata(score)
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * others))


def by_race(posx: Array, score: Array, event: pd.Series, strength: Array | None = None) -> pd.DataFrame:
    """Measures of every race, a row each."""
    rows = pd.Series(np.arange(len(posx))).groupby(event.to_numpy(), sort=False).indices
    return pd.DataFrame(
        {
            name: measures(posx[part], score[part], None if strength is None else strength[part])
            for name, part in rows.items()
        }
    ).T


def interval(values: Array, seed: int = 0, draws: int = 2000) -> tuple[float, float, float]:
    """The mean of the known values and a 95 % interval, by drawing races with replacement."""
    known = values[~np.isnan(values)]
    if not len(known):
        return np.nan, np.nan, np.nan
    rng = np.random.default_rng(seed)
    means = known[rng.integers(0, len(known), (draws, len(known)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(known.mean()), float(low), float(high)


def paired(one: Array, other: Array) -> tuple[float, float]:
    """The mean difference of a measure of two forecasts, race by race, and its standard error.

    >>> paired(np.array([0.5, 0.7, np.nan]), np.array([0.4, 0.4, 0.3]))
    (0.2, 0.1)
    """
    gain = one - other
    gain = gain[~np.isnan(gain)]
    error = gain.std(ddof=1) / np.sqrt(len(gain)) if len(gain) > 1 else np.nan
    return round(float(gain.mean()), 12) if len(gain) else np.nan, round(float(error), 12)


def calibration_error(chance: Array, happened: Array, bins: int = 10) -> float:
    """The mean distance of probability and frequency over bins of equally many rows, each by its rows."""
    order = np.argsort(chance, kind="stable")
    parts = np.array_split(order, bins)
    return float(sum(abs(chance[p].sum() - happened[p].sum()) for p in parts if len(p)) / len(chance))


def calibrated_errors(races: Iterable[tuple[Array, Array]], places: int, draws: int = 500, seed: int = 0) -> Array:
    """Calibration errors of as many simulated seasons in which the probabilities are true, (draws,).

    Parameters
    ----------
    races: log strengths for these places and probabilities of being among them, of each race, (n,) each.
    """
    rng = np.random.default_rng(seed)
    chances, outcomes = [], []
    for strength, chance in races:
        noisy = strength - np.log(np.maximum(rng.standard_exponential((draws, len(strength))), 1e-300))
        inside = np.zeros(noisy.shape, dtype=bool)
        first = np.argpartition(noisy, len(strength) - places, axis=1)[:, len(strength) - places :]
        np.put_along_axis(inside, first, True, axis=1)
        chances.append(chance)
        outcomes.append(inside)
    chance, happened = np.concatenate(chances), np.concatenate(outcomes, axis=1)
    return np.array([calibration_error(chance, row) for row in happened])


def told_races(strength: Array, posx: Array, event: pd.Series) -> list[tuple[Array, npt.NDArray[np.bool_]]]:
    """Of each race, the log strengths for the first ten, and who was among them.

    Parameters
    ----------
    strength, posx: a number for each starter, (n,).
    """
    races = pd.Series(np.arange(len(posx))).groupby(event.to_numpy(), sort=False).indices.values()
    return [(strength[rows], listed_place(posx[rows]) <= SCORED) for rows in races]
