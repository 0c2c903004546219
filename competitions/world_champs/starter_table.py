"""Starters as the table that models read."""

from __future__ import annotations

import pandas as pd

from competitions.world_champs.features import features
from competitions.world_champs.identity import race_numbers
from competitions.world_champs.records import EVENT, RIDER, Records
from core.table import Table, join_ids


def table_of(records: Records, starters: pd.DataFrame) -> Table:
    """Starters as a table: features and names; event, rider and day are keys."""
    events = records.events
    ids = join_ids(starters, (EVENT, RIDER))
    number = events.index.get_indexer(pd.Index(starters[EVENT]))
    race = race_numbers(events)
    first_name = pd.Series(events["race"].to_numpy()).groupby(race).transform("first").to_numpy()
    X = features(records, starters).set_axis(ids, axis=0)
    X["rider"] = starters[RIDER].to_numpy()
    X["race"] = first_name[number]
    X["race_class"] = events["race_class"].to_numpy()[number]
    keys = pd.DataFrame(
        {
            EVENT: starters[EVENT].to_numpy(),
            RIDER: starters[RIDER].to_numpy(),
            "day": events["start"].to_numpy()[number],
        },
        index=ids,
    )
    return Table(X, None, keys)
