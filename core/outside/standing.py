"""A parent of a joint blend beside it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """A parent's blend, refitted on its own members, beside the joint one.

    Parameters
    ----------
    run: the parent.
    score, standard_error: nested, over folds.
    gain: by how much the joint blend is better (positive) or worse, in units of the metric.
    gain_error: the paired standard error of that.
    over: what it is over, "rows" or "folds".
    """

    run: str
    score: float
    standard_error: float
    gain: float
    gain_error: float
    over: str
