from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, clone

from core.context import FitContext
from core.errors import Refusal
from core.estimators.catboost import CatBoostClassifier
from core.estimators.lightgbm import LightGBMClassifier
from core.estimators.linear import LinearClassifier
from core.estimators.prior_corrected import PriorCorrectedClassifier, undersampled
from core.estimators.saving import load_estimator, save_estimator
from core.priors import class_shares, prior_weights
from tests.core.estimators.tables import class_names, mixed_table

BALANCES = ["none", "weights", "undersample"]
NAMES = ["jay", "owl", "wren"]
TARGET = np.array([0.6, 0.3, 0.1])


class Witness(BaseEstimator):
    """Keeps what it was fitted on and answers with fixed probabilities."""

    def fit(self, X: pd.DataFrame, y: pd.Series, sample_weight: Any = None, context: Any = None) -> Self:
        self.X_, self.y_, self.weight_, self.context_ = X, y, sample_weight, context
        self.classes_ = np.array(sorted(y.unique()), dtype=object)
        return self

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        return np.tile(np.array([0.2, 0.3, 0.5]), (len(X), 1))


def skewed() -> tuple[pd.DataFrame, pd.Series, FitContext]:
    """Rows with few jays, scored as if six in ten were jays."""
    X = mixed_table(300)
    y = class_names(X, 3)
    rows = np.flatnonzero((y != "jay").to_numpy() | (np.arange(len(y)) % 5 == 0))
    X, y = X.iloc[rows], y.iloc[rows]
    weight = prior_weights(y, NAMES, TARGET).to_numpy()
    upstream = {"first": pd.DataFrame({"jay": np.arange(len(y))}, index=X.index)}
    keys = pd.DataFrame({"nest": np.arange(len(y))}, index=X.index)
    return X, y, FitContext(keys=keys, outputs=tuple(NAMES), score_weight=weight, upstream=upstream)


def test_natural_rows_are_corrected_by_the_closed_form():
    X, y, context = skewed()
    natural = LinearClassifier().fit(X, y).predict_proba(X)
    ratio = TARGET / y.value_counts(normalize=True).reindex(NAMES).to_numpy()
    expected = natural * ratio / (natural * ratio).sum(axis=1, keepdims=True)
    model = PriorCorrectedClassifier(LinearClassifier(), "none").fit(X, y, context=context)
    np.testing.assert_allclose(model.predict_proba(X), expected, rtol=1e-10)


def test_weighted_rows_have_the_target_prior_already():
    X, y, context = skewed()
    model = PriorCorrectedClassifier(Witness(), "weights").fit(X, y, context=context)
    np.testing.assert_allclose(class_shares(y, NAMES, model.fitted_.weight_), TARGET)
    np.testing.assert_allclose(model.predict_proba(X), model.fitted_.predict_proba(X))


def test_weights_for_balance_multiply_the_row_weights():
    X, y, context = skewed()
    given_weight = np.linspace(1, 3, len(y))
    model = PriorCorrectedClassifier(Witness(), "weights").fit(X, y, given_weight, context)
    np.testing.assert_allclose(class_shares(y, NAMES, model.fitted_.weight_), TARGET)
    ratio = model.fitted_.weight_ / given_weight
    assert all(np.ptp(ratio[(y == name).to_numpy()]) < 1e-12 for name in NAMES)


def test_undersampled_rows_keep_their_keys_weights_and_upstream():
    X, y, context = skewed()
    given_weight = np.linspace(1, 3, len(y))
    model = PriorCorrectedClassifier(Witness(), "undersample", random_state=4).fit(X, y, given_weight, context)
    seen = model.fitted_
    np.testing.assert_allclose(model.target_, TARGET)
    rows = undersampled(y, NAMES, model.target_, 4)
    assert seen.X_.index.tolist() == seen.y_.index.tolist() == X.index[rows].tolist()
    assert seen.context_.keys.index.tolist() == X.index[rows].tolist()
    assert seen.context_.upstream["first"].index.tolist() == X.index[rows].tolist()
    np.testing.assert_array_equal(seen.weight_, given_weight[rows])
    assert len(seen.context_.score_weight) == len(rows)
    source = class_shares(y.iloc[rows], NAMES, given_weight[rows])
    q = np.array([0.2, 0.3, 0.5]) * TARGET / source
    np.testing.assert_allclose(model.predict_proba(X), np.tile(q / q.sum(), (len(X), 1)))


@pytest.mark.parametrize("balance", BALANCES)
def test_what_the_inner_fit_is_stopped_on_counts_as_what_it_learns_from(balance: Any):
    """The correction comes after the inner model, which therefore stops under its own prior.

    Thinned rows stand in the target prior already; the weights of the score would shift them there twice.
    """
    X, y, context = skewed()
    model = PriorCorrectedClassifier(Witness(), balance).fit(X, y, context=context)
    seen = model.fitted_
    np.testing.assert_allclose(class_shares(seen.y_, NAMES, seen.context_.score_weight), model.source_, atol=1e-9)


@pytest.mark.parametrize("balance", BALANCES)
def test_the_mean_probability_is_the_target_prior(balance: Any):
    X, y, context = skewed()
    model = PriorCorrectedClassifier(LinearClassifier(C=1.0), balance).fit(X, y, context=context)
    mean = np.average(model.predict_proba(X), axis=0, weights=context.score_weight)
    np.testing.assert_allclose(mean, TARGET, atol=0.06)


def test_without_score_weights_nothing_is_corrected():
    X, y, _ = skewed()
    model = PriorCorrectedClassifier(LinearClassifier()).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), LinearClassifier().fit(X, y).predict_proba(X))


@pytest.mark.parametrize("balance", BALANCES)
@pytest.mark.parametrize(
    "inner",
    [
        LinearClassifier(),
        LightGBMClassifier(4, min_child_samples=5, early_stopping_rounds=2),
        CatBoostClassifier(4, depth=3),
    ],
    ids=["linear", "lightgbm", "catboost"],
)
def test_a_saved_model_gives_the_same_bytes(inner: Any, balance: Any, tmp_path: Path):
    X, y, context = skewed()
    model = PriorCorrectedClassifier(inner, balance, random_state=3).fit(X, y, context=context)
    save_estimator(model, tmp_path / "model")
    again = load_estimator(tmp_path / "model")
    new = mixed_table(50, seed=1)
    assert again.predict_proba(new).tobytes() == model.predict_proba(new).tobytes()
    assert list(again.classes_) == NAMES
    assert (again.balance, again.random_state) == (balance, 3)
    assert again.estimator.get_params() == inner.get_params()


def test_a_saved_model_whose_inner_one_is_foreign_is_refused(tmp_path: Path):
    X, y, context = skewed()
    save_estimator(PriorCorrectedClassifier(LinearClassifier()).fit(X, y, context=context), tmp_path / "model")
    (tmp_path / "model" / "fitted" / "estimator.json").write_text('{"class": "os:system", "format": "own"}')
    with pytest.raises(Refusal, match=r"os\.system"):
        load_estimator(tmp_path / "model")


def test_the_seed_draws_the_rows():
    X, y, context = skewed()

    def rows(seed: int) -> list[str]:
        model = PriorCorrectedClassifier(Witness(), "undersample", seed).fit(X, y, context=context)
        return model.fitted_.X_.index.tolist()

    assert rows(1) == rows(1)
    assert rows(1) != rows(2)


def test_the_given_estimator_is_never_fitted_itself_and_clones():
    X, y, context = skewed()
    inner = LinearClassifier(C=0.7)
    model = PriorCorrectedClassifier(inner, "weights", 5).fit(X, y, context=context)
    assert not hasattr(inner, "pipeline_")
    copy = clone(model)
    assert not hasattr(copy, "fitted_")
    assert copy.get_params()["estimator__C"] == 0.7
    assert (copy.balance, copy.random_state) == ("weights", 5)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    counts=st.lists(st.integers(1, 60), min_size=2, max_size=4),
    shares=st.lists(st.floats(0.05, 1.0), min_size=4, max_size=4),
    seed=st.integers(0, 5),
)
def test_undersampling_gives_the_target_prior_and_keeps_the_scarcest_class_whole(
    counts: list[int], shares: list[float], seed: int
):
    names = [f"class {number}" for number in range(len(counts))]
    target = np.array(shares[: len(counts)]) / sum(shares[: len(counts)])
    labels = pd.Series(np.random.default_rng(0).permutation(np.repeat(names, counts)), dtype=object)
    rows = undersampled(labels, names, target, seed)
    assert (np.diff(rows) > 0).all()
    kept = Counter(labels.iloc[rows])
    scarcest = int(np.argmin(np.array(counts) / target))
    size = counts[scarcest] / target[scarcest]
    assert kept[names[scarcest]] == counts[scarcest]
    for name, share in zip(names, target, strict=True):
        assert abs(kept[name] - max(1, size * share)) <= 0.5 + 1e-9


def test_undersampling_chooses_at_random_within_a_class():
    labels = pd.Series(["a"] * 100 + ["b"] * 20)
    rows = undersampled(labels, ["a", "b"], np.array([0.5, 0.5]), 0)
    chosen = rows[rows < 100]
    assert len(chosen) == 20
    assert chosen.min() < 30
    assert chosen.max() > 70
