"""Which races are learnt from, and which are scored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from competitions.world_champs.scoring import FITTED_CLASSES, RIDERS, SCORED_CLASSES, WARM_UP, is_scored, learnt


def test_one_day_races_of_some_classes_after_a_warm_up(records):
    known = learnt(records)
    events = records.events.loc[known["event_id"].unique()]
    assert set(events["race_class"]) <= set(FITTED_CLASSES)
    assert set(events["kind"]) == {"one_day"}
    assert events["day"].min() >= records.events["day"].min() + WARM_UP


def test_scored_races_are_large_and_their_winner_is_known(records):
    known = learnt(records)
    scored = known[is_scored(known, records)]
    races = scored.groupby("event_id")["position"]
    assert (races.size() >= RIDERS).all()
    assert (races.min() == 1).all()
    assert set(records.events.loc[races.size().index, "race_class"]) <= set(SCORED_CLASSES)
    winners = records.results["position"] == 1
    without = replace(records, results=records.results.assign(position=records.results["position"].mask(winners)))
    assert not is_scored(learnt(without), without).any()


def test_european_championships_count_and_others_do_not(records):
    known = learnt(records)
    event = known.loc[is_scored(known, records), "event_id"].iloc[0]
    for name, counts in (("European Championships", True), ("Pan American Championships", False)):
        events = records.events.copy()
        events.loc[event, ["race_class", "race"]] = ["CC", name]
        renamed = replace(records, events=events)
        assert is_scored(learnt(renamed), renamed)[np.flatnonzero(known["event_id"] == event)[0]] == counts


def test_races_of_pairs_and_of_next_to_nobody_are_not_learnt_from(records):
    event = learnt(records)["event_id"].iloc[0]
    here = records.results["event_id"] == event
    pairs = records.results["position"].where(~here, (records.results["position"] + 1) // 2)
    few = records.results[~here | (here.groupby(here).cumcount() < 12)]
    late = records.results["position"].where(~here, records.results["position"] + 10)
    for results in (records.results.assign(position=pairs), few, records.results.assign(position=late)):
        left = set(learnt(replace(records, results=results))["event_id"])
        assert left == set(learnt(records)["event_id"]) - {event}
