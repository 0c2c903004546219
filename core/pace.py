"""How long the work after the fits takes, learnt while they go on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.blend import Scale, scaled
from core.blending.costs import blends_asked_for, fits_asked_for, scores_asked_for, taking_part
from core.blending.greedy import ROUNDS
from core.blending.methods import in_regimes, methods_of, scales_of
from core.blending.scorers import scorer_of
from core.budget import Budget
from core.calibration import log_probabilities
from core.cross_validation import Fitted
from core.log_linear import fit_log_linear
from core.member import family_of
from core.workbench import Workbench

#: Below so many rounds greedy selection is hardly more than the best member.
FEWEST_ROUNDS = 5

#: What choosing takes besides what is timed, as a factor: seen between 1.1 and 1.5.
MARGIN = 1.4

#: Rounds that a log-linear pool takes, more than most do, and those that are timed.
POOL_ROUNDS, FEW = 60, 4

#: Candidates whose scores are timed.
SOME = 5

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


class Pace:
    """Keeps time in a budget for choosing the blend and for writing.

    Parameters
    ----------
    folds: how many are fitted.
    regimes: whether rows have regimes, for which weights are fitted besides.
    """

    def __init__(self, bench: Workbench, budget: Budget, folds: int, *, regimes: bool = False) -> None:
        self.bench, self.budget, self.folds, self.regimes = bench, budget, folds, regimes
        self.choosing = 0.0
        self.writing = 0.0

    def around(self, after_item: Callable[[Fitted], None]) -> Callable[[Fitted], None]:
        """The same work after each item, timed, and what is learnt from it kept in the budget."""

        def timed(fitted: Fitted) -> None:
            began = time.perf_counter()
            after_item(fitted)
            self.writing = max(self.writing, time.perf_counter() - began)
            if self.budget.seconds is None:
                return
            self.choosing = sum(self._seconds_to_choose(fitted))
            # The end writes the submission once more, and predictions and models besides.
            self.budget.keep(self.choosing + 2 * self.writing)

        return timed

    def rounds(self, fitted: Fitted) -> int:
        """Rounds of greedy selection that the rest of the budget has time for."""
        if self.budget.seconds is None:
            return ROUNDS
        scoring, rest = self._seconds_to_choose(fitted)
        left = max(self.budget.left_in_all - 2 * self.writing, 0.0)
        if scoring + rest <= left:
            return ROUNDS
        rounds = int(ROUNDS * (left - rest) / scoring) if rest < left else 0  # the rest takes what it takes
        return rounds if rounds >= FEWEST_ROUNDS else 0

    def _seconds_to_choose(self, fitted: Fitted) -> tuple[float, float]:
        """What greedy selection takes in full, and everything else: ranking candidates, pools, scoring blends."""
        names = fitted.candidate_names(self.bench.members)
        if len(names) < 2:
            return 0.0, 0.0
        judge = self.bench.judge
        folds = self.folds if fitted.folds is None else len(fitted.folds)
        members, fits = taking_part(family_of(name) for name in names), fits_asked_for(folds)
        some = [fitted.predictions[name].mean_out_of_fold for name in names[:SOME]]
        rows = np.flatnonzero(np.all([np.isfinite(values).all(axis=1) for values in some], axis=0))
        methods = methods_of(judge, some, [rows], rounds=ROUNDS, regimes=self.regimes)
        in_each = in_regimes(methods) if self.regimes else ""  # fitted once more, on the rows of all regimes together
        scoring = 0.0
        joined = len(methods) + self.regimes  # a blend of its own in each regime is joined twice
        rest = self._seconds_to_blend(some, rows, members) * blends_asked_for(members, folds, joined)
        for scale in scales_of(judge.metric, some[0].shape[1]):
            preparing, each = self._seconds_to_score(some, rows, scale)
            scoring += each * scores_asked_for(members, folds) * (2 if (in_each, scale) == ("greedy", "values") else 1)
            rest += preparing * min(len(names), 2 * members) / len(some)  # other folds bring in others
        preparing, each = self._seconds_to_rank(some[0], rows)
        rest += len(names) * (preparing + each * fits * (2 if self.regimes else 1))
        if "log-linear" in methods:
            logs, pool = self._seconds_to_pool(some, rows)
            pools, blends = fits * (2 if in_each == "log-linear" else 1), blends_asked_for(members, folds, 1)
            rest += (pool * pools + logs * (pools + blends)) * members / len(some)
        usual = MARGIN * (1 - 1 / folds)  # on the rows of all folds but one or two
        return usual * scoring, usual * rest

    def _seconds_to_score(self, members: Sequence[Array], rows: Rows, scale: Scale) -> tuple[float, float]:
        """To make ready for the scores of means on a scale, and one score."""
        judge = self.bench.judge
        began = time.perf_counter()
        groups = None if judge.groups is None else pd.Series(judge.groups)
        scorer = scorer_of([scaled(values, scale, groups) for values in members], judge, [rows])
        scorer.start([0])
        scorer.add(0)
        ready = time.perf_counter()
        scorer.scores(range(len(members)))
        return ready - began, (time.perf_counter() - ready) / len(members)

    def _seconds_to_rank(self, member: Array, rows: Rows) -> tuple[float, float]:
        """To make ready for the scores of a candidate by itself, and one score, begun anew."""
        began = time.perf_counter()
        scorer = scorer_of([member], self.bench.judge, [rows])
        ready = time.perf_counter()
        scorer.start([0])
        scorer.scores([0])
        return ready - began, time.perf_counter() - ready

    def _seconds_to_blend(self, some: Sequence[Array], rows: Rows, members: int) -> float:
        """To make a blend of so many members and to score it."""
        judge = self.bench.judge
        began = time.perf_counter()
        total = sum(values[rows] / len(some) for values in some)
        joined = time.perf_counter()
        judge.score(np.asarray(total), rows)
        return (joined - began) * members / len(some) + time.perf_counter() - joined

    def _seconds_to_pool(self, members: Sequence[Array], rows: Rows) -> tuple[float, float]:
        """To take the logarithms of all, and one log-linear pool, from a few of its rounds."""
        truth, weight = self.bench.judge.truth[rows].astype(np.intp), self.bench.judge.weight[rows]
        began = time.perf_counter()
        logs = np.stack([log_probabilities(values[rows]) for values in members])
        taken = time.perf_counter()
        fit_log_linear(logs, truth, weight, rounds=1)
        once = time.perf_counter()
        fit_log_linear(logs, truth, weight, rounds=1 + FEW)
        rounds = max(time.perf_counter() - once - (once - taken), 0.0) / FEW
        return taken - began, once - taken + rounds * POOL_ROUNDS
