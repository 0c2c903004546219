"""The defaults as a point of a search space."""

from __future__ import annotations

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator

from core.member import Member
from core.tuning.defaults import fitting_defaults, settings_of


def space(trial):
    return {
        "rate": trial.suggest_float("rate", 0.01, 1.0, log=True),
        "step": trial.suggest_float("step", 0.5, 2.0, step=0.5),
        "depth": trial.suggest_int("depth", 2, 9),
        "kind": trial.suggest_categorical("kind", ["a", "b", None]),
    }


VALUES = st.one_of(st.none(), st.booleans(), st.integers(-2, 12), st.floats(0, 3), st.sampled_from(["a", "b", "c"]))


@given(st.dictionaries(st.sampled_from(["rate", "step", "depth", "kind", "other"]), VALUES))
def test_the_point_can_be_enqueued_and_comes_back_as_it_is(defaults):
    known = fitting_defaults(space, defaults)
    numbers = {"rate", "step", "depth"} & {n for n, v in defaults.items() if type(v) in (int, float)}
    assert known.keys() - {"kind"} == numbers
    fixed = {"rate": 0.1, "step": 1.0, "depth": 3, "kind": "a"} | known
    found = space(optuna.trial.FixedTrial(fixed))
    assert {name: found[name] for name in known} == known


@pytest.mark.parametrize(
    ("defaults", "fitting"),
    [
        ({"rate": 0.1, "step": 1.5, "depth": 3, "kind": None}, {"rate": 0.1, "step": 1.5, "depth": 3, "kind": None}),
        ({"rate": None, "depth": "deep", "kind": "c"}, {}),
        ({"rate": 2.0, "step": 0.6, "depth": 2.5}, {"rate": 1.0, "step": 0.5, "depth": 2}),
        ({"rate": 0.0, "step": 9, "depth": 1}, {"rate": 0.01, "step": 2.0, "depth": 2}),
        ({"depth": True}, {}),
        ({}, {}),
    ],
)
def test_what_lies_outside_is_moved_inside_and_what_is_no_number_left_out(defaults, fitting):
    assert fitting_defaults(space, defaults) == fitting


@pytest.mark.parametrize("number", [np.float64(0.5), np.int64(3)])
def test_numbers_of_numpy_become_plain_ones(number):
    (found,) = fitting_defaults(lambda trial: trial.suggest_float("a", 0, 5), {"a": number}).values()
    assert type(found) in (int, float)
    assert found == number


def test_a_space_that_fails_holds_nothing():
    assert fitting_defaults(lambda trial: 1 / 0, {"a": 1}) == {}


class Inner(BaseEstimator):
    def __init__(self, alpha=1.0, beta=2.0):
        self.alpha, self.beta = alpha, beta


class Outer(BaseEstimator):
    def __init__(self, estimator, beta=3.0):
        self.estimator, self.beta = estimator, beta


def test_settings_are_those_of_the_constructors_where_a_member_says_nothing():
    member = Member("m", lambda params, seed: Outer(Inner(**params)), {"alpha": 5.0})
    found = settings_of(member)
    assert (found["alpha"], found["beta"]) == (5.0, 3.0)


def test_settings_of_what_cannot_be_asked_are_the_defaults():
    assert settings_of(Member("m", lambda params, seed: 1 / 0, {"alpha": 5.0})) == {"alpha": 5.0}
