"""A trial reports every block once, and stops when it is worse than the best."""

from __future__ import annotations

import numpy as np
import pytest

from core.cross_validation import FitFailed, Fitted
from core.plan import WorkItem
from core.tuning.blocks import BLOCKS, blocks_of
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


def test_every_block_of_every_fold_is_reported_with_its_score(bench):
    trial = Watched()
    found, notes = go(bench, trial)
    assert isinstance(found, Completed)
    assert (notes.labels, notes.fitted) == ([("line 4", 3)], 3)
    assert list(trial.reports) == [fold * BLOCKS + n for fold in range(3) for n in range(len(blocks_of(bench, fold)))]
    assert trial.asked == 2  # never after the last fold
    assert len(found.keys) == 3
    assert found.score.value == pytest.approx(np.mean(found.score.folds))


def test_a_pruned_trial_fits_no_further_fold(bench):
    found, notes = go(bench, Watched(prune_after=0))
    assert isinstance(found, Pruned)
    assert (found.folds, notes.fitted) == (1, 1)
    found, notes = go(bench, Watched(prune_after=1))
    assert (found.folds, notes.fitted, notes.cached) == (2, 1, 1)


def test_what_a_killed_process_had_reported_is_not_asked_about_again(bench):
    trial = Watched()
    go(bench, trial, frozenset(range(BLOCKS)))
    assert trial.asked == 1
    assert min(trial.reports) >= BLOCKS


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
