"""XGBoost, where it is installed: categories, early stopping; where it is not, what to do."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.context import FitContext
from core.deadline import Deadline, OutOfTime
from core.errors import Refusal
from core.estimators.xgboost import XGBoostClassifier, XGBoostRegressor, xgboost_is_installed
from tests.core.estimators.tables import class_names, mixed_table, values

needs_xgboost = pytest.mark.skipif(not xgboost_is_installed(), reason="xgboost is not installed")


def context_of(X: pd.DataFrame, **more: Any) -> FitContext:
    return FitContext(keys=X[[]], outputs=(), **more)


@needs_xgboost
def test_categories_are_split_as_sets():
    X = pd.DataFrame({"name": [f"n{number}" for number in range(6)] * 20})
    y = X["name"].isin(["n0", "n2", "n4"]).astype(float)
    model = XGBoostRegressor(1, 1.0, max_depth=1, reg_lambda=0.0, subsample=1.0, min_child_weight=0.0).fit(X, y)
    np.testing.assert_allclose(model.predict(X), y, atol=1e-5)


@needs_xgboost
def test_early_stopping_ends_before_the_last_round_and_fits_all_rows_once_more():
    X = mixed_table()
    y = class_names(X, 2)
    context = context_of(X, seed=2)
    model = XGBoostClassifier(200, 0.3, early_stopping_rounds=5).fit(X, y, context=context)
    assert 1 <= model.n_rounds_ < 200
    on_all = XGBoostClassifier(model.n_rounds_, 0.3).fit(X, y)
    assert model.predict_proba(X).tobytes() == on_all.predict_proba(X).tobytes()


@needs_xgboost
def test_score_weights_change_where_early_stopping_stops():
    X = mixed_table()
    y = class_names(X, 2)
    rounds = {
        XGBoostClassifier(60, 0.2, early_stopping_rounds=60)
        .fit(X, y, context=context_of(X, score_weight=np.where(y == "owl", weight, 1.0)))
        .n_rounds_
        for weight in (0.01, 1.0, 100.0)
    }
    assert len(rounds) > 1


@needs_xgboost
def test_a_deadline_ends_a_fit():
    X = mixed_table()
    with pytest.raises(OutOfTime):
        XGBoostRegressor(50).fit(X, values(X), context=context_of(X, deadline=Deadline(0.0, lambda: 1.0)))


@needs_xgboost
def test_further_parameters_reach_the_library():
    X = mixed_table()
    plain, absolute = (
        XGBoostRegressor(20, extra=extra).fit(X, values(X)).predict(X)
        for extra in (None, {"objective": "reg:absoluteerror"})
    )
    assert not np.array_equal(plain, absolute)


def test_without_xgboost_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch):
    X = mixed_table(20)
    monkeypatch.setitem(sys.modules, "xgboost", None)
    with pytest.raises(Refusal, match="xgboost") as refused:
        XGBoostRegressor(2).fit(X, values(X))
    assert "pip install xgboost" in refused.value.way_out
