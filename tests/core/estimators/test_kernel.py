"""Kernel machines: with all rows as landmarks they are what the books say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_friedman1, make_moons

from core.estimators.kernel import KernelClassifier, KernelRegressor
from core.estimators.linear import LinearClassifier, LinearRegressor
from tests.core.estimators.tables import mixed_table, values


def test_values_are_those_of_kernel_ridge_regression(monkeypatch: pytest.MonkeyPatch):
    X = mixed_table(90)
    y = values(X)
    monkeypatch.setattr("core.estimators.kernel.FACTORS", (2.0,))
    model = KernelRegressor(landmarks=90).fit(X, y)
    matrix, new = model.encoder_.transform(X), model.encoder_.transform(mixed_table(20, seed=1))
    likeness = model.kernel_.between(matrix, matrix)
    truth = (y - y.mean()) / y.std(ddof=0)
    dual = np.linalg.solve(likeness + 2 * model.kernel_.noise * np.eye(90), truth)
    expected = model.kernel_.between(new, matrix) @ dual * y.std(ddof=0) + y.mean()
    predicted = model.predict(mixed_table(20, seed=1))
    np.testing.assert_allclose(predicted, np.clip(expected, y.min(), y.max()), rtol=1e-3, atol=1e-3)


def test_the_penalty_is_the_best_by_leaving_one_row_out(monkeypatch: pytest.MonkeyPatch):
    X = mixed_table(60)
    y = values(X)
    chosen = KernelRegressor(landmarks=60).fit(X, y)
    matrix, truth = chosen.encoder_.transform(X), ((y - y.mean()) / y.std(ddof=0)).to_numpy()
    likeness, losses, answers = chosen.kernel_.between(matrix, matrix), {}, {}
    for factor in (0.1, 0.3, 1.0, 3.0, 10.0):
        penalised = likeness + factor * chosen.kernel_.noise * np.eye(60)
        left_out = np.linalg.solve(penalised, truth) / np.diag(np.linalg.inv(penalised))
        losses[factor] = (left_out**2).mean()
        monkeypatch.setattr("core.estimators.kernel.FACTORS", (factor,))
        answers[factor] = KernelRegressor(landmarks=60).fit(X, y).predict(X)
    best = min(losses, key=lambda factor: losses[factor])
    np.testing.assert_array_equal(chosen.predict(X), answers[best])


def test_it_learns_curves_that_no_line_does():
    X, y = make_friedman1(400, noise=0.5, random_state=0)
    frame, y = pd.DataFrame(X).rename(columns="x{}".format), pd.Series(y)
    learn, test = frame[:300], frame[300:]
    errors = [
        float(np.mean((kind().fit(learn, y[:300]).predict(test) - y[300:]) ** 2))
        for kind in (KernelRegressor, LinearRegressor)
    ]
    assert errors[0] < 0.4 * errors[1]


def test_it_bends_round_classes():
    X, codes = make_moons(300, noise=0.2, random_state=0)
    frame, y = pd.DataFrame(X, columns=["a", "b"]), pd.Series(codes).map({0: "owl", 1: "wren"})
    right = [
        float((kind().fit(frame[:200], y[:200]).predict(frame[200:]) == y[200:]).mean())
        for kind in (KernelClassifier, LinearClassifier)
    ]
    assert right[0] > right[1] + 0.05


def test_no_value_lies_outside_those_fitted():
    X = mixed_table()
    model = KernelRegressor(50).fit(X, values(X))
    predicted = model.predict(X.assign(amount=1e6))
    assert predicted.min() >= values(X).min()
    assert predicted.max() <= values(X).max()


def test_rows_are_answered_alike_however_many_at_a_time(monkeypatch: pytest.MonkeyPatch):
    X = mixed_table(90)
    model = KernelRegressor(landmarks=40).fit(X, values(X))
    whole = model.predict(X)
    monkeypatch.setattr("core.estimators.kernel.ROWS_AT_ONCE", 7)
    np.testing.assert_allclose(model.predict(X), whole, rtol=1e-9)
    assert model.predict(X[:0]).shape == (0,)
