"""The road: from a folder to a valid, ensembled submission. Every step is one function of one module.

folder ─load─► Dataset ─schemes─► Folds ─inspect─► Findings ─objective─► Objective ─cross_validate─► Fitted: predictions
and models ─tune─► with trials ─repeat─► with seeds ─ensemble─► Blend, Decision ─answer─► frame ─validate, write─►
submission ─► ledger
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from core.budget import Budget
from core.checks import inspect
from core.competition import Competition
from core.cross_validation import Fitted, NothingFitted, cross_validate
from core.dataset import Dataset
from core.ensembling import Ensemble, ensemble
from core.errors import Refusal
from core.executors import open_executor, threads_per_fit
from core.finishing import finish
from core.fitting import Fitting
from core.folds import Folds
from core.listener import Listener
from core.member import Member, family_of, with_needs
from core.objective import Objective
from core.pace import Pace
from core.pilot import Pilot
from core.plan import Plan, WorkItem, schedule
from core.recording import Recorder
from core.repeating import further_seeds
from core.run import RunFolder
from core.schemes import score_schemes
from core.settings import Settings
from core.tuning import Tuned, tune
from core.workbench import Workbench


def run(
    competition: Competition,
    data: Path,
    settings: Settings,
    root: Path,
    listener: Listener | None = None,
    spent: float = 0.0,
    kept: float = 0.0,
) -> RunFolder:
    """Walk the road once.

    Parameters
    ----------
    data: the folder of the competition's files.
    root: the folder of all submissions.
    spent: seconds of the budget that went by before this call.
    kept: seconds of it that are kept for what comes after this call, such as the report.

    Returns
    -------
    The finished run; that of an earlier equal request where there is one.

    Raises
    ------
    Refusal: data or settings that cannot be used.
    """
    listener = listener or Listener()
    budget = Budget(settings.budget, spent_before=spent, after=kept)
    executor = open_executor(settings.executor)

    listener.step("load")
    dataset, schemes = load(competition, data, settings)
    folds = schemes[0]
    threads = threads_per_fit(settings.executor, settings.threads)
    with (
        Recorder.open(competition, dataset, folds, data, settings, threads, root, listener, budget) as recorder,
        executor,
    ):
        if recorder.folder.finished and settings.more is None:
            return recorder.folder
        plan, budget = recorder.earlier(settings)
        if settings.storage is not None or (settings.trials or 0) > 1:
            recorder.studies(settings.storage).open()  # refused before anything is fitted
        listener.step("inspect")
        inspection = inspect(dataset, schemes, seed=settings.seed, threads=threads)
        recorder.found(inspection.findings)
        recorder.resemblance = inspection.resemblance.to_json()

        listener.step("objective")
        numbers = range(len(folds)) if settings.fold is None else [settings.fold]
        fitting = Fitting(executor, tuple(numbers), settings.refit or folds.test_by, budget, recorder.listener)
        plain = plain_bench(competition, dataset, folds, settings, recorder.cache(settings.fresh))
        bench = judged(plain, settings, plan, fitting, recorder)
        members, fitted, plan = chosen(bench, settings, plan), Fitted(), plan or Plan()
        pace = Pace(bench, budget, len(numbers), regimes=competition.regime is not None)
        after_item = pace.around(recorder.item_done(bench, plan))

        listener.step("cross-validate")
        items = schedule(plan, members, budget, fitted.given_up)
        cross_validate(bench, items, fitting, fitted=fitted, after_item=after_item, some_folds=True)
        if not plan.complete:
            tune_and_repeat(bench, members, fitting, fitted, settings, recorder, after_item)
        diagnostics = score_schemes(bench, schemes, fitted, fitting) if settings.schemes else {}

        listener.step("ensemble")
        rounds = recorder.settle(fitted, pace.rounds(fitted))
        joined = join(competition, bench, fitted, fitting, rounds)
        listener.step("write")
        finish(recorder, bench, fitted, joined, fitting, diagnostics)
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


def plain_bench(competition: Competition, dataset: Dataset, folds: Folds, settings: Settings, cache: Path) -> Workbench:
    """What jobs read, under the plain metric of the edition."""
    return Workbench(
        competition,
        dataset,
        folds,
        Objective(competition.edition.metric),
        cache=cache,
        seed=settings.seed,
        threads=threads_per_fit(settings.executor, settings.threads),
        device=settings.device,
    )


def judged(plain: Workbench, settings: Settings, plan: Plan | None, fitting: Fitting, recorder: Recorder) -> Workbench:
    """The same under the objective of the competition, which may fit a pilot before it decides."""
    chosen(plain, settings, plan)  # refused before a pilot is fitted
    pilot = Pilot(plain, fitting, lambda: stopgap(plain, fitting, recorder))
    objective = recorder.competition.objective(plain.dataset, pilot)
    for note in objective.notes:
        recorder.listener.note(note)
    return plain.with_objective(objective)


def stopgap(plain: Workbench, fitting: Fitting, recorder: Recorder) -> None:
    """The baselines under the plain metric, where fits come before the objective is known."""
    if not recorder.folder.submission.exists():
        answer_now = recorder.answer_now(plain)
        first_answer(plain, list(plain.members.values()), fitting, Fitted(), answer_now)
        recorder.forget_scores()


def first_answer(
    bench: Workbench,
    members: Sequence[Member],
    fitting: Fitting,
    fitted: Fitted,
    after_item: Callable[[Fitted], None],
) -> None:
    """The baselines, before anything that takes long: from here on there is a valid submission."""
    items = [WorkItem(member.name, 0, member.defaults, must=True) for member in members if member.baseline]
    with suppress(NothingFitted):  # then the first member that can be fitted makes it
        cross_validate(bench, items, fitting, fitted=fitted, after_item=after_item)


def tune_and_repeat(
    bench: Workbench,
    members: Sequence[Member],
    fitting: Fitting,
    fitted: Fitted,
    settings: Settings,
    recorder: Recorder,
    after_item: Callable[[Fitted], None],
) -> None:
    """Trials of tuning, then further seeds; both again while a clock leaves time for more, and more comes of it."""
    studies, seeds = recorder.studies(settings.storage), settings.number_of_seeds(recorder.extending)
    found: list[Tuned] = []
    while True:
        before = len(fitted.done)
        recorder.listener.step("tune")
        recorder.unsay(tuned.said for tuned in found)
        found = tune(bench, members, fitting, fitted, studies, trials=settings.trials, after_item=after_item)
        recorder.tuned(found)
        recorder.listener.step("repeat")
        again = further_seeds(bench, members, fitting, fitted, seeds)
        cross_validate(bench, again, fitting, fitted=fitted, after_item=after_item)
        more = len(fitted.done) > before and settings.trials is None
        if fitting.budget.seconds is None or not (more and fitting.budget.allows()):
            return


def join(competition: Competition, bench: Workbench, fitted: Fitted, fitting: Fitting, rounds: int) -> Ensemble:
    """The candidates in one blend.

    Parameters
    ----------
    rounds: of greedy selection.
    """
    candidates, keys = fitted.candidates(bench.members), bench.dataset.score.keys
    return ensemble(
        candidates,
        bench.judge,
        bench.folds,
        keys,
        fitted=fitted.folds or fitting.folds,
        decision=competition.decision,
        seed=bench.seed,
        rounds=rounds,
        families={name: family_of(name) for name in candidates},
        regime=None if competition.regime is None else keys[competition.regime],
    )


def chosen(bench: Workbench, settings: Settings, plan: Plan | None) -> list[Member]:
    """The members that take part, in working order: baselines, and those asked for with their needs."""
    if plan is not None and plan.complete and not plan.items:
        raise Refusal("the plan holds no work", "name the plan.json of a finished run")
    known, folds = bench.members, range(len(bench.folds))
    for item in plan.items if plan is not None else ():
        if item.member not in known:
            raise Refusal(f"the plan names {item.member!r}: no such member", "name a plan of this competition")
        some = item.folds
        if item.seed < 0 or (
            some is not None and (not some or len(set(some)) < len(some) or not set(some) <= {*folds})
        ):
            raise Refusal(
                f"the plan names seed {item.seed} and folds {some} of {item.member!r}: there are none such",
                "name a plan of this competition and these data",
                expected=f"a seed of 0 or more, and folds from 0 to {len(folds) - 1}, each once",
            )
    asked = list(known) if settings.members is None else list(settings.members)
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise Refusal(f"--members: no member {unknown[0]!r}", "name some of those", expected=", ".join(known))
    names = with_needs([*asked, *(name for name in known if known[name].baseline)], known)
    return [known[name] for name in names]
