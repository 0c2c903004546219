"""What metres of climbing say in terms of riders' weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from competitions.world_champs.history import History
from competitions.world_champs.identity import words_of
from competitions.world_champs.race_card import RaceCard
from competitions.world_champs.records import Records
from core.reading import read_csv

#: Courses that a line needs.
FEWEST = 8


def climb_index_of(card: RaceCard, records: Records, profiles: Path) -> tuple[float, tuple[str, ...]]:
    """The climb index that climbing in the card stands for, and notes; NaN where earlier editions tell.

    A line through races of known courses, from metres of climbing per km to the mean climb index of their editions
    before the day of the card. Courses are those of later editions: no result is read from them.
    """
    if np.isnan(card.climbing_m):
        return float("nan"), ()
    if np.isnan(card.distance_km):
        return float("nan"), ("climbing is not used: the card has no distance_km",)
    if not profiles.exists():
        return float("nan"), (f"climbing is not used: {profiles.name} is not among the data",)
    courses = read_csv(profiles, required=("race", "distance_km", "vertical_metres"))
    steep = _by_name(courses["race"], courses["vertical_metres"] / courses["distance_km"])
    known = records.before(card.day)
    history = History.of(known)
    held = (known.events["kind"] == "one_day").to_numpy()
    hilly = _by_name(known.events["race"][held], pd.Series(history.climb_of_event[held]))
    both = steep.index.intersection(hilly.index)
    if len(both) < FEWEST:
        return float("nan"), (f"climbing is not used: only {len(both)} races have a known course and results",)
    slope, level = np.polyfit(steep[both], hilly[both], 1)
    found = float(level + slope * card.climbing_m / card.distance_km)
    near = float(np.clip(found, hilly[both].min(), hilly[both].max()))
    said = f"{card.climbing_m:.0f} m in {card.distance_km:.0f} km stand for a climb index of {near:+.1f} kg"
    return near, (f"{said} ({len(both)} races with a known course of a later edition)",)


def _by_name(names: pd.Series, values: pd.Series) -> pd.Series:
    """The mean of the known values of each race, by its words."""
    words = [" ".join(sorted(words_of(str(name)))) for name in names]
    found = pd.Series(pd.to_numeric(values, errors="coerce").to_numpy(dtype=float), index=words)
    return found[np.isfinite(found)].groupby(level=0).mean()
