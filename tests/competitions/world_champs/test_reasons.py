"""What riders owe their place to."""

from __future__ import annotations

import pandas as pd

from competitions.world_champs.reasons import reasons, told_by
from core.table import Table
from tests.competitions.world_champs.made import by_points


def test_reasons_are_what_is_lost_without_a_part():
    """The model reads one part alone: nothing else is a reason."""
    table = Table(
        pd.DataFrame({"points_365": [900.0, 100, 80, 60, 0], "age": [30.0, 20, 25, 28, 31]}, index=list("abcde")),
        None,
        pd.DataFrame({"event_id": "x", "rider_id": list("vwxyz")}, index=list("abcde")),
    )
    found = reasons(table, ["v", "z"], by_points)
    assert found["v"][0][0] == "season"
    assert dict(found["v"])["season"] > 0 > dict(found["z"])["season"]
    assert dict(found["v"])["rider"] == 0


def test_the_longest_beginning_of_a_name_counts():
    assert told_by("points_365_rank") == "season"
    assert told_by("points_30") == "recent form"
    assert told_by("one_day_posx_365_share") == "one-day races"
    assert told_by("rider") is None
