"""Further seeds of what is worth them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from core.budget import Budget
from core.cross_validation import Fitted
from core.fitting import Fitting
from core.member import Member, family_of
from core.plan import WorkItem
from core.workbench import Workbench


def further_seeds(
    bench: Workbench, members: Sequence[Member], fitting: Fitting, fitted: Fitted, seeds: int
) -> Iterator[WorkItem]:
    """Work that gives members further seeds, where the budget has time for it.

    Parameters
    ----------
    seeds: how many each may have, the first included.
    """
    items = worth_repeating(bench, members, fitting, fitted)
    return repeats(items, seeds, fitting.budget, lambda name: fitted.cost(name) / fitting.together, tuple(fitted.done))


def worth_repeating(bench: Workbench, members: Sequence[Member], fitting: Fitting, fitted: Fitted) -> list[WorkItem]:
    """What further seeds are for: of each member the best candidate, and the defaults where others read them."""
    needed = {need for member in members for need in member.needs}
    items = {item.candidate: item for item in fitted.done if item.seed == 0}
    scores = {
        name: bench.judge.over_folds(
            fitted.predictions[name].mean_out_of_fold, bench.folds, fitted.folds or fitting.folds
        )
        for name in items
    }
    found = []
    for member in members:
        if member.baseline or not member.seeded:
            continue
        family = [name for name in items if family_of(name) == member.name]
        best = family[:1]
        for name in family[1:]:
            if bench.judge.metric.better(scores[name].value, scores[best[0]].value):
                best = [name]
        found += [items[name] for name in family if name in best or (name == member.name and name in needed)]
    return found


def repeats(
    items: Sequence[WorkItem],
    seeds: int,
    budget: Budget,
    cost: Callable[[str], float],
    already: Collection[WorkItem] = (),
) -> Iterator[WorkItem]:
    """The same work with further seeds, one seed of all before the next; each where the cost of the first fits.

    Parameters
    ----------
    items: what depends on its seed, done with the first one.
    seeds: how many each may have, the first included.
    cost: `(candidate) -> seconds` of one seed.
    already: work that is done.
    """
    done = {item.names for item in already}
    for seed in range(1, seeds):
        for item in items:
            again = replace(item, seed=seed, must=False)
            if again.names not in done and budget.allows(cost(item.candidate)):
                yield again
