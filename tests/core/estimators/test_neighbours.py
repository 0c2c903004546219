"""Neighbours: the formula, row by row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.estimators.neighbours import NeighboursClassifier, NeighboursRegressor
from tests.core.estimators.tables import class_names, mixed_table, values


@pytest.mark.parametrize("weighted", [False, True])
def test_values_are_those_of_the_formula(weighted: bool):
    X, new = mixed_table(80), mixed_table(30, seed=1)
    y = values(X).to_numpy()
    weight = np.linspace(0.5, 3, len(X)) if weighted else np.ones(len(X))
    model = NeighboursRegressor(5).fit(X, pd.Series(y, index=X.index), sample_weight=weight if weighted else None)
    fitted, asked = model.encoder_.transform(X), model.encoder_.transform(new)
    expected = []
    for row in asked:
        distance = np.sqrt(((fitted - row) ** 2).sum(axis=1))
        nearest = np.argsort(distance)[:5]
        farthest = distance[nearest[-1]]
        counts = weight[nearest] * farthest / np.maximum(distance[nearest], farthest / 10)
        expected.append((counts @ y[nearest] + np.average(y, weights=weight)) / (counts.sum() + 1))
    np.testing.assert_allclose(model.predict(new), expected, rtol=1e-4)


def test_more_neighbours_than_rows_are_all_rows():
    X = mixed_table(9)
    model = NeighboursRegressor(50).fit(X, values(X))
    assert model.predict(X).shape == (9,)


def test_equal_rows_do_not_divide_by_nothing():
    X = pd.DataFrame({"a": [1.0] * 6 + [2.0] * 6})
    y = pd.Series(["owl"] * 6 + ["wren"] * 6)
    chances = NeighboursClassifier(4).fit(X, y).predict_proba(X)
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    assert (chances.argmax(axis=1) == [0] * 6 + [1] * 6).all()


def test_many_rows_are_predicted_in_parts_alike(monkeypatch: pytest.MonkeyPatch):
    X = mixed_table(100)
    model = NeighboursClassifier(5).fit(X, class_names(X, 3))
    whole = model.predict_proba(X)
    monkeypatch.setattr("core.estimators.neighbours.TOGETHER", 7)
    np.testing.assert_allclose(model.predict_proba(X), whole, rtol=1e-5)
