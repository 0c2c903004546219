"""How far scores may be believed: temperatures of the Plackett-Luce model, fitted on past races."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize_scalar

from competitions.world_champs.plackett_luce import top_probabilities, win_probabilities
from competitions.world_champs.posx import position_of
from competitions.world_champs.records import EVENT
from core.decision import Decision

Array = npt.NDArray[np.float64]

#: Places whose probabilities are told: the win, the podium, the first ten.
PLACES = (1, 3, 10)
#: What a scale may be: the log strength of one standard deviation of a score.
LEAST, MOST = 0.05, 8.0
#: Where no race has been fitted, as races usually are.
USUAL = {1: 1.2, 3: 1.2, 10: 1.2}


class RaceTemperature(Decision):
    """Turns scores into log strengths; the order stays as it is.

    One scale serves the win, another the podium and another the first ten: who wins is decided by more luck than who
    comes in among the ten, so that a single temperature is too sure of favourites (Benter 1994; Lo and Bacon-Shone
    2008). Each is the one under which the past is most likely.

    Attributes
    ----------
    scales: by number of places.
    """

    def __init__(self) -> None:
        self.scales = dict(USUAL)

    def fit(self, predictions: Array, truth: npt.NDArray[np.generic], weight: Array, keys: pd.DataFrame) -> Self:
        races = list(races_of(predictions[:, 0], position_of(truth.astype(float)), keys[EVENT]))
        if races:
            self.scales = {places: _best(races, places) for places in PLACES}
        return self

    def apply(self, predictions: Array, keys: pd.DataFrame) -> Array:
        """Log strengths for the win, (n, 1)."""
        return predictions * self.scales[1]

    def strengths(self, win_strengths: Array, places: int) -> Array:
        """Log strengths for the first `places`, from those for the win, (n,)."""
        return win_strengths * (self.scales[places] / self.scales[1])

    def to_json(self) -> dict[str, Any]:
        return {str(places): scale for places, scale in self.scales.items()}

    def load_json(self, state: dict[str, Any]) -> Self:
        self.scales = {int(places): float(scale) for places, scale in state.items()}
        return self


def races_of(score: Array, position: Array, event: pd.Series) -> Sequence[tuple[Array, Array]]:
    """Scores and places of the riders of each race that has a known winner."""
    races = pd.Series(np.arange(len(score))).groupby(event.to_numpy()).indices.values()
    return [(score[rows], position[rows]) for rows in races if (position[rows] == 1).any()]


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


def _best(races: Sequence[tuple[Array, Array]], places: int) -> float:
    loss = loss_of(races, places)
    found = minimize_scalar(lambda log: loss(float(np.exp(log))), bounds=np.log([LEAST, MOST]), method="bounded",
                            options={"xatol": 0.02})  # fmt: skip
    return float(np.exp(found.x))
