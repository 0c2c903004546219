"""Results as numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from competitions.world_champs.history import FIELD_KNOWN, History, Starters
from competitions.world_champs.records import Records


def test_rows_are_in_order_of_time_whatever_the_order_of_the_file(records):
    mixed = records.results.sample(frac=1, random_state=0).reset_index(drop=True)
    one, two = History.of(records), History.of(Records(records.events, mixed, records.riders))
    assert (np.diff(one.day) >= 0).all()
    for name in ("event", "rider", "position", "points", "posx", "placed"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_the_climb_index_is_the_weight_in_front_minus_that_of_the_field(records):
    history = History.of(records)
    event = int(np.flatnonzero(~np.isnan(history.climb_of_event))[3])
    rows = history.event == event
    weight = records.riders["weight_kg"].to_numpy()[history.rider[rows]]
    front = history.position[rows] <= 10
    assert history.climb_of_event[event] == np.nanmean(weight[front]) - np.nanmean(weight)
    assert np.isfinite(weight).sum() >= FIELD_KNOWN


def test_events_of_few_known_weights_tell_nothing(records):
    light = records.riders.assign(weight_kg=np.nan)
    assert np.isnan(History.of(Records(records.events, records.results, light)).climb_of_event).all()


def test_starters_of_unknown_riders_have_no_code(records):
    frame = pd.DataFrame(
        {"event_id": records.events.index[[5, 5, 9]], "rider_id": ["nobody", *records.riders.index[:2]]}
    )
    found = Starters.of(frame, records)
    assert found.rider.tolist() == [-1, 0, 1]
    assert found.number.tolist() == [0, 0, 1]
    assert found.fields.size.tolist() == [2, 1]
