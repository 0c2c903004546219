"""Greedy selection with replacement (Caruana et al. 2004)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from core.blending.scorer import Array, Rows, Scorer
from core.blending.scorers import scorer_of
from core.metrics import Metric
from core.objective import Judge

#: Rounds of greedy selection; more than 25 seldom help.
ROUNDS = 25
#: Bags of greedy selection, where there are members enough to draw from.
BAGS = 5
#: Members from which on they are drawn for bags.
FEWEST_TO_BAG = 4
#: Weight under which a member is dropped, since noise chose it.
SMALLEST_WEIGHT = 0.01


def greedy(
    members: Mapping[str, Array], judge: Judge, rows: Rows, *, rounds: int = ROUNDS, bags: int = BAGS, seed: int = 0
) -> dict[str, float]:
    """Greedy selection with replacement and bagging (Caruana et al. 2004).

    Each round adds the member whose addition to the running mean scores best; of equals one that is in the mean
    already, else the first by name. The best prefix of all rounds counts. With four members or more this is done on
    random halves of them and on all, and the weights are averaged.

    Returns
    -------
    Weights by member, positive, summing to 1.
    """
    names = sorted(members)
    scorer = scorer_of([members[name] for name in names], judge, [rows])
    return greedy_weights(scorer, names, [0], judge.metric, rounds=rounds, bags=bags, seed=seed)


def greedy_weights(
    scorer: Scorer,
    names: Sequence[str],
    parts: Sequence[int],
    metric: Metric,
    *,
    rounds: int,
    bags: int = BAGS,
    seed: int = 0,
    among: Sequence[int] | None = None,
) -> dict[str, float]:
    """The same with a scorer that exists, on some of its parts.

    Parameters
    ----------
    names: of all members of the scorer, sorted.
    among: numbers of the members that take part, ascending; all by default.
    """
    everyone = list(range(len(names))) if among is None else list(among)
    rng = np.random.default_rng(seed)
    draws = [everyone]
    if len(everyone) >= FEWEST_TO_BAG:
        size = bag_size(len(everyone))
        draws = [sorted(rng.choice(everyone, size=size, replace=False).tolist()) for _ in range(bags)]
        draws.append(everyone)
    totals = dict.fromkeys(everyone, 0.0)
    for draw in draws:
        scorer.start(parts)
        picks = greedy_picks(scorer, draw, metric, rounds)
        for member in set(picks):
            totals[member] += picks.count(member) / len(picks) / len(draws)
    kept = {names[member]: weight for member, weight in totals.items() if weight >= SMALLEST_WEIGHT}
    return {name: weight / sum(kept.values()) for name, weight in kept.items()}


def greedy_picks(scorer: Scorer, members: Sequence[int], metric: Metric, rounds: int) -> list[int]:
    """The members picked in the best prefix of all rounds, in that order; one at least.

    Parameters
    ----------
    scorer: started, with no member.
    members: numbers of those to pick from, in the order of their names.
    """
    picks: list[int] = []
    best_prefix, best_value = 0, metric.worst
    for size in range(1, rounds + 1):
        # Members already in the mean come first, so that a tie brings in no new one.
        candidates = sorted(members, key=lambda member: member not in picks)
        pick, value = candidates[0], metric.worst
        for candidate, found in zip(candidates, scorer.scores(candidates), strict=True):
            if metric.better(found, value):
                pick, value = candidate, found
        picks.append(pick)
        scorer.add(pick)
        if metric.better(value, best_value):
            best_prefix, best_value = size, value
    return picks[: max(1, best_prefix)]


def bag_size(members: int) -> int:
    """How many of so many members a bag holds."""
    return max(2, (members + 1) // 2)
