"""A trial reports every fold once, and stops when it is worse than the best."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.cross_validation import Fitted
from core.dispatch import FitFailed
from core.plan import WorkItem
from core.tuning.study import Asked
from core.tuning.trial import Completed, Pruned, run_trial
from tests.core.tuning.small import OneTuned
from tests.support.small import Notes, bench_of, serial


class Watched:
    """Optuna's trial, as far as it is reported to and asked."""

    def __init__(self, prune_after=None):
        self.reports, self.asked, self.prune_after = {}, 0, prune_after

    def report(self, value, step):
        assert step not in self.reports
        self.reports[step] = value

    def should_prune(self):
        self.asked += 1
        return self.prune_after is not None and self.asked > self.prune_after


@pytest.fixture
def bench(tmp_path):
    return bench_of(OneTuned, tmp_path)


def go(bench, trial, reported=frozenset(), **more):
    item = WorkItem("line", 0, {"shrink": 0.3, "noise": 0.0}, trial=4)
    notes = more.setdefault("listener", Notes())
    found = run_trial(bench, item, Fitted(), serial(bench, **more), Asked(4, item.params, trial, reported), "line 4")
    return found, notes


def test_every_fold_is_reported_with_its_score(bench):
    trial = Watched()
    found, notes = go(bench, trial)
    assert isinstance(found, Completed)
    assert (notes.labels, notes.fitted) == ([("line 4", 3)], 3)
    assert trial.reports == dict(enumerate(found.score.folds))
    assert trial.asked == 2  # never after the last fold
    assert len(found.keys) == 3
    assert found.score.value == pytest.approx(np.mean(found.score.folds))


def test_a_pruned_trial_fits_no_further_fold(bench):
    found, notes = go(bench, Watched(prune_after=0))
    assert isinstance(found, Pruned)
    assert notes.fitted == 1
    found, notes = go(bench, Watched(prune_after=1))
    assert isinstance(found, Pruned)
    assert (notes.fitted, notes.cached) == (1, 1)


def test_what_a_killed_process_had_reported_is_asked_about_again_only_where_it_did_not_go_on(bench):
    killed_while_asking = Watched(prune_after=0)
    found, _ = go(bench, killed_while_asking, frozenset([0]))
    assert isinstance(found, Pruned)
    assert killed_while_asking.reports == {}
    gone_on = Watched()
    go(bench, gone_on, frozenset([0, 1]))
    assert gone_on.asked == 1  # after two folds, no more after one
    assert list(gone_on.reports) == [2]


def test_rows_without_weight_are_no_obstacle(bench, monkeypatch):
    weight = np.ones(len(bench.judge.weight))
    weight[bench.folds.folds[0].score[:-1]] = 0.0
    monkeypatch.setattr(type(bench), "judge", replace(bench.judge, weight=weight), raising=False)
    found, _ = go(bench, Watched())
    assert isinstance(found, Completed)


def test_a_refit_comes_last_and_not_for_a_pruned_trial(bench):
    found, notes = go(bench, Watched(), test_by="full")
    assert notes.fitted == 4
    assert len(found.keys) == 4
    other, notes = go(bench, Watched(prune_after=0), test_by="full")
    assert isinstance(other, Pruned)


def test_a_score_that_is_undefined_fails(bench, monkeypatch):
    monkeypatch.setattr(type(bench.judge), "score", lambda self, predictions, rows: float("nan"))
    with pytest.raises(FitFailed) as caught:
        go(bench, Watched())
    assert "undefined" in str(caught.value.__cause__)
