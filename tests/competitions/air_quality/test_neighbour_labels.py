"""Labels of other places: beside a loop, and never a row's own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from competitions.air_quality.distances import kilometres
from competitions.air_quality.neighbour_labels import COLUMNS, DAYS, KILOMETRES, NEAR, REACH, NeighbourLabels
from tests.competitions.air_quality.made import keys_of_places


def labelled(seed=0, **more):
    keys = keys_of_places(seed=seed, **more)
    return keys, np.random.default_rng(seed).lognormal(size=len(keys))


def by_hand(row, keys, labels):
    """Features of one row from a loop over all others."""
    found = {}
    others = [k for k in range(len(keys)) if keys["place"].iloc[k] != row["place"]]

    def apart(k):
        return kilometres(np.array([[row["latitude"], row["longitude"]]]),
                          keys[["latitude", "longitude"]].iloc[[k]].to_numpy(float))[0, 0]  # fmt: skip

    def chosen(span):
        days = [k for k in others if abs(keys["day"].iloc[k] - row["day"]) <= span]
        same = [k for k in days if row["city"] != "" and keys["city"].iloc[k] == row["city"]]
        return same or [k for k in days if apart(k) <= REACH]

    def mean(rows, weight):
        weights = [weight(k) for k in rows]
        return np.average([labels[k] for k in rows], weights=weights) if rows else np.nan

    today = chosen(0)
    found["labels_day"] = mean(today, lambda k: np.exp(-apart(k) / KILOMETRES))
    found["labels_day_places"] = len({keys["place"].iloc[k] for k in today})
    found["labels_near_days"] = mean(
        chosen(NEAR),
        lambda k: np.exp(-apart(k) / KILOMETRES - abs(keys["day"].iloc[k] - row["day"]) / DAYS),
    )
    found["labels_city"] = mean(chosen(10**6), lambda k: 1.0)
    return found


@pytest.mark.parametrize("seed", [0, 1])
def test_a_loop_finds_the_same(seed):
    keys, labels = labelled(seed, rows=60)
    keys.loc[keys["city"] == "c1", "city"] = ""
    found = NeighbourLabels.learnt(keys, labels).columns(keys)
    told = pd.DataFrame([by_hand(row, keys, labels) for _, row in keys.iterrows()], index=keys.index)
    np.testing.assert_allclose(found, told[list(COLUMNS)], rtol=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_no_label_of_the_own_place_is_read(seed):
    """Other labels of a place change the features of other places, and none of its own rows."""
    keys, labels = labelled(seed % 7)
    place = keys["place"].iloc[seed % len(keys)]
    own = (keys["place"] == place).to_numpy()
    changed = np.where(own, np.random.default_rng(seed).lognormal(3, size=len(keys)), labels)
    before, after = (NeighbourLabels.learnt(keys, values).columns(keys) for values in (labels, changed))
    pd.testing.assert_frame_equal(before[own], after[own])
    assert not before[~own].equals(after[~own])


def test_the_order_of_rows_changes_no_bit():
    keys, labels = labelled(2)
    mixed = np.random.default_rng(0).permutation(len(keys))
    whole = NeighbourLabels.learnt(keys, labels).columns(keys)
    again = NeighbourLabels.learnt(keys.iloc[mixed], labels[mixed]).columns(keys.iloc[mixed]).loc[keys.index]
    assert whole.to_numpy().tobytes() == again.to_numpy().tobytes()


def test_where_nobody_is_near_nothing_is_said():
    keys, labels = labelled(3)
    away = keys.assign(city="elsewhere", place="q", latitude=80.0)
    found = NeighbourLabels.learnt(keys, labels).columns(away)
    assert found.drop(columns="labels_day_places").isna().all(axis=None)
    assert (found["labels_day_places"] == 0).all()
    nowhere = keys.assign(city="", latitude=np.nan, longitude=np.nan)
    assert NeighbourLabels.learnt(nowhere, labels).columns(nowhere)["labels_day"].isna().all()


def test_it_is_the_same_after_a_trip_through_json():
    keys, labels = labelled(4)
    learnt = NeighbourLabels.learnt(keys, labels)
    again = NeighbourLabels.from_json(learnt.to_json())
    pd.testing.assert_frame_equal(again.columns(keys), learnt.columns(keys))
