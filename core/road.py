"""The road: from a folder to a valid, ensembled submission. Every step is one function of one module.

folder ─load─► Dataset ─schemes─► Folds ─inspect─► Findings ─objective─► Objective ─tune─► parameters ─cross_validate─►
predictions + models ─ensemble─► Blend, Decision ─answer─► frame ─validate, write─► submission ─► ledger
"""

from __future__ import annotations

from pathlib import Path

from core.budget import Budget
from core.checks import inspect_data
from core.competition import Competition
from core.cross_validation import Fitted, cross_validate
from core.dataset import Dataset
from core.ensembling import ensemble
from core.errors import Refusal
from core.executors import open_executor, threads_per_fit
from core.fitting import Fitting
from core.folds import Folds
from core.listener import Listener
from core.member import Member, with_needs
from core.objective import Objective
from core.pace import Pace
from core.pilot import Pilot
from core.plan import Plan, schedule
from core.recording import Recorder
from core.run import RunFolder
from core.schemes import score_schemes
from core.settings import Settings
from core.tuning import tune
from core.workbench import Workbench


def run(
    competition: Competition,
    data: Path,
    settings: Settings,
    root: Path,
    listener: Listener | None = None,
    spent: float = 0.0,
) -> RunFolder:
    """Walk the road once.

    Parameters
    ----------
    data: the folder of the competition's files.
    root: the folder of all submissions.
    spent: seconds of the budget that went by before this call.

    Returns
    -------
    The finished run; that of an earlier equal request where there is one.

    Raises
    ------
    Refusal: data or settings that cannot be used.
    """
    listener = listener or Listener()
    budget = Budget(settings.budget, spent_before=spent)
    executor = open_executor(settings.executor)

    listener.step("load")
    dataset, schemes = load(competition, data, settings)
    folds = schemes[0]
    threads = threads_per_fit(settings.executor, settings.threads)
    numbers = list(range(len(folds))) if settings.fold is None else [settings.fold]
    with (
        Recorder.open(competition, dataset, folds, data, settings, threads, root, listener, budget) as recorder,
        executor,
    ):
        if recorder.folder.finished and settings.more is None:
            return recorder.folder
        plan, budget = recorder.earlier(settings)
        listener.step("inspect")
        recorder.found(inspect_data(dataset, schemes, seed=settings.seed, threads=threads))
        test_by = settings.refit or folds.test_by
        fitting = Fitting(executor, tuple(numbers), test_by, budget, recorder.listener)

        listener.step("objective")
        plain = Workbench(
            competition,
            dataset,
            folds,
            Objective(competition.edition.metric),
            cache=recorder.cache(settings.fresh),
            seed=settings.seed,
            threads=threads,
            device=settings.device,
        )
        bench = plain.with_objective(competition.objective(dataset, Pilot(plain, fitting)))
        members = chosen(bench, settings, plan)

        listener.step("tune")
        if plan is None:
            names = [member.name for member in members]
            plan = Plan(params=tune(bench, names, fitting, trials=settings.trials, seed=settings.seed))

        listener.step("cross-validate")
        fitted = Fitted()
        items = schedule(plan, members, settings.number_of_seeds, budget, fitted.cost, fitted.given_up)
        pace = Pace(bench, budget, len(numbers))
        after_item = pace.around(recorder.item_done(bench, plan))
        cross_validate(bench, items, fitting, fitted=fitted, after_item=after_item, some_folds=True)
        diagnostics = score_schemes(bench, schemes, fitted, fitting) if settings.schemes else {}

        listener.step("ensemble")
        joined = ensemble(
            fitted.candidates(bench.members),
            bench.judge,
            folds,
            dataset.score.keys,
            fitted=fitted.folds or numbers,
            decision=competition.decision,
            seed=settings.seed,
            rounds=recorder.settle(fitted, pace.rounds(fitted)),
        )
        listener.step("write")
        recorder.finish(bench, fitted, joined, fitting, diagnostics)
    return recorder.folder


def load(competition: Competition, data: Path, settings: Settings) -> tuple[Dataset, list[Folds]]:
    """The data and the schemes, the headline first; only a share of the rows where that was asked for."""
    dataset = competition.load(data)
    schemes = competition.schemes(dataset)
    if settings.fraction is not None:
        key = schemes[0].disjoint[0] if schemes[0].disjoint else schemes[0].ordered
        dataset = dataset.fraction(settings.fraction, settings.seed, key)
        schemes = competition.schemes(dataset)
    for scheme in schemes:
        scheme.check(dataset)
    if settings.fold is not None and not 0 <= settings.fold < len(schemes[0]):
        raise Refusal(f"--fold {settings.fold}: no such fold", "count from 0", expected=f"0 to {len(schemes[0]) - 1}")
    return dataset, schemes


def chosen(bench: Workbench, settings: Settings, plan: Plan | None) -> list[Member]:
    """The members that take part, in working order: baselines, and those asked for with their needs."""
    known = bench.members
    for item in plan.items if plan is not None else ():
        if item.member not in known:
            raise Refusal(f"the plan names {item.member!r}: no such member", "name a plan of this competition")
    asked = list(known) if settings.members is None else list(settings.members)
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise Refusal(f"--members: no member {unknown[0]!r}", "name some of those", expected=", ".join(known))
    names = with_needs([*asked, *(name for name in known if known[name].baseline)], known)
    return [known[name] for name in names]
