"""The rating beside sums over pairs, and what it learns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from competitions.world_champs.rating import UNKNOWN, levels_of, rate, updated


def slow(mean, variance, level):
    """Gradient and curvature of the log likelihood of Plackett and Luce, rider by rider (Weng and Lin 2011)."""
    after, spread = np.empty(len(mean)), np.empty(len(mean))
    strength = np.exp(mean)
    for i in range(len(mean)):
        slope = curvature = 0.0
        for q in range(len(mean)):
            if level[q] > level[i]:
                continue
            tied = sum(level[s] == level[q] for s in range(len(mean)))
            share = strength[i] / sum(strength[s] for s in range(len(mean)) if level[s] >= level[q])
            slope += ((i == q) - share) / tied
            curvature += share * (1 - share) / tied
        spread[i] = 1 / (1 / variance[i] + curvature)
        after[i] = mean[i] + spread[i] * slope
    return after, spread


@settings(max_examples=60, deadline=None)
@given(
    means=st.lists(st.floats(-3, 3), min_size=2, max_size=9),
    steps=st.lists(st.booleans(), min_size=9, max_size=9),
)
def test_an_update_is_that_of_a_loop_over_all_pairs(means, steps):
    level = np.cumsum(np.r_[0, np.array(steps[: len(means) - 1], dtype=int)])
    mean, variance = np.array(means), np.linspace(0.2, 1.5, len(means))
    for found, expected in zip(updated(mean, variance, level), slow(mean, variance, level), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)


def test_strengths_are_found_again():
    rng = np.random.default_rng(0)
    strength = rng.normal(0, 1, 60)
    rows = []
    for event in range(250):
        field = rng.choice(60, 30, replace=False)
        order = field[np.argsort(-(strength[field] + rng.gumbel(size=30)))]
        rows += [(event, rider, event, place) for place, rider in enumerate(order, start=1)]
    event, rider, day, place = np.array(rows).T
    found = rate(event, rider, day, place.astype(float))
    last = {r: found.mean[k] for k, r in enumerate(rider)}
    assert np.corrcoef([last[r] for r in range(60)], strength)[0, 1] > 0.95


def test_a_long_pause_makes_a_rating_doubtful_again_but_never_more_than_at_the_start():
    event, rider = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 0, 1, 0, 1])
    place = np.array([1.0, 2.0] * 3)
    near = rate(event, rider, np.array([0, 0, 1, 1, 2, 2]), place).deviation
    far = rate(event, rider, np.array([0, 0, 1, 1, 99999, 99999]), place).deviation
    assert far[-1] > near[-1]
    assert far.max() <= np.sqrt(UNKNOWN)


def test_finishers_far_behind_and_those_who_gave_up_are_one_tail():
    assert levels_of(np.array([1.0, 40.0, 41.0, 120.0, np.nan])).tolist() == [0, 1, 2, 2, 2]
    assert len(rate(np.zeros(0, int), np.zeros(0, int), np.zeros(0, int), np.zeros(0)).mean) == 0


def test_races_of_one_day_follow_the_numbers_of_their_events():
    event, rider, day = np.array([1, 1, 0, 0]), np.array([0, 1, 0, 1]), np.zeros(4, int)
    one = rate(event, rider, day, np.array([1.0, 2.0, 2.0, 1.0]))
    other = rate(event[::-1], rider[::-1], day, np.array([1.0, 2.0, 2.0, 1.0]))
    assert one.mean == pytest.approx(other.mean[::-1])
