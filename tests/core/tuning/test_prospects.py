"""The next trial is one of the member that promises most per second."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tuning.prospects import expected_gain, most_promising


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=8), st.floats(0.01, 5), st.floats(0, 5))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_a_gain_is_positive_and_falls_with_the_distance(scores, ahead, behind):
    near, far = (expected_gain(scores, len(scores), ahead, distance) for distance in (behind, behind + 1))
    assert 0 <= far <= near
    assert math.isfinite(near)


def test_more_trials_that_spread_alike_promise_less():
    assert expected_gain([0.1, 0.2, 0.1, 0.2], 4, 1.0, 0.0) < expected_gain([0.1, 0.2], 2, 1.0, 0.0)


@pytest.mark.parametrize(
    ("scores", "costs", "able", "expected"),
    [
        ([[0.9], [0.9]], [2.0, 1.0], [True, True], 1),
        ([[0.9], [0.9]], [1.0, 1.0], [True, True], 0),
        ([[0.9], [0.5]], [1.0, 1.0], [True, True], 0),
        ([[0.9], [0.9]], [1.0, 9.0], [False, True], 1),
        ([[0.9, 0.9, 0.9, 0.9], [0.9]], [1.0, 1.0], [True, True], 1),
        ([[0.9], [0.8]], [1.0, 1.0], [False, False], None),
        ([[], [0.9]], [1.0, 1.0], [False, True], 1),
        ([[], []], [0.0, 0.0], [True, True], 0),
    ],
)
def test_the_choice(scores, costs, able, expected):
    tried = [len(found) for found in scores]
    assert most_promising(scores, tried, costs, 0.1, able) == expected


@pytest.mark.parametrize("scores", [[[], [0.9]], [[], []]])
def test_one_without_a_completed_trial_is_not_passed_over_but_hopes_less_with_every_failure(scores):
    assert most_promising(scores, [1, 1], [1.0, 1.0], 0.1, [True, True]) == 0
    assert most_promising(scores, [2, 1], [1.0, 1.0], 0.1, [True, True]) == 1


def test_trials_that_were_pruned_count_as_tried():
    assert most_promising([[0.9], [0.9]], [5, 1], [1.0, 1.0], 0.1, [True, True]) == 1


def test_without_a_baseline_it_chooses_all_the_same():
    assert most_promising([[-1.0], [-1.0]], [1, 1], [2.0, 1.0], math.nan, [True, True]) == 1


def test_a_baseline_that_nobody_beats_divides_by_nothing():
    assert most_promising([[0.1], [0.2]], [1, 1], [1.0, 1.0], 0.5, [True, True]) is not None
