"""Starters as the table that models read."""

from __future__ import annotations

from competitions.world_champs.identity import race_numbers
from competitions.world_champs.starter_table import table_of


def test_names_are_columns_and_event_rider_and_day_are_keys(records):
    starters = records.results[["event_id", "rider_id"]][-300:]
    table = table_of(records, starters)
    assert table.ids[0] == "|".join(starters.iloc[0])
    assert list(table.keys.columns) == ["event_id", "rider_id", "day"]
    assert {"rider", "race", "race_class", "points_365"} <= set(table.X.columns)
    assert (table.X["rider"].to_numpy() == starters["rider_id"].to_numpy()).all()


def test_a_race_has_one_name_over_the_years(records):
    table = table_of(records, records.results[["event_id", "rider_id"]])
    number = dict(zip(records.events.index, race_numbers(records.events), strict=True))
    held = table.keys["event_id"].map(number)
    names = table.X["race"][held >= 0].groupby(held[held >= 0]).nunique()
    assert (names == 1).all()
