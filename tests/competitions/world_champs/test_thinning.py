"""What a back-test withholds."""

from __future__ import annotations

from competitions.world_champs.scoring import is_scored, learnt
from competitions.world_champs.thinning import halves


def test_every_scored_race_before_the_test_is_withheld_once_and_championships_always(records):
    until = int(records.events["day"].quantile(0.7))
    known = learnt(records)
    scored = set(known.loc[is_scored(known, records), "event_id"])
    early = {event for event in scored if records.events["day"][event] < until}
    crowns = {event for event in early if records.events["race_class"][event] == "WC"}
    parts = list(halves(records, until))
    assert sorted(event for _, half in parts for event in half) == sorted(early)
    for history, half in parts:
        seen = set(history.results["event_id"])
        assert not seen & (half | crowns)
        assert seen >= {event for event in scored if records.events["day"][event] >= until}
    sizes = [len(half - crowns) for _, half in parts]
    assert abs(sizes[0] - sizes[1]) <= 1
    assert [half for _, half in halves(records, until)] == [half for _, half in parts]
    assert [half for _, half in halves(records, until, seed=1)] != [half for _, half in parts]
