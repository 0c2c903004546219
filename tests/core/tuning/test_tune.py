"""A search never loses to the defaults, and survives trials that fail and clocks that run out."""

from __future__ import annotations

import pytest

from core.budget import Budget
from core.cross_validation import cross_validate
from core.plan import WorkItem
from core.tuning import tune
from tests.support.small import Broken, Clock, Line, Notes, OnUpstream, Small, Timed, bench_of, member, serial


def shrink(trial):
    return {"shrink": trial.suggest_float("shrink", 0.0, 1.0)}


class FailsBelow(Line):
    """Cannot be fitted with much shrinkage."""

    def fit(self, X, y):
        if self.shrink > 0.5:
            raise ValueError("too much")
        return super().fit(X, y)


def fussy(shrinkage):
    class Fussy(Small):
        def members(self, dataset):
            return [member("fussy", FailsBelow, defaults={"shrink": shrinkage}, search=shrink)]

    return Fussy


class Tunable(Small):
    def members(self, dataset):
        return [
            member("line", search=shrink, defaults={"shrink": 0.9, "noise": 0.0}),
            member("plain", defaults={"noise": 0.1}),
            member("good", search=shrink, defaults={"shrink": 0.0}),
            member("second", OnUpstream, search=shrink, needs=("line",), defaults={"shrink": 0.2}),
            member("broken", Broken, search=shrink, defaults={"shrink": 0.3}),
        ]


@pytest.fixture
def bench(tmp_path):
    return bench_of(Tunable, tmp_path)


def score(bench, name, params):
    found = cross_validate(bench, [WorkItem(name, 0, params)], serial(bench)).predictions[name]
    return bench.judge.over_folds(found.mean_out_of_fold, bench.folds).value


class Remembers(Timed):
    """Serial, and remembers the parameters of its jobs in order."""

    def __init__(self):
        super().__init__(Clock(), 0.0)

    @property
    def tried(self):
        return list(dict.fromkeys(job.params["shrink"] for job in self.jobs))


def test_the_best_trial_is_taken_and_trial_0_is_the_defaults(bench):
    executor, notes = Remembers(), Notes()
    params = tune(bench, ["line"], serial(bench, executor=executor, listener=notes), trials=6, seed=0)["line"]
    assert executor.tried[0] == 0.9
    assert len(executor.tried) == 6
    best = min(executor.tried, key=lambda value: score(bench, "line", {"shrink": value, "noise": 0.0}))
    assert params == {"shrink": best, "noise": 0.0}
    assert best < 0.9
    assert "tuned in 6 trials" in notes.notes[-1]
    assert "optimistic" in notes.notes[-1]


def test_defaults_that_no_trial_beats_are_kept_without_a_word(bench):
    notes = Notes()
    assert tune(bench, ["good"], serial(bench, listener=notes), trials=4, seed=0) == {"good": {"shrink": 0.0}}
    assert notes.notes == []


def test_the_same_seed_tries_the_same_and_another_does_not(bench):
    tried = []
    for seed in (0, 0, 1):
        executor = Remembers()
        # In a new cache, so that all trials are submitted.
        other = bench.with_objective(bench.objective)
        object.__setattr__(other, "cache", bench.cache / f"{len(tried)}")
        tune(other, ["line"], serial(other, executor=executor), trials=4, seed=seed)
        tried.append(executor.tried)
    assert tried[0] == tried[1] != tried[2]
    assert len(tried[0]) == 4


@pytest.mark.parametrize("trials", [0, 1])
def test_below_two_trials_nothing_is_tuned(bench, trials):
    executor = Remembers()
    found = tune(bench, ["line"], serial(bench, executor=executor), trials=trials, seed=0)
    assert found == {"line": {"shrink": 0.9, "noise": 0.0}}
    assert executor.jobs == []


def test_what_has_no_search_space_or_needs_others_keeps_its_defaults(bench):
    executor = Remembers()
    found = tune(bench, ["constant", "plain", "second"], serial(bench, executor=executor), trials=5, seed=0)
    assert found == {"constant": {}, "plain": {"noise": 0.1}, "second": {"shrink": 0.2}}
    assert executor.jobs == []


def test_a_member_of_which_every_trial_fails_keeps_its_defaults(bench):
    notes = Notes()
    found = tune(bench, ["broken"], serial(bench, listener=notes), trials=3, seed=0)
    assert found == {"broken": {"shrink": 0.3}}
    assert sum("no such luck" in note and note.startswith("trial") for note in notes.notes) == 3


def test_trials_that_fail_are_passed_over(tmp_path):
    bench, notes = bench_of(fussy(0.9), tmp_path), Notes()
    params = tune(bench, ["fussy"], serial(bench, listener=notes), trials=8, seed=0)["fussy"]
    assert params["shrink"] <= 0.5
    assert any(note.startswith("trial 0 of fussy failed") for note in notes.notes)


def test_tuning_ends_with_the_budget_and_keeps_the_best_so_far(bench):
    clock, notes = Clock(), Notes()
    fitting = serial(bench, executor=Timed(clock, 1.0), budget=Budget(7.0, clock), listener=notes)  # 6.65 for fits
    params = tune(bench, ["line"], fitting, trials=50, seed=0)["line"]
    assert set(params) == {"shrink", "noise"}
    assert len(fitting.executor.jobs) == 7  # two whole trials, and a third that is given up
    assert notes.unfinished == ["48 of 50 trials of line"]
    assert not any("failed" in note for note in notes.notes)


def test_no_time_at_all_gives_the_defaults(bench):
    clock = Clock()
    budget = Budget(1.0, clock)
    clock.now = 2.0
    assert tune(bench, ["line"], serial(bench, budget=budget), trials=5, seed=0)["line"]["shrink"] == 0.9


def test_the_best_trial_is_not_fitted_again(bench):
    params = tune(bench, ["line"], serial(bench), trials=3, seed=0)["line"]
    notes = Notes()
    cross_validate(bench, [WorkItem("line", 0, params)], serial(bench, listener=notes))
    assert (notes.cached, notes.fitted) == (3, 0)
