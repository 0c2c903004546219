"""Features beside loops over what was known, and what later results change: nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from competitions.world_champs.features import COMPARED, SHRINK, features
from competitions.world_champs.history import History
from competitions.world_champs.posx import posx_of
from competitions.world_champs.reasons import SHARED, told_by

STARTERS = ["event_id", "rider_id"]


@pytest.fixture(scope="module")
def everything(records):
    starters = records.results[STARTERS]
    return starters, features(records, starters)


def of_event(records, starters, event):
    return starters[(starters["event_id"] == event).to_numpy()]


def some_events(records, count=8, seed=0):
    held = records.events.index[records.events.index.isin(records.results["event_id"])]
    late = held[len(held) // 3 :]
    return np.random.default_rng(seed).choice(late, count, replace=False)


def test_features_of_truncated_results_are_the_same_to_the_last_bit(records, everything):
    """All that an event needs was known before its first day."""
    starters, whole = everything
    for event in some_events(records):
        field = of_event(records, starters, event)
        start = int(records.events["start"][event])
        known = records.before(start)
        cut = type(records)(pd.concat([known.events, records.events.loc[[event]]]), known.results, records.riders)
        pd.testing.assert_frame_equal(features(cut, field), whole.loc[field.index])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0.3, 0.95))
def test_no_later_result_changes_a_feature_of_an_earlier_event(records, everything, share):
    starters, whole = everything
    day = int(records.events["day"].quantile(share))
    known = records.before(day)
    early = starters[starters["event_id"].isin(known.events.index).to_numpy()]
    pd.testing.assert_frame_equal(features(known, early), whole.loc[early.index])


def test_some_features_beside_a_loop_over_earlier_results(records, everything):
    starters, whole = everything
    results = records.results.join(records.events[["day", "kind", "distance_km"]], on="event_id")
    results["posx"] = posx_of(results["position"])
    for event in some_events(records, 5, seed=1):
        start = int(records.events["start"][event])
        field = of_event(records, starters, event)
        for row, rider in field["rider_id"].sample(6, random_state=0).items():
            past = results[(results["rider_id"] == rider) & (results["day"] < start)]
            season = past[past["day"] >= start - 365]
            one_day = past[past["kind"] == "one_day"]
            long = one_day[one_day["distance_km"] >= 220]
            expected = {
                "points_365": season["points"].sum(),
                "points_career": past["points"].sum(),
                "points_faded_45": (past["points"] * 0.5 ** ((start - past["day"]) / 45)).sum(),
                "posx_365": season["posx"].sum() / (season["placed"].sum() + SHRINK),
                "one_day_posx": one_day["posx"].sum() / (one_day["placed"].sum() + SHRINK),
                "long_posx": long["posx"].sum() / (long["placed"].sum() + SHRINK),
                "race_days_365": (season["kind"] != "gc").sum(),
                "days_since_race": start - past["day"].max() if len(past) else np.nan,
                "weight": records.riders["weight_kg"][rider],
            }
            for name, value in expected.items():
                assert whole.at[row, name] == pytest.approx(value, rel=1e-6, abs=1e-6, nan_ok=True), name


def test_the_same_race_is_that_of_earlier_years(records, everything):
    starters, whole = everything
    number = dict(zip(records.events.index, History.of(records).race_of_event, strict=True))
    results = records.results.assign(
        race=records.results["event_id"].map(number), posx=posx_of(records.results["position"])
    )
    results["day"] = results["event_id"].map(records.events["day"])
    held = [event for event in records.events.index[200:] if number[event] >= 0][:4]
    for event in held:
        for row, rider in of_event(records, starters, event)["rider_id"].items():
            past = results[(results["rider_id"] == rider) & (results["race"] == number[event])]
            past = past[past["day"] < records.events["start"][event]]
            assert whole.at[row, "same_race_starts"] == past["placed"].sum()
            assert whole.at[row, "same_race_posx"] == pytest.approx(
                past["posx"].sum() / (past["placed"].sum() + 1), abs=1e-7
            )


def test_whoever_is_compared_is_compared_within_the_field(records, everything):
    starters, whole = everything
    event = some_events(records, 1)[0]
    field = whole.loc[of_event(records, starters, event).index]
    for name in COMPARED:
        expected = field[name].fillna(-np.inf).rank(ascending=False, method="average")
        assert field[f"{name}_rank"].tolist() == expected.tolist()


def test_riders_without_results_have_features_too(records):
    new = pd.DataFrame({"event_id": records.events.index[-1], "rider_id": ["nobody", records.riders.index[0]]})
    found = features(records, new)
    assert found.loc[0, ["points_365", "same_race_starts", "race_days_30"]].tolist() == [0, 0, 0]
    assert found.loc[0, ["rating", "age", "days_since_race"]].isna().all()


def test_every_feature_tells_something_or_is_shared(everything):
    silent = [name for name in everything[1].columns if told_by(name) is None]
    assert sorted(silent) == sorted(SHARED)
