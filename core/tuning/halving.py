"""Successive halving over folds."""

from __future__ import annotations

import numpy as np
import optuna
from optuna.trial import FrozenTrial

#: One trial in so many goes on. With 2, which keeps more, a search took a third longer for a best loss within noise.
REDUCTION = 3


class FoldHalving(optuna.pruners.BasePruner):
    """Asynchronous successive halving (Li et al. 2020), folds being what a trial is given more of.

    A trial goes on while its mean score on the folds reported so far is in the best third of all trials that have
    reported these folds. They are the same rows for all, so that an easy fold favours nobody.
    """

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        """Whether the trial is behind the best third."""
        steps = trial.intermediate_values.keys()
        if not steps:  # no fold so far has a score
            return False
        rivals = [
            other
            for other in study.get_trials(deepcopy=False)
            if other.number < trial.number and steps <= other.intermediate_values.keys()
        ]
        sign = -1 if study.direction == optuna.study.StudyDirection.MAXIMIZE else 1
        own, *means = (
            sign * float(np.mean([each.intermediate_values[step] for step in sorted(steps)]))
            for each in (trial, *rivals)
        )
        return sum(mean < own for mean in means) > len(means) / REDUCTION
