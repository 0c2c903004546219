"""What LightGBM and CatBoost promise alike, and the linear members with them where they can."""

from __future__ import annotations

import resource
import signal
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import log_loss

from core.context import FitContext, PredictContext
from core.deadline import Deadline, OutOfTime, stopped_at
from core.errors import of_storage
from core.estimators.catboost import CatBoostClassifier, CatBoostRegressor
from core.estimators.lightgbm import LightGBMClassifier, LightGBMRegressor
from core.estimators.linear import LinearClassifier, LinearRegressor
from core.estimators.saving import load_estimator, save_estimator
from tests.core.estimators.tables import class_names, mixed_table, values

Rows = npt.NDArray[np.intp]

BOOSTING_CLASSIFIERS = [LightGBMClassifier, CatBoostClassifier]
BOOSTING_REGRESSORS = [LightGBMRegressor, CatBoostRegressor]
#: Bagging is off: LightGBM draws rows once more for every subset of the data.
EXACT = {LightGBMClassifier: {"subsample": 1.0, "colsample_bytree": 1.0}, CatBoostClassifier: {}}


def make(kind: type, **params: Any) -> Any:
    if kind in (LinearClassifier, LinearRegressor):
        return kind()
    return kind(n_estimators=params.pop("rounds", 6), learning_rate=params.pop("rate", 0.3), **params)


@dataclass(frozen=True)
class GivenSplit(FitContext):
    """A context whose inner split is known beforehand."""

    learn: Rows = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    stop: Rows = field(default_factory=lambda: np.empty(0, dtype=np.intp))

    def inner_split(self, y: pd.Series | pd.DataFrame, share: float = 0.15) -> tuple[Rows, Rows]:
        return self.learn, self.stop


def given_split(X: pd.DataFrame, learn: Rows, stop: Rows, score_weight: Any = None) -> GivenSplit:
    return GivenSplit(keys=X[[]], outputs=(), score_weight=score_weight, learn=learn, stop=stop)


classifiers = pytest.mark.parametrize("kind", [*BOOSTING_CLASSIFIERS, LinearClassifier])
boosting_classifiers = pytest.mark.parametrize("kind", BOOSTING_CLASSIFIERS)
regressors = pytest.mark.parametrize("kind", [*BOOSTING_REGRESSORS, LinearRegressor])


@classifiers
@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities_of_a_saved_classifier_are_the_same_bytes(kind: type, classes: int, tmp_path: Path):
    X = mixed_table()
    model = make(kind).fit(X, class_names(X, classes))
    save_estimator(model, tmp_path / "model")
    again = load_estimator(tmp_path / "model")
    new = mixed_table(seed=1)
    new["colour"] = new["colour"].replace("red", "violet")
    expected = model.predict_proba(new)
    assert again.predict_proba(new).tobytes() == expected.tobytes()
    assert list(again.classes_) == list(model.classes_) == sorted(["wren", "owl", "jay"][:classes])
    assert again.get_params() == model.get_params()
    assert expected.shape == (len(new), classes)
    np.testing.assert_allclose(expected.sum(axis=1), 1)


@regressors
def test_values_of_a_saved_regressor_are_the_same_bytes(kind: type, tmp_path: Path):
    X = mixed_table()
    model = make(kind).fit(X, values(X))
    save_estimator(model, tmp_path / "model")
    new = mixed_table(seed=1)
    assert load_estimator(tmp_path / "model").predict(new).tobytes() == model.predict(new).tobytes()
    assert model.predict(new).shape == (len(new),)


@classifiers
@pytest.mark.parametrize("classes", [2, 3])
def test_a_classifier_learns_and_maps_classes_by_name(kind: type, classes: int):
    X = mixed_table()
    y = class_names(X, classes)
    model = make(kind, rounds=20).fit(X, y)
    predicted = model.predict(X)
    assert set(predicted) <= set(y)
    assert (predicted == y.to_numpy()).mean() > 0.65
    np.testing.assert_array_equal(predicted, np.asarray(model.classes_)[model.predict_proba(X).argmax(axis=1)])


@classifiers
@pytest.mark.parametrize("dtype", ["int64", "category", "string", "object"])
def test_labels_of_any_dtype_give_the_same_model(kind: type, dtype: str):
    X = mixed_table()
    y = class_names(X, 3).map({"wren": 10, "owl": 9, "jay": 1})
    model = make(kind).fit(X, y.astype(str).astype(dtype) if dtype != "int64" else y)
    expected = make(kind).fit(X, y.astype(str).astype(object))
    assert [str(name) for name in model.classes_] == ["1", "10", "9"]
    assert model.predict_proba(X).tobytes() == expected.predict_proba(X).tobytes()


@boosting_classifiers
def test_more_than_ten_classes_keep_their_columns(kind: type):
    X = pd.DataFrame({"number": np.tile(np.arange(12.0), 20)})
    y = X["number"].map(lambda number: f"class {number:.0f}")
    model = make(kind, rounds=10, rate=0.5).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), y)


@boosting_classifiers
def test_one_class_alone_is_refused_by_name(kind: type):
    X = mixed_table(40)
    with pytest.raises(ValueError, match=r"only \['owl'\]"):
        make(kind).fit(X, pd.Series("owl", index=X.index))


@pytest.mark.parametrize("kind", [*BOOSTING_CLASSIFIERS, LinearClassifier])
def test_columns_are_read_by_name(kind: type):
    X = mixed_table()
    model = make(kind).fit(X, class_names(X, 3))
    turned = X[X.columns[::-1]].assign(further=1)
    assert model.predict_proba(turned).tobytes() == model.predict_proba(X).tobytes()
    with pytest.raises(ValueError, match="colour"):
        model.predict_proba(X.drop(columns="colour"))


@classifiers
def test_a_row_is_predicted_alike_alone_and_among_others(kind: type):
    X = mixed_table()
    model = make(kind).fit(X, class_names(X, 3))
    np.testing.assert_allclose(model.predict_proba(X.iloc[[5]]), model.predict_proba(X)[[5]], rtol=1e-12)


@classifiers
def test_an_unseen_category_counts_as_missing(kind: type):
    X = mixed_table()
    model = make(kind, rounds=15).fit(X, class_names(X, 2))
    unseen, missing, known = (model.predict_proba(X.assign(colour=name)) for name in ("violet", None, "red"))
    np.testing.assert_array_equal(unseen, missing)
    assert not np.array_equal(unseen, known)


@classifiers
def test_only_names_and_only_numbers_are_tables_too(kind: type):
    X = mixed_table()
    y = class_names(X, 2)
    for columns in (["colour", "shape"], ["amount", "counts", "flag"]):
        model = make(kind).fit(X[columns], y)
        assert model.predict_proba(X[columns]).std() > 0


@classifiers
def test_row_weights_move_probabilities_to_the_heavier_class(kind: type):
    X = mixed_table()
    y = class_names(X, 3)
    plain = make(kind).fit(X, y)
    heavy = make(kind).fit(X, y, sample_weight=np.where(y == "jay", 5.0, 1.0))
    jay = list(plain.classes_).index("jay")
    assert heavy.predict_proba(X)[:, jay].mean() > plain.predict_proba(X)[:, jay].mean() + 0.05


@regressors
def test_row_weights_move_values_to_the_heavier_rows(kind: type):
    X = mixed_table()
    y = values(X)
    upper = y > y.median()
    heavy = make(kind).fit(X, y, sample_weight=np.where(upper, 20.0, 1.0))
    assert heavy.predict(X).mean() > make(kind).fit(X, y).predict(X).mean() + 0.05


@pytest.mark.parametrize("kind", [*BOOSTING_CLASSIFIERS, *BOOSTING_REGRESSORS])
def test_a_seed_reproduces_and_another_differs(kind: type):
    X = mixed_table()
    y = class_names(X, 3) if kind in BOOSTING_CLASSIFIERS else values(X)

    def predicted(seed: int) -> bytes:
        model = make(kind, random_state=seed).fit(X, y)
        return (model.predict_proba(X) if kind in BOOSTING_CLASSIFIERS else model.predict(X)).tobytes()

    assert predicted(1) == predicted(1)
    assert predicted(1) != predicted(2)


@pytest.mark.parametrize("kind", [*BOOSTING_CLASSIFIERS, *BOOSTING_REGRESSORS, LinearClassifier, LinearRegressor])
def test_a_clone_is_unfitted_and_fits_to_the_same_bytes(kind: type):
    X = mixed_table(120)
    y = class_names(X, 2) if "Classifier" in kind.__name__ else values(X)
    model = make(kind).fit(X, y)
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    assert not [name for name in vars(copy) if name.endswith("_")]
    assert copy.fit(X, y).predict(X).tolist() == model.predict(X).tolist()


@boosting_classifiers
def test_further_parameters_reach_the_library_and_survive_a_clone(kind: type):
    X = mixed_table()
    y = class_names(X, 2)
    regularised = {LightGBMClassifier: {"lambda_l1": 1e4}, CatBoostClassifier: {"random_strength": 50}}[kind]
    model = make(kind, extra=regularised)
    assert clone(model).get_params()["extra"] == regularised
    assert model.fit(X, y).predict_proba(X).tobytes() != make(kind).fit(X, y).predict_proba(X).tobytes()


@boosting_classifiers
def test_threads_of_the_context_are_enough_to_predict(kind: type):
    X = mixed_table(120)
    model = make(kind).fit(X, class_names(X, 2))
    context = PredictContext(keys=X[[]], outputs=("owl", "wren"), threads=2)
    np.testing.assert_allclose(model.predict_proba(X, context=context), model.predict_proba(X))


def noisy_problem() -> tuple[pd.DataFrame, pd.Series, Rows, Rows]:
    """Numbers only, so that the encoder is the same on every subset; the boosters over-fit it soon."""
    rng = np.random.default_rng(3)
    X = pd.DataFrame(rng.normal(size=(200, 3)), columns=["a", "b", "c"])
    y = pd.Series(np.where(X["a"] + rng.normal(size=200) > 0, "wren", "owl"))
    rows = rng.permutation(200)
    return X, y, np.sort(rows[:120]), np.sort(rows[120:])


def best_rounds(kind: type, rounds: int, weight: npt.NDArray[np.float64] | None) -> int:
    """Brute force: fit every number of rounds on the rows to learn from, score each on those to stop on."""
    X, y, learn, stop = noisy_problem()
    losses = []
    for count in range(1, rounds + 1):
        model = make(kind, rounds=count, **EXACT[kind]).fit(X.iloc[learn], y.iloc[learn])
        counted = None if weight is None else weight[stop]
        losses.append(log_loss(y.iloc[stop], model.predict_proba(X.iloc[stop]), sample_weight=counted))
    return int(np.argmin(losses)) + 1


@boosting_classifiers
@pytest.mark.parametrize("weighted", [False, True])
def test_early_stopping_finds_the_best_rounds_on_the_inner_split(kind: type, weighted: bool):
    X, y, learn, stop = noisy_problem()
    rounds = 14
    weight = np.where(y == "owl", 6.0, 0.3) if weighted else None
    model = make(kind, rounds=rounds, early_stopping_rounds=rounds, **EXACT[kind])
    model.fit(X, y, context=given_split(X, learn, stop, weight))
    assert model.n_rounds_ == best_rounds(kind, rounds, weight)
    assert 1 <= model.n_rounds_ < rounds


@boosting_classifiers
def test_score_weights_change_where_early_stopping_stops(kind: type):
    assert best_rounds(kind, 14, None) != best_rounds(kind, 14, np.where(noisy_problem()[1] == "owl", 6.0, 0.3))


@boosting_classifiers
def test_after_early_stopping_all_rows_are_fitted_once_more(kind: type):
    X, y, learn, stop = noisy_problem()
    weight = np.linspace(0.5, 1.5, len(y))
    model = make(kind, rounds=14, early_stopping_rounds=3, **EXACT[kind])
    model.fit(X, y, sample_weight=weight, context=given_split(X, learn, stop))
    on_all = make(kind, rounds=model.n_rounds_, **EXACT[kind]).fit(X, y, sample_weight=weight)
    assert model.predict_proba(X).tobytes() == on_all.predict_proba(X).tobytes()


@boosting_classifiers
def test_row_weights_reach_the_inner_fit(kind: type):
    X, y, learn, stop = noisy_problem()
    nothing_learnt = np.where(np.isin(np.arange(len(y)), learn) & (y == "owl"), 1e-3, 1.0)
    context = given_split(X, learn, stop)
    plain = make(kind, rounds=14, early_stopping_rounds=14, **EXACT[kind]).fit(X, y, context=context)
    weighted = clone(plain).fit(X, y, sample_weight=nothing_learnt, context=context)
    assert plain.n_rounds_ != weighted.n_rounds_


@boosting_classifiers
def test_a_saved_model_remembers_how_many_rounds_it_has(kind: type, tmp_path: Path):
    X, y, learn, stop = noisy_problem()
    model = make(kind, rounds=14, early_stopping_rounds=3).fit(X, y, context=given_split(X, learn, stop))
    save_estimator(model, tmp_path / "model")
    assert load_estimator(tmp_path / "model").n_rounds_ == model.n_rounds_ < 14


@boosting_classifiers
@pytest.mark.parametrize("classes", [2, 3])
def test_a_class_only_among_the_rows_to_stop_on_does_not_end_the_fit(kind: type, classes: int):
    """It happens where whole groups are held out and a rare class lives in one of them."""
    X = mixed_table()
    y = class_names(X, 3)
    if classes == 2:
        y = y.replace("owl", "wren")
    held_out = (y == "jay").to_numpy() | (np.arange(len(y)) % 7 == 0)
    context = given_split(X, np.flatnonzero(~held_out), np.flatnonzero(held_out))
    model = make(kind, early_stopping_rounds=3).fit(X, y, context=context)
    assert model.predict_proba(X).shape == (len(X), classes)


@pytest.mark.parametrize("kind", BOOSTING_REGRESSORS)
def test_whole_numbers_with_many_values_can_be_stopped_early(kind: type):
    """Counts are no classes: their inner split is not stratified when there are more values than rows to stop on."""
    X = mixed_table(200)
    y = pd.Series(np.repeat(np.arange(100), 2), index=X.index)
    assert make(kind, early_stopping_rounds=3).fit(X, y).n_rounds_ >= 1


@boosting_classifiers
def test_early_stopping_needs_no_context(kind: type):
    X = mixed_table()
    model = make(kind, rounds=14, early_stopping_rounds=2).fit(X, class_names(X, 3))
    assert 1 <= model.n_rounds_ <= 14


@pytest.mark.parametrize("make_context", [lambda context: context, lambda context: replace(context, threads=2)])
def test_a_context_without_early_stopping_changes_nothing(make_context: Callable[[FitContext], FitContext]):
    X = mixed_table()
    y = class_names(X, 2)
    weight = np.where(y == "owl", 9.0, 0.1)
    context = make_context(FitContext(keys=X[[]], outputs=(), score_weight=weight, seed=77))
    plain = make(LightGBMClassifier).fit(X, y)
    assert make(LightGBMClassifier).fit(X, y, context=context).predict_proba(X).tobytes() == (
        plain.predict_proba(X).tobytes()
    )


# The deadline


def until(X: pd.DataFrame, deadline: Deadline) -> FitContext:
    return FitContext(keys=X[[]], outputs=(), deadline=deadline)


class Countdown:
    """A clock that goes on by a second each time it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.mark.parametrize("kind", [*BOOSTING_CLASSIFIERS, *BOOSTING_REGRESSORS])
@pytest.mark.parametrize("early", [None, 5])
def test_a_training_asks_its_deadline_between_rounds(kind: type, early: int | None):
    """Without an alarm too, as in a thread."""
    X, clock = mixed_table(), Countdown()
    y = class_names(X, 2) if "Classifier" in kind.__name__ else values(X)
    with pytest.raises(OutOfTime):
        make(kind, rounds=10_000, rate=1e-6, early_stopping_rounds=early).fit(
            X, y, context=until(X, Deadline(20.0, clock))
        )
    assert clock.now < 30


@pytest.mark.parametrize("kind", [*BOOSTING_CLASSIFIERS, *BOOSTING_REGRESSORS])
def test_an_alarm_ends_a_training_as_out_of_time(kind: type):
    X = mixed_table()
    y = class_names(X, 2) if "Classifier" in kind.__name__ else values(X)
    with pytest.raises(OutOfTime), stopped_at(Deadline.within(0.2)):
        make(kind, rounds=1_000_000, rate=1e-6).fit(X, y)


@pytest.mark.parametrize("kind", BOOSTING_CLASSIFIERS)
def test_a_deadline_that_does_not_come_changes_nothing(kind: type):
    X = mixed_table()
    y = class_names(X, 3)
    free = make(kind).fit(X, y).predict_proba(X)
    assert np.array_equal(make(kind).fit(X, y, context=until(X, Deadline.within(3600.0))).predict_proba(X), free)


@pytest.mark.parametrize("kind", BOOSTING_CLASSIFIERS)
def test_a_disk_that_cannot_take_the_model_is_an_error_of_the_disk(kind: type, tmp_path: Path):
    """Not one of the library's, for which its member would be dropped."""
    X = mixed_table()
    model = make(kind, rounds=200).fit(X, class_names(X, 2))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(OSError, match="large") as caught:
            save_estimator(model, tmp_path / "model")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert of_storage(caught.value)
