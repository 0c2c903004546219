"""Whether intervals hold as many rows as they say, at places whose errors did not make them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.air_quality.intervals import Intervals, narrowest
from competitions.air_quality.keys import CITY, PLACE, REGIME

Array = npt.NDArray[np.float64]

#: Times that intervals are made anew.
MOST = 100


@dataclass(frozen=True)
class Covered:
    """Intervals of out-of-fold rows.

    Parameters
    ----------
    rows: regime, city, place, low, high, inside and width of each.
    constant_width: mean width of the best intervals of one width for all rows that hold as many rows.
    """

    rows: pd.DataFrame
    constant_width: float


def covered(table: pd.DataFrame) -> Covered:
    """Intervals of the rows of each place, made from the errors at the others; many places are left out some at once.

    Parameters
    ----------
    table: regime, city, place, truth and told of out-of-fold rows.
    """
    keys = table.rename(columns={"regime": REGIME, "city": CITY, "place": PLACE})[[REGIME, CITY, PLACE]]
    truth, told = table["truth"].to_numpy(dtype=float), table["told"].to_numpy(dtype=float)
    bounds = np.full((len(table), 2), np.nan)
    codes = pd.factorize(table["place"], sort=True)[0] % MOST
    for code in np.unique(codes):
        rows = codes == code
        if rows.all():
            continue
        made = Intervals().fit(told[~rows, None], truth[~rows], np.ones(int((~rows).sum())), keys[~rows])
        bounds[rows] = made.bounds(told[rows], keys[rows])
    known = ~np.isnan(bounds[:, 0])
    found = table[known].reset_index(drop=True).assign(low=bounds[known, 0], high=bounds[known, 1])
    found["inside"] = (found["truth"] >= found["low"]) & (found["truth"] <= found["high"])
    found["width"] = found["high"] - found["low"]
    return Covered(found, _constant_width(told[known], truth[known], float(found["inside"].mean())))


def _constant_width(told: Array, truth: Array, share: float) -> float:
    """The mean width, cut at 0, of the narrowest interval of one width that holds this share of the rows."""
    _, low, high = narrowest(told, truth - told, powers=(0.0,), share=share)
    return float(np.mean(np.maximum(told + high, 0) - np.maximum(told + low, 0)))
