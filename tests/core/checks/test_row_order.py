"""Columns that count rows; order and ids that carry the target."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from core import folds
from core.checks.row_order import COUNTER, IDS, ORDER, rank_correlation, row_order
from core.checks.view import View
from tests.core.checks.tables import dataset, frames, one, view


@pytest.mark.parametrize(
    "counter", [np.arange, lambda n: 5.0 - np.arange(n) / 3, lambda n: [f"{k:06d}" for k in range(n)]]
)
def test_a_counter_is_a_warning(counter):
    train, test = frames()
    train["row"], test["row"] = counter(600), counter(300)
    found = one(row_order(view(train, test)), COUNTER)
    assert (found.severity, found.columns) == ("warning", ("row",))


def test_a_column_that_mostly_follows_the_rows_is_noted():
    train, test = frames()
    train["drift"] = np.arange(600) + np.random.default_rng(0).normal(0, 50, 600)
    test["drift"] = 0.0
    found = one(row_order(view(train, test)), COUNTER)
    assert (found.severity, found.columns) == ("note", ("drift",))


def test_a_counter_that_is_the_time_of_the_folds_is_noted():
    train, test = frames()
    train["day"], test["day"] = np.arange(600), np.arange(600, 900)
    train["seconds"], test["seconds"] = train["day"] * 86_400.0, test["day"] * 86_400.0
    data = dataset(train, test, ["day"])
    found = one(row_order(View(data, [folds.time(data, "day")])), COUNTER)
    assert (found.severity, found.columns) == ("note", ("seconds",))


@pytest.mark.parametrize("values", [False, True])
def test_a_file_sorted_by_the_target_is_a_warning(values):
    train, test = frames(values=values)
    train = train.sort_values("y", ignore_index=True)
    found = one(row_order(view(train, test)), ORDER)
    assert found.severity == "warning"
    assert "ordered by the target" in found.message


def test_a_file_written_group_by_group_is_not_sorted():
    train, test = frames(values=True)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        train["file"] = np.repeat(np.arange(12), 50)
        test["file"] = 99
        train["y"] = np.repeat(rng.normal(size=12), 50) + rng.normal(0, 0.1, 600)
        data = dataset(train, test, ["file"])
        assert row_order(View(data, [folds.group(data, "file", 3)])) == []


def test_a_trend_is_expected_where_folds_follow_time():
    train, test = frames(values=True)
    train["day"], test["day"] = np.arange(600) // 3, 300
    train["y"] += train["day"]
    data = dataset(train, test, ["day"])
    assert row_order(View(data, [folds.time(data, "day")])) == []
    assert one(row_order(View(data, [folds.random(data)])), ORDER).severity == "warning"


@pytest.mark.parametrize("values", [False, True])
def test_numbers_in_ids_that_carry_the_target_are_a_leak_that_names_an_id(values):
    train, test = frames(values=values)
    order = train["y"].rank(method="first").astype(int).to_numpy()
    train["id"] = [f"img_{number:04d}.png" for number in order]
    found = one(row_order(view(train, test)), IDS)
    assert found.severity == "leak"
    assert "img_" in found.message


def test_text_in_ids_that_carries_the_target_is_a_leak():
    train, test = frames()
    train["id"] = [
        ("pos" if y == "yes" else "neg") + f"_{k}"
        for k, y in enumerate(np.random.default_rng(0).permutation(train["y"]))
    ]
    train["y"] = np.where(train["id"].str.startswith("pos"), "yes", "no")
    found = one(row_order(view(train, test)), IDS)
    assert found.severity == "leak"
    assert "pos_#" in found.message


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("values", [False, True])
def test_clean_tables_say_nothing(seed, values):
    assert row_order(view(*frames(seed, values=values))) == []


def test_the_rank_correlation_is_spearmans():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 9, (2, 200)).astype(float)
    assert rank_correlation(a, b) == pytest.approx(spearmanr(a, b).statistic)
    assert rank_correlation(a, np.zeros(200)) == 0


@pytest.mark.parametrize(
    "ids", [lambda k: k, lambda k: f"no digits {'x' * k}", lambda k: "9" * 40 + str(k), lambda k: f"{k}-{k}"]
)
def test_odd_ids_are_no_crash(ids):
    train, test = frames()
    train["id"] = [ids(k) for k in range(600)]
    assert [finding for finding in row_order(view(train, test)) if finding.check == IDS] == []


def test_a_table_of_few_rows_says_nothing():
    train, test = frames()
    small = pd.concat([train.iloc[:9].assign(row=np.arange(9))])
    assert row_order(view(small, test.assign(row=0))) == []
