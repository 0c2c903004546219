from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from core.context import FitContext
from core.estimators.constant import ConstantClassifier, ConstantRegressor
from core.estimators.saving import load_estimator, save_estimator
from core.metrics import MAE, RMSE
from core.metrics.regression import MAPE, RMSLE

X = pd.DataFrame({"a": np.arange(6.0)})
BIRDS = pd.Series(["wren", "owl", "wren", "jay", "wren", "wren"])


def test_the_constant_classifier_gives_the_shares_of_the_classes():
    model = ConstantClassifier().fit(X, BIRDS)
    assert list(model.classes_) == ["jay", "owl", "wren"]
    np.testing.assert_allclose(model.predict_proba(X.iloc[:2]), [[1 / 6, 1 / 6, 4 / 6]] * 2)


def test_the_constant_classifier_counts_rows_as_they_are_scored():
    context = FitContext(keys=X[[]], outputs=(), score_weight=np.array([1, 1, 1, 5, 1, 1.0]))
    np.testing.assert_allclose(ConstantClassifier().fit(X, BIRDS, context=context).shares_, [0.5, 0.1, 0.4])


@pytest.mark.parametrize(("statistic", "expected"), [("mean", 3.0), ("median", 2.0)])
def test_the_constant_regressor_gives_mean_or_median(statistic: str, expected: float):
    model = ConstantRegressor(statistic).fit(X, pd.Series([0, 1, 2, 2, 3, 10.0]))
    np.testing.assert_array_equal(model.predict(X), np.full((6, 1), expected))


def test_the_constant_regressor_takes_one_column_per_output():
    truth = pd.DataFrame({"u": [0, 0, 0, 0, 0, 6], "v": [1, 1, 1, 1, 1, 1]})
    np.testing.assert_array_equal(ConstantRegressor().fit(X, truth).predict(X.iloc[:2]), [[1, 1]] * 2)


@pytest.mark.parametrize("metric", [RMSE, MAE, RMSLE, MAPE], ids=lambda metric: metric.name)
@given(data=st.data())
def test_no_other_constant_scores_better(metric, data):
    """Brute force over a grid, every row counted as the metric counts it."""
    truth = np.array(data.draw(st.lists(st.floats(0.1, 50), min_size=1, max_size=9)))
    weight = np.array(data.draw(st.lists(st.floats(0.1, 9), min_size=len(truth), max_size=len(truth))))
    frame = pd.DataFrame({"a": truth})
    best = ConstantRegressor(metric.best_constant).fit(frame, pd.Series(truth), weight).predict(frame)
    others = np.concatenate([np.linspace(truth.min(), truth.max(), 101), truth])
    scores = [metric(truth, np.full((len(truth), 1), other), weight) for other in others]
    assert metric(truth, best, weight) <= min(scores) * (1 + 1e-9) + 1e-12


def test_a_truth_of_nought_has_no_relative_median():
    with pytest.raises(ValueError, match="no relative error"):
        ConstantRegressor("relative median").fit(X, pd.Series([0, 1, 2, 2, 3, 10.0]))


@pytest.mark.parametrize("model", [ConstantClassifier(), ConstantRegressor("median")])
def test_a_saved_constant_gives_the_same_bytes(model: ConstantClassifier | ConstantRegressor, tmp_path: Path):
    y = BIRDS if isinstance(model, ConstantClassifier) else pd.Series([0.1, 0.2, 0.3, 0.7, 1 / 3, 5])
    fitted = clone(model).fit(X, y)
    save_estimator(fitted, tmp_path / "model")
    again = load_estimator(tmp_path / "model")
    assert again.predict_proba(X).tobytes() == fitted.predict_proba(X).tobytes()
    assert again.get_params() == fitted.get_params()
    assert not hasattr(clone(fitted), "shares_")
