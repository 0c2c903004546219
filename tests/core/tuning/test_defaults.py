"""Which defaults a search space holds."""

from __future__ import annotations

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.tuning.defaults import fitting_defaults


def space(trial):
    return {
        "rate": trial.suggest_float("rate", 0.01, 1.0, log=True),
        "step": trial.suggest_float("step", 0.5, 2.0, step=0.5),
        "depth": trial.suggest_int("depth", 2, 9),
        "kind": trial.suggest_categorical("kind", ["a", "b", None]),
    }


VALUES = st.one_of(st.none(), st.booleans(), st.integers(-2, 12), st.floats(0, 3), st.sampled_from(["a", "b", "c"]))


@given(st.dictionaries(st.sampled_from(["rate", "step", "depth", "kind", "other"]), VALUES))
def test_what_fits_can_be_enqueued_and_comes_back_as_it_is(defaults):
    known = fitting_defaults(space, defaults)
    assert known.items() <= {**defaults, **known}.items()
    fixed = {"rate": 0.1, "step": 1.0, "depth": 3, "kind": "a"} | known
    found = space(optuna.trial.FixedTrial(fixed))
    assert {name: found[name] for name in known} == known


@pytest.mark.parametrize(
    ("defaults", "fitting"),
    [
        ({"rate": 0.1, "step": 1.5, "depth": 3, "kind": None}, {"rate": 0.1, "step": 1.5, "depth": 3, "kind": None}),
        ({"rate": None, "depth": "deep", "kind": "c"}, {}),
        ({"rate": 2.0, "step": 0.6, "depth": 2.5}, {}),
        ({"depth": True}, {}),
        ({}, {}),
    ],
)
def test_what_lies_outside_or_is_no_number_does_not_fit(defaults, fitting):
    assert fitting_defaults(space, defaults) == fitting


@pytest.mark.parametrize("number", [np.float64(0.5), np.int64(3)])
def test_numbers_of_numpy_become_plain_ones(number):
    (found,) = fitting_defaults(lambda trial: trial.suggest_float("a", 0, 5), {"a": number}).values()
    assert type(found) in (int, float)
    assert found == number


def test_a_space_that_fails_holds_nothing():
    assert fitting_defaults(lambda trial: 1 / 0, {"a": 1}) == {}
