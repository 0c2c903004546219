"""Successive halving over folds."""

from __future__ import annotations

import numpy as np
import optuna
from optuna.trial import FrozenTrial


class FoldHalving(optuna.pruners.BasePruner):
    """Asynchronous successive halving (Li et al. 2020), folds being what a trial is given more of.

    A trial goes on while its mean score on the folds reported so far is no worse than the median of all trials that
    have reported these folds. They are the same rows for all, so that an easy fold favours nobody.
    """

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        """Whether the trial is in the worse half."""
        steps = trial.intermediate_values.keys()
        if not steps:  # no fold so far has a score
            return False
        rivals = [
            other
            for other in study.get_trials(deepcopy=False)
            if other.number <= trial.number and steps <= other.intermediate_values.keys()
        ]
        means = {
            other.number: float(np.mean([other.intermediate_values[step] for step in sorted(steps)]))
            for other in (*rivals, trial)
        }
        middle = float(np.median(list(means.values())))
        own = means[trial.number]
        return own < middle if study.direction == optuna.study.StudyDirection.MAXIMIZE else own > middle
