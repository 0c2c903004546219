"""A cell is kept under everything that determines it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.portfolio_parts import cells
from benchmarks.portfolio_parts.cells import place
from benchmarks.portfolio_parts.sets import Set
from core.estimators.constant import ConstantRegressor
from core.member import Member

ONE = Set("one", pd.DataFrame({"a": np.arange(6.0), "b": np.arange(6.0) ** 2}), pd.Series(np.arange(6.0)))
MEMBER = Member("constant", lambda params, seed: ConstantRegressor(**params), {"statistic": "mean"})
HOME = Path("home")


def test_it_is_found_again():
    again = Set("one", ONE.X.copy(), ONE.y.copy())
    assert place(HOME, again, replace(MEMBER)) == place(HOME, ONE, MEMBER)


@pytest.mark.parametrize(
    "other",
    [
        Set("one", ONE.X[::-1], ONE.y[::-1]),  # other folds
        Set("one", ONE.X.rename(columns={"a": "c"}), ONE.y),
        Set("one", ONE.X, ONE.y + 1),
    ],
    ids=["order", "columns", "truth"],
)
def test_other_data_make_another(other):
    assert place(HOME, other, MEMBER) != place(HOME, ONE, MEMBER)


def test_other_parameters_and_libraries_make_another(monkeypatch):
    here = place(HOME, ONE, MEMBER)
    assert place(HOME, ONE, replace(MEMBER, defaults={"statistic": "median"})) != here
    monkeypatch.setattr(cells, "versions", lambda: {"lightgbm": "0.1"})
    assert place(HOME, ONE, MEMBER) != here
