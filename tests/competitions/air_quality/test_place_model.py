"""A regressor on the log of the target, beside labels of other places."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from competitions.air_quality.place_model import PlaceModel
from core.estimators.lightgbm import LightGBMRegressor
from core.estimators.linear import LinearRegressor
from core.estimators.saving import load_estimator, save_estimator
from tests.competitions.air_quality.made import fit_context, keys_of_places, predict_context

NO2 = [f"nitrogendioxide_no2_column_{name}" for name in ("number_density", "slant")]


@pytest.fixture
def rows():
    """A day's air that all places of a city share, and that no input tells."""
    keys = keys_of_places(rows=300, places=12, days=15)
    rng = np.random.default_rng(0)
    air = pd.Series(rng.normal(size=1000), index=range(1000))
    code = (keys["day"] - 19_000) * 3 + keys["city"].str[1:].astype(int)
    X = pd.DataFrame(rng.normal(size=(300, 3)), keys.index, ["a", *NO2])
    y = pd.Series(np.expm1(1 + 0.3 * X["a"] + code.map(air).abs() + 0.1 * rng.random(300)), keys.index)
    return X, y, keys


def test_labels_of_neighbours_tell_what_no_input_does(rows):
    X, y, keys = rows
    held = keys["place"].isin(["p3", "p7"]).to_numpy()
    errors = []
    for labels in (False, True):
        model = PlaceModel(LightGBMRegressor(n_estimators=60, min_child_samples=5), labels=labels)
        model.fit(X[~held], y[~held], context=fit_context(keys[~held]))
        told = model.predict(X[held], context=predict_context(keys[held]))
        errors.append(float(np.abs(np.log1p(told) - np.log1p(y[held])).mean()))
    assert errors[1] < 0.6 * errors[0]


def test_a_log_is_taken_back_and_nothing_is_below_0(rows):
    X, y, keys = rows
    model = PlaceModel(LinearRegressor(alpha=1e-6), columns=["a"]).fit(X, y, context=fit_context(keys))
    line = LinearRegressor(alpha=1e-6).fit(X[["a"]], np.log1p(y))
    expected = np.maximum(np.expm1(line.predict(X[["a"]])), 0)
    np.testing.assert_allclose(model.predict(X, context=predict_context(keys)), expected)
    low = PlaceModel(LinearRegressor(), log=False).fit(X, y - 100, context=fit_context(keys))
    assert (low.predict(X, context=predict_context(keys)) == 0).all()


@pytest.mark.parametrize("labels", [False, True])
def test_a_saved_model_answers_the_same(rows, labels, tmp_path):
    X, y, keys = rows
    model = PlaceModel(LightGBMRegressor(n_estimators=10), labels=labels, columns=["a"], components=NO2)
    model.fit(X, y, context=fit_context(keys))
    save_estimator(model, tmp_path / "model")
    again = load_estimator(tmp_path / "model")
    context = predict_context(keys)
    np.testing.assert_array_equal(again.predict(X, context=context), model.predict(X, context=context))
