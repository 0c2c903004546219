"""The part of the road that tuning needs: from a folder to studies, without a submission."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.budget import Budget
from core.cache import cache_of
from core.competition import Competition
from core.cross_validation import Fitted
from core.errors import Refusal
from core.executors import open_executor
from core.fitting import Fitting
from core.listener import Listener
from core.pilot import Pilot
from core.road import chosen, load, plain_bench
from core.settings import Settings
from core.tuning import NestedScore, Studies, Tuned, journal_of, tunable, tune, tune_nested


@dataclass(frozen=True)
class Searched:
    """What a search came to.

    Parameters
    ----------
    nested: the score of each member when it is tuned anew for every fold, where that was asked for.
    """

    tuned: tuple[Tuned, ...]
    nested: tuple[NestedScore, ...]


def tune_members(
    competition: Competition,
    data: Path,
    settings: Settings,
    root: Path,
    listener: Listener | None = None,
    spent: float = 0.0,
    *,
    nested: bool = False,
) -> Searched:
    """Tune members on the folds of the runs to come; a run that tunes takes the trials up.

    Parameters
    ----------
    data: the folder of the competition's files.
    root: the folder of all submissions: the cache and the studies lie there.
    spent: seconds of the budget that went by before this call.
    nested: tune each member anew without each fold, and score it there.

    Raises
    ------
    Refusal: data or settings that cannot be used. OutOfTime: the budget ended before the nested score was there.
    """
    listener = listener or Listener()
    budget, executor = Budget(settings.budget, spent_before=spent), open_executor(settings.executor)
    listener.step("load")
    dataset, schemes = load(competition, data, settings)
    folds = schemes[0]
    if len(folds) < 2:
        raise Refusal("a single fold would choose what it scores", "validate on two folds or more")
    fitting = Fitting(executor, tuple(range(len(folds))), settings.refit or folds.test_by, budget, listener)
    studies = Studies(journal_of(root, competition.slug), settings.storage)
    with executor:
        plain = plain_bench(competition, dataset, folds, settings, cache_of(root / ".cache"))
        chosen(plain, settings, None)  # refused before a pilot is fitted
        studies.open()
        listener.step("objective")
        bench = plain.with_objective(competition.objective(dataset, Pilot(plain, fitting)))
        members = tunable(chosen(bench, settings, None))
        if not members:
            raise Refusal("none of these members has anything to tune", "see `podium info`, or name others")
        listener.step("tune")
        found = tune(bench, members, fitting, Fitted(), studies, trials=settings.trials)
        apart = []
        if nested:
            listener.step("nested")
            apart = tune_nested(bench, members, fitting, studies, trials=settings.trials or 0)
    return Searched(tuple(found), tuple(apart))
