"""Fit members on folds: work items become predictions and saved models."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from core.budget import Budget
from core.deadline import OutOfTime
from core.dispatch import FitFailed, run_jobs
from core.fitting import Fitting
from core.jobs import FULL, Job, collect
from core.member import Member, Pretrain, family_of
from core.plan import WorkItem
from core.predictions import Array, Predictions
from core.workbench import Workbench

#: Keys of the cache entries that hold a member's models, by seed and in the order of the folds.
Keys = dict[str, dict[int, tuple[str, ...]]]


class NothingFitted(RuntimeError):
    """No item could be fitted: each crashed, or the budget ended first."""


@dataclass
class Fitted:
    """What has been fitted so far.

    Attributes
    ----------
    predictions: by candidate: a member, or a trial of one (`core.member.candidate_of`).
    keys: of the models behind them, by candidate and seed.
    pretraining: keys of pre-training steps, by name.
    failures: the traceback of each candidate that crashed.
    done: finished items, in order.
    folds: those that candidates of the blend were fitted on, where the clock left only some for the first
        member; None for all that were asked for.
    """

    predictions: Predictions = field(default_factory=dict)
    keys: Keys = field(default_factory=dict)
    pretraining: dict[str, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    done: list[WorkItem] = field(default_factory=list)
    folds: tuple[int, ...] | None = None

    def add(self, bench: Workbench, item: WorkItem, keys: tuple[str, ...]) -> None:
        """A finished item, whose results are the cache entries of these keys, in the order of its jobs."""
        gained = collect(bench, {item.seed: keys})
        known = self.predictions.get(item.candidate)
        self.predictions[item.candidate] = gained if known is None else known.and_seed(gained)
        self.keys.setdefault(item.candidate, {})[item.seed] = keys
        self.folds = item.folds
        self.done.append(item)

    def cost(self, candidate: str) -> float:
        """Seconds that one seed of it took; infinite where it has none."""
        found = self.predictions.get(candidate)
        return float("inf") if found is None else found.seconds / len(found.out_of_fold)

    def given_up(self, member: str) -> bool:
        """Whether it has no predictions, though it did not crash."""
        return member not in self.predictions and member not in self.failures

    def candidate_names(self, members: Mapping[str, Member]) -> list[str]:
        """Those that may enter the blend; any, baselines last, where there is none."""
        models = [name for name in self.predictions if not members[family_of(name)].baseline]
        return [name for name in models if members[family_of(name)].blended] or models or list(self.predictions)

    def candidates(self, members: Mapping[str, Member]) -> dict[str, Array]:
        """Their out-of-fold predictions, averaged over seeds."""
        return {name: self.predictions[name].mean_out_of_fold for name in self.candidate_names(members)}


def cross_validate(
    bench: Workbench,
    items: Iterable[WorkItem],
    fitting: Fitting,
    *,
    fitted: Fitted | None = None,
    after_item: Callable[[Fitted], None] = lambda _: None,
    some_folds: bool = False,
) -> Fitted:
    """Fit every item on every fold, and on all rows where the test set is predicted by a refit.

    A member that crashes or does not end in time is dropped aloud, and with it those that need it. Items
    that must be done are, whatever the clock says.

    Parameters
    ----------
    items: an iterator is read one by one, so that it may look at the clock and at what is done.
    fitted: what is added to; a new one by default.
    after_item: called when an item is done.
    some_folds: where the clock ends the very first candidate of the blend, keep the folds that are done: they
        are better than a baseline. `Fitted.folds` then says which.

    Raises
    ------
    Refusal: a fit refuses its data. OSError: the disk is full. NothingFitted: no item could be fitted.
    """
    fitted = fitted if fitted is not None else Fitted()
    for item in items:
        if not _can_be_fitted(bench, item, fitted, fitting):
            continue
        nothing_yet = all(bench.members[done.member].baseline for done in fitted.done)
        if _fit_item(bench, item, fitted, fitting, some_folds=some_folds and nothing_yet):
            after_item(fitted)
    if not fitted.predictions:
        raise NothingFitted("no member could be fitted:\n" + "\n".join(fitted.failures.values()))
    return fitted


def _can_be_fitted(bench: Workbench, item: WorkItem, fitted: Fitted, fitting: Fitting) -> bool:
    member = bench.members[item.member]
    if member.needs and len(fitting.folds) < 2 and bench.dataset.fits_on_score_rows:
        fitting.listener.note("second stages (members that read others) need two folds or more: they are left out")
        return False
    lost = [need for need in member.needs if need not in fitted.predictions]
    if any(_crashed(bench, name, fitted) for name in lost):
        fitting.listener.note(f"member {item.member} left out: it needs {', '.join(lost)}")
    elif lost:
        fitting.listener.left_out(label_of(item))
    elif not all(_seed_read(bench, name, item) in fitted.keys[name] for name in member.needs):
        fitting.listener.left_out(label_of(item))  # with the predictions that it reads
        return False
    elif fitted.folds is not None:  # it would be fitted on other folds than the first candidate
        fitting.listener.left_out(label_of(item))
        return False
    return not lost and item.candidate not in fitted.failures


def _crashed(bench: Workbench, name: str, fitted: Fitted) -> bool:
    """Whether a member, or one that it needs, crashed, so that more time would not bring it."""
    return name in fitted.failures or any(_crashed(bench, need, fitted) for need in bench.members[name].needs)


def _fit_item(bench: Workbench, item: WorkItem, fitted: Fitted, fitting: Fitting, *, some_folds: bool) -> bool:
    """Fit one item and add it to what is fitted; False where it is dropped."""
    member, listener = bench.members[item.member], fitting.listener
    clock = Budget(None) if item.must else fitting.budget
    some_folds = some_folds and not member.baseline and not member.needs
    jobs: list[Job] = []
    try:
        jobs += jobs_of(bench, item, fitted, fitting, clock)
        keys = run_jobs(bench, jobs, fitting, clock, label_of(item), all_or_nothing=not some_folds)
    except OutOfTime:
        there = [job for job in jobs if bench.store.get(job.key(bench)) is not None] if some_folds else []
        folds = tuple(job.fold for job in there if job.fold != FULL)
        if not folds or not any(job.predict_test for job in there):
            listener.left_out(label_of(item))
            return False
        listener.left_out(f"{len(fitting.folds) - len(folds)} of {len(fitting.folds)} folds of {item.candidate}")
        item, of_number = replace(item, folds=folds), {job.fold: job.key(bench) for job in there}
        keys = tuple(of_number[number] for number in numbers_of(item, fitting))
    except FitFailed as failure:
        error = failure.__cause__
        fitted.failures[item.candidate] = "".join(traceback.format_exception(error))
        said = "out of memory" if isinstance(error, MemoryError) else f"{type(error).__name__}: {error}"
        listener.note(f"member {item.candidate} dropped: {said}")
        return False
    fitted.add(bench, item, keys)
    if member.needs:
        listener.note(
            "second stages learn from out-of-fold predictions, some of whose models saw the labels of the fold that is"
            " scored (plain stacking): their scores may be a little optimistic"
        )
    return True


def numbers_of(item: WorkItem, fitting: Fitting) -> list[int]:
    """The folds an item is fitted on, in order; a refit comes second, so that one scored fold and it make an answer."""
    folds = list(fitting.folds if item.folds is None else item.folds)
    return [*folds[:1], FULL, *folds[1:]] if fitting.test_by == "full" else folds


def label_of(item: WorkItem) -> str:
    """How a person is told of an item."""
    return item.candidate if item.seed == 0 else f"{item.candidate}, seed {item.seed}"


def jobs_of(bench: Workbench, item: WorkItem, fitted: Fitted, fitting: Fitting, budget: Budget) -> list[Job]:
    """The fits of an item, in the order of `numbers_of`; a pre-training step is fitted first.

    Parameters
    ----------
    fitted: holds what the member reads.
    """
    member = bench.members[item.member]
    pretrained = None if member.pretrain is None else _pretrain(bench, member.pretrain, fitted, fitting, budget)
    refit = fitting.test_by == "full"
    return [
        Job(
            member=item.member,
            repeat=item.seed,
            fold=number,
            params=item.params,
            predict_test=number == FULL or not refit,
            upstream={
                name: {seed: fitted.keys[name][seed]}
                for name in member.needs
                for seed in [_seed_read(bench, name, item)]
            },
            pretrained=pretrained,
        )
        for number in numbers_of(item, fitting)
    ]


def _seed_read(bench: Workbench, need: str, item: WorkItem) -> int:
    """Which seed of a member it needs a second stage reads: its own, or the only one that there will be."""
    member = bench.members[need]
    return item.seed if member.seeded and not member.baseline else 0


def _pretrain(bench: Workbench, step: Pretrain, fitted: Fitted, fitting: Fitting, budget: Budget) -> str:
    if step.name not in fitted.pretraining:
        job = Job(member=step.name, pretrain=True)
        (fitted.pretraining[step.name],) = run_jobs(bench, [job], fitting, budget, f"pre-training {step.name}")
        fitting.listener.note(f"pre-training {step.name!r} saw the inputs (never the truth) of: {', '.join(step.sees)}")
    return fitted.pretraining[step.name]
