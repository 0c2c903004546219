"""The score to expect, by drawing places."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from competitions.air_quality.expected import expected


def table(spread, places=20, seed=0):
    """Rows of two cities in two cases, places with errors of their own."""
    rng = np.random.default_rng(seed)
    parts = []
    for regime in ("city known", "city unseen"):
        for city in ("A", "B"):
            place = np.repeat([f"{city}{k}" for k in range(places)], 10)
            own = np.repeat(rng.normal(0, spread, places), 10)
            error = own + rng.normal(0, 3, len(place))
            parts.append(
                pd.DataFrame({"regime": regime, "city": city, "place": place, "truth": 20 + error, "told": 20.0})
            )
    return pd.concat(parts, ignore_index=True)


def asked(places=10):
    return pd.DataFrame({"regime": "city known", "city": "A", "place": [f"t{k % places}" for k in range(100)]})


def bounds(exhibit, row=0):
    return [float(word) for word in exhibit.rows[row][2].split(" to ")]


def test_the_interval_holds_the_score_of_places_like_those():
    told = expected(table(2.0), asked(), "ug/m3")
    held = 0
    for seed in range(60):
        low, high = bounds(expected(table(2.0, seed=seed), asked(), "ug/m3"))
        rng = np.random.default_rng(1000 + seed)
        error = np.repeat(rng.normal(0, 2.0, 10), 10) + rng.normal(0, 3, 100)
        held += low <= np.sqrt(np.mean(error**2)) <= high
    assert held >= 50
    assert told.rows[0][0] == "RMSE"


def test_places_with_errors_of_their_own_widen_it():
    widths = [np.diff(bounds(expected(table(spread), asked(3), "ug/m3")))[0] for spread in (0.0, 8.0)]
    assert widths[1] > 3 * widths[0]


def test_an_unseen_city_may_be_as_any_of_those_held_out():
    rows = table(0.0)
    wild = (rows["city"] == "B").to_numpy()
    rows.loc[wild, "truth"] += 40
    low, high = bounds(expected(rows, asked().assign(regime="city unseen", city="C"), "ug/m3"), row=1)
    assert low < 5
    assert high > 35
    assert bounds(expected(rows, asked(), "ug/m3"), row=1)[1] < 5


def test_a_case_that_no_fold_imitates_takes_all_there_are():
    rows = table(1.0)
    found = expected(rows[rows["regime"] == "city unseen"], asked(), "ug/m3")
    assert found.rows[0][1] == pytest.approx(np.sqrt(10), rel=0.15)
