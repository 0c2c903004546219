"""How far scores may be believed: log strengths of the Plackett-Luce model, fitted on past races."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize, minimize_scalar

from competitions.world_champs.plackett_luce import top_probabilities, win_probabilities
from competitions.world_champs.posx import SCORED, listed_place, position_of
from competitions.world_champs.records import EVENT
from core.decision import Decision

Array = npt.NDArray[np.float64]

#: Places whose probabilities are told: the win, the podium, the first ten.
PLACES = (1, 3, SCORED)
#: What a scale may be, of log strengths that are bent already.
LEAST, MOST = 0.02, 8.0
#: Where no race has been fitted, as races usually are.
USUAL = {1: 1.2, 3: 1.0, SCORED: 0.75}
#: Shares of the riders between which log strengths rise evenly with the score.
KNOTS = (0.0, 0.3, 0.6, 0.8, 0.9, 0.96, 0.99)
#: How much neighbouring slopes are drawn together; the least slope, over one standard deviation of the score.
DRAWN, LEAST_SLOPE = 5.0, 0.02


class RaceTemperature(Decision):
    """Turns scores into log strengths: bends them, and scales them. The order stays as it is.

    A predicted PosX lies near 0 for most of a field and far above for a few, a rank lies evenly: a bend that rises
    piece by piece makes log strengths of either. One scale serves the win, another the podium and another the first
    ten: who wins is decided by more luck than who comes in among the ten, so that a single temperature is too sure of
    favourites (Benter 1994; Lo and Bacon-Shone 2008). Each is the one under which the past is most likely.

    Attributes
    ----------
    bend: scores, rising, and the log strengths at which they stand; between and beyond them lines. None for scores that
        are log strengths themselves.
    scales: by number of places.
    """

    def __init__(self) -> None:
        self.bend: tuple[Array, Array] | None = None
        self.scales = dict(USUAL)

    def fit(self, predictions: Array, truth: npt.NDArray[np.generic], weight: Array, keys: pd.DataFrame) -> Self:
        races = races_of(predictions[:, 0], truth.astype(float), keys[EVENT])
        if races:
            self.bend = _best_bend(races)
            bent = [(self._bent(score), place) for score, place in races]
            self.scales = {places: _best_scale(bent, places) for places in PLACES}
        return self

    def strength(self, score: Array, places: int) -> Array:
        """Log strengths for the first `places`, from scores, (n,) or (n, 1)."""
        return self._bent(score) * self.scales[places]

    def apply(self, predictions: Array, keys: pd.DataFrame) -> Array:
        """Log strengths for the win, (n, 1)."""
        return self.strength(predictions, 1)

    def restated(self, win_strengths: Array, places: int) -> Array:
        """Log strengths for the first `places`, from those for the win, (n,)."""
        return win_strengths * (self.scales[places] / self.scales[1])

    def _bent(self, score: Array) -> Array:
        if self.bend is None:
            return score
        knots, values = self.bend
        slopes = np.diff(values) / np.diff(knots)
        inside = np.interp(score, knots, values)
        return np.asarray(
            inside + np.minimum(score - knots[0], 0.0) * slopes[0] + np.maximum(score - knots[-1], 0.0) * slopes[-1]
        )

    def to_json(self) -> dict[str, Any]:
        bend = None if self.bend is None else [part.tolist() for part in self.bend]
        return {"bend": bend, "scales": {str(places): scale for places, scale in self.scales.items()}}

    def load_json(self, state: dict[str, Any]) -> Self:
        bend, scales = state.get("bend"), state.get("scales", state)  # runs of earlier versions have no bend
        self.bend = None if bend is None else (np.array(bend[0]), np.array(bend[1]))
        self.scales = {int(places): float(scale) for places, scale in scales.items()}
        return self


def races_of(score: Array, posx: Array, event: pd.Series) -> list[tuple[Array, Array]]:
    """Scores and places on the list of the riders of each race that has a known winner."""
    races = pd.Series(np.arange(len(score))).groupby(event.to_numpy()).indices.values()
    return [(score[rows], listed_place(posx[rows])) for rows in races if (position_of(posx[rows]) == 1).any()]


def loss_of(races: Sequence[tuple[Array, Array]], places: int) -> Callable[[float], float]:
    """The mean loss of a race as a function of the scale: minus log likelihood of the winner, or of who is in front."""

    def loss(scale: float) -> float:
        total = 0.0
        for score, position in races:
            if places == 1:
                total -= np.log(max(win_probabilities(score * scale)[position == 1].sum(), 1e-300))
                continue
            chance = np.clip(top_probabilities(score * scale, places), 1e-9, 1 - 1e-9)
            total -= float(np.log(np.where(position <= places, chance, 1 - chance)).sum())
        return total / len(races)

    return loss


def _best_bend(races: Sequence[tuple[Array, Array]]) -> tuple[Array, Array] | None:
    """Under which the first ten of the past are most likely; None where scores do not differ.

    Riders arrive after exponential times of rates exp(strength), so that one is among the first ten, before a moment
    that is alike in all races, with a probability whose complementary log-log is the strength and a constant: a
    regression with that link on the pieces of the score between knots, each slope above 0 and drawn towards the next.
    """
    score = np.concatenate([score for score, _ in races])
    first = np.concatenate([place <= SCORED for _, place in races]).astype(float)
    knots = np.unique(np.append(np.quantile(score, KNOTS), score.max()))
    if len(knots) < 2:
        return None
    widths = np.diff(knots)
    pieces = np.clip(score[:, None] - knots[:-1], 0.0, widths) / score.std()

    def loss(point: Array) -> tuple[float, Array]:
        level, slopes = point[0], point[1:]
        line = np.clip(level + pieces @ slopes, -30.0, 3.0)
        rate = np.exp(line)
        chance = -np.expm1(-rate)
        value = float(rate @ (1 - first) - np.log(np.maximum(chance, 1e-300)) @ first)
        by_line = rate * (1 - first) - first * rate * np.exp(-rate) / np.maximum(chance, 1e-300)
        apart = np.diff(slopes)
        by_slope = pieces.T @ by_line
        by_slope[:-1] -= 2 * DRAWN * apart
        by_slope[1:] += 2 * DRAWN * apart
        return value + DRAWN * float(apart @ apart), np.append(by_line.sum(), by_slope)

    start = np.append(np.log(max(first.mean(), 1e-3)), np.ones(len(widths)))
    bounds = [(-20.0, 5.0), *[(LEAST_SLOPE, 50.0)] * len(widths)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return knots, np.append(0.0, np.cumsum(found.x[1:] * widths / score.std()))


def _best_scale(races: Sequence[tuple[Array, Array]], places: int) -> float:
    loss = loss_of(races, places)
    found = minimize_scalar(lambda log: loss(float(np.exp(log))), bounds=np.log([LEAST, MOST]), method="bounded",
                            options={"xatol": 0.02})  # fmt: skip
    return float(np.exp(found.x))
