"""Networks: what they are made of, how they end, and what happens without torch."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.context import FitContext
from core.errors import Refusal
from core.estimators.tabular_net import TabularNetClassifier, TabularNetRegressor
from tests.core.estimators.tables import class_names, mixed_table, values

torch = pytest.importorskip("torch")

SMALL: dict[str, Any] = {"width": 32, "ensemble": 2, "epochs": 12, "batch_size": 32}


def fitted(X: pd.DataFrame | None = None, **params: Any) -> TabularNetClassifier:
    X = mixed_table() if X is None else X
    return TabularNetClassifier(**{**SMALL, **params}).fit(X, class_names(X, 2))


def test_a_fit_leaves_the_seeds_and_threads_of_torch_as_they_were():
    torch.manual_seed(5)
    threads, expected = torch.get_num_threads(), torch.rand(1)
    torch.manual_seed(5)
    fitted(epochs=1)
    assert torch.get_num_threads() == threads
    assert torch.rand(1) == expected


def test_seeds_of_others_do_not_matter():
    X = mixed_table()
    torch.manual_seed(1)
    first = fitted(epochs=2).predict_proba(X)
    torch.manual_seed(2)
    np.testing.assert_array_equal(first, fitted(epochs=2).predict_proba(X))


def test_parallel_networks_differ_and_the_mean_is_answered():
    X = mixed_table()
    model = fitted(ensemble=4)
    numbers, codes = model._split(X)
    inputs = torch.from_numpy(model.scaler_.transform(numbers)).float(), torch.from_numpy(codes)
    with torch.no_grad():
        each = model.module_.eval()(*inputs).double().softmax(dim=2)
    assert each.shape == (len(X), 4, 2)
    assert each.std(dim=1).max() > 0.01
    np.testing.assert_allclose(model.predict_proba(X), each.mean(dim=1), rtol=1e-6)


def test_the_file_of_weights_holds_tensors_alone(tmp_path: Path):
    model = fitted(epochs=1)
    model.save_model(tmp_path)
    weights = torch.load(tmp_path / "weights.pt", weights_only=True)
    assert all(isinstance(value, torch.Tensor) for value in weights.values())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["state.json", "weights.pt"]


def noisy() -> tuple[pd.DataFrame, pd.Series, FitContext]:
    """Far more columns than rows can speak for: a long training over-fits."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(150, 20)), columns=[f"x{number}" for number in range(20)])
    y = pd.Series(np.where(X["x0"] + rng.normal(0, 2, 150) > 0, "wren", "owl"))
    return X, y, FitContext(keys=X[[]], outputs=(), seed=3)


def loss(model: TabularNetClassifier, X: pd.DataFrame, y: pd.Series) -> float:
    chances = model.predict_proba(X)[np.arange(len(y)), (y == "wren").to_numpy(dtype=int)]
    return float(-np.log(chances).mean())


def test_early_stopping_keeps_the_epoch_that_is_best_on_the_rows_held_out():
    X, y, context = noisy()
    _, stop = context.inner_split(y)
    held_out = X.iloc[stop], y.iloc[stop]
    how = {**SMALL, "epochs": 25, "learning_rate": 0.01}
    stopped = TabularNetClassifier(**how, early_stopping=True).fit(X, y, context=context)
    learnt_all = TabularNetClassifier(**how).fit(X.drop(index=stop), y.drop(index=stop))
    assert loss(stopped, *held_out) < loss(learnt_all, *held_out)


def test_rows_to_stop_on_count_as_they_are_scored():
    X, y, context = noisy()
    how = {**SMALL, "epochs": 25, "learning_rate": 0.01, "early_stopping": True}
    answers = set()
    for weight in (np.where(y == "owl", 1e3, 1e-3), np.where(y == "owl", 1e-3, 1e3)):
        model = TabularNetClassifier(**how).fit(X, y, context=replace(context, score_weight=weight))
        answers.add(model.predict_proba(X).tobytes())
    assert len(answers) == 2


def test_no_value_lies_outside_those_fitted():
    X = mixed_table()
    y = values(X)
    model = TabularNetRegressor(**SMALL).fit(X, y)
    predicted = model.predict(X.assign(amount=50.0))
    assert predicted.min() >= y.min()
    assert predicted.max() <= y.max()


def test_the_absolute_loss_is_drawn_to_the_median():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"nothing": rng.normal(size=400)})
    y = pd.Series(rng.exponential(size=400) ** 2)
    squared = TabularNetRegressor(**SMALL).fit(X, y).predict(X).mean()
    absolute = TabularNetRegressor("absolute", **SMALL).fit(X, y).predict(X).mean()
    assert abs(absolute - y.median()) < abs(squared - y.median())


@pytest.mark.parametrize("batch_size", [1, 7, 1000])
def test_batches_of_any_size(batch_size: int):
    X = mixed_table(15)
    model = TabularNetRegressor(**{**SMALL, "batch_size": batch_size, "epochs": 2}).fit(X, values(X))
    assert np.isfinite(model.predict(X)).all()


def test_one_row_is_a_table():
    X = mixed_table(1)
    assert np.isfinite(TabularNetRegressor(**SMALL).fit(X, values(X)).predict(X)).all()


def test_without_torch_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch):
    X = mixed_table(20)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(Refusal, match="pip install") as refused:
        TabularNetClassifier(**SMALL).fit(X, class_names(X, 2))
    assert "torch" in refused.value.problem
    assert "podium[torch]" in refused.value.way_out
