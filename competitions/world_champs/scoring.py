"""Which races are learnt from, and which are scored: those like the races of the test."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.world_champs.posx import SCORED
from competitions.world_champs.records import EVENT, RIDER, Records

#: One-day races of these classes are learnt from, and of these scored: those the test is drawn from.
SCORED_CLASSES = ("1.UWT", "WT", "1.Pro", "1.HC", "WC", "Olympics")
FITTED_CLASSES = (*SCORED_CLASSES, "CC", "1.1")
#: A scored race has so many riders and so many of the first ten places, the winner among them.
RIDERS, KNOWN = 60, 7
#: Races of the first year have next to no history.
WARM_UP = 365


def learnt(records: Records) -> pd.DataFrame:
    """Results of the one-day races that are learnt from: event_id, rider_id, position."""
    events = records.events
    usable = (events["kind"] == "one_day") & events["race_class"].isin(FITTED_CLASSES)
    usable &= events["day"] >= events["day"].min() + WARM_UP
    rows = records.results[EVENT].map(usable).to_numpy(dtype=bool)
    return records.results.loc[rows, [EVENT, RIDER, "position"]].reset_index(drop=True)


def is_scored(known: pd.DataFrame, records: Records) -> npt.NDArray[np.bool_]:
    """Which of these results are of races like those of the test."""
    events = known.groupby(EVENT)["position"].agg(
        riders="size", first="min", ten=lambda places: int((places <= SCORED).sum())
    )
    race_class = records.events["race_class"].reindex(events.index)
    name = records.events["race"].reindex(events.index)
    top = race_class.isin(SCORED_CLASSES) | ((race_class == "CC") & name.str.contains("Europe"))
    fine = top & (events["riders"] >= RIDERS) & (events["ten"] >= KNOWN) & (events["first"] == 1)
    return known[EVENT].map(fine).to_numpy(dtype=bool)
