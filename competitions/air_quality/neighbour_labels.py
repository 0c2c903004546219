"""Labels of other places on the same day and on days near it."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.air_quality.distances import kilometres
from competitions.air_quality.keys import CITY, DAY, PLACE, positions

Array = npt.NDArray[np.float64]

#: The weight of a place falls to 1/e in so many km, that of a day in so many days.
KILOMETRES, DAYS = 20.0, 1.5
#: Where a city has no other place, those within so many km stand in for it.
REACH = 200.0
#: Days on either side that are days near it.
NEAR = 4
#: Rows that are compared at once.
AT_ONCE = 512
COLUMNS = ("labels_day", "labels_day_places", "labels_near_days", "labels_city")


class NeighbourLabels:
    """What other places measured: known from the fitted rows alone, and never a row's own place.

    Attributes
    ----------
    frame: place, city, day, latitude, longitude and label of each fitted row.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame.reset_index(drop=True)

    @classmethod
    def learnt(cls, keys: pd.DataFrame, labels: Array) -> Self:
        """From fitted rows: their keys and labels, (n,)."""
        columns = [PLACE, CITY, DAY, "latitude", "longitude"]
        # In one order, so that no sum depends on that of the rows.
        frame = keys[columns].assign(label=labels).sort_values([DAY, PLACE, "label"], kind="stable")
        return cls(frame)

    def columns(self, keys: pd.DataFrame) -> pd.DataFrame:
        """Features of rows, by their index; NaN where no other place says anything.

        labels_day: the mean label of other places of the city on the day, near ones counting more; where there is none,
        of places within reach. labels_day_places: how many these are. labels_near_days: the same from the days before
        and after too. labels_city: of all days.
        """
        parts = [self._of(keys.iloc[first : first + AT_ONCE]) for first in range(0, len(keys), AT_ONCE)]
        found = np.concatenate(parts) if parts else np.zeros((0, len(COLUMNS)))
        return pd.DataFrame(found, index=keys.index, columns=list(COLUMNS))

    def _of(self, keys: pd.DataFrame) -> Array:
        known = self.frame
        apart = kilometres(positions(keys), positions(known))
        others = keys[PLACE].to_numpy()[:, None] != known[PLACE].to_numpy()[None, :]
        city = keys[CITY].to_numpy()
        together = others & (city[:, None] == known[CITY].to_numpy()[None, :]) & (city != "")[:, None]
        within = others & (np.nan_to_num(apart, nan=np.inf) <= REACH)
        near = np.where(np.isnan(apart), 1.0, np.exp(-apart / KILOMETRES))
        days = np.abs(keys[DAY].to_numpy()[:, None] - known[DAY].to_numpy()[None, :])
        label = known["label"].to_numpy(dtype=float)
        today = _first(together & (days == 0), within & (days == 0))
        around = _first(together & (days <= NEAR), within & (days <= NEAR)) * np.exp(-days / DAYS)
        ever = _first(together, within)
        return np.column_stack(
            [_mean(today * near, label), _places(today, known[PLACE]), _mean(around * near, label), _mean(ever, label)]
        )

    def to_json(self) -> dict[str, Any]:
        return {str(name): values.tolist() for name, values in self.frame.items()}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Self:
        return cls(pd.DataFrame(state))


def _first(wanted: npt.NDArray[np.bool_], otherwise: npt.NDArray[np.bool_]) -> Array:
    """Those wanted, in rows that have any, and the others elsewhere, (n, m) of 0 and 1."""
    some = np.asarray(wanted.any(axis=1))
    return np.where(some[:, None], wanted, otherwise).astype(float)


def _mean(weight: Array, label: Array) -> Array:
    total = weight.sum(axis=1)
    return np.where(total > 0, (weight @ label) / np.where(total > 0, total, 1.0), np.nan)


def _places(chosen: Array, place: pd.Series) -> Array:
    """How many places the chosen rows are of."""
    codes, names = pd.factorize(place)
    of_place = np.zeros((len(chosen), len(names)))
    np.add.at(of_place.T, codes, chosen.T)
    return (of_place > 0).sum(axis=1).astype(float)
