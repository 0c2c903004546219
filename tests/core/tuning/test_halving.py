"""A trial goes on while it is in the best third of those that came before it."""

from __future__ import annotations

import warnings

import optuna
import pytest

from core.tuning.halving import FoldHalving


def study_of(*reports, direction="minimize"):
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction=direction, pruner=FoldHalving())
    trials = []
    for values in reports:
        trial = study.ask()
        for step, value in values.items():
            trial.report(value, step)
        trials.append(trial)
    return study, trials


@pytest.mark.parametrize(
    ("reports", "pruned"),
    [
        ([{0: 1.0}], False),  # the first has no rival
        ([{0: 1.0}, {0: 2.0}], True),
        ([{0: 1.0}, {0: 0.5}], False),
        ([{0: 1.0}, {0: 1.0}], False),  # equals go on
        ([{0: 1.0}, {0: 3.0}, {0: 2.0}], True),  # the middle one of three
        ([{0: 1.0}, {0: 3.0}, {0: 4.0}, {0: 2.0}], False),  # the second of four
        ([{0: 1.0}, {0: 2.0}, {0: 4.0}, {0: 3.0}], True),
        ([{0: 1.0}, {0: 1.0, 1: 9.0}, {0: 2.0, 1: 2.0}], False),  # only the one that went as far is a rival
        ([{0: 1.0, 1: 3.0}, {0: 3.0, 1: 0.0}], False),  # the mean counts, not the last
    ],
)
@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_the_newest_trial(reports, pruned, direction):
    sign = 1 if direction == "minimize" else -1
    signed = [{step: sign * value for step, value in values.items()} for values in reports]
    _, trials = study_of(*signed, direction=direction)
    assert trials[-1].should_prune() == pruned


def test_a_trial_without_a_score_goes_on():
    """A metric may be undefined on its first folds."""
    _, trials = study_of({0: 1.0}, {})
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nor is a mean of nothing taken
        assert not trials[-1].should_prune()


def test_what_came_later_does_not_count():
    _, trials = study_of({0: 2.0}, {0: 1.0}, {0: 1.0})
    assert not trials[0].should_prune()
    assert not trials[1].should_prune()
