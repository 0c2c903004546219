"""CatBoost on orders inside events."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.context import FitContext
from core.estimators.catboost import CatBoostRanker
from core.estimators.saving import load_estimator, save_estimator


def races(seed=0, count=40, size=15):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(count * size, 3)), columns=list("abc"))
    event = np.repeat(np.arange(count), size)
    level = 3.0 * event  # events differ, which an order does not care about
    rank = (2 * X["a"] + level + rng.normal(size=len(X))).groupby(event).rank(ascending=False)
    return X, (11 - rank).clip(lower=0), pd.DataFrame({"event": event})


def test_it_ranks_and_saves(tmp_path):
    X, y, keys = races()
    shuffled = np.random.default_rng(1).permutation(len(X))  # events need not stand together
    model = CatBoostRanker(n_estimators=60)
    context = FitContext(keys.iloc[shuffled], ("y",))
    model.fit(X.iloc[shuffled], y.iloc[shuffled], context=context)
    new, _, _ = races(seed=5)
    found = model.predict(new)
    assert np.corrcoef(found, new["a"])[0, 1] > 0.9
    save_estimator(model, tmp_path / "model")
    assert np.array_equal(load_estimator(tmp_path / "model").predict(new), found)


def test_rows_without_events_are_refused():
    X, y, _ = races(count=3)
    with pytest.raises(ValueError, match="needs the key 'event'"):
        CatBoostRanker(n_estimators=2).fit(X, y)


def test_events_count_as_their_rows_do():
    X, y, keys = races()
    first = keys["event"] < 20
    opposite = y.where(first, 10 - y)  # half of the races say the opposite
    context, new = FitContext(keys, ("y",)), races(seed=5)[0]
    found = {}
    for heavy in (True, False):
        weight = np.where(first == heavy, 50.0, 0.02)
        model = CatBoostRanker(n_estimators=40).fit(X, opposite, weight, context)
        found[heavy] = np.corrcoef(model.predict(new), new["a"])[0, 1]
    assert found[True] > 0.7
    assert found[False] < -0.7
