"""Days of places beside pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from competitions.air_quality.observations import Observations
from competitions.air_quality.place_days import PlaceDays


def made(place, day, city=""):
    ids = pd.Index([f"r{number}" for number in range(len(place))])
    text, cities = pd.Series(list(place), ids), pd.Series(city, ids)
    where, days = pd.Series(np.nan, ids), pd.Series(np.asarray(day, dtype=np.int64), ids)
    return Observations(ids, text, cities, cities, where, where, days, pd.DataFrame(index=ids))


def test_days_are_sorted_and_rows_find_theirs():
    days = PlaceDays(made("baab", [5, 7, 3, 5]))
    assert len(days) == 3
    assert days.day.tolist() == [3, 7, 5]
    assert days.of_row.tolist() == [2, 1, 0, 2]
    assert days.rows.tolist() == [1, 1, 2]
    assert days.first.tolist() == [0, 0, 2]
    assert days.last.tolist() == [1, 1, 2]


def test_a_day_has_the_mean_of_what_is_known():
    days = PlaceDays(made("aaab", [1, 1, 2, 1]))
    assert days.averaged(np.array([1.0, np.nan, np.nan, 4.0])).tolist() == pytest.approx([1, np.nan, 4], nan_ok=True)


@pytest.mark.parametrize("offset", [0.0, 1e7])
def test_measures_so_far_are_those_of_expanding_windows(offset):
    rng = np.random.default_rng(0)
    lengths = [1, 2, 3, 31, 32, 33, 100]
    place = np.repeat(list("abcdefg"), lengths)
    days = PlaceDays(made(place, np.concatenate([np.sort(rng.choice(400, n, replace=False)) for n in lengths])))
    values = np.where(rng.random(len(place)) < 0.3, np.nan, rng.normal(size=len(place)) + offset)
    grown = pd.Series(values).groupby(place).expanding()
    for found, name in zip(days.so_far(values), ("mean", "std", "min", "max"), strict=True):
        told = getattr(grown, name)().to_numpy()
        assert found == pytest.approx(told, rel=1e-7, nan_ok=True), name


def test_a_constant_has_no_deviation():
    deviation = PlaceDays(made("a" * 50, range(50))).so_far(np.full(50, 0.1))[1]
    assert np.isnan(deviation[0])
    assert (deviation[1:] == 0).all()


def test_the_mean_of_a_city_needs_two_places_on_the_day():
    days = PlaceDays(made("abab", [1, 1, 2, 2], city="X"))  # sorted: a 1, a 2, b 1, b 2
    found = days.city_mean(np.array([1.0, 5.0, 3.0, np.nan]))
    assert found.tolist() == pytest.approx([2, np.nan, 2, np.nan], nan_ok=True)
    assert np.isnan(PlaceDays(made("ab", [1, 1])).city_mean(np.ones(2))).all()
