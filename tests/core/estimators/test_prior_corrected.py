from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from core.context import FitContext
from core.deadline import Deadline, OutOfTime
from core.errors import Refusal
from core.estimators.catboost import CatBoostClassifier
from core.estimators.lightgbm import LightGBMClassifier
from core.estimators.linear import LinearClassifier
from core.estimators.prior_corrected import PriorCorrectedClassifier
from core.estimators.saving import load_estimator, save_estimator
from core.priors import class_shares, correct_prior, prior_weights
from core.resampling import SmoteToPrior, undersample
from tests.core.estimators.tables import class_names, mixed_table

BALANCES = ["none", "weights", "undersample", "bagged", "smote"]
NAMES = ["jay", "owl", "wren"]
TARGET = np.array([0.6, 0.3, 0.1])


class Witness(BaseEstimator):
    """Keeps what it was fitted on and asked for, and answers with fixed probabilities."""

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(self, X: pd.DataFrame, y: pd.Series, sample_weight: Any = None, context: Any = None) -> Self:
        self.X_, self.y_, self.weight_, self.context_ = X, y, sample_weight, context
        self.classes_ = np.array(sorted(y.unique()), dtype=object)
        return self

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        self.asked_ = X
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


def fits(model: PriorCorrectedClassifier) -> list[PriorCorrectedClassifier]:
    """The single fits of a model: itself, or its bags."""
    return model.bags_ if model.balance == "bagged" else [model]


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
    rows = undersample(y, pd.Series(model.target_, index=NAMES), 4)
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
    model = PriorCorrectedClassifier(Witness(), balance, bags=2).fit(X, y, context=context)
    for one in fits(model):
        seen = one.fitted_
        np.testing.assert_allclose(class_shares(seen.y_, NAMES, seen.context_.score_weight), one.source_, atol=1e-9)


@pytest.mark.parametrize("balance", BALANCES)
def test_the_mean_probability_is_the_target_prior(balance: Any):
    X, y, context = skewed()
    model = PriorCorrectedClassifier(LinearClassifier(C=1.0), balance, bags=3).fit(X, y, context=context)
    mean = np.average(model.predict_proba(X), axis=0, weights=context.score_weight)
    np.testing.assert_allclose(mean, TARGET, atol=0.06)


def test_without_score_weights_nothing_is_corrected():
    X, y, _ = skewed()
    model = PriorCorrectedClassifier(LinearClassifier()).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), LinearClassifier().fit(X, y).predict_proba(X))


@pytest.mark.parametrize(("balance", "correct"), [*((balance, True) for balance in BALANCES), ("bagged", False)])
@pytest.mark.parametrize(
    "inner",
    [
        LinearClassifier(),
        LightGBMClassifier(4, min_child_samples=5, early_stopping_rounds=2),
        CatBoostClassifier(4, depth=3),
    ],
    ids=["linear", "lightgbm", "catboost"],
)
def test_a_saved_model_gives_the_same_bytes(inner: Any, balance: Any, correct: bool, tmp_path: Path):
    X, y, context = skewed()
    model = PriorCorrectedClassifier(inner, balance, 3, correct, bags=2).fit(X, y, context=context)
    save_estimator(model, tmp_path / "model")
    again = load_estimator(tmp_path / "model")
    new = mixed_table(50, seed=1)
    assert again.predict_proba(new).tobytes() == model.predict_proba(new).tobytes()
    assert list(again.classes_) == NAMES
    assert (again.balance, again.random_state, again.correct, again.bags) == (balance, 3, correct, 2)
    assert again.target_.tolist() == model.target_.tolist()
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


# Every way to balance


@pytest.mark.parametrize("balance", BALANCES)
def test_rows_are_drawn_or_made_inside_the_fit_alone(balance: Any):
    X, y, context = skewed()
    given = X.copy(deep=True), y.copy(deep=True), context.keys.copy(deep=True), context.score_weight.copy()
    new = mixed_table(50, seed=1).add_prefix("new ", axis=0)
    model = PriorCorrectedClassifier(Witness(), balance, bags=2).fit(X, y, context=context)
    assert model.predict_proba(new).shape == (50, 3)
    for one in fits(model):
        pd.testing.assert_frame_equal(one.fitted_.asked_, new)
        seen = one.fitted_
        assert set(seen.X_.index) <= set(X.index)
        assert seen.y_.index.tolist() == seen.X_.index.tolist() == seen.context_.keys.index.tolist()
        assert (seen.y_ == y.loc[seen.y_.index]).all()
    pd.testing.assert_frame_equal(X, given[0])
    pd.testing.assert_series_equal(y, given[1])
    pd.testing.assert_frame_equal(context.keys, given[2])
    np.testing.assert_array_equal(context.score_weight, given[3])


@pytest.mark.parametrize("balance", ["undersample", "bagged", "smote"])
def test_resampled_rows_stand_in_the_target_prior(balance: Any):
    X, y, context = skewed()
    for one in fits(PriorCorrectedClassifier(Witness(), balance, bags=2).fit(X, y, context=context)):
        kept = Counter(one.fitted_.y_)
        size = kept.total()
        assert all(abs(kept[name] - size * share) <= 1 for name, share in zip(NAMES, TARGET, strict=True))
        np.testing.assert_allclose(one.source_, [kept[name] / size for name in NAMES])


@pytest.mark.parametrize("balance", BALANCES)
def test_without_correction_the_classifier_has_the_last_word(balance: Any):
    X, y, context = skewed()
    raw = PriorCorrectedClassifier(LinearClassifier(), balance, 2, False, bags=2).fit(X, y, context=context)
    answers = [one.fitted_.predict_proba(X) for one in fits(raw)]
    assert raw.predict_proba(X).tobytes() == np.mean(answers, axis=0).tobytes()
    corrected = PriorCorrectedClassifier(LinearClassifier(), balance, 2, bags=2).fit(X, y, context=context)
    expected = [
        correct_prior(answer, one.source_, TARGET) for answer, one in zip(answers, fits(corrected), strict=True)
    ]
    np.testing.assert_allclose(corrected.predict_proba(X), np.mean(expected, axis=0), rtol=1e-12)


@pytest.mark.parametrize("balance", BALANCES)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_rows(balance: Any):
    X, y, context = skewed()

    def answer(seed: int) -> bytes:
        model = PriorCorrectedClassifier(LinearClassifier(), balance, seed, bags=2)
        return model.fit(X, y, context=context).predict_proba(X).tobytes()

    first = answer(1)
    assert answer(1) == first
    assert (answer(2) == first) == (balance in ("none", "weights"))


class Backwards(LinearClassifier):
    """Lists its classes from the last to the first."""

    @property
    def classes_(self) -> Any:
        return super().classes_[::-1]

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        return super().predict_proba(X)[:, ::-1]


@pytest.mark.parametrize("balance", BALANCES)
def test_classes_are_followed_by_name_whatever_their_order(balance: Any):
    X, y, context = skewed()
    turned = PriorCorrectedClassifier(Backwards(), balance, bags=2).fit(X, y, context=context)
    straight = PriorCorrectedClassifier(LinearClassifier(), balance, bags=2).fit(X, y, context=context)
    assert turned.classes_.tolist() == NAMES
    np.testing.assert_allclose(turned.predict_proba(X), straight.predict_proba(X), rtol=1e-12)


@pytest.mark.parametrize("balance", BALANCES)
def test_a_class_without_fitted_rows_is_left_out(balance: Any):
    X, y, context = skewed()
    rows = np.flatnonzero(y != "owl")
    known = FitContext(context.keys.iloc[rows], tuple(NAMES), score_weight=context.score_weight[rows])
    y = y.astype("category").iloc[rows]  # a categorical column still lists it
    model = PriorCorrectedClassifier(LinearClassifier(), balance, bags=2).fit(X.iloc[rows], y, context=known)
    assert model.classes_.tolist() == ["jay", "wren"]
    np.testing.assert_allclose(model.target_, np.array([0.6, 0.1]) / 0.7)
    assert model.predict_proba(X).shape == (len(X), 2)


@pytest.mark.parametrize("balance", ["undersample", "bagged", "smote"])
def test_a_class_too_rare_for_a_row_keeps_one_and_is_corrected_to_its_share(balance: Any):
    X, y, _ = skewed()
    target = np.array([0.9998, 1e-4, 1e-4])
    context = FitContext(X[[]], tuple(NAMES), score_weight=prior_weights(y, NAMES, target).to_numpy())
    model = PriorCorrectedClassifier(LinearClassifier(), balance, bags=2).fit(X, y, context=context)
    jays = Counter(y)["jay"] * (2 if balance == "smote" else 1)
    for one in fits(model):
        np.testing.assert_allclose(one.source_, np.array([jays, 1, 1]) / (jays + 2))
        assert one.predict_proba(X)[:, 1:].max() < 0.05 * one.fitted_.predict_proba(X)[:, 1:].max()


def test_a_thinned_fit_is_corrected_by_the_closed_form_of_dal_pozzolo():
    # Dal Pozzolo et al. 2015: negatives kept with probability beta, s learnt from those; p = beta s / (beta s - s + 1).
    X = mixed_table(400)
    y = class_names(X, 2).map({"wren": "no", "owl": "yes"})
    kept = np.flatnonzero((y == "yes") | (np.arange(len(y)) % 4 == 0))
    X, y = X.iloc[kept], y.iloc[kept]
    context = FitContext(X[[]], ("no", "yes"), score_weight=np.where(y == "no", 4.0, 1.0))
    model = PriorCorrectedClassifier(LinearClassifier()).fit(X, y, context=context)
    s = LinearClassifier().fit(X, y).predict_proba(X)[:, 1]
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], 0.25 * s / (0.25 * s - s + 1), rtol=1e-9)


@pytest.mark.parametrize("balance", ["none", "undersample", "smote"])
def test_rows_that_count_less_in_the_fit_are_corrected_as_if_thinned(balance: Any):
    X = mixed_table(300)
    y = class_names(X, 2).map({"wren": "no", "owl": "yes"})
    context = FitContext(X[[]], ("no", "yes"), score_weight=np.ones(len(y)))
    weight = np.where(y == "no", 0.25, 1.0)
    model = PriorCorrectedClassifier(LinearClassifier(), balance).fit(X, y, weight, context)
    s = model.fitted_.predict_proba(X)[:, 1]
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], 0.25 * s / (0.25 * s - s + 1), rtol=1e-9)


def test_a_balance_that_there_is_not_and_no_bags_are_errors():
    X, y, _ = skewed()
    with pytest.raises(ValueError, match="'upsample'"):
        PriorCorrectedClassifier(LinearClassifier(), "upsample").fit(X, y)
    with pytest.raises(ValueError, match="bags"):
        PriorCorrectedClassifier(LinearClassifier(), "bagged", bags=0).fit(X, y)


def test_a_model_saved_by_an_earlier_version_is_read(tmp_path: Path):
    X, y, context = skewed()
    model = PriorCorrectedClassifier(LinearClassifier(), "undersample").fit(X, y, context=context)
    save_estimator(model, tmp_path / "model")
    state = json.loads((tmp_path / "model" / "state.json").read_text())
    assert {"correct", "bags"} <= state.keys()
    older = {name: state[name] for name in ("balance", "random_state", "classes", "source", "target")}
    (tmp_path / "model" / "state.json").write_text(json.dumps(older))
    assert load_estimator(tmp_path / "model").predict_proba(X).tobytes() == model.predict_proba(X).tobytes()


# Bags


def test_the_first_bag_is_the_undersampled_fit_and_the_answer_the_mean_of_all():
    X, y, context = skewed()
    inner = LightGBMClassifier(5, min_child_samples=5, random_state=8)
    one = PriorCorrectedClassifier(inner, "undersample", 4).fit(X, y, context=context)
    first = PriorCorrectedClassifier(inner, "bagged", 4, bags=1).fit(X, y, context=context)
    assert first.predict_proba(X).tobytes() == one.predict_proba(X).tobytes()
    three = PriorCorrectedClassifier(inner, "bagged", 4, bags=3).fit(X, y, context=context)
    answers = []
    for bag in three.bags_:
        plain = clone(inner).set_params(random_state=bag.estimator.random_state)
        rows = undersample(y, dict(zip(NAMES, TARGET, strict=True)), bag.random_state)
        plain.fit(X.iloc[rows], y.iloc[rows])
        answers.append(correct_prior(plain.predict_proba(X), class_shares(y.iloc[rows], NAMES), TARGET))
    np.testing.assert_allclose(three.predict_proba(X), np.mean(answers, axis=0), rtol=1e-12)
    assert three.predict_proba(X).tobytes() != one.predict_proba(X).tobytes()


def test_bags_have_rows_and_seeds_of_their_own_and_more_bags_change_none():
    X, y, context = skewed()
    model = PriorCorrectedClassifier(Witness(7), "bagged", 4).fit(X, y, context=context)
    assert len(model.bags_) == 10
    rows = [tuple(bag.fitted_.X_.index) for bag in model.bags_]
    seeds = [bag.fitted_.random_state for bag in model.bags_]
    assert len(set(rows)) == len(set(seeds)) == 10
    assert seeds[0] == 7
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert [bag.fitted_.context_.seed for bag in model.bags_] == [context.seed, *seeds[1:]]
    scarcest = set(y.index[y == "jay"])
    assert all(scarcest <= set(drawn) for drawn in rows)
    assert len(set().union(*rows)) > 1.4 * len(rows[0])
    fewer = PriorCorrectedClassifier(Witness(7), "bagged", 4, bags=4).fit(X, y, context=context)
    assert [tuple(bag.fitted_.X_.index) for bag in fewer.bags_] == rows[:4]
    other = PriorCorrectedClassifier(Witness(7), "bagged", 5, bags=4).fit(X, y, context=context)
    assert not {tuple(bag.fitted_.X_.index) for bag in other.bags_} & set(rows)


def test_bags_seed_what_stands_inside_a_pipeline():
    X, y, context = skewed()
    inner = make_pipeline(FunctionTransformer(), SGDClassifier(loss="log_loss", random_state=5, tol=None, max_iter=5))
    X = X[["flag"]].assign(amount=X["amount"].fillna(0)).astype(float)
    model = PriorCorrectedClassifier(inner, "bagged", bags=3).fit(X, y, context=context)
    assert len({bag.fitted_[-1].random_state for bag in model.bags_}) == 3
    assert model.bags_[0].fitted_[-1].random_state == inner[-1].random_state == 5


def test_weights_of_the_rows_reach_every_bag():
    X, y, context = skewed()
    given_weight = pd.Series(np.linspace(1, 3, len(y)), index=X.index)
    model = PriorCorrectedClassifier(Witness(), "bagged", bags=3).fit(X, y, given_weight, context)
    for bag in model.bags_:
        seen = bag.fitted_
        np.testing.assert_array_equal(seen.weight_, given_weight.loc[seen.X_.index])
        np.testing.assert_allclose(bag.source_, class_shares(seen.y_, NAMES, seen.weight_))
        np.testing.assert_allclose(bag.target_, TARGET)


def test_the_deadline_is_asked_before_each_bag():
    X, y, context = skewed()
    fitted: list[Any] = []

    class Slow(Witness):
        def fit(self, X: pd.DataFrame, y: pd.Series, sample_weight: Any = None, context: Any = None) -> Self:
            fitted.append(self)
            return super().fit(X, y, sample_weight, context)

    deadline = Deadline(at=3, clock=lambda: len(fitted))
    context = FitContext(context.keys, tuple(NAMES), score_weight=context.score_weight, deadline=deadline)
    with pytest.raises(OutOfTime):
        PriorCorrectedClassifier(Slow(), "bagged").fit(X, y, context=context)
    assert len(fitted) == 3


def test_a_saved_bag_that_is_missing_or_foreign_is_refused(tmp_path: Path):
    X, y, context = skewed()
    model = PriorCorrectedClassifier(LinearClassifier(), "bagged", bags=2).fit(X, y, context=context)
    save_estimator(model, tmp_path / "model")
    assert sorted(path.name for path in (tmp_path / "model").glob("fitted-*")) == ["fitted-0", "fitted-1"]
    label = tmp_path / "model" / "fitted-1" / "fitted" / "estimator.json"
    label.write_text('{"class": "os:system", "format": "own"}')
    with pytest.raises(Refusal, match=r"os\.system"):
        load_estimator(tmp_path / "model")
    label.unlink()
    with pytest.raises(Refusal, match="no saved model"):
        load_estimator(tmp_path / "model")


# SMOTE


def test_synthetic_rows_have_the_keys_weights_and_upstream_of_their_base_rows():
    X, y, context = skewed()
    given_weight = np.linspace(1, 3, len(y))
    model = PriorCorrectedClassifier(Witness(), "smote", random_state=4).fit(X, y, given_weight, context)
    sampler = SmoteToPrior(dict(zip(NAMES, model.target_, strict=True)), random_state=4)
    rows, labels = sampler.fit_resample(X, y)
    base, seen = sampler.base_indices_, model.fitted_
    assert sampler.synthetic_.sum() == Counter(y)["jay"]
    pd.testing.assert_frame_equal(seen.X_, rows)
    assert seen.y_.tolist() == labels.tolist()
    pd.testing.assert_frame_equal(seen.context_.keys, context.keys.iloc[base])
    pd.testing.assert_frame_equal(seen.context_.upstream["first"], context.upstream["first"].iloc[base])
    np.testing.assert_array_equal(seen.weight_, given_weight[base])
    counted = seen.context_.score_weight
    assert (counted[sampler.synthetic_] == 0).all()
    assert (counted[~sampler.synthetic_] > 0).all()


@pytest.mark.parametrize("rule", ["classes", "groups", "order"])
def test_only_real_rows_are_stopped_on_and_their_children_are_not_learnt_from(rule: str):
    X, y, context = skewed()
    nest = context.keys.assign(nest=np.arange(len(y)) // 3, day=np.arange(len(y)) // 4)
    more: dict[str, Any] = {"groups": {"disjoint": ("nest",)}, "order": {"ordered": "day"}}.get(rule, {})
    context = FitContext(nest, tuple(NAMES), score_weight=context.score_weight, **more)
    model = PriorCorrectedClassifier(Witness(), "smote", random_state=4).fit(X, y, context=context)
    sampler = SmoteToPrior(dict(zip(NAMES, TARGET, strict=True)), random_state=4)
    sampler.fit_resample(X, y)
    seen = model.fitted_
    learn, stop = seen.context_.inner_split(seen.y_)
    synthetic, base, neighbor = sampler.synthetic_, sampler.base_indices_, sampler.neighbor_indices_
    assert len(set(learn) | set(stop)) == len(learn) + len(stop)
    assert len(stop)
    assert not synthetic[stop].any()
    assert set(learn[~synthetic[learn]]) | set(stop) == set(np.flatnonzero(~synthetic))
    taken = set(base[learn[~synthetic[learn]]])
    expected = [row for row in np.flatnonzero(synthetic) if {base[row], neighbor[row]} <= taken]
    assert sorted(learn[synthetic[learn]]) == expected
    assert 0 < len(expected) < synthetic.sum()
    plain = FitContext(seen.context_.keys[~synthetic], tuple(NAMES), **more).inner_split(seen.y_[~synthetic])
    assert np.flatnonzero(~synthetic)[plain[1]].tolist() == stop.tolist()


def test_early_stopping_without_a_context_looks_at_real_rows_too():
    X, y, context = skewed()
    model = PriorCorrectedClassifier(Witness(), "smote", random_state=4).fit(X, y, context.score_weight)
    seen = model.fitted_
    doubled = seen.X_.index.duplicated()
    assert doubled.sum() == Counter(y)["jay"]
    assert not doubled[seen.context_.inner_split(seen.y_)[1]].any()


def test_a_context_of_resampled_rows_is_not_cut_without_notice():
    X, y, context = skewed()
    nested = PriorCorrectedClassifier(PriorCorrectedClassifier(Witness(), "undersample"), "smote")
    even = FitContext(context.keys, context.outputs, score_weight=prior_weights(y, NAMES, [1, 1, 1]).to_numpy())
    weight = np.where(y == "jay", 5.0, 1.0)  # the inner one has another prior before it than the outer one
    with pytest.raises(ValueError, match="synthetic"):
        nested.fit(X, y, weight, even)
