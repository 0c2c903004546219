"""How long the work after the fits takes, learnt while they go on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from core.budget import Budget
from core.calibration import log_probabilities
from core.cross_validation import Fitted
from core.ensembling import ROUNDS, fits_asked_for, pools, scales_of, scores_asked_for
from core.log_linear import fit_log_linear
from core.workbench import Workbench

#: Below so many rounds greedy selection is hardly more than the best member.
FEWEST_ROUNDS = 5

#: What choosing takes besides its scores, as a factor: seen between 1.1 and 1.5.
MARGIN = 1.4

#: Rounds that a log-linear pool takes, more than most do, and those that are timed.
POOL_ROUNDS, FEW = 60, 3

Array = npt.NDArray[np.float64]


class Pace:
    """Keeps time in a budget for choosing the blend and for writing.

    Parameters
    ----------
    folds: how many are fitted.
    """

    def __init__(self, bench: Workbench, budget: Budget, folds: int) -> None:
        self.bench, self.budget, self.folds = bench, budget, folds
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
        scoring, pooling = self._seconds_to_choose(fitted)
        left = max(self.budget.left + self.budget.kept - 2 * self.writing, 0.0)
        if scoring + pooling <= left:
            return ROUNDS
        rounds = int(ROUNDS * (left - pooling) / scoring) if pooling < left else 0  # pools take what they take
        return rounds if rounds >= FEWEST_ROUNDS else 0

    def _seconds_to_choose(self, fitted: Fitted) -> tuple[float, float]:
        """What scores and log-linear pools cost, times how many, each on the rows of all folds but one or two."""
        candidates = fitted.candidates(self.bench.members)
        folds = self.folds if fitted.folds is None else len(fitted.folds)
        values = next(iter(candidates.values()))
        scales = len(scales_of(self.bench.judge.metric, values.shape[1]))
        times = scores_asked_for(len(candidates), folds, scales)
        if not times:
            return 0.0, 0.0
        pooling = self._seconds_to_pool(candidates) * fits_asked_for(folds)
        rows = np.flatnonzero(np.isfinite(values).all(axis=1))
        score, known = self.bench.judge.of(rows), values[rows]
        seconds = []
        for _ in range(5):
            began = time.perf_counter()
            score((known + known) / 2)
            seconds.append(time.perf_counter() - began)
        usual = MARGIN * (1 - 1 / folds)
        return usual * float(np.median(seconds)) * times, usual * pooling

    def _seconds_to_pool(self, candidates: Mapping[str, Array]) -> float:
        """What one log-linear pool takes, from a few of its rounds."""
        judge = self.bench.judge
        if not pools(judge.metric, len(candidates)):
            return 0.0
        logs = np.stack([log_probabilities(values) for values in candidates.values()])
        rows = np.flatnonzero(np.isfinite(logs).all(axis=(0, 2)))
        began = time.perf_counter()
        fit_log_linear(logs[:, rows], judge.truth[rows].astype(np.intp), judge.weight[rows], rounds=FEW)
        return (time.perf_counter() - began) * POOL_ROUNDS / FEW
