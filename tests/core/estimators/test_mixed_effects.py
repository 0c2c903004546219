"""Levels of groups are taken off before a regressor learns, and nothing of a group reaches the rows of others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression

from core.context import FitContext
from core.deadline import Deadline, OutOfTime
from core.estimators.lightgbm import LightGBMRegressor
from core.estimators.mixed_effects import MixedEffectsRegressor, levels
from core.estimators.saving import load_estimator, save_estimator


def places(groups: int = 40, rows: int = 25, seed: int = 0) -> tuple[pd.DataFrame, pd.Series, pd.DataFrame, Any]:
    """Rows in groups with levels of their own, which no column tells; and those levels."""
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(groups), rows)
    X = pd.DataFrame(rng.normal(size=(groups * rows, 3)), columns=list("abc"))
    # What tells the groups apart, so that a booster can bend after their levels.
    X["site_size"] = rng.normal(size=groups)[place]
    level = rng.normal(0, 3, groups)
    y = pd.Series(level[place] + X["a"] * X["b"] + X["c"] + rng.normal(0, 0.5, len(X)))
    return X, y, pd.DataFrame({"site": [f"site {number}" for number in place]}), level


def context_of(keys: pd.DataFrame, **more: Any) -> FitContext:
    return FitContext(keys=keys, outputs=("truth",), seed=3, disjoint=("site",), **more)


def booster() -> LightGBMRegressor:
    return LightGBMRegressor(n_estimators=150, learning_rate=0.1)


def test_it_learns_the_columns_better_than_the_regressor_alone():
    X, y, keys, _ = places()
    new, truth, _, level = places(seed=1)
    within = truth - level[np.repeat(np.arange(40), 25)]
    context = context_of(keys)
    mixed = MixedEffectsRegressor(booster(), "site").fit(X, y, context)
    alone = booster().fit(X, y, context=context)

    def error(said: Any) -> float:
        return float(np.sqrt(np.mean((said - within) ** 2)))

    assert error(mixed.predict(new)) < 0.9 * error(alone.predict(new))


def test_levels_are_those_of_the_groups():
    X, y, keys, level = places(rows=60)
    mixed = MixedEffectsRegressor(LinearRegression(), "site").fit(X[["c"]], y, context_of(keys))
    found = mixed.levels_.reindex([f"site {number}" for number in range(40)])
    assert np.corrcoef(found, level)[0, 1] > 0.98


def test_one_group_or_no_name_leaves_the_regressor_as_it_is():
    X, y, keys, _ = places(groups=3)
    plain = LinearRegression().fit(X, y).predict(X)
    for site in ("here", None):
        mixed = MixedEffectsRegressor(LinearRegression(), "site").fit(X, y, context_of(keys.assign(site=site)))
        np.testing.assert_allclose(mixed.predict(X), plain)
        assert mixed.levels_.abs().sum() == 0


def test_rows_without_a_group_have_no_level():
    X, y, keys, _ = places(groups=6)
    keys.loc[:9, "site"] = None
    mixed = MixedEffectsRegressor(LinearRegression(), "site").fit(X, y, context_of(keys))
    assert set(mixed.levels_.index) == {f"site {number}" for number in range(6)}


def test_what_columns_tell_of_groups_stays():
    X, y, keys, level = places(rows=40)
    X["told"] = level[np.repeat(np.arange(40), 40)] + np.repeat(np.random.default_rng(5).normal(0, 0.1, 40), 40)
    mixed = MixedEffectsRegressor(booster(), "site").fit(X, y, context_of(keys))
    assert mixed.levels_.std() < 0.2 * level.std()
    assert np.corrcoef(mixed.predict(X), y)[0, 1] > 0.95


def test_weights_count_rows():
    X, y, keys, _ = places(groups=5, rows=10)
    weight = np.random.default_rng(0).integers(1, 4, len(y))
    again = np.repeat(np.arange(len(y)), weight)
    one = MixedEffectsRegressor(LinearRegression(), "site").fit(X, y, context_of(keys), weight)
    many = MixedEffectsRegressor(LinearRegression(), "site").fit(
        X.iloc[again], y.iloc[again], context_of(keys.iloc[again])
    )
    # Weights are relative: only what is spent on the means differs a little.
    np.testing.assert_allclose(one.predict(X), many.predict(X), rtol=0.05, atol=0.05)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.floats(-1e6, 1e6)), min_size=1, max_size=40),
)
def test_levels_are_shrunk_means(rows: list[tuple[int, float]]):
    groups, rest = pd.Series([str(group) for group, _ in rows]), np.array([value for _, value in rows])
    found = levels(rest, groups, np.ones(len(rest)))
    means = pd.Series(rest).groupby(groups).mean()
    assert list(found.index) == list(means.index)
    assert np.isfinite(found).all()
    assert (found.abs() <= means.abs() + 1e-9).all()
    assert (found * means >= 0).all()


def test_groups_alike_have_no_levels():
    rng = np.random.default_rng(0)
    found = [levels(rng.normal(size=400), pd.Series(np.arange(400) % 8), np.ones(400)) for _ in range(40)]
    assert np.mean([one.abs().max() for one in found]) < 0.1


def test_a_passed_deadline_ends_it():
    X, y, keys, _ = places(groups=4)
    with pytest.raises(OutOfTime):
        MixedEffectsRegressor(LinearRegression(), "site").fit(
            X, y, context_of(keys, deadline=Deadline(0.0, lambda: 1.0))
        )


def test_a_saved_model_answers_alike(tmp_path: Path):
    X, y, keys, _ = places(groups=6)
    mixed = MixedEffectsRegressor(booster(), "site").fit(X, y, context_of(keys))
    save_estimator(mixed, tmp_path / "model")
    again = load_estimator(tmp_path / "model")
    np.testing.assert_array_equal(again.predict(X), mixed.predict(X))
    pd.testing.assert_series_equal(again.levels_, mixed.levels_, check_names=False, check_index_type=False)
