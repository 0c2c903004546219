"""Fit one trial, fold by fold, and give it up as soon as its study's pruner says so."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from core.cross_validation import Fitted, jobs_of
from core.dispatch import FitFailed, run_jobs
from core.fitting import Fitting
from core.jobs import FULL, collect
from core.listener import Listener
from core.objective import Score
from core.plan import WorkItem
from core.tuning.study import Asked
from core.workbench import Workbench


@dataclass(frozen=True)
class Completed:
    """A trial that was fitted on every fold.

    Parameters
    ----------
    keys: of its cache entries, in the order of its jobs.
    """

    score: Score
    keys: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class Pruned:
    """A trial that was given up after some folds."""

    seconds: float


class _Fits(Listener):
    """Passes on that fits end; that they begin was said for the whole trial."""

    def __init__(self, inner: Listener) -> None:
        self.inner = inner

    def fit_done(self, label: str, *, cached: bool) -> None:
        self.inner.fit_done(label, cached=cached)

    def note(self, text: str) -> None:
        self.inner.note(text)


def run_trial(
    bench: Workbench, item: WorkItem, fitted: Fitted, fitting: Fitting, asked: Asked, label: str
) -> Completed | Pruned:
    """Fit a trial on as many folds at a time as there are workers.

    After each time the scores of its folds are reported, and when one fold, two, four and so on are there, the study's
    pruner is asked. What a killed process had reported and gone on from is not asked about again. A refit that
    predicts the test set comes last.

    Parameters
    ----------
    asked: what scores are reported to, and what is asked whether to go on.

    Raises
    ------
    OutOfTime: the budget ended first. FitFailed: a fit failed, or its score is undefined.
    """
    told = replace(fitting, listener=_Fits(fitting.listener))
    jobs = {job.fold: job for job in jobs_of(bench, item, fitted, told, fitting.budget)}
    fitting.listener.fits_begin(label, len(jobs))
    keys: dict[int, str] = {}

    def fit(numbers: list[int]) -> None:
        found = run_jobs(bench, [jobs[number] for number in numbers], told, fitting.budget, label)
        keys.update(zip(numbers, found, strict=True))

    folds, workers = list(fitting.folds), fitting.executor.workers
    for begin in range(0, len(folds), workers):
        some = folds[begin : begin + workers]
        fit(some)
        _report(bench, asked, some, tuple(keys[number] for number in some))
        rung = any(number & (number - 1) == 0 for number in range(begin + 1, begin + workers + 1))
        last = begin + workers >= len(folds)
        gone_on = any(number in asked.reported for number in folds[begin + workers :])
        if rung and not last and not gone_on and asked.trial.should_prune():
            return Pruned(_seconds(bench, tuple(keys.values())))
    predictions = collect(bench, {0: tuple(keys[number] for number in folds)})
    score = bench.judge.over_folds(predictions.mean_out_of_fold, bench.folds, folds)
    if math.isnan(score.value):
        raise FitFailed from ValueError("its score is undefined on every fold")
    if FULL in jobs:
        fit([FULL])
    ordered = tuple(keys[number] for number in jobs)
    return Completed(score, ordered, _seconds(bench, ordered))


def _report(bench: Workbench, asked: Asked, folds: list[int], keys: tuple[str, ...]) -> None:
    """Report the score of each fold that has one and was not reported before."""
    predictions = collect(bench, {0: keys}).mean_out_of_fold
    for fold in folds:
        rows = bench.folds.folds[fold].score
        value = bench.judge.score(predictions[rows], rows)
        if math.isfinite(value) and fold not in asked.reported:
            asked.trial.report(value, fold)


def _seconds(bench: Workbench, keys: tuple[str, ...]) -> float:
    return collect(bench, {0: keys}).seconds
