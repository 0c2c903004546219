"""What the test will score, by drawing places anew."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.air_quality.keys import CITY, CITY_UNSEEN, PLACE, REGIME
from core.exhibit import EXPECTED, Exhibit

Array = npt.NDArray[np.float64]

DRAWS = 2000
#: A city of fewer rows stands for no unseen one.
ENOUGH = 30


def expected(table: pd.DataFrame, test: pd.DataFrame, unit: str, seed: int = 0) -> Exhibit:
    """RMSE and MAE to expect on the test, with intervals of 95 %.

    The places of each city of the test are drawn, with replacement, from those held out in the same city under the same
    regime; an unseen city is one of the cities held out, each as likely. A few places with errors of their own decide:
    rows drawn one by one would promise too much.

    Parameters
    ----------
    table: regime, city, place, truth and told of out-of-fold rows.
    test: keys of the test rows.
    """
    rng = np.random.default_rng(seed)
    errors = table.assign(squared=(table["truth"] - table["told"]) ** 2, apart=(table["truth"] - table["told"]).abs())
    sums = errors.groupby(["regime", "city", "place"], sort=True)[["squared", "apart"]].agg(["sum", "size"])
    sums = pd.DataFrame(
        {"squared": sums["squared", "sum"], "apart": sums["apart", "sum"], "rows": sums["apart", "size"]}
    )
    total = np.zeros((DRAWS, 2))
    for (regime, city), part in test.groupby([REGIME, CITY], sort=True):
        held_out = _cities(sums, str(regime))
        total += len(part) * _drawn(held_out, str(regime), str(city), part[PLACE].nunique(), rng)
    means = total / len(test)
    rmse, mae = np.sqrt(means[:, 0]), means[:, 1]
    rows = tuple(
        (name, round(float(np.median(values)), 2), f"{low:.2f} to {high:.2f}")
        for name, values in (("RMSE", rmse), ("MAE", mae))
        for low, high in (np.quantile(values, [0.025, 0.975]),)
    )
    notes = (
        f"{unit}; places of the test's cities are drawn from those held out, unseen cities from cities held out: the"
        " test's places are taken for such as these",
    )
    return Exhibit(EXPECTED, ("score", "median", "95 of 100 cases"), rows, notes)


def _cities(sums: pd.DataFrame, regime: str) -> dict[str, Array]:
    """Sums of the places of each city held out under a regime, or under any where there was none."""
    there = sums[sums.index.get_level_values("regime") == regime]
    there = there if len(there) else sums
    return {str(city): part.to_numpy(dtype=float) for city, part in there.groupby(level="city", sort=True)}


def _drawn(held_out: dict[str, Array], regime: str, city: str, places: int, rng: np.random.Generator) -> Array:
    """Mean squared and absolute errors of a city whose places are drawn, (draws, 2)."""
    if regime != CITY_UNSEEN and city in held_out:
        enough, chosen_city = [held_out[city]], np.zeros(DRAWS, dtype=int)
    else:
        enough = [part for part in held_out.values() if part[:, 2].sum() >= ENOUGH] or list(held_out.values())
        chosen_city = rng.integers(0, len(enough), DRAWS)
    found = np.empty((DRAWS, 2))
    for number, part in enumerate(enough):
        draws = np.flatnonzero(chosen_city == number)
        # Those held out are a draw themselves: first what might have been held out, then the places of the test.
        might = rng.integers(0, len(part), (len(draws), len(part)))
        taken = np.take_along_axis(might, rng.integers(0, len(part), (len(draws), places)), axis=1)
        sums = part[taken].sum(axis=1)
        found[draws] = sums[:, :2] / sums[:, 2:]
    return found
