"""What forests, neighbours, kernel machines, networks and XGBoost promise alike on mixed tables."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from core.context import FitContext, PredictContext, asks_for
from core.deadline import Deadline, OutOfTime
from core.estimators.forest import ForestClassifier, ForestRegressor
from core.estimators.kernel import KernelClassifier, KernelRegressor
from core.estimators.neighbours import NeighboursClassifier, NeighboursRegressor
from core.estimators.saving import load_estimator, save_estimator
from core.estimators.tabular_net import TabularNetClassifier, TabularNetRegressor
from core.estimators.xgboost import XGBoostClassifier, XGBoostRegressor, xgboost_is_installed
from tests.core.estimators.tables import class_names, mixed_table, values

needs_xgboost = pytest.mark.skipif(not xgboost_is_installed(), reason="xgboost is not installed")
needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed")

SMALL: dict[type, dict[str, Any]] = {
    ForestClassifier: {"n_estimators": 25},
    ForestRegressor: {"n_estimators": 25},
    NeighboursClassifier: {},
    NeighboursRegressor: {},
    KernelClassifier: {"landmarks": 60},
    KernelRegressor: {"landmarks": 60},
    TabularNetClassifier: {"width": 32, "ensemble": 2, "epochs": 12, "batch_size": 32},
    TabularNetRegressor: {"width": 32, "ensemble": 2, "epochs": 12, "batch_size": 32},
    XGBoostClassifier: {"n_estimators": 12, "learning_rate": 0.3},
    XGBoostRegressor: {"n_estimators": 12, "learning_rate": 0.3},
}


def case(kind: type) -> Any:
    marks = [mark for word, mark in (("XGBoost", needs_xgboost), ("Net", needs_torch)) if word in kind.__name__]
    return pytest.param(kind, marks=marks)


def cases(*kinds: type) -> Any:
    return pytest.mark.parametrize("kind", [case(kind) for kind in kinds])


def ending(word: str) -> list[type]:
    return [kind for kind in SMALL if kind.__name__.endswith(word)]


classifiers = cases(*ending("Classifier"))
regressors = cases(*ending("Regressor"))
everyone = cases(*SMALL)
seeded = cases(*(kind for kind in SMALL if "Neighbours" not in kind.__name__))
asking = cases(ForestClassifier, KernelClassifier, KernelRegressor, TabularNetClassifier, TabularNetRegressor)


def make(kind: type, **params: Any) -> Any:
    return kind(**{**SMALL[kind], **params})


def truth(kind: type, X: pd.DataFrame, classes: int = 3) -> pd.Series:
    return class_names(X, classes) if kind.__name__.endswith("Classifier") else values(X)


def answer(model: Any, X: pd.DataFrame, **more: Any) -> Any:
    return (model.predict_proba if hasattr(model, "classes_") else model.predict)(X, **more)


@everyone
def test_a_saved_model_answers_with_the_same_bytes(kind: type, tmp_path: Path):
    X, new = mixed_table(), mixed_table(seed=1)
    new["colour"] = new["colour"].replace("red", "violet")
    model = make(kind).fit(X, truth(kind, X))
    save_estimator(model, tmp_path / "model")
    again = load_estimator(tmp_path / "model")
    assert answer(again, new).tobytes() == answer(model, new).tobytes()
    assert again.get_params() == model.get_params()
    assert not list((tmp_path / "model").glob("*.skops"))


@classifiers
@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities_sum_to_one_and_none_is_zero(kind: type, classes: int):
    X = mixed_table()
    model = make(kind).fit(X, class_names(X, classes))
    chances = model.predict_proba(mixed_table(seed=1))
    assert list(model.classes_) == sorted(["wren", "owl", "jay"][:classes])
    assert chances.shape == (240, classes)
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-6)
    assert (chances > 0).all()


@classifiers
def test_a_classifier_learns_classes_by_name(kind: type):
    X, new = mixed_table(), mixed_table(seed=1)
    y = class_names(X, 3)
    model = make(kind).fit(X, y)
    expected = np.asarray(model.classes_)[model.predict_proba(new).argmax(axis=1)]
    np.testing.assert_array_equal(model.predict(new), expected)
    assert (model.predict(new) == class_names(new, 3).to_numpy()).mean() > 0.45


@regressors
def test_a_regressor_learns(kind: type):
    X, new = mixed_table(), mixed_table(seed=1)
    model = make(kind).fit(X, values(X))
    predicted = model.predict(new)
    assert predicted.shape == (len(new),)
    assert np.mean((predicted - values(new, seed=1)) ** 2) < 0.6 * values(new, seed=1).var()


@everyone
def test_equal_seeds_give_equal_bytes_and_a_clone_is_unfitted(kind: type):
    X = mixed_table(120)
    y = truth(kind, X)
    model = make(kind).fit(X, y)
    copy = clone(model)
    assert not [name for name in vars(copy) if name.endswith("_")]
    assert answer(copy.fit(X, y), X).tobytes() == answer(model, X).tobytes()


@seeded
def test_another_seed_gives_another_model(kind: type):
    X = mixed_table(120)
    y = truth(kind, X)
    first, second = (answer(make(kind, random_state=seed).fit(X, y), X) for seed in (1, 2))
    assert not np.array_equal(first, second)


@everyone
def test_columns_are_read_by_name(kind: type):
    X = mixed_table(120)
    model = make(kind).fit(X, truth(kind, X))
    turned = X[X.columns[::-1]].assign(further=1)
    assert answer(model, turned).tobytes() == answer(model, X).tobytes()
    with pytest.raises(ValueError, match="colour"):
        answer(model, X.drop(columns="colour"))


@everyone
def test_a_row_is_predicted_alike_alone_and_among_others(kind: type):
    X = mixed_table(120)
    model = make(kind).fit(X, truth(kind, X))
    np.testing.assert_allclose(answer(model, X.iloc[[5]]), answer(model, X)[[5]], rtol=1e-5)


@everyone
def test_an_unseen_category_counts_as_missing(kind: type):
    X = mixed_table()
    model = make(kind).fit(X, truth(kind, X))
    unseen, missing, known = (answer(model, X.assign(colour=name)) for name in ("violet", None, "red"))
    np.testing.assert_array_equal(unseen, missing)
    assert not np.array_equal(unseen, known)


@everyone
def test_names_alone_and_numbers_alone_are_tables_too(kind: type):
    X = mixed_table()
    for columns in (["colour", "shape"], ["amount", "counts", "flag"]):
        model = make(kind).fit(X[columns], truth(kind, X))
        assert answer(model, X[columns]).std() > 0


@everyone
def test_constant_and_empty_columns_do_no_harm(kind: type):
    X = mixed_table(120).assign(
        same=1.0, empty=np.nan, nameless=pd.Series([None] * 120, dtype=object).to_numpy(), huge=[1e300, -1e300] * 60
    )
    assert np.isfinite(answer(make(kind).fit(X, truth(kind, X)), X.assign(same=np.inf))).all()


@everyone
def test_heavier_rows_count_more(kind: type):
    X = mixed_table()
    y = truth(kind, X)
    chosen = (y == "jay") if y.dtype == object or str(y.dtype) == "str" else y > y.median()
    # Trees grown to the end know the rows they were fitted on, whatever these count.
    more = {"min_samples_leaf": 20} if "Forest" in kind.__name__ else {}
    plain = answer(make(kind, **more).fit(X, y), X)
    heavy = answer(make(kind, **more).fit(X, y, sample_weight=np.where(chosen, 20.0, 1.0)), X)
    column = (slice(None), 0) if plain.ndim == 2 else slice(None)  # "jay" is the first class
    assert heavy[column].mean() > plain[column].mean() + 0.02


@everyone
@pytest.mark.parametrize("rows", [2, 3, 7])
def test_a_handful_of_rows_is_a_table(kind: type, rows: int):
    X = mixed_table(60).iloc[:rows]
    classes = pd.Series(["owl", "wren", "jay", "owl", "wren", "jay", "owl"][:rows], index=X.index)
    y = classes if kind.__name__.endswith("Classifier") else values(X)
    assert np.isfinite(answer(make(kind).fit(X, y), mixed_table(5, seed=2))).all()


@classifiers
def test_fifty_classes_keep_their_columns(kind: type):
    X = pd.DataFrame({"number": np.tile(np.arange(50.0), 6), "other": np.arange(300.0)})
    y = X["number"].map("class {:.0f}".format)
    model = make(kind).fit(X, y)
    assert model.predict_proba(X).shape == (300, 50)
    assert list(model.classes_) == sorted(y.unique())


@cases(ForestClassifier, KernelClassifier, TabularNetClassifier)
def test_one_class_alone_is_refused_by_name(kind: type):
    X = mixed_table(40)
    with pytest.raises(ValueError, match=r"only \['owl'\]"):
        make(kind).fit(X, pd.Series("owl", index=X.index))


@regressors
def test_a_constant_truth_is_answered(kind: type):
    X = mixed_table(40)
    np.testing.assert_allclose(make(kind).fit(X, pd.Series(3.5, index=X.index)).predict(X), 3.5, atol=0.3)


def context_of(X: pd.DataFrame, **more: Any) -> FitContext:
    return FitContext(keys=X[[]], outputs=(), **more)


@asking
def test_a_deadline_that_has_passed_ends_the_fit(kind: type):
    X = mixed_table(60)
    with pytest.raises(OutOfTime):
        make(kind).fit(X, truth(kind, X), context=context_of(X, deadline=Deadline(0.0, lambda: 1.0)))


@asking
def test_a_deadline_in_the_middle_of_a_fit_ends_it(kind: type):
    asked = iter(range(10**6))
    X = mixed_table(60)
    deadline = Deadline(1.5, lambda: float(next(asked)))
    with pytest.raises(OutOfTime):
        make(kind).fit(X, truth(kind, X), context=context_of(X, deadline=deadline))
    assert next(asked) == 3  # asked at 0, at 1 and at 2, and not again


@everyone
def test_threads_of_the_context_change_nothing_that_matters(kind: type):
    X = mixed_table(120)
    y = truth(kind, X)
    model = make(kind)
    if not asks_for(model.fit, "context"):
        pytest.skip("asks for no context")
    one = answer(clone(model).fit(X, y, context=context_of(X)), X)
    two_fitted = clone(model).fit(X, y, context=context_of(X, threads=2))
    more = (
        {"context": PredictContext(keys=X[[]], outputs=(), threads=2)}
        if asks_for(two_fitted.predict, "context")
        else {}
    )
    np.testing.assert_allclose(answer(two_fitted, X, **more), one, rtol=1e-3, atol=1e-3)


@cases(KernelClassifier, TabularNetClassifier)
def test_a_class_only_among_the_rows_to_stop_on_does_not_end_the_fit(kind: type):
    X = mixed_table(80)
    y = class_names(X, 2).where(np.arange(80) < 74, "jay")
    keys = pd.DataFrame({"group": np.where(np.arange(80) < 74, np.arange(80) % 9, 99)}, index=X.index)
    more = {"early_stopping": True} if kind is TabularNetClassifier else {}
    for seed in range(4):
        context = replace(context_of(X, seed=seed, disjoint=("group",)), keys=keys)
        model = make(kind, **more).fit(X, y, context=context)
        assert model.predict_proba(X).shape == (80, 3)
