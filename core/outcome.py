"""What a run came to, for those who explain it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from core.dataset import Dataset
from core.decision import Decision
from core.folds import Folds
from core.objective import Judge, Objective

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Outcome:
    """Predictions of members and blend, and what they are judged by.

    Parameters
    ----------
    fitted: positions of the folds that were fitted.
    members: out-of-fold predictions by member with its defaults, baselines among them, (score rows, outputs),
        averaged over seeds. Trials of tuning, chosen by their scores on these rows, are not among them.
    baselines: names of the trivial ones.
    blended: names of those with a weight in the blend, trials too.
    nested: predictions of blends that did not see the rows, (score rows, outputs); NaN where no fold scores.
    test: the predictions that are sent, (test rows, outputs).
    decision, nested_decisions: what made `test` of the blend, and `nested` of each fold's, by fold; None for none.
    """

    dataset: Dataset
    objective: Objective
    judge: Judge
    folds: Folds
    fitted: tuple[int, ...]
    members: Mapping[str, Array]
    baselines: frozenset[str]
    blended: frozenset[str]
    nested: Array
    test: Array
    decision: Decision | None = None
    nested_decisions: Mapping[int, Decision | None] = field(default_factory=dict)

    @cached_property
    def rows(self) -> Rows:
        """Positions of the scored rows, in the order of the folds."""
        return np.concatenate(self.scored)

    @cached_property
    def scored(self) -> tuple[Rows, ...]:
        """Positions of the scored rows of each fitted fold."""
        return tuple(self.folds.folds[number].score for number in self.fitted)
