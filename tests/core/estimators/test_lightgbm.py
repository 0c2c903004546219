from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from core.context import FitContext
from core.estimators.lightgbm import LightGBMRanker, useful_threads
from core.estimators.saving import load_estimator, save_estimator
from core.metrics import ndcg


def races(n_events: int = 30, riders: int = 8) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Events one after another: features, gains 0 to 3, events."""
    rng = np.random.default_rng(0)
    n = n_events * riders
    X = pd.DataFrame(rng.normal(size=(n, 3)), columns=["form", "age", "noise"], index=[f"r{i}" for i in range(n)])
    events = pd.Series(np.repeat([f"race {i:02d}" for i in range(n_events)], riders), index=X.index, name="event")
    strength = X["form"] + 0.3 * rng.normal(size=n)
    gains = (strength.groupby(events).rank(ascending=False) <= 3) * (4 - strength.groupby(events).rank(ascending=False))
    return X, gains.astype(int), events


@dataclass(frozen=True)
class HeldOut(FitContext):
    """A context whose inner split is given by a mask."""

    held_out: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=bool))

    def inner_split(self, y: pd.Series | pd.DataFrame, share: float = 0.15) -> tuple[np.ndarray, np.ndarray]:
        return np.flatnonzero(~self.held_out), np.flatnonzero(self.held_out)


def context_of(events: pd.Series) -> FitContext:
    return FitContext(keys=events.to_frame("event"), outputs=())


def ranker(**params: object) -> LightGBMRanker:
    return LightGBMRanker(n_estimators=8, learning_rate=0.2, min_child_samples=5, colsample_bytree=1.0, **params)


def mean_ndcg(gains: pd.Series, scores: np.ndarray, events: pd.Series) -> float:
    each = [ndcg(3)(gains[rows].to_numpy(), scores[rows.to_numpy()]) for rows in (events == e for e in events.unique())]
    return float(np.mean(each))


def test_the_ranker_puts_strong_riders_first():
    X, gains, events = races()
    model = ranker().fit(X, gains, context=context_of(events))
    assert mean_ndcg(gains, model.predict(X), events) > 0.85


def test_unsorted_events_give_the_model_of_sorted_ones():
    X, gains, events = races()
    order = np.random.default_rng(1).permutation(len(X))
    # Events keep the order of their first rows, as the rows inside them do: only the nesting is undone.
    first = events.iloc[order].drop_duplicates().tolist()
    sorted_rows = np.concatenate([order[(events.iloc[order] == event).to_numpy()] for event in first])
    apart = ranker().fit(X.iloc[order], gains.iloc[order], context=context_of(events.iloc[order]))
    together = ranker().fit(X.iloc[sorted_rows], gains.iloc[sorted_rows], context=context_of(events.iloc[sorted_rows]))
    assert apart.predict(X).tobytes() == together.predict(X).tobytes()


def test_events_may_be_mingled_in_any_order():
    """Rows of one event keep their order: it breaks the ties that LambdaRank starts from."""
    X, gains, events = races()
    for seed in range(3):
        mingled = np.random.default_rng(seed).permutation(events.to_numpy())
        order = np.empty(len(X), dtype=int)
        for event in events.unique():
            order[mingled == event] = np.flatnonzero(events == event)
        fitted = ranker().fit(X.iloc[order], gains.iloc[order], context=context_of(events.iloc[order]))
        plain = ranker().fit(X, gains, context=context_of(events))
        np.testing.assert_allclose(fitted.predict(X), plain.predict(X), atol=1e-9)


def test_events_matter_to_the_ranker():
    X, gains, events = races()
    others = pd.Series(np.tile([f"race {i:02d}" for i in range(30)], 8), index=X.index)
    of_others = ranker().fit(X, gains, context=context_of(others))
    assert of_others.predict(X).tobytes() != ranker().fit(X, gains, context=context_of(events)).predict(X).tobytes()


def test_row_weights_follow_their_rows_into_the_events():
    X, gains, events = races()
    weight = np.where(X["noise"] > 0, 4.0, 0.25)
    order = np.random.default_rng(3).permutation(len(X))
    first = events.iloc[order].drop_duplicates().tolist()
    sorted_rows = np.concatenate([order[(events.iloc[order] == event).to_numpy()] for event in first])

    def fitted(rows: np.ndarray, weight: np.ndarray | None) -> bytes:
        context = context_of(events.iloc[rows])
        model = ranker().fit(X.iloc[rows], gains.iloc[rows], None if weight is None else weight[rows], context)
        return model.predict(X).tobytes()

    assert fitted(order, weight) == fitted(sorted_rows, weight)
    assert fitted(order, weight) != fitted(order, None)


def test_early_stopping_of_a_ranker_holds_out_whole_events():
    X, gains, events = races()
    order = np.random.default_rng(4).permutation(len(X))
    context = FitContext(keys=events.iloc[order].to_frame("event"), outputs=(), disjoint=("event",))
    model = ranker(early_stopping_rounds=3).fit(X.iloc[order], gains.iloc[order], context=context)
    assert 1 <= model.n_rounds_ <= 8
    refitted = clone(model).set_params(early_stopping_rounds=None, n_estimators=model.n_rounds_)
    refitted.fit(X.iloc[order], gains.iloc[order], context=context)
    assert model.predict(X).tobytes() == refitted.predict(X).tobytes()


def test_early_stopping_does_not_depend_on_how_events_are_mingled():
    X, gains, events = races()
    mingled = np.random.default_rng(5).permutation(events.to_numpy())
    order = np.empty(len(X), dtype=int)
    for event in events.unique():
        order[mingled == event] = np.flatnonzero(events == event)

    def rounds(rows: np.ndarray) -> int:
        held_out = (events.iloc[rows] > "race 22").to_numpy()
        context = HeldOut(keys=events.iloc[rows].to_frame("event"), outputs=(), held_out=held_out)
        model = ranker(early_stopping_rounds=20).set_params(n_estimators=20)
        return model.fit(X.iloc[rows], gains.iloc[rows], context=context).n_rounds_

    assert rounds(order) == rounds(np.arange(len(X))) < 20


def test_a_ranker_without_its_key_says_which_one():
    X, gains, _ = races()
    with pytest.raises(ValueError, match="needs the key 'event'"):
        ranker().fit(X, gains)


def test_gains_beyond_the_default_table_of_lightgbm_are_allowed():
    X, gains, events = races()
    model = ranker().fit(X, gains * 20, context=context_of(events))
    assert mean_ndcg(gains, model.predict(X), events) > 0.85


def test_a_saved_ranker_scores_to_the_same_bytes(tmp_path: Path):
    X, gains, events = races()
    model = ranker(event_key="event").fit(X, gains, context=context_of(events))
    save_estimator(model, tmp_path / "model")
    again = load_estimator(tmp_path / "model")
    assert again.predict(X).tobytes() == model.predict(X).tobytes()
    assert again.get_params() == model.get_params()


def test_a_clone_of_a_ranker_keeps_every_parameter():
    model = LightGBMRanker("query", 3, 0.1, 4, 5, 0.6, 0.7, 8.0, 9, 10, {"lambda_l1": 1.0})
    assert list(clone(model).get_params()) == list(model.get_params())
    assert clone(model).get_params() == model.get_params()
    assert (model.event_key, model.random_state, model.reg_lambda, model.subsample) == ("query", 10, 8.0, 0.6)


def test_a_small_table_gets_one_thread_and_a_wide_one_all():
    rng = np.random.default_rng(0)
    for columns, threads in ((5, 1), (60, 2)):
        matrix = rng.normal(size=(1000, columns))
        data = lightgbm.Dataset(matrix, matrix[:, 0], params={"verbosity": -1})
        assert useful_threads(data, 2) == threads
