"""A dataset of few rows, and a model that answers without being fitted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.table import Table


def by_points(table: Table) -> pd.Series:
    """Log strengths that follow the points of a season."""
    return pd.Series(np.log1p(np.maximum(table.X["points_365"].to_numpy(), 0)) / 2, index=table.ids)


def top_races(records) -> pd.DataFrame:
    events = records.events
    held = events.index.isin(records.results["event_id"])
    return events[held & (events["race_class"] == "1.UWT") & (events["kind"] == "one_day")]
