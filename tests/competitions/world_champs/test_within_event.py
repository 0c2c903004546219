"""Models whose answers are compared within their event."""

from __future__ import annotations

import numpy as np
import pandas as pd

from competitions.world_champs.column import Column
from competitions.world_champs.within_event import STRIDE, WithinEvent, standardised
from core.context import FitContext, PredictContext
from core.estimators.lightgbm import LightGBMRegressor
from core.estimators.saving import load_estimator, save_estimator

EVENT = pd.Series(["a", "a", "a", "b", "b", "c"])
KEYS = EVENT.to_frame("event_id")


class Recorder:
    def fit(self, X, y, context):
        self.seen = (list(X.columns), y.tolist())
        return self

    def predict(self, X, context):
        return X["x"].to_numpy()


def test_answers_have_mean_0_and_deviation_1_in_each_event():
    found = standardised(np.array([1.0, 2.0, 3.0, 5.0, 5.0, 9.0]), EVENT)
    assert found[:3].mean() == 0
    np.testing.assert_allclose(found[:3].std(), 1)
    assert found[3:].tolist() == [0, 0, 0]


def test_columns_are_chosen_and_gains_fitted():
    X = pd.DataFrame({"x": [3.0, 1, 2, 0, 4, 5], "rider": list("abcdef")})
    y = pd.Series([1.0, 0.834, 0.0, 1.0, 0.0, 0.0])
    model = WithinEvent(Recorder(), ("x",), gains=True).fit(X, y, context=FitContext(KEYS, ("posx",)))
    assert model.model.seen == (["x"], [10.0, 9.0, 0.0, 10.0, 0.0, 0.0])
    assert model.predict(X, context=PredictContext(KEYS, ("posx",))).argmax() == 0


def test_a_saved_model_answers_the_same(tmp_path):
    X = pd.DataFrame({"points": [3.0, np.nan, 2, 0, 4, 5]})
    context = PredictContext(KEYS, ("posx",))
    model = WithinEvent(Column("points"), ["points"]).fit(X, X["points"], context=FitContext(KEYS, ("posx",)))
    save_estimator(model, tmp_path / "model")
    again = load_estimator(tmp_path / "model")
    assert np.array_equal(again.predict(X, context=context), model.predict(X, context=context))


def test_a_bag_is_the_mean_of_models_that_differ_by_their_seeds_alone(tmp_path):
    rng = np.random.default_rng(0)
    keys = pd.DataFrame({"event_id": np.repeat(["a", "b", "c", "d"], 50)})
    X = pd.DataFrame(rng.normal(size=(200, 4)), columns=list("abcd"))
    y = pd.Series(X["a"] + rng.normal(size=200))
    context = FitContext(keys, ("posx",))

    def fitted(seed, bag):
        booster = LightGBMRegressor(n_estimators=20, colsample_bytree=0.5, random_state=seed)
        return WithinEvent(booster, bag=bag).fit(X, y, context=context)

    bag = fitted(5, 3)
    single = [fitted(5 + number * STRIDE, 1).predict(X, context=context) for number in range(3)]
    assert not np.array_equal(single[0], single[1])
    expected = standardised(np.mean(single, axis=0), keys["event_id"])
    np.testing.assert_array_equal(bag.predict(X, context=context), expected)
    save_estimator(bag, tmp_path / "bag")
    again = load_estimator(tmp_path / "bag")
    np.testing.assert_array_equal(again.predict(X, context=context), expected)
