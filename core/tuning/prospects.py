"""Which member to try next, where a clock is running: the one that promises most per second."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

#: How much the scores of a member's trials are taken to spread before they are known, as a share of what the best
#: member is ahead of the baseline.
SPREAD = 0.05


def expected_gain(scores: Sequence[float], tried: int, ahead: float, behind: float) -> float:
    """What the next trial of a member is expected to add to its best score, counted down by how far behind it is.

    The best of n draws of a spread s grows by about s / n with the next one; a member far behind the best one gains
    a blend little, however much its own score gains.

    Parameters
    ----------
    scores: of its completed trials so far, larger is better.
    tried: trials so far, those included that were pruned or failed.
    ahead: what the best member is ahead of the baseline.
    behind: what this member's best is behind the best member's.

    >>> expected_gain([0.5], 1, 0.1, 0.0) > expected_gain([0.5], 1, 0.1, 0.05)
    True
    >>> expected_gain([0.5, 0.52], 2, 0.1, 0.0) > expected_gain([0.5, 0.50], 2, 0.1, 0.0)
    True
    >>> expected_gain([], 1, 0.1, 0.0) > expected_gain([], 4, 0.1, 0.0)
    True
    """
    prior = SPREAD * ahead
    known = float(np.std(scores)) if len(scores) > 1 else 0.0
    # The prior counts as two trials.
    spread = math.sqrt((2 * prior**2 + len(scores) * known**2) / (2 + len(scores)))
    return spread / (tried + 1) * math.exp(-behind / max(2 * spread, 1e-300))


def most_promising(
    scores: Sequence[Sequence[float]],
    tried: Sequence[int],
    costs: Sequence[float],
    baseline: float,
    limit: Sequence[bool],
) -> int | None:
    """The position of the member whose next trial promises most per second; the first of equals.

    Parameters
    ----------
    scores: of the completed trials of each member, larger is better; one that has none may be as good as the best.
    tried: trials of each, those included that were pruned or failed.
    costs: seconds of a trial of each.
    baseline: the score of the trivial answer, larger is better.
    limit: whether each may have another trial.

    Returns
    -------
    None where no member may have another trial.
    """
    able = [number for number in range(len(scores)) if limit[number]]
    if not able:
        return None
    best = max((max(found) for found in scores if found), default=0.0)
    ahead = max(best - baseline, 1e-12) if math.isfinite(baseline) else max(abs(best) * 0.1, 1e-12)
    worth = {
        number: expected_gain(scores[number], tried[number], ahead, best - max(scores[number], default=best))
        / max(costs[number], 1e-9)
        for number in able
    }
    return max(able, key=lambda number: worth[number])
