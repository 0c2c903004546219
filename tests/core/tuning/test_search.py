"""The search of one member: a trial at a time, what is known taken up, what is lost fitted again."""

from __future__ import annotations

import shutil

import pytest

from core.budget import Budget
from core.cross_validation import Fitted
from core.plan import WorkItem
from core.tuning import Studies
from core.tuning.search import Search
from tests.core.tuning.small import Killed, OneTuned, StopsAfter
from tests.support.small import Clock, Notes, Timed, bench_of, serial


@pytest.fixture
def bench(tmp_path):
    return bench_of(OneTuned, tmp_path)


def begin(bench, *, trials=5, fitted=None, after_item=lambda _: None, **more):
    studies = more.pop("studies", None) or Studies(bench.cache.parent / "j")
    fitted = Fitted() if fitted is None else fitted
    return Search(bench, bench.members["line"], serial(bench, **more), fitted, studies, trials, after_item)


def whole(bench, **more):
    search = begin(bench, **more)
    while search.step():
        pass
    return search


def always():
    return float("inf")


def swept(bench):
    shutil.rmtree(bench.cache)
    bench.cache.mkdir()


def test_it_ends_at_the_limit_and_adds_what_was_completed(bench):
    added = []
    search = whole(bench, after_item=lambda fitted: added.append(fitted.done[-1].candidate))
    complete = [trial.number for trial in search.told() if trial.state == "complete"]
    assert (search.at_limit, search.out_of_time) == (True, False)
    assert [trial.number for trial in search.told()] == list(range(5))
    assert added == ["line" if number == 0 else f"line~{number}" for number in complete]
    assert search.scores == [-trial.value for trial in search.told() if trial.value is not None]


def test_what_is_known_is_added_once(bench):
    first, notes = whole(bench), Notes()
    again = begin(bench, listener=notes)
    again.take_known(always)
    again.take_known(always)
    assert [item.names for item in again.fitted.done] == [item.names for item in first.fitted.done]
    assert again.refit_best(always) == []
    assert notes.fitted == 0


def test_a_clock_ends_what_is_taken_up(bench):
    whole(bench)
    left = iter([1.0, 0.0])
    again = begin(bench)
    again.take_known(lambda: next(left))
    assert [item.candidate for item in again.fitted.done] == ["line"]


def test_a_later_limit_adds_no_more_than_it_asks_for(bench):
    whole(bench, trials=6)
    few = begin(bench, trials=2)
    few.take_known(always)
    assert {item.trial for item in few.fitted.done} <= {0, 1}
    assert len(few.told()) == 2
    assert not few.step()


def test_trials_whose_fits_are_gone_are_not_taken_for_known(bench):
    first = whole(bench, trials=8)
    swept(bench)
    notes = Notes()
    again = begin(bench, trials=8, listener=notes)
    again.take_known(always)
    assert again.fitted.done == []
    assert again.refit_best(always) == []
    done = sorted((t for t in first.told() if t.value is not None), key=lambda trial: trial.value)
    assert [item.params for item in again.fitted.done] == [trial.params for trial in done[:3]]
    assert notes.labels == [(f"line, trial {trial.number} again", 3) for trial in done[:3]]  # each is said once


def test_those_that_no_time_is_left_for_are_named(bench):
    first = whole(bench, trials=8)
    swept(bench)
    again = begin(bench, trials=8)
    done = sorted((t for t in first.told() if t.value is not None), key=lambda trial: trial.value)
    names = ["line" if trial.number == 0 else f"line~{trial.number}" for trial in done[:3]]
    assert again.refit_best(lambda: -1.0) == names
    left = iter([1e9, -1.0, -1.0])
    assert again.refit_best(lambda: next(left)) == names[1:]


def test_a_refit_of_lost_fits_covers_the_test_rows_too(bench):
    """Trials of a run that predicted by fold models lack the model on all rows."""
    whole(bench, trials=3)
    again = begin(bench, trials=3, test_by="full")
    again.take_known(always)
    assert again.fitted.done == []
    again.refit_best(always)
    assert again.fitted.done
    assert all(again.fitted.predictions[item.candidate].test for item in again.fitted.done)


def test_a_killed_step_lets_go_of_its_trial(bench):
    search = begin(bench, executor=StopsAfter(1))
    with pytest.raises(Killed):
        search.step()
    assert begin(bench).study.ask(1).number == 0


def test_the_end_of_the_budget_is_no_failure(bench):
    clock = Clock()
    search = begin(bench, executor=Timed(clock, 2.0, stoppable=True), budget=Budget(5.0, clock))
    assert not search.step()
    assert search.out_of_time
    assert search.told() == []


def test_the_cost_is_what_the_clock_says_where_that_is_more(bench):
    clock = Clock()
    search = begin(bench, trials=1, executor=Timed(clock, 2.0), budget=Budget(1000.0, clock))
    assert search.cost == 0.0
    search.step()
    assert search.cost == 6.0  # three folds


def test_a_trial_that_fails_costs_too(bench):
    clock = Clock()
    object.__setattr__(bench.members["line"], "build", lambda params, seed: 1 / 0)
    search = begin(bench, trials=1, executor=Timed(clock, 2.0), budget=Budget(1000.0, clock))
    search.step()
    assert search.told()[0].state == "failed"
    assert search.cost == 2.0


def test_the_parameters_of_a_seed_that_is_fitted_are_known(bench):
    fitted = whole(bench, trials=1).fitted
    assert fitted.done == [WorkItem("line", 0, dict(bench.members["line"].defaults))]
    whole(bench, trials=1, fitted=fitted)
    assert len(fitted.done) == 1
