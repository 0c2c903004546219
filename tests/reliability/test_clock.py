"""However long fits take, a plan ends with its budget."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.budget import Budget
from core.cross_validation import Fitted, cross_validate
from core.member import Member
from core.plan import Plan, schedule
from core.repeating import repeats, worth_repeating
from tests.support.small import Clock, Line, Small, Timed, bench_of, member, serial

NAMES = ("a", "b", "c")


class Three(Small):
    def members(self, dataset) -> list[Member]:
        return [member(name, Line) for name in NAMES]


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return bench_of(Three, tmp_path_factory.mktemp("clock"))


def work_through(bench, folder, budget_seconds, seconds_of, stoppable, test_by="folds"):
    """Do what a plan does under a clock that fits move on. Returns the clock, the fits begun and what is fitted."""
    import dataclasses

    clock = Clock()
    budget = Budget(budget_seconds, clock)
    here = dataclasses.replace(bench, cache=folder)
    executor = Timed(clock, lambda job: seconds_of(job) if job.member in NAMES else 0.0, stoppable)
    fitted = Fitted()
    cost = lambda name: sum(seconds_of(job) for job in executor.jobs if job.member == name and job.repeat == 0)  # noqa: E731
    members = list(here.members.values())
    fitting = serial(here, executor=executor, budget=budget, test_by=test_by)
    cross_validate(here, schedule(Plan(), members, budget), fitting, fitted=fitted, some_folds=True)
    again = repeats(worth_repeating(here, members, fitting, fitted), 3, budget, cost, fitted.done)
    cross_validate(here, again, fitting, fitted=fitted)
    return clock, executor.jobs, fitted


DURATIONS = st.fixed_dictionaries({name: st.floats(0.01, 60) for name in NAMES})
EXAMPLES = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(DURATIONS, st.floats(1, 300), st.sampled_from(["folds", "full"]))
@EXAMPLES
def test_fits_that_can_be_stopped_never_overrun(bench, tmp_path_factory, durations, budget, test_by):
    folder = tmp_path_factory.mktemp("cache")
    clock, _, fitted = work_through(bench, folder, budget, lambda job: durations[job.member], True, test_by)
    assert clock.now <= budget * (1 - Budget.reserve) + 1e-6
    assert "constant" in fitted.predictions


@given(DURATIONS, st.floats(1, 300))
@EXAMPLES
def test_fits_that_cannot_be_stopped_overrun_by_the_first_of_a_member_at_most(
    bench, tmp_path_factory, durations, budget
):
    """What a first fit costs nobody knows; that of a later one is known, and it does not begin in vain."""
    folder = tmp_path_factory.mktemp("cache")
    clock, jobs, _ = work_through(bench, folder, budget, lambda job: durations[job.member], False)
    over = clock.now - budget * (1 - Budget.reserve)
    if over > 1e-6:
        last = [job for job in jobs if job.member == jobs[-1].member]
        assert len(last) == 1
        assert over <= durations[jobs[-1].member]


@given(st.lists(st.floats(0.01, 60), min_size=40, max_size=40), st.floats(1, 300))
@EXAMPLES
def test_fits_of_any_length_overrun_by_the_one_in_flight_at_most(bench, tmp_path_factory, seconds, budget):
    number_of = {}
    folder = tmp_path_factory.mktemp("cache")

    def seconds_of(job):
        return seconds[number_of.setdefault((job.member, job.repeat, job.fold), len(number_of)) % len(seconds)]

    clock, jobs, _ = work_through(bench, folder, budget, seconds_of, False)
    over = clock.now - budget * (1 - Budget.reserve)
    assert over <= max([0.0, *(seconds_of(job) for job in jobs[-1:])]) + 1e-6


@given(DURATIONS, st.floats(1, 300))
@EXAMPLES
def test_whatever_is_scored_is_complete_or_the_only_candidate(bench, tmp_path_factory, durations, budget):
    folder = tmp_path_factory.mktemp("cache")
    _, _, fitted = work_through(bench, folder, budget, lambda job: durations[job.member], True)
    real = [item for item in fitted.done if item.member in NAMES]
    assert all(item.folds is None for item in real) or [item.folds for item in real] == [fitted.folds]
    if durations["a"] * 3 < budget * (1 - Budget.reserve) - 1e-6:
        assert real[0].member == "a"
        assert real[0].folds is None
