"""The clock that decides what enters a plan."""

from __future__ import annotations

import math

import pytest

from core.budget import Budget


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now=1000.0):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_without_a_limit_everything_fits(clock):
    budget = Budget(None, clock)
    clock.now += 1e9
    assert budget.allows(1e9)
    assert budget.left == math.inf
    assert budget.deadline is None


def test_a_share_is_kept_for_blending_and_writing(clock):
    assert Budget(100, clock).left == 100 * (1 - Budget.reserve)


def test_time_that_passes_is_spent(clock):
    budget = Budget(100, clock)
    clock.now += 30
    assert budget.spent == 30
    assert budget.left == 95 - 30


def test_work_fits_only_where_time_is_left_for_all_of_it(clock):
    budget = Budget(100, clock)
    clock.now += 45
    assert budget.allows(49.9)
    assert not budget.allows(50)
    assert not budget.allows(math.inf)


def test_when_time_is_up_nothing_fits(clock):
    budget = Budget(100, clock)
    clock.now += 95
    assert not budget.allows()
    clock.now += 1000
    assert not budget.allows()


def test_a_budget_of_nothing_allows_nothing(clock):
    assert not Budget(0, clock).allows()


def test_the_deadline_stands_still_while_the_clock_moves(clock):
    budget = Budget(100, clock)
    before = budget.deadline
    clock.now += 20
    assert before == budget.deadline == 1000 + 95


def test_an_earlier_attempt_is_counted(clock):
    budget = Budget(100, clock, spent_before=40)
    assert budget.spent == 40
    assert budget.left == 55
    assert budget.deadline == 1055
    assert not Budget(100, clock, spent_before=95).allows()
