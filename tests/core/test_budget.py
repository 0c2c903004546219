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
    assert not budget.allows(math.inf)


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


def test_an_earlier_attempt_is_counted(clock):
    budget = Budget(100, clock, spent_before=40)
    assert budget.spent == 40
    assert budget.left == 55
    clock.now += 20
    assert budget.spent == 60
    assert budget.left == 35
    assert not Budget(100, clock, spent_before=95).allows()


def test_less_takes_off_an_earlier_attempt_and_keeps_what_this_one_spent(clock):
    whole = Budget(100, clock)
    clock.now += 5
    rest = whole.less(40)
    assert rest.seconds == 100
    assert rest.spent == 45
    assert rest.left == 95 - 45
    clock.now += 10
    assert rest.spent == 55
    assert rest.left == 95 - 55
    assert rest.allows(39.9)
    assert not rest.allows(40)


def test_less_leaves_the_budget_it_is_taken_from_alone(clock):
    whole = Budget(100, clock)
    whole.less(95)
    assert whole.spent == 0
    assert whole.left == 95


def test_less_counts_every_attempt_before(clock):
    rest = Budget(100, clock, spent_before=10).less(20).less(30)
    assert rest.spent == 60
    assert rest.left == 35


def test_less_of_nothing_is_the_same_budget(clock):
    whole = Budget(100, clock)
    clock.now += 30
    assert (whole.less(0).spent, whole.less(0).left) == (whole.spent, whole.left)


def test_where_an_earlier_attempt_took_all_nothing_fits(clock):
    assert not Budget(100, clock).less(95).allows()
    assert not Budget(100, clock).less(1e9).allows()


def test_less_of_a_budget_without_a_limit_has_none(clock):
    rest = Budget(None, clock).less(1e9)
    assert rest.left == math.inf
    assert rest.allows(1e9)


def test_time_is_kept_for_the_work_after_the_fits(clock):
    budget = Budget(100, clock)
    budget.keep(20)
    assert budget.left == 100 - 20
    budget.keep(10)
    assert budget.left == 100 - 10


def test_what_is_kept_and_the_reserve_are_the_same_time(clock):
    budget = Budget(100, clock)
    budget.keep(3)
    assert budget.left == 95
    assert budget.left_in_all == 100
    clock.now += 40
    assert (budget.left, budget.left_in_all) == (55, 60)


def test_at_most_half_of_it_is_kept(clock):
    budget = Budget(100, clock)
    budget.keep(1e9)
    assert budget.left == 50


def test_what_comes_after_the_run_is_kept_but_not_spent(clock):
    budget = Budget(100, clock, after=10)
    clock.now += 30
    assert budget.spent == 30
    assert (budget.left, budget.left_in_all) == (100 - 10 - 5 - 30, 100 - 10 - 30)
    again = budget.less(20)
    assert (again.spent, again.left) == (50, 100 - 10 - 5 - 50)
    assert budget.of(200).left == 200 - 10 - 10 - 30
    assert Budget(None, clock, after=10).left_in_all == math.inf


def test_without_a_limit_nothing_needs_to_be_kept(clock):
    budget = Budget(None, clock)
    budget.keep(20)
    assert budget.left == math.inf


def test_as_much_as_named_instead_and_what_is_spent_stays_spent(clock):
    budget = Budget(100, clock, spent_before=10)
    clock.now += 5
    other = budget.of(1000)
    assert (other.seconds, other.spent, other.left) == (1000, 15, 950 - 15)
    assert budget.of(None).left == math.inf


def test_what_is_kept_goes_along(clock):
    budget = Budget(100, clock)
    budget.keep(20)
    assert budget.less(10).left == 100 - 20 - 10
    assert budget.of(200).left == 200 - 20


def test_the_deadline_of_fits_comes_when_nothing_is_left(clock):
    budget = Budget(100, clock)
    clock.now += 30
    deadline = budget.deadline()
    assert deadline.left == budget.left == 65
    clock.now += 65
    assert deadline.passed
    assert Budget(None, clock).deadline().left == math.inf
