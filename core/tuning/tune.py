"""Tune members on the very folds of the final models; completed trials become candidates of the blend."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from core.cross_validation import Fitted
from core.fitting import Fitting
from core.member import Member
from core.tuning.prospects import most_promising
from core.tuning.search import Search
from core.tuning.studies import Studies
from core.tuning.summary import Tuned
from core.workbench import Workbench

#: Of the time that is left when every member was fitted once, for tuning; further seeds have the rest.
SHARE = 0.7
#: Trials of a member at most, where a clock and no number was given.
MOST_TRIALS = 100

OPTIMISM = (
    "tuned on the folds that are scored: the score of a trial is optimistic. The nested score of the blend takes trials"
    " chosen on other folds, but where the search looked is in it too (podium tune --nested measures that)"
)


def tune(
    bench: Workbench,
    members: Sequence[Member],
    fitting: Fitting,
    fitted: Fitted,
    studies: Studies,
    *,
    trials: int | None,
    after_item: Callable[[Fitted], None] = lambda _: None,
) -> list[Tuned]:
    """Search the parameters of each member that has a search space, and add completed trials to what is fitted.

    Trials are fits like any other: cached, with the defaults as trial 0, taken up by the next run of this member on
    these data. With a budget the next trial is one of the member that promises most per second.

    Parameters
    ----------
    trials: of each member, the defaults and those of earlier searches included; below 2 nothing is tuned. None: as
        many as a share of the budget has time for, and none without one.
    after_item: called when a trial was added.
    """
    budget, listener = fitting.budget, fitting.listener
    able = tunable(members)
    if not able or (trials is not None and trials < 2) or (trials is None and budget.seconds is None):
        return []
    if len(fitting.folds) < 2 or fitted.folds is not None:
        if trials is not None:
            listener.note("nothing is tuned on a single fold: its score would choose what it scores")
        return []
    if trials is None:
        able = [member for member in able if member.name in fitted.predictions]
    limit = MOST_TRIALS if trials is None else trials
    searches = [Search(bench, member, fitting, fitted, studies, limit, after_item) for member in able]
    kept = budget.left * (1 - SHARE) if trials is None else 0.0
    left = lambda: budget.left - kept  # noqa: E731
    for search in searches:
        search.take_known(left)
        search.refit_best(left)
    if math.isinf(budget.left):
        _in_turn(searches)
    else:
        _by_promise(searches, _baseline(bench, members, fitted, fitting), left)
    for search in searches:  # what other processes ended meanwhile
        search.take_known(lambda: budget.left)
        for candidate in search.refit_best(left):
            listener.left_out(candidate)
    forward = bench.folds.ordered is not None and bench.folds.forward_only
    found = [Tuned.of(search.study, bench.judge.metric, forward=forward, limit=limit) for search in searches]
    for search, tuned in zip(searches, found, strict=True):
        _say(search, tuned, trials)
    if any(len(tuned.trials) > 1 for tuned in found):
        listener.note(OPTIMISM)
    return [tuned for tuned in found if tuned.trials]


def tunable(members: Sequence[Member]) -> list[Member]:
    """Those with a search space that may enter the blend; second stages read others, whose parameters would move."""
    return [m for m in members if m.search is not None and not m.needs and m.blended and not m.baseline]


def _say(search: Search, tuned: Tuned, trials: int | None) -> None:
    """What a search came to, and what of it is not there."""
    listener = search.fitting.listener
    if len(tuned.trials) > 1:
        listener.note(tuned.said)
    if trials is not None and len(tuned.trials) < trials:
        why = ", which another process works on" if search.at_limit else ""
        listener.left_out(f"{trials - len(tuned.trials)} of {trials} trials of {search.member.name}{why}")


def _in_turn(searches: Sequence[Search]) -> None:
    """All trials of a member before those of the next."""
    for search in searches:
        while search.step():
            pass


def _by_promise(searches: Sequence[Search], baseline: float, left: Callable[[], float]) -> None:
    """The defaults of all, then one trial at a time, until all have theirs or the time is over."""
    for search in searches:
        if not search.told() and left() > 0:
            search.step()
    while True:
        costs = [search.cost for search in searches]
        able = [
            not (search.at_limit or search.out_of_time) and cost < left()
            for search, cost in zip(searches, costs, strict=True)
        ]
        scores, tried = [search.scores for search in searches], [len(search.told()) for search in searches]
        number = most_promising(scores, tried, costs, baseline, able)
        if number is None:
            return
        searches[number].step()


def _baseline(bench: Workbench, members: Sequence[Member], fitted: Fitted, fitting: Fitting) -> float:
    """The score of the trivial answer, larger is better; NaN where there is none."""
    metric = bench.judge.metric
    for member in members:
        if member.baseline and member.name in fitted.predictions:
            values = fitted.predictions[member.name].mean_out_of_fold
            score = bench.judge.over_folds(values, bench.folds, fitting.folds).value
            return score if metric.higher_is_better else -score
    return math.nan
