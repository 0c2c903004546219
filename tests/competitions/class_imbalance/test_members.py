"""Every member can be built, fitted, saved and read back, and is what its name says."""

from __future__ import annotations

import pickle
import warnings
from functools import cache

import numpy as np
import optuna
import pandas as pd
import pytest

from competitions.class_imbalance.competition import ClassImbalance
from competitions.class_imbalance.members import LEARNERS, SOURCE_STRATEGIES, roster
from core.context import FitContext, PredictContext
from core.estimators.catboost import CatBoostClassifier
from core.estimators.lightgbm import LightGBMClassifier
from core.estimators.linear import LinearClassifier
from core.estimators.prior_corrected import PriorCorrectedClassifier
from core.estimators.restated import Calibrated, Uncorrected
from core.estimators.saving import load_estimator, save_estimator
from core.member import in_order
from core.priors import class_shares, prior_weights
from tests.competitions.class_imbalance.tables import no_pilot, written

MEMBERS = {member.name: member for member in roster()}
OWN = [name for name, member in MEMBERS.items() if not member.needs]
KINDS = {"lightgbm": LightGBMClassifier, "linear": LinearClassifier, "catboost": CatBoostClassifier}
BALANCES = {
    "": "none", "-weights": "weights", "-bagged": "bagged", "-undersampled": "undersample", "-smote": "smote"
}  # fmt: skip
OUTPUTS = ("well", "ill", "sick")  # not in the order of the alphabet
TARGET = [0.3, 0.4, 0.3]

#: Fewer rounds, and trees that split few rows; the rest as it is.
QUICK = {"lightgbm": {"n_estimators": 4, "min_child_samples": 2}, "catboost": {"n_estimators": 4}, "linear": {}}


def rows(count=240, seed=0):
    rng = np.random.default_rng(seed)
    y = pd.Series(rng.choice(OUTPUTS, count, p=[0.7, 0.2, 0.1]), index=[f"r{k}" for k in range(count)])
    X = pd.DataFrame(rng.normal(size=(count, 3)), columns=list("uvw"), index=y.index)
    X["u"] += (y == "ill") + 2.0 * (y == "sick")
    X["name"] = np.where(rng.random(count) < 0.5, "TL", "TR")
    X.iloc[::7, 1] = np.nan
    return X, y


X, Y = rows()
NEW, _ = rows(60, 1)
WEIGHT = prior_weights(Y, OUTPUTS, TARGET).to_numpy()


def upstream(index, seed):
    values = np.random.default_rng(seed).dirichlet(np.ones(3), len(index))
    return {name: pd.DataFrame(values, index=index, columns=list(OUTPUTS)) for name in LEARNERS}


@cache
def fitted(name, seed=0):
    member = MEMBERS[name]
    params = dict(member.defaults) | (QUICK[name.split("-")[0]] if member.defaults else {})
    estimator = member.build(params, seed)
    if name.endswith("-bagged"):
        estimator.set_params(bags=2)
    context = FitContext(pd.DataFrame(index=X.index), OUTPUTS, upstream(X.index, 0), seed=seed, score_weight=WEIGHT)
    return estimator.fit(X, Y, context=context)


def predicted(estimator):
    context = PredictContext(pd.DataFrame(index=NEW.index), OUTPUTS, upstream(NEW.index, 1))
    return estimator.predict_proba(NEW, context=context)


# --- who takes part


def test_each_learner_has_every_strategy_under_a_name_of_its_own():
    names = [member.name for member in roster()]
    suffixes = ("", "-calibrated", "-weights", "-bagged", "-unmodified", "-undersampled", "-smote")
    assert len(names) == len(set(names)) == 21
    assert set(names) == {learner + suffix for learner in KINDS for suffix in suffixes}
    assert set(LEARNERS) == set(KINDS)


def test_each_learner_comes_once_before_any_comes_again():
    names = [member.name for member in roster()]
    own = [name for name in names if not MEMBERS[name].needs]
    assert own[: len(KINDS)] == list(LEARNERS)


def test_members_for_comparison_are_never_blended_and_stand_last():
    compared = [not member.blended for member in roster()]
    assert compared == sorted(compared)
    assert {name.partition("-")[2] for name in MEMBERS if not MEMBERS[name].blended} == {
        "unmodified", "undersampled", "smote"
    }  # fmt: skip


def test_the_strategies_of_the_source_are_there():
    for strategy in SOURCE_STRATEGIES:
        assert any(name.endswith(f"-{strategy}") for name in MEMBERS)


def test_second_stages_need_the_learner_of_their_name():
    order = [member.name for member in in_order(roster())]
    for name, member in MEMBERS.items():
        learner, _, strategy = name.partition("-")
        assert member.needs == ((learner,) if strategy in ("calibrated", "unmodified") else ())
        assert order.index(learner) <= order.index(name)


def test_the_competition_adds_a_baseline_and_nothing_else(tmp_path):
    competition = ClassImbalance(options={"prior": "sick:0.3,well:0.2,ill:0.5"})
    dataset = competition.load(written(tmp_path))
    names = [member.name for member in competition.roster(dataset, competition.objective(dataset, no_pilot))]
    assert names == ["constant", *MEMBERS]


# --- what they are


@pytest.mark.parametrize("name", OWN)
def test_a_member_is_the_learner_and_the_balance_of_its_name(name):
    learner = name.partition("-")[0]
    member = MEMBERS[name]
    built = member.build(member.defaults, 5)
    assert isinstance(built, PriorCorrectedClassifier)
    assert type(built.estimator) is KINDS[learner]
    assert built.balance == BALANCES[name.removeprefix(learner)]
    assert built.correct
    assert built.random_state == 5
    given = built.estimator.get_params()
    assert {key: given[key] for key in member.defaults} == dict(member.defaults)
    assert given.get("random_state", 5) == 5


@pytest.mark.parametrize("learner", list(KINDS))
def test_second_stages_restate_their_learner(learner):
    for strategy, kind in (("calibrated", Calibrated), ("unmodified", Uncorrected)):
        built = MEMBERS[f"{learner}-{strategy}"].build({}, 0)
        assert type(built) is kind
        assert built.source == learner


def test_members_reach_another_process():
    for member in roster():
        again = pickle.loads(pickle.dumps(member))
        assert type(again.build(again.defaults, 0)) is type(member.build(member.defaults, 0))


# --- search


@pytest.mark.parametrize("name", OWN)
def test_the_search_space_holds_the_defaults_and_nothing_else(name):
    member = MEMBERS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a value out of its range is only warned of
        assert member.search(optuna.trial.FixedTrial(dict(member.defaults))) == dict(member.defaults)


@pytest.mark.parametrize("name", list(LEARNERS))
def test_whatever_is_drawn_from_the_search_space_can_be_built(name):
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    member = MEMBERS[name]
    for _ in range(20):
        drawn = member.search(study.ask())
        given = member.build(drawn, 0).estimator.get_params()
        assert set(drawn) == set(member.defaults)
        assert {key: given[key] for key in drawn} == drawn


def test_second_stages_have_nothing_to_tune():
    for member in roster():
        assert (member.search is None) == bool(member.needs)


# --- fitted


@pytest.mark.parametrize("name", list(MEMBERS))
def test_it_predicts_the_same_bytes_when_it_was_saved_and_loaded(name, tmp_path):
    model = fitted(name)
    said = predicted(model)
    assert sorted(model.classes_) == sorted(OUTPUTS)
    assert said.shape == (60, 3)
    assert said.sum(axis=1) == pytest.approx(1)
    assert (said >= 0).all()
    save_estimator(model, tmp_path / "model")
    again = load_estimator(tmp_path / "model", ("core",))
    assert list(again.classes_) == list(model.classes_)
    assert predicted(again).tobytes() == said.tobytes()


@pytest.mark.parametrize("name", list(MEMBERS))
def test_another_seed_gives_other_predictions_only_where_that_is_said(name):
    one, other = (predicted(fitted(name, seed)) for seed in (0, 7))
    # What a second stage adds has no seed: it has that of the member whose predictions it reads.
    changes = MEMBERS[name].seeded and not MEMBERS[name].needs
    assert (one.tobytes() != other.tobytes()) == changes


def test_a_second_stage_has_seeds_where_its_learner_has():
    for member in roster():
        for need in member.needs:
            assert member.seeded == MEMBERS[need].seeded


@pytest.mark.parametrize("learner", list(KINDS))
def test_a_learner_is_corrected_from_the_fitted_rows_to_the_prior_of_the_score(learner):
    model = fitted(learner)
    names = list(model.classes_)
    assert model.target_ == pytest.approx([dict(zip(OUTPUTS, TARGET, strict=True))[name] for name in names])
    assert model.source_ == pytest.approx(class_shares(Y, names))
