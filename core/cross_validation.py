"""Fit members on folds: work items become predictions and saved models."""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field

from core.budget import Budget
from core.errors import Refusal
from core.fitting import Fitting
from core.jobs import FULL, Job, collect
from core.member import Member, Pretrain
from core.plan import WorkItem
from core.predictions import Array, Predictions
from core.workbench import Workbench

#: Keys of the cache entries that hold a member's models, by seed and in the order of the folds.
Keys = dict[str, dict[int, tuple[str, ...]]]


class OutOfTime(Exception):
    """The budget ended before the fits of an item did."""


class FitFailed(Exception):
    """A fit raised an error, or its worker died; the error is its cause."""


@dataclass
class Fitted:
    """What has been fitted so far.

    Attributes
    ----------
    predictions: by member.
    keys: of the models behind them, by member and seed.
    pretraining: keys of pre-training steps, by name.
    failures: the traceback of each member that crashed.
    done: finished items, in order.
    """

    predictions: Predictions = field(default_factory=dict)
    keys: Keys = field(default_factory=dict)
    pretraining: dict[str, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    done: list[WorkItem] = field(default_factory=list)

    def cost(self, member: str) -> float:
        """Seconds that one seed of the member took; infinite where it has none."""
        found = self.predictions.get(member)
        return float("inf") if found is None else found.seconds / len(found.out_of_fold)

    def candidates(self, members: Mapping[str, Member]) -> dict[str, Array]:
        """Out-of-fold predictions of those that may enter the blend: all but baselines, if there are any."""
        names = [name for name in self.predictions if not members[name].baseline] or list(self.predictions)
        return {name: self.predictions[name].mean_out_of_fold for name in names}


def cross_validate(
    bench: Workbench,
    items: Iterable[WorkItem],
    fitting: Fitting,
    *,
    fitted: Fitted | None = None,
    after_item: Callable[[Fitted], None] = lambda _: None,
) -> Fitted:
    """Fit every item on every fold, and on all rows where the test set is predicted by a refit.

    A member that crashes or does not end in time is dropped aloud, and with it those that need it. Items
    that must be done are, whatever the clock says.

    Parameters
    ----------
    items: an iterator is read one by one, so that it may look at the clock and at what is done.
    fitted: what is added to; a new one by default.
    after_item: called when an item is done.

    Raises
    ------
    Refusal: a fit refuses its data. RuntimeError: no item could be fitted.
    """
    fitted = fitted if fitted is not None else Fitted()
    listener = fitting.listener
    for item in items:
        lost = [need for need in bench.members[item.member].needs if need not in fitted.predictions]
        if lost:
            listener.note(f"member {item.member} left out: it needs {', '.join(lost)}")
        if lost or item.member in fitted.failures:
            continue
        clock = Budget(None) if item.must else fitting.budget
        try:
            keys = run_jobs(bench, _jobs(bench, item, fitted, fitting, clock), fitting, clock, label_of(item))
        except OutOfTime:
            listener.note(f"{label_of(item)} left out: the budget of {fitting.budget.seconds:.0f} s ended")
            continue
        except FitFailed as failure:
            error = failure.__cause__
            fitted.failures[item.member] = "".join(traceback.format_exception(error))
            listener.note(f"member {item.member} dropped: {type(error).__name__}: {error}")
            continue
        gained = collect(bench, {item.seed: keys})
        known = fitted.predictions.get(item.member)
        fitted.predictions[item.member] = gained if known is None else known.and_seed(gained)
        if needs := bench.members[item.member].needs:
            listener.note(
                f"member {item.member} learns from out-of-fold predictions of {', '.join(needs)}, some of whose models"
                " saw the labels of the fold that is scored (plain stacking): its score may be a little optimistic"
            )
        fitted.keys.setdefault(item.member, {})[item.seed] = keys
        fitted.done.append(item)
        after_item(fitted)
    if not fitted.predictions:
        raise RuntimeError("no member could be fitted:\n" + "\n".join(fitted.failures.values()))
    return fitted


def label_of(item: WorkItem) -> str:
    """How a person is told of an item."""
    return item.member if item.seed == 0 else f"{item.member}, seed {item.seed}"


def run_jobs(bench: Workbench, jobs: Sequence[Job], fitting: Fitting, budget: Budget, label: str) -> tuple[str, ...]:
    """Run jobs, as many at a time as there are workers; returns their keys in the order of the jobs.

    Raises
    ------
    OutOfTime: the budget ended with jobs not yet begun. Refusal: a job refuses its data. FitFailed: any other
        error of a job.
    """
    executor, listener = fitting.executor, fitting.listener
    listener.fits_begin(label, len(jobs))
    keys = [job.key(bench) for job in jobs]
    waiting = deque(range(len(jobs)))
    running: dict[Future[str], int] = {}
    try:
        while waiting or running:
            while waiting and len(running) < executor.workers:
                number = waiting.popleft()
                if bench.store.get(keys[number]) is not None:
                    listener.fit_done(label, cached=True)
                    continue
                if not budget.allows():
                    raise OutOfTime
                running[executor.submit(bench, jobs[number])] = number
            done = wait(running, return_when=FIRST_COMPLETED).done if running else set()
            for future in done:
                del running[future]
                _look(future)
                listener.fit_done(label, cached=False)
    finally:
        # What has begun ends first, so that no fit of this member disturbs the next one.
        wait([future for future in running if not future.cancel()])
    return tuple(keys)


def _look(future: Future[str]) -> None:
    try:
        future.result()
    except Refusal:
        raise
    except Exception as error:
        raise FitFailed from error


def _jobs(bench: Workbench, item: WorkItem, fitted: Fitted, fitting: Fitting, budget: Budget) -> list[Job]:
    member = bench.members[item.member]
    pretrained = None if member.pretrain is None else _pretrain(bench, member.pretrain, fitted, fitting, budget)
    numbers = [*fitting.folds, FULL] if fitting.test_by == "full" else fitting.folds
    return [
        Job(
            member=item.member,
            repeat=item.seed,
            fold=number,
            params=item.params,
            predict_test=number == FULL or fitting.test_by == "folds",
            # Always the first seed, so that a second stage reads the same predictions whenever it is fitted.
            upstream={name: {0: fitted.keys[name][0]} for name in member.needs},
            pretrained=pretrained,
        )
        for number in numbers
    ]


def _pretrain(bench: Workbench, step: Pretrain, fitted: Fitted, fitting: Fitting, budget: Budget) -> str:
    if step.name not in fitted.pretraining:
        job = Job(member=step.name, pretrain=True)
        (fitted.pretraining[step.name],) = run_jobs(bench, [job], fitting, budget, f"pre-training {step.name}")
        fitting.listener.note(f"pre-training {step.name!r} saw the inputs (never the truth) of: {', '.join(step.sees)}")
    return fitted.pretraining[step.name]
