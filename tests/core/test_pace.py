"""Time that is kept for the blend, and what the blend does without it."""

from __future__ import annotations

import pytest

from core import pace
from core.budget import Budget
from core.cross_validation import cross_validate
from core.ensembling import ROUNDS, scores_asked_for
from core.pace import FEWEST_ROUNDS, Pace
from core.plan import WorkItem
from tests.support.small import Clock, Small, bench_of, serial


@pytest.fixture
def fitted(tmp_path):
    bench = bench_of(Small, tmp_path)
    return bench, cross_validate(bench, [WorkItem(name, 0) for name in ("constant", "line", "noisy")], serial(bench))


@pytest.fixture
def each_second(monkeypatch):
    """A timer by which whatever is timed takes a second."""
    now = iter(range(1_000_000))
    monkeypatch.setattr(pace.time, "perf_counter", lambda: float(next(now)))


def seconds_to_choose():
    """Of two candidates on three folds, at a second a score."""
    return pace.MARGIN * scores_asked_for(2, 3) * 2 / 3


def test_what_scores_cost_is_kept_in_the_budget(fitted, each_second):
    bench, found = fitted
    budget = Budget(1e6, Clock())
    called = []
    Pace(bench, budget, 3).around(called.append)(found)
    assert called == [found]
    assert budget.kept == pytest.approx(seconds_to_choose() + 2)


def test_with_time_for_it_greedy_selection_is_whole(fitted, each_second):
    bench, found = fitted
    assert Pace(bench, Budget(None, Clock()), 3).rounds(found) == ROUNDS
    assert Pace(bench, Budget(seconds_to_choose() / 0.95 + 1, Clock()), 3).rounds(found) == ROUNDS


def test_with_less_it_has_fewer_rounds_and_without_any_none(fitted, each_second):
    bench, found = fitted
    of = lambda share: Pace(bench, Budget(share * seconds_to_choose() / 0.95, Clock()), 3).rounds(found)  # noqa: E731
    assert of(0.61) == 15
    assert of((FEWEST_ROUNDS - 0.5) / ROUNDS) == 0
    clock = Clock()
    budget = Budget(10.0, clock)
    clock.now = 100.0
    assert Pace(bench, budget, 3).rounds(found) == 0


def test_one_candidate_costs_nothing(tmp_path, each_second):
    bench = bench_of(Small, tmp_path)
    found = cross_validate(bench, [WorkItem("constant", 0), WorkItem("line", 0)], serial(bench))
    budget = Budget(10.0, Clock())
    work = Pace(bench, budget, 3)
    work.around(lambda _: None)(found)
    assert budget.kept == 2.0  # of writing
    assert work.rounds(found) == ROUNDS
