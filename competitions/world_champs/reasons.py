"""Why a rider stands where he stands: what his log strength loses when a part of what is known is taken away."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from competitions.world_champs.records import EVENT, RIDER
from core.table import Table

#: What features tell, by how their names begin; the longest beginning counts.
TOLD = {
    "points_365": "season",
    "points_730": "season",
    "points_career": "career",
    "points_faded_180": "season",
    "one_day_points": "one-day races",
    "long_points": "long races",
    "stage_points": "stages",
    "general_points": "stages",
    "points_30": "recent form",
    "points_90": "recent form",
    "points_faded_45": "recent form",
    "posx": "places",
    "posx_30": "recent form",
    "posx_90": "recent form",
    "posx_last": "recent form",
    "best_posx": "recent form",
    "one_day_posx": "one-day races",
    "stage_posx": "stages",
    "timed_posx": "stages",
    "general_posx": "stages",
    "long_posx": "long races",
    "strong": "strong fields",
    "one_day_strong": "strong fields",
    "same_race": "this race",
    "race_days": "race days",
    "days_since": "race days",
    "out_share": "race days",
    "climb_slope": "profile",
    "climb_posx": "profile",
    "light_posx": "profile",
    "heavy_posx": "profile",
    "rating": "rating",
    "one_day_rating": "rating",
    "age": "rider",
    "height": "rider",
    "weight": "rider",
    "nation_points": "nation",
    "compatriots": "nation",
}
#: The same for everybody at the start: no reason for anybody.
SHARED = ("climb_index", "editions", "distance", "month", "starters", "field_strength", "field_weight")


def told_by(column: str) -> str | None:
    """What a feature tells; None where it is the same for everybody, or a name.

    >>> told_by("one_day_points_365_rank"), told_by("distance")
    ('one-day races', None)
    """
    fitting = [beginning for beginning in TOLD if column.startswith(beginning)]
    return TOLD[max(fitting, key=len)] if fitting and column not in SHARED else None


def reasons(
    table: Table, riders: Sequence[str], predict: Callable[[Table], pd.Series]
) -> dict[str, list[tuple[str, float]]]:
    """What each of some riders owes to what is known of him, the largest parts first.

    One part of his features at a time is set to the median of the field; the part is worth what his log strength,
    compared with the mean of the field, loses by that. Parts do not sum to the whole, since features speak together.

    Parameters
    ----------
    table: the starters of one event.
    predict: log strengths by id.
    """
    parts: dict[str, list[str]] = {}
    for column in table.X.columns:
        told = told_by(str(column))
        if told is not None:
            parts.setdefault(told, []).append(str(column))
    middle = table.X[[column for columns in parts.values() for column in columns]].median()
    tables: list[tuple[pd.DataFrame, pd.DataFrame]] = []
    asked: list[tuple[str, str, int]] = []
    for rider in riders:
        row = int(np.flatnonzero((table.keys[RIDER] == rider).to_numpy())[0])
        for told, columns in parts.items():
            X = table.X.copy()
            X.iloc[row, X.columns.get_indexer(pd.Index(columns))] = middle[columns].to_numpy()
            name = f"{len(asked)}"
            ids = pd.Index([f"{name}|{number}" for number in range(len(X))], name=table.ids.name)
            tables.append((X.set_axis(ids, axis=0), table.keys.assign(**{EVENT: name}).set_axis(ids, axis=0)))
            asked.append((rider, told, row))
    if not tables:
        return {}
    X, keys = (pd.concat(part) for part in zip(*tables, strict=True))
    base = predict(table).to_numpy()
    base = base - base.mean()
    changed = predict(Table(X, None, keys)).to_numpy().reshape(len(asked), len(table))
    found: dict[str, list[tuple[str, float]]] = {rider: [] for rider in riders}
    for (rider, told, row), values in zip(asked, changed, strict=True):
        found[rider].append((told, float(base[row] - (values[row] - values.mean()))))
    return {rider: sorted(parts, key=lambda part: -abs(part[1])) for rider, parts in found.items()}
