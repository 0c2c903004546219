from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from core.estimators.linear import LinearClassifier, LinearRegressor
from tests.core.estimators.tables import class_names, mixed_table, values


def numbers(n: int = 200) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(0).normal(3, 2, size=(n, 3)), columns=["a", "b", "c"])


def test_on_plain_numbers_it_is_logistic_regression_on_scaled_columns():
    X = numbers()
    y = pd.Series(np.where(X["a"] > X["b"], "wren", "owl"))
    weight = np.linspace(0.1, 2, len(y))
    model = LinearClassifier(C=0.3).fit(X, y, sample_weight=weight)
    scaled = (X - X.mean()) / X.std(ddof=0)
    plain = LogisticRegression(C=0.3, max_iter=500).fit(scaled, y, sample_weight=weight)
    np.testing.assert_allclose(model.predict_proba(X), plain.predict_proba(scaled), atol=1e-10)


def test_on_plain_numbers_it_is_ridge_on_scaled_columns():
    X = numbers()
    y = X["a"] * 2 - X["c"]
    scaled = (X - X.mean()) / X.std(ddof=0)
    plain = Ridge(alpha=7.0).fit(scaled, y)
    np.testing.assert_allclose(LinearRegressor(alpha=7.0).fit(X, y).predict(X), plain.predict(scaled), atol=1e-10)


def test_a_missing_number_is_the_median_and_a_flag():
    X = numbers()
    missing = np.arange(len(X)) % 4 == 0
    y = pd.Series(missing * 5.0)
    X.loc[missing, "a"] = np.nan
    assert np.abs(LinearRegressor(alpha=0.01).fit(X, y).predict(X) - y).max() < 0.1


def test_what_is_learnt_comes_from_the_fitted_rows_only():
    X = mixed_table()
    y = values(X)
    model = LinearRegressor().fit(X.iloc[:100], y.iloc[:100])
    near, far = X.iloc[100:101], X.iloc[100:].assign(amount=1e6)
    together = model.predict(pd.concat([near, far]))
    np.testing.assert_allclose(together[0], model.predict(near)[0])


def test_rare_categories_share_one_column_with_unseen_ones():
    X = pd.DataFrame({"city": ["Oslo"] * 50 + ["Rome"] * 50 + ["Lima"] * 3 + ["Bern"] * 3})
    y = pd.Series([0.0] * 50 + [1.0] * 50 + [5.0] * 6)
    model = LinearRegressor(alpha=0.1).fit(X, y)
    predicted = model.predict(pd.DataFrame({"city": ["Lima", "Bern", "Paris", None, "Rome"]}))
    assert len(set(predicted[:4].round(10))) == 1
    assert predicted[4] != predicted[0]


def test_a_column_without_any_value_is_no_obstacle():
    X = numbers().assign(empty=np.nan)
    y = pd.Series(np.where(X["a"] > 3, "wren", "owl"))
    assert np.isfinite(LinearClassifier().fit(X, y).predict_proba(X.assign(empty=1.0))).all()


def test_class_names_are_in_sorted_order():
    X = mixed_table()
    model = LinearClassifier().fit(X, class_names(X, 3))
    assert list(model.classes_) == ["jay", "owl", "wren"]


def test_a_stronger_penalty_pulls_probabilities_together():
    X = mixed_table()
    y = class_names(X, 2)
    spread = [LinearClassifier(C=C).fit(X, y).predict_proba(X)[:, 0].std() for C in (1e-3, 1.0)]
    assert spread[0] < spread[1]


def test_a_missing_column_is_named():
    X = numbers()
    model = LinearRegressor().fit(X, X["a"])
    with pytest.raises(ValueError, match="'c'"):
        model.predict(X[["a", "b"]])
