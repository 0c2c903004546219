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
#: A race that is learnt from has so many riders, and one of the first ten places is known.
FEWEST = 20
#: Races of the first year have next to no history.
WARM_UP = 365


def learnt(records: Records) -> pd.DataFrame:
    """Results of the one-day races that are learnt from: event_id, rider_id, position.

    No races of pairs, in which two are first (the Duo Normand), and none of which next to nobody is known.
    """
    events = records.events
    usable = (events["kind"] == "one_day") & events["race_class"].isin(FITTED_CLASSES)
    usable &= events["day"] >= events["day"].min() + WARM_UP
    rows = records.results[EVENT].map(usable).to_numpy(dtype=bool)
    found = records.results.loc[rows, [EVENT, RIDER, "position"]]
    races = found.groupby(found[EVENT].astype(str))["position"].agg(
        riders="size", first="min", winners=lambda places: int((places == 1).sum())
    )
    fine = races.index[(races["riders"] >= FEWEST) & (races["first"] <= SCORED) & (races["winners"] < 2)]
    return found[found[EVENT].isin(fine)].reset_index(drop=True)


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
