"""The Gaussian process beside one that is written out, and what it reads."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from competitions.air_quality import space_time
from competitions.air_quality.space_time import SpaceTimeProcess
from core.estimators.saving import load_estimator, save_estimator
from tests.competitions.air_quality.made import fit_context, keys_of_places, predict_context


@pytest.fixture
def rows():
    keys = keys_of_places(rows=200, places=10)
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.normal(size=(200, 2)), keys.index, ["a", "b"])
    X.loc[keys.index[:20], "b"] = np.nan
    level = keys["place"].map(dict(zip(sorted(keys["place"].unique()), rng.normal(size=10), strict=True)))
    return X, pd.Series(np.expm1(2 + 0.3 * X["a"] + 0.3 * level + 0.1 * rng.normal(size=200)), keys.index), keys


def test_it_is_the_conditional_mean_of_its_covariance(rows):
    """By the conditional of the joint normal distribution of fitted and new rows, from one matrix of all."""
    X, y, keys = rows
    held = keys["place"].isin(["p1", "p5"]).to_numpy()
    model = SpaceTimeProcess().fit(X[~held], y[~held], context=fit_context(keys[~held]))
    both = SpaceTimeProcess()
    both.encoder_, both.known_ = model.encoder_, keys[["place", "day", "latitude", "longitude"]]
    both.inputs_ = both._scaled(X)
    joint = both._covariance(both.known_, both.inputs_)
    np.testing.assert_allclose(joint, joint.T, atol=1e-9)
    assert np.linalg.eigvalsh(joint + 1e-9 * np.eye(len(X))).min() > 0
    target = np.log1p(y[~held].to_numpy())
    mean, deviation = target.mean(), target.std()
    known = joint[np.ix_(~held, ~held)] + model.noise * np.eye(int((~held).sum()))
    told = mean + joint[np.ix_(held, ~held)] @ np.linalg.solve(known, target - mean)
    np.testing.assert_allclose(np.log1p(model.predict(X[held], context=predict_context(keys[held]))), told, atol=1e-7)
    assert deviation > 0


def test_far_away_and_with_unknown_inputs_it_says_the_mean(rows):
    X, y, keys = rows
    model = SpaceTimeProcess(inputs=0, line=0).fit(X, y, context=fit_context(keys))
    away = keys.assign(place="q", latitude=-60.0, longitude=100.0)
    told = model.predict(X * np.nan, context=predict_context(away))
    np.testing.assert_allclose(told, np.expm1(np.log1p(y).mean()), rtol=1e-4)


def test_what_neighbours_measured_on_the_day_counts(rows):
    X, y, keys = rows
    keys = keys.assign(latitude=0.0, longitude=0.01 * keys["place"].str[1:].astype(int))
    day = keys["day"].iloc[0]
    held = (keys["place"] == keys["place"].iloc[0]).to_numpy()
    smoky = y.where(keys["day"] != day, 500.0)
    told = [
        SpaceTimeProcess().fit(X[~held], values[~held], context=fit_context(keys[~held]))
        .predict(X[held], context=predict_context(keys[held])) for values in (y, smoky)
    ]  # fmt: skip
    same_day = (keys["day"][held] == day).to_numpy()
    assert (told[1] / told[0])[same_day].min() > 3
    far = np.abs(keys["day"][held].to_numpy() - day) > 8
    assert (told[1] / told[0])[far].max() < (told[1] / told[0])[same_day].min()


def test_a_row_without_a_position_is_refused_and_a_saved_process_answers_the_same(rows, tmp_path):
    X, y, keys = rows
    with pytest.raises(ValueError, match="position"):
        SpaceTimeProcess().fit(X, y, context=fit_context(keys.assign(latitude=np.nan)))
    model = SpaceTimeProcess(columns=["a"]).fit(X, y, context=fit_context(keys))
    save_estimator(model, tmp_path / "model")
    again = load_estimator(tmp_path / "model")
    context = predict_context(keys)
    np.testing.assert_array_equal(again.predict(X, context=context), model.predict(X, context=context))


def test_a_new_place_of_no_known_position_is_told_by_its_inputs_and_many_rows_in_parts(rows, monkeypatch):
    X, y, keys = rows
    model = SpaceTimeProcess().fit(X, y, context=fit_context(keys))
    nowhere = keys.assign(latitude=np.nan, longitude=np.nan, place="q")
    far = keys.assign(latitude=-60.0, longitude=100.0, place="q")
    told = [model.predict(X, context=predict_context(where)) for where in (nowhere, far)]
    np.testing.assert_allclose(told[0], told[1], rtol=1e-5)
    whole = model.predict(X, context=predict_context(keys))
    monkeypatch.setattr(space_time, "AT_ONCE", 7)
    np.testing.assert_allclose(model.predict(X, context=predict_context(keys)), whole, rtol=1e-12)
