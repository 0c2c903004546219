"""Metres of climbing as a climb index."""

from __future__ import annotations

import numpy as np
import pandas as pd

from competitions.world_champs.course import climb_index_of
from competitions.world_champs.race_card import read_race_card
from tests.competitions.world_champs.made import top_races


def test_climbing_is_read_through_known_courses(records, tmp_path):
    events = top_races(records).drop_duplicates("race")[:12]
    climb = np.linspace(500, 4000, len(events))
    profiles = tmp_path / "course_profiles.csv"
    pd.DataFrame({"race": events["race"], "distance_km": 200.0, "vertical_metres": climb}).to_csv(profiles, index=False)
    card = tmp_path / "race.toml"
    card.write_text("date = 2021-03-01\ndistance_km = 200\nclimbing_m = 3000\n")
    found, notes = climb_index_of(read_race_card(card, records), records, profiles)
    assert np.isfinite(found)
    assert "3000 m in 200 km" in notes[0]
    missing, said = climb_index_of(read_race_card(card, records), records, tmp_path / "none.csv")
    assert np.isnan(missing)
    assert "not used" in said[0]


def test_steeper_courses_are_those_of_lighter_riders(records, tmp_path):
    from competitions.world_champs.history import History

    climb = pd.Series(History.of(records).climb_of_event, index=records.events.index)
    events = top_races(records).drop_duplicates("race")
    metres = 3000 - 400 * climb[events.index].fillna(0)
    profiles, card = tmp_path / "course_profiles.csv", tmp_path / "race.toml"
    pd.DataFrame({"race": events["race"], "distance_km": 200.0, "vertical_metres": metres}).to_csv(
        profiles, index=False
    )
    found = []
    for climbing in (1500, 4500):
        card.write_text(f"date = 2021-03-01\ndistance_km = 200\nclimbing_m = {climbing}\n")
        found.append(climb_index_of(read_race_card(card, records), records, profiles)[0])
    assert found[1] < found[0]


def test_without_a_distance_climbing_says_nothing(records, tmp_path):
    card = tmp_path / "race.toml"
    card.write_text("date = 2021-03-01\nclimbing_m = 3000\n")
    found, notes = climb_index_of(read_race_card(card, records), records, tmp_path / "course_profiles.csv")
    assert np.isnan(found)
    assert "no distance_km" in notes[0]


def test_no_result_of_the_day_or_later_says_how_hilly_a_race_is(records, tmp_path):
    events = top_races(records).drop_duplicates("race")
    profiles, card = tmp_path / "course_profiles.csv", tmp_path / "race.toml"
    metres = np.linspace(500, 4000, len(events))
    pd.DataFrame({"race": events["race"], "distance_km": 200.0, "vertical_metres": metres}).to_csv(
        profiles, index=False
    )
    found = []
    for day in (int(records.events["day"].quantile(0.7)), int(records.events["day"].max()) + 1):
        date = f"{pd.Timestamp(day, unit='D'):%Y-%m-%d}"
        card.write_text(f"date = {date}\ndistance_km = 200\nclimbing_m = 3000\n")
        known = (records, records.before(day))
        found += [climb_index_of(read_race_card(card, part), part, profiles)[0] for part in known]
    assert found[0] == found[1] != found[2] == found[3]
