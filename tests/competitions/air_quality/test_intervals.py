"""Intervals from errors at unseen places."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from competitions.air_quality.intervals import Intervals, narrowest


def rows(count=4000, seed=0, spread=None):
    """Predictions, truths with errors in proportion, and keys."""
    rng = np.random.default_rng(seed)
    told = rng.lognormal(3, 0.6, count)
    regime = np.where(np.arange(count) % 2 == 0, "city known", "city unseen")
    spread = np.where(regime == "city known", 0.2, 0.6) if spread is None else spread
    truth = told * np.exp(spread * rng.normal(size=count))
    place = rng.integers(0, 40, count)
    keys = pd.DataFrame(
        {"regime": regime, "place": place.astype(str), "city": np.char.add("c", (place % 2).astype(str))}
    )
    return told[:, None], truth, np.ones(count), keys


def test_they_hold_nine_of_ten_new_rows_in_each_regime():
    made = Intervals().fit(*rows())
    told, truth, _, keys = rows(seed=1)
    bounds = made.bounds(told[:, 0], keys)
    inside = (truth >= bounds[:, 0]) & (truth <= bounds[:, 1])
    for regime in ("city known", "city unseen"):
        assert inside[keys["regime"] == regime].mean() == pytest.approx(0.9, abs=0.025)
    known = (keys["regime"] == "city known").to_numpy()
    width = bounds[:, 1] - bounds[:, 0]
    assert width[known].mean() < 0.6 * width[~known].mean()


def test_they_are_narrower_than_one_width_for_all():
    told, truth, *_ = rows(spread=0.3)
    told = told[:, 0]
    power, low, high = narrowest(told, truth - told)
    _, first, last = narrowest(told, truth - told, powers=(0.0,))
    scale = told**power
    assert power > 0.5
    assert np.mean((high - low) * scale) < 0.9 * np.mean(np.maximum(told + last, 0) - np.maximum(told + first, 0))


def test_a_city_that_is_known_has_widths_of_its_own_and_an_unseen_one_has_not():
    told, truth, weight, keys = rows()
    wild = (keys["city"] == "c1").to_numpy()
    truth = np.where(wild, told[:, 0] * (truth / told[:, 0]) ** 3, truth)
    made = Intervals().fit(told, truth, weight, keys)
    ask = pd.DataFrame({"regime": ["city known"] * 2 + ["city unseen"] * 2, "city": ["c0", "c1"] * 2, "place": "q"})
    width = np.diff(made.bounds(np.full(4, 20.0), ask), axis=1)[:, 0]
    assert width[1] > 2 * width[0]
    assert width[2] == width[3]


def test_nothing_is_below_0_and_a_regime_of_few_rows_takes_the_widths_of_all():
    made = Intervals().fit(*rows())
    odd = pd.DataFrame({"regime": ["place known"], "city": ["new"], "place": ["q"]})
    bounds = made.bounds(np.array([0.5]), odd)
    assert 0 <= bounds[0, 0] <= bounds[0, 1]
    assert (made.apply(np.array([[-3.0], [2.0]]), odd) == [[0], [2]]).all()


def test_they_are_the_same_after_a_trip_through_json():
    told, _, _, keys = rows()
    made = Intervals().fit(*rows())
    again = Intervals().load_json(json.loads(json.dumps(made.to_json())))
    np.testing.assert_array_equal(again.bounds(told[:, 0], keys), made.bounds(told[:, 0], keys))
    pd.testing.assert_frame_equal(again.known, made.known, check_dtype=False)


def test_the_prediction_is_inside_and_few_rows_are_held_as_promised():
    """Where none may lie below, the interval begins at 0, not at the least error of the rows that made it."""
    biased = narrowest(np.full(200, 10.0), np.full(200, 5.5))
    assert biased[1] <= 0 <= biased[2]
    rng = np.random.default_rng(0)
    held = []
    for _ in range(300):
        told, truth = np.full(101, 20.0), 20 + rng.normal(0, 5, 101)
        power, low, high = narrowest(told[:100], truth[:100] - told[:100])
        held.append(low <= (truth[100] - 20.0) / 20.0**power <= high)
    assert np.mean(held) > 0.85
