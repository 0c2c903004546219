"""A bench with one member to tune, whose trials can be watched and stopped."""

from __future__ import annotations

from pathlib import Path

from core.cross_validation import Fitted
from core.executors import SerialExecutor
from core.tuning import Studies, tune
from tests.support.small import Small, bench_of, member, serial

TRIALS = 7


def shrink(trial):
    return {"shrink": trial.suggest_float("shrink", 0.0, 1.0), "noise": trial.suggest_float("noise", 0.0, 0.3)}


class OneTuned(Small):
    def members(self, dataset):
        return [member("line", search=shrink, defaults={"shrink": 0.5, "noise": 0.0})]

    def sample(self, folder, seed=0):
        if not (folder / "test.csv").exists():  # another process may be reading it
            super().sample(folder, seed)


class Killed(BaseException):
    """As a kill, at a moment of one's choice."""


class StopsAfter(SerialExecutor):
    """Runs so many jobs, then everything ends."""

    def __init__(self, jobs):
        self.jobs = jobs

    def submit(self, bench, job, deadline):
        if self.jobs == 0:
            raise Killed
        self.jobs -= 1
        return super().submit(bench, job, deadline)


def search(folder: Path, *, trials=TRIALS, journal="small.journal", cache="cache", **more):
    """Tune the member in a folder; its data, journal and cache are kept there."""
    bench = bench_of(OneTuned, folder, cache=folder / cache)
    fitted = Fitted()
    studies = Studies(folder / journal, more.pop("url", None))
    (tuned,) = tune(bench, list(bench.members.values()), serial(bench, **more), fitted, studies, trials=trials)
    return tuned, fitted


def plain(tuned):
    """Trials without the seconds they took."""
    return [(trial.number, trial.state, trial.value, trial.params, trial.folds) for trial in tuned.trials]
