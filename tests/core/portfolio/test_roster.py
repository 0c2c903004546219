"""Portfolios: members that can all be built, tuned and predicted with, chosen by the table alone."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.context import FitContext
from core.dataset import Dataset
from core.errors import Refusal
from core.member import Member
from core.metrics import LOG_LOSS, MACRO_ROC_AUC_LABELS, MAE, MCRMSE, RMSE, Metric
from core.portfolio import Shape, portfolio
from core.portfolio.roster import (
    LARGE_ORDER,
    LARGE_ROWS,
    MANY_CLASSES,
    ORDER,
    ORDER_OF_MANY,
    _members,
    catboost_params,
    forest_params,
    net_params,
    order_of,
    suits,
)
from core.tuning.defaults import fitting_defaults, settings_of
from tests.core.estimators.tables import class_names, mixed_table, values

shapes = st.builds(
    Shape,
    rows=st.integers(20, 300_000),
    numbers=st.integers(0, 300),
    names=st.integers(0, 300),
    classes=st.sampled_from([1, 2, 3, 50]),
)


def dataset(metric: Metric, rows: int = 160) -> Dataset:
    X = mixed_table(rows)
    y: Any = class_names(X, 3) if metric.truth == "class" else values(X)
    outputs = sorted(set(y)) if metric.truth == "class" else ["truth"]
    train = X.assign(truth=y.to_numpy()).rename_axis("id").reset_index()
    test = train.drop(columns="truth")[:20]
    sample = test[["id"]].assign(**dict.fromkeys(outputs, 0.0))
    return Dataset.tabular(train, test, sample, target="truth", id_columns=["id"], outputs=outputs)


def quick(params: Any) -> dict[str, Any]:
    """The same with few rounds: enough to see that it works."""
    most = {"n_estimators": 15, "epochs": 2}
    return {name: min(value, most[name]) if name in most else value for name, value in params.items()}


def answered(member: Member, params: Any, data: Dataset) -> Any:
    estimator = member.build(params, 7).fit(data.fit.X, data.fit.y)
    return (estimator.predict_proba if len(data.outputs) > 1 else estimator.predict)(data.test.X)


@pytest.mark.parametrize("metric", [LOG_LOSS, RMSE, MAE], ids=lambda metric: metric.name)
def test_every_member_fits_and_answers(metric: Metric):
    data = dataset(metric, 80)
    members = portfolio(data, metric)
    assert len(members) >= 8
    assert len({member.name for member in members}) == len(members)
    for member in members:
        shape = (20, len(data.outputs)) if metric.truth == "class" else (20,)
        answer = answered(member, quick(member.defaults), data)
        assert answer.shape == shape
        assert np.isfinite(answer).all()


class Edge:
    """A trial that always proposes the first or the last value of a range."""

    def __init__(self, place: int) -> None:
        self.place = place

    def suggest_float(self, name: str, low: float, high: float, **how: Any) -> float:
        return (low, high)[self.place]

    suggest_int = suggest_float

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        return choices[-self.place]


@pytest.mark.parametrize("metric", [LOG_LOSS, RMSE], ids=lambda metric: metric.name)
def test_parameters_survive_json_and_reach_the_estimator(metric: Metric):
    data = dataset(metric)
    for member in portfolio(data, metric):
        assert member.search is not None
        for params in (member.defaults, member.search(Edge(0)), member.search(Edge(1))):  # type: ignore[arg-type]
            told = json.loads(json.dumps(dict(params)))
            assert told == dict(params)
            estimator = member.build(told, 7)
            assert {name: estimator.get_params()[name] for name in told} == told
            assert estimator.get_params().get("random_state", 7) == 7
            assert ("random_state" in estimator.get_params()) == member.seeded


@pytest.mark.parametrize("metric", [LOG_LOSS, RMSE], ids=lambda metric: metric.name)
def test_a_study_can_walk_through_every_space(metric: Metric):
    for member in portfolio(dataset(metric), metric):
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
        for _ in range(3):
            trial = study.ask()
            assert member.search is not None
            member.build(member.search(trial), 0)
            study.tell(trial, 0.0)
        assert study.trials[0].params


@pytest.mark.parametrize("metric", [LOG_LOSS, RMSE], ids=lambda metric: metric.name)
def test_the_edges_of_small_spaces_fit_too(metric: Metric):
    data = dataset(metric, 60)
    for member in portfolio(data, metric):
        if member.name in ("linear", "neighbours", "kernel", "extra-trees"):
            assert member.search is not None
            for place in (0, 1):
                assert np.isfinite(answered(member, member.search(Edge(place)), data)).all()  # type: ignore[arg-type]


def test_absolute_errors_are_fitted_where_they_are_scored():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"id": [f"r{number}" for number in range(150)], "x": rng.normal(size=150)})
    frame["truth"] = rng.exponential(size=150) ** 3
    data = Dataset.tabular(
        frame,
        frame.drop(columns="truth"),
        frame[["id"]].assign(truth=0.0),
        target="truth",
        id_columns=["id"],
        outputs=["truth"],
    )
    middle = frame["truth"].median()
    for name in ("lightgbm", "catboost"):
        squared, absolute = (
            next(
                answered(m, {**quick(m.defaults), "learning_rate": 0.1}, data)
                for m in portfolio(data, metric)
                if m.name == name
            )
            for metric in (RMSE, MAE)
        )
        assert abs(absolute.mean() - middle) < abs(squared.mean() - middle)


@pytest.mark.parametrize("metric", [MACRO_ROC_AUC_LABELS, MCRMSE], ids=lambda metric: metric.name)
def test_several_truths_per_row_are_refused(metric: Metric):
    with pytest.raises(Refusal, match=metric.name):
        portfolio(dataset(RMSE), metric)


def test_several_outputs_for_one_truth_are_refused():
    plain = dataset(RMSE)
    sample = plain.sample_submission.rename(columns={"truth": "low"}).assign(high=0.0)
    quantiles = replace(plain, outputs=("low", "high"), sample_submission=sample)
    with pytest.raises(Refusal, match="2 values per row"):
        portfolio(quantiles, RMSE)


def test_without_torch_and_xgboost_their_members_are_left_out(monkeypatch: pytest.MonkeyPatch):
    real = importlib.util.find_spec
    hidden = ("torch", "xgboost")
    for module in ("core.portfolio.roster", "core.estimators.xgboost"):
        monkeypatch.setattr(f"{module}.find_spec", lambda name: None if name in hidden else real(name))
    names = [member.name for member in portfolio(dataset(RMSE), RMSE)]
    assert "net" not in names
    assert "xgboost" not in names
    assert "lightgbm" in names


def test_what_costs_the_square_of_the_rows_is_for_small_tables():
    small, large = Shape(1000, 20, 2, 2), Shape(100_000, 20, 2, 2)
    assert suits("neighbours", small)
    assert suits("kernel", small)
    assert not suits("neighbours", large)
    assert not suits("kernel", large)
    assert suits("lightgbm", large)


def test_every_order_names_every_member_once():
    names = {member.name for member in _members(Shape(1000, 5, 2, 2), True, False)}
    assert set(ORDER) == set(LARGE_ORDER) == names | {"catboost-mixed"}  # which is for values alone
    assert set(ORDER_OF_MANY) == names
    assert len(ORDER) == len(LARGE_ORDER) == len(ORDER_OF_MANY) + 1 == len(names) + 1


@given(shape=shapes)
@settings(max_examples=200, deadline=None)
def test_parameters_are_sane_for_every_shape(shape: Shape):
    net = net_params(shape)
    steps = net["epochs"] * max(1, shape.rows // net["batch_size"])
    assert 32 <= net["batch_size"] <= 512
    assert 1 <= net["epochs"] <= 100
    assert steps <= 6000
    assert 50 <= catboost_params(shape, False)["n_estimators"] <= 2000
    forest = forest_params(shape, "extra", True)
    assert 1 <= forest["min_samples_leaf"] <= shape.rows // 20 + 1


@pytest.mark.parametrize(
    ("rows", "classes", "order"),
    [
        (LARGE_ROWS, 2, ORDER),
        (LARGE_ROWS + 1, 2, LARGE_ORDER),
        (LARGE_ROWS, MANY_CLASSES, ORDER_OF_MANY),
        (LARGE_ROWS + 1, 50, ORDER_OF_MANY),
    ],
)
def test_the_order_follows_rows_and_classes(rows, classes, order):
    assert order_of(Shape(rows=rows, numbers=8, names=2, classes=classes)) == order


def test_unseen_groups_bring_a_member_without_their_levels():
    data = dataset(RMSE)
    names = [member.name for member in portfolio(data, RMSE)]
    found = {member.name: member for member in portfolio(data, RMSE, unseen="site")}
    assert set(found) - set(names) == {"catboost-mixed"}
    member = found["catboost-mixed"]
    context = FitContext(keys=pd.DataFrame({"site": np.arange(len(data.fit.X)) % 9}), outputs=("truth",))
    estimator = member.build(quick(member.defaults), 7).fit(data.fit.X, data.fit.y, context)
    assert len(estimator.levels_) == 9
    assert np.isfinite(estimator.predict(data.test.X)).all()
    classes = dataset(LOG_LOSS)
    assert [member.name for member in portfolio(classes, LOG_LOSS, unseen="site")] == [
        member.name for member in portfolio(classes, LOG_LOSS)
    ]


@pytest.mark.parametrize("metric", [LOG_LOSS, RMSE, MAE], ids=lambda metric: metric.name)
@given(shape=shapes)
def test_the_defaults_of_every_member_are_a_point_of_its_space(metric: Metric, shape: Shape):
    """Else a study would be told the score of the defaults for parameters that nobody fitted."""
    for member in _members(shape, metric.truth == "class", metric is MAE):
        settings = settings_of(member)
        drawn: dict[str, Any] = {}
        known = fitting_defaults(member.search, settings)
        trial = Noting(drawn)
        member.search(trial)
        assert known.keys() == drawn.keys()
        assert {name: settings[name] for name in known} == known, member.name


class Noting:
    """A trial that notes which names are drawn."""

    def __init__(self, drawn: dict[str, Any]) -> None:
        self.drawn = drawn

    def _suggest(self, name: str, first: Any, *rest: Any, **more: Any) -> Any:
        self.drawn[name] = first
        return first[0] if isinstance(first, list) else first

    suggest_float = suggest_int = suggest_categorical = _suggest
