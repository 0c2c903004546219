"""Intervals of predictions, from the errors at places that no model had seen."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.air_quality.keys import CITY, CITY_UNSEEN, PLACE, REGIME
from core.decision import Decision

Array = npt.NDArray[np.float64]

#: The share of rows that an interval holds.
COVERAGE = 0.9
#: How widths may grow with the prediction: as its power. And which share of rows may lie below.
POWERS, BELOW = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25), (0.0, 0.01, 0.025, 0.05)
#: Predictions below this count as this where a width is asked for.
LEAST = 1.0
#: Rows of a regime, or of a city in it, from which on it has widths of its own; and places of such a city.
ENOUGH, PLACES = 100, 5
#: Lower than any error: such an interval begins at 0.
FURTHEST = 1e9
#: Between a regime and a city.
IN = " in "


class Intervals(Decision):
    """Leaves predictions as they are but never below 0, and knows how far the truth lies from them.

    Conformal (Vovk, Gammerman & Shafer 2005; normalised as in Papadopoulos et al. 2008): errors of out-of-fold rows,
    divided by a power of the prediction, have quantiles, by regime. The power and the share below are those of least
    mean width; a constant width is among them.

    Attributes
    ----------
    widths: by regime, by city where it is known, and "" for all rows: power, lower and upper quantile of the divided
        errors.
    known: place and city of the rows that it was fitted on, each once: what a run knows of places.
    """

    def __init__(self) -> None:
        self.widths: dict[str, tuple[float, float, float]] = {}
        self.known = pd.DataFrame({PLACE: [], CITY: []}, dtype=object)

    def fit(self, predictions: Array, truth: npt.NDArray[np.generic], weight: Array, keys: pd.DataFrame) -> Self:
        told, error = predictions[:, 0], truth.astype(float) - predictions[:, 0]
        regime = keys[REGIME].to_numpy()
        self.known = keys[[PLACE, CITY]].drop_duplicates().sort_values([PLACE, CITY]).reset_index(drop=True)
        self.widths = {"": narrowest(told, error)}
        for name in sorted(set(map(str, regime))):
            rows = regime == name
            if rows.sum() < ENOUGH:
                continue
            self.widths[name] = narrowest(told[rows], error[rows])
            if name != CITY_UNSEEN:  # there the errors of one city say nothing of another
                self._fit_cities(name, told[rows], error[rows], keys[rows])
        return self

    def _fit_cities(self, regime: str, told: Array, error: Array, keys: pd.DataFrame) -> None:
        """Widths of their own for cities of many rows and places."""
        for city, part in keys.assign(row=np.arange(len(keys))).groupby(CITY, sort=True):
            rows = part["row"].to_numpy()
            if city and len(rows) >= ENOUGH and part[PLACE].nunique() >= PLACES:
                self.widths[regime + IN + str(city)] = narrowest(told[rows], error[rows])

    def apply(self, predictions: Array, keys: pd.DataFrame) -> Array:
        """Predictions, not below 0."""
        return np.maximum(predictions, 0.0)

    def bounds(self, predictions: Array, keys: pd.DataFrame) -> Array:
        """Lower and upper bound of each row, (n, 2), not below 0.

        Parameters
        ----------
        predictions: decided, (n,).
        """
        found = np.full((len(predictions), 2), np.nan)
        inside = keys[REGIME].astype(str) + IN + keys[CITY].astype(str)
        for place, rows in inside.reset_index(drop=True).groupby(inside.to_numpy(), sort=False).indices.items():
            usual = self.widths.get(str(place).partition(IN)[0], self.widths[""])
            power, low, high = self.widths.get(str(place), usual)
            told = predictions[rows]
            scale = _scale(told, power)
            found[rows] = np.column_stack([told + low * scale, told + high * scale])
        return np.maximum(found, 0.0)

    def to_json(self) -> dict[str, Any]:
        known = self.known.astype(str).to_numpy().tolist()
        return {"widths": {name: list(found) for name, found in self.widths.items()}, "known": known}

    def load_json(self, state: dict[str, Any]) -> Self:
        self.widths = {name: (float(a), float(b), float(c)) for name, (a, b, c) in state["widths"].items()}
        self.known = pd.DataFrame(state["known"], columns=[PLACE, CITY], dtype=object)
        return self


def narrowest(
    told: Array, error: Array, powers: tuple[float, ...] = POWERS, share: float = COVERAGE
) -> tuple[float, float, float]:
    """Power, lower and upper quantile of the narrowest intervals that hold the share of these rows.

    Parameters
    ----------
    told: predictions, (n,).
    error: truth minus prediction, (n,).
    powers: to choose from; (0,) for a constant width.
    share: of the rows that is held.
    """
    best = (np.inf, 0.0, 0.0, 0.0)
    for power in powers:
        scale = _scale(told, power)
        sorted_errors = np.sort(error / scale)
        for below in BELOW:
            low, high = _quantiles(sorted_errors, below, min(1.0, below + share))
            width = float(np.mean(np.maximum(told + high * scale, 0) - np.maximum(told + low * scale, 0)))
            best = min(best, (width, power, low, high))
    return best[1:]


def _quantiles(values: Array, low: float, high: float) -> tuple[float, float]:
    """The order statistics between which lie as many of n + 1 values, of which the last is not known yet."""
    count = len(values)
    upper = min(count, int(np.ceil((count + 1) * high)))
    lower = int(np.floor((count + 1) * low))
    # The prediction itself is always inside; where none may lie below, the interval goes down as far as it can.
    return min(float(values[lower - 1]) if lower else -FURTHEST, 0.0), max(float(values[upper - 1]), 0.0)


def _scale(told: Array, power: float) -> Array:
    return np.asarray(np.maximum(told, LEAST) ** power)
