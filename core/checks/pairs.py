"""Pairs of rows across the sides of a split, and what they are worth to a model that knows one of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.checks.cells import Rows
from core.checks.finding import Severity
from core.checks.view import View
from core.folds import Folds

#: Values closer than this share of their standard deviation agree.
CLOSE = 0.05


@dataclass(frozen=True)
class Pairs:
    """Scored (or test) rows, each with one row that is fitted.

    Parameters
    ----------
    held_out, fitted: stacked rows, both (pairs,); no held-out row occurs twice.
    total: how many rows were held out in all.
    """

    held_out: Rows
    fitted: Rows
    total: int

    def __len__(self) -> int:
        return len(self.held_out)

    @property
    def share(self) -> float:
        return len(self) / max(1, self.total)

    def first(self) -> Pairs:
        """One pair for each held-out row."""
        keep = np.unique(self.held_out, return_index=True)[1]
        return Pairs(self.held_out[keep], self.fitted[keep], self.total)


def across_folds(view: View, scheme: Folds, a: Rows, b: Rows) -> Pairs:
    """Of these pairs of rows, those of which a fold scores one and fits the other."""
    held_out, fitted, total = [], [], 0
    for fold in scheme.folds:
        fit, score = np.zeros(len(view), dtype=bool), np.zeros(len(view), dtype=bool)
        fit[view.stacked("fit", fold.fit)] = True
        fit[view.stacked("score", fold.fit_on_score)] = True
        score[view.stacked("score", fold.score)] = True
        total += int(score.sum())
        for one, other in ((a, b), (b, a)):
            here = score[one] & fit[other]
            held_out.append(one[here])
            fitted.append(other[here])
    return Pairs(np.concatenate(held_out), np.concatenate(fitted), total).first()


def with_test(view: View, a: Rows, b: Rows) -> Pairs:
    """Of these pairs of rows, those of a test row and a train row."""
    edge = len(view.train)
    low, high = np.minimum(a, b), np.maximum(a, b)
    here = (low < edge) & (high >= edge)
    return Pairs(high[here], low[here], len(view) - edge).first()


def agreement(view: View, a: Rows, b: Rows) -> tuple[float, float]:
    """The share of pairs whose truth agrees, and what that share would be among rows paired at random.

    Classes agree when they are equal, values when they are closer than a twentieth of their standard deviation.
    Both are NaN where no pair has a truth.
    """
    known = (a < len(view.train)) & (b < len(view.train))
    a, b = a[known], b[known]
    if len(a) == 0 or not view.targets:
        return float("nan"), float("nan")
    rng = view.rng("pairs")
    anyone, other = rng.choice(view.train, 2_000), rng.choice(view.train, 2_000)
    return _agree(view, a, b), _agree(view, anyone, other)


def _agree(view: View, a: Rows, b: Rows) -> float:
    agree = np.ones(len(a), dtype=bool)
    known = np.ones(len(a), dtype=bool)
    for target in view.targets:
        apart = np.abs(target.values[a] - target.values[b])
        known &= ~np.isnan(apart)
        scale = 0.0 if target.codes is not None else CLOSE * float(np.nanstd(target.values[view.train]))
        agree &= apart <= scale
    return float(agree[known].mean()) if known.any() else float("nan")


def judge(pairs: Pairs, agree: float, by_chance: float) -> Severity:
    """How bad such pairs across folds are.

    A leak from one scored row in a hundred on, when the truth of 95 % of the pairs agrees: then models are marked on
    answers they were given. A warning when fewer rows, or an agreement only half way above chance, make that doubtful.
    """
    if len(pairs) < 3 or pairs.share < 0.001 or np.isnan(agree):
        return "note"
    if agree >= 0.95:
        return "leak" if pairs.share >= 0.01 else "warning"
    better_than_chance = (agree - by_chance) / max(1e-9, 1 - by_chance)
    return "warning" if better_than_chance >= 0.5 and pairs.share >= 0.01 else "note"
