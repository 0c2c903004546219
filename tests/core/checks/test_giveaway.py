"""Features that alone give away the target."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.checks.giveaway import balanced_sample, target_giveaways
from tests.core.checks.tables import bad, frames, one, view

CHECK = "a feature gives away the target"


def with_feature(told, test_value=0.0, seed=0, **more):
    train, test = frames(seed, **more)
    train["told"] = told(train)
    test["told"] = test_value
    return train, test


@pytest.mark.parametrize(
    "values",
    [
        lambda train: (train["y"] == "yes") * 1.0,
        lambda train: np.where(train["y"] == "yes", "A", "B"),
        lambda train: (train["y"] == "yes") + np.random.default_rng(1).normal(0, 0.05, len(train)),
        lambda train: np.where(train["y"] == "yes", np.nan, 1.0),
        lambda train: np.where(train["y"] == "yes", 1, -1) * np.random.default_rng(1).integers(1, 1_000, len(train)),
    ],
    ids=["flag", "category", "noisy", "missing", "sign"],
)
def test_a_column_that_is_the_answer_is_a_leak(values):
    train, test = with_feature(values)
    if train["told"].dtype == object or pd.api.types.is_string_dtype(train["told"]):
        test["told"] = "A"
    found = one(target_giveaways(view(train, test)), CHECK)
    assert (found.severity, found.columns) == ("leak", ("told",))
    assert "'told' alone tells class" in found.message


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_a_column_that_is_the_value_is_a_leak(noise):
    def told(train):
        return np.exp(train["y"]) * (1 + np.random.default_rng(1).normal(0, noise, len(train)))

    found = one(target_giveaways(view(*with_feature(told, rows=1_500, values=True))), CHECK)
    assert (found.severity, found.columns) == ("leak", ("told",))


def test_a_column_that_tells_one_rare_class_is_a_leak():
    train, test = frames(rows=4_000)
    train["y"] = np.where(np.arange(4_000) % 50 == 7, "rare", train["y"])
    train["told"] = (train["y"] == "rare") * 1.0
    test["told"] = 0.0
    found = one(target_giveaways(view(train, test)), CHECK)
    assert (found.severity, found.columns) == ("leak", ("told",))
    assert "class 'rare'" in found.message


def test_two_columns_that_are_the_answer_are_both_named():
    train, test = with_feature(lambda train: (train["y"] == "yes") * 1.0)
    train["again"], test["again"] = 3 - 2 * train["told"], 3.0
    found = target_giveaways(view(train, test))
    assert sorted(finding.columns for finding in found) == [("again",), ("told",)]


def test_a_strong_honest_feature_is_no_finding():
    def told(train):
        return (train["y"] == "yes") + np.random.default_rng(1).normal(0, 0.4, len(train))

    assert target_giveaways(view(*with_feature(told))) == []


def test_a_nearly_perfect_feature_is_a_warning():
    def told(train):
        return (train["y"] == "yes") + np.random.default_rng(1).normal(0, 0.29, len(train))

    found = one(target_giveaways(view(*with_feature(told, rows=3_000))), CHECK)
    assert (found.severity, found.columns) == ("warning", ("told",))


def test_perfect_features_among_others_as_good_are_an_easy_task():
    train, test = frames()
    for k in range(4):
        train[f"told{k}"] = (train["y"] == "yes") + np.random.default_rng(k).normal(0, 0.25 + 0.03 * k, len(train))
        test[f"told{k}"] = 0.0
    assert all(finding.severity != "leak" for finding in target_giveaways(view(train, test)))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("values", [False, True])
def test_clean_tables_say_nothing(seed, values):
    assert bad(target_giveaways(view(*frames(seed, values=values)))) == []


def test_rare_classes_have_their_share_of_the_sample():
    train, test = frames(rows=4_000)
    train["y"] = np.where(np.arange(4_000) % 100 == 7, "rare", train["y"])
    seen = view(train, test, rows=300)
    (target,) = seen.targets
    rows = balanced_sample(seen, target)
    counts = np.bincount(target.codes[rows])
    assert len(rows) == 300
    assert counts[target.classes.index("rare")] == 40
    assert sorted(counts)[1:] == [130, 130]
    assert len(set(rows)) == 300


@pytest.mark.parametrize("y", [["yes"] * 600, [1.0] * 600, np.arange(600) % 2, [None] * 300 + ["a"] * 300])
def test_odd_targets_are_no_crash(y):
    train, test = frames()
    train["y"] = pd.Series(y)
    assert isinstance(target_giveaways(view(train, test)), list)
