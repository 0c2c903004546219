"""All checks in one call: each planted leak is caught, and clean data are left in peace."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from competitions.class_imbalance.competition import ClassImbalance
from core import folds
from core.checks import inspect
from core.checks import inspection as module
from core.dataset import Dataset
from core.table import Table
from tests.contract.fakes.clips import Clips
from tests.contract.fakes.events import Events
from tests.contract.fakes.neighbours import Windows
from tests.contract.fakes.sequences import Sequences
from tests.contract.fakes.shifted import Shifted
from tests.core.checks.tables import again, bad, dataset, frames, schemes


def inspect_data(data, schemes, **more):
    """The findings, worst first."""
    return list(inspect(data, schemes, **more).findings)


def plant_duplicates(train, test):
    return again(train, train.iloc[:30]), test, "duplicate rows", "leak", ()


def plant_test_duplicates(train, test):
    test = again(test, train.drop(columns="y").iloc[:30], "T")
    return train, test, "duplicate rows with test", "warning", ()


def plant_near_duplicates(train, test):
    rows = train.iloc[:60].copy()
    rows[["x0", "x1", "x2", "x3", "x4"]] += np.random.default_rng(0).normal(0, 1e-4, (60, 5))
    return again(train, rows), test, "near-duplicate rows", "leak", ()


def plant_changed_duplicates(train, test):
    return again(train, train.iloc[:30].assign(count=99)), test, "near-duplicate rows", "leak", ()


def plant_answer(train, test):
    train["outcome"], test["outcome"] = (train["y"] == "yes") * 1, 0
    return train, test, "a feature gives away the target", "leak", ("outcome",)


def plant_counter(train, test):
    train["row"], test["row"] = np.arange(len(train)), np.arange(len(test))
    return train, test, "a feature counts rows", "warning", ("row",)


def plant_order(train, test):
    return train.sort_values("y", ignore_index=True), test, "row order tells the target", "warning", ()


def plant_ids(train, test):
    train["id"] = [f"R{number}" for number in train["y"].rank(method="first").astype(int)]
    test["id"] = [f"R{number + 1_000}" for number in range(len(test))]
    return train, test, "row ids tell the target", "leak", ()


def plant_words(train, test):
    for frame in (train, test):
        frame["x2"] = frame["x2"].astype(str)
    train.loc[3, "x2"] = "unknown"
    return train, test, "a few words in a column of numbers", "warning", ("x2",)


def plant_unlike(train, test):
    test["x2"] = test["x2"].astype(str) + " kg"
    return train, test, "columns of unlike type", "warning", ("x2",)


def plant_commas(train, test):
    for frame in (train, test):
        frame["x2"] = frame["x2"].round(3).astype(str).str.replace(".", ",")
    return train, test, "numbers written as text", "warning", ("x2",)


def plant_range(train, test):
    test["x2"] += 8
    return train, test, "test beyond the range of train", "warning", ("x2",)


def plant_category(train, test):
    test.loc[::4, "colour"] = "violet"
    return train, test, "categories unseen in train", "warning", ("colour",)


def plant_missing(train, test):
    test.loc[::2, "x2"] = np.nan
    return train, test, "missing in another measure", "warning", ("x2",)


def plant_shift(train, test):
    test["x2"] = test["x2"] / 9
    return train, test, "test told from train", "warning", ("x2",)


def plant_constant(train, test):
    for frame in (train, test):
        frame["one"] = 1
    return train, test, "constant columns", "note", ("one",)


PLANTS = [value for name, value in sorted(globals().items()) if name.startswith("plant_")]


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__.removeprefix("plant_"))
@pytest.mark.parametrize("seed", range(3))
def test_a_planted_leak_is_found_and_named(plant, seed):
    train, test, check, severity, columns = plant(*frames(seed))
    data = dataset(train, test)
    found = [finding for finding in inspect_data(data, schemes(data), seed=seed) if finding.check == check]
    assert [finding.severity for finding in found] == [severity]
    assert found[0].columns[:1] == columns
    assert found[0].advice


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("values", [False, True], ids=["classes", "values"])
def test_clean_tables_are_left_in_peace(seed, values):
    data = dataset(*frames(seed, values=values))
    assert bad(inspect_data(data, schemes(data), seed=seed)) == []


@pytest.mark.parametrize("seed", range(5))
def test_clean_sample_data_are_left_in_peace(seed, tmp_path):
    competition = ClassImbalance()
    competition.sample(tmp_path, seed)
    data = competition.load(tmp_path)
    assert bad(inspect_data(data, competition.schemes(data))) == []


@pytest.mark.parametrize("kind", [Clips, Shifted, Events, Sequences, Windows], ids=lambda kind: kind.slug)
@pytest.mark.parametrize("seed", range(5))
def test_awkward_data_are_left_in_peace(kind, seed, tmp_path):
    competition = kind()
    competition.sample(tmp_path, seed)
    data = competition.load(tmp_path)
    assert bad(inspect_data(data, competition.schemes(data))) == []


#: Ways to fill a column of so many rows.
COLUMNS = {
    "number": lambda rng, rows: rng.normal(size=rows),
    "count": lambda rng, rows: rng.poisson(3, rows),
    "huge": lambda rng, rows: rng.choice([1e308, -1e308, np.inf, -np.inf, 1e-308], rows),
    "flag": lambda rng, rows: rng.random(rows) < 0.3,
    "word": lambda rng, rows: rng.choice(["a", "b", "c"], rows),
    "gaps": lambda rng, rows: np.where(rng.random(rows) < 0.5, np.nan, rng.normal(size=rows)),
    "empty": lambda rng, rows: np.full(rows, np.nan),
    "same": lambda rng, rows: np.zeros(rows),
    "date": lambda rng, rows: pd.to_datetime(rng.integers(0, 10**9, rows), unit="s"),
    "list": lambda rng, rows: pd.Series([[1, k] for k in range(rows)], dtype=object).to_numpy(),
    "array": lambda rng, rows: pd.Series([rng.normal(size=3) for _ in range(rows)], dtype=object).to_numpy(),
    "mixed": lambda rng, rows: np.array([rng.choice(["a", 1, 2.5, None]) for _ in range(rows)], dtype=object),
    "category": lambda rng, rows: pd.Categorical(rng.choice(["a", "b"], rows), categories=["a", "b", "c"]),
    "nullable": lambda rng, rows: pd.array(rng.choice([1, 2, None], rows), dtype="Int64"),
}


@given(
    st.lists(st.sampled_from(sorted(COLUMNS)), max_size=6),
    st.one_of(st.integers(1, 40), st.just(200)),
    st.one_of(st.integers(0, 20), st.just(100)),
    st.sampled_from(["classes", "values", "one class", "labels"]),
    st.integers(0, 100),
)
@settings(max_examples=60, deadline=None)
def test_no_table_is_too_odd(kinds, rows, test_rows, truth, seed):
    rng = np.random.default_rng(seed)

    def table(count, prefix):
        ids = pd.Index([f"{prefix}{k}" for k in range(count)], dtype=object)
        columns = {f"c{k}": COLUMNS[kind](rng, count) for k, kind in enumerate(kinds)}
        return pd.DataFrame(columns, index=ids)

    X, test = table(rows, "a"), table(test_rows, "b")
    y = {
        "classes": pd.Series(rng.choice(["x", "y"], rows), index=X.index),
        "values": pd.Series(rng.normal(size=rows), index=X.index),
        "one class": pd.Series(["x"] * rows, index=X.index),
        "labels": pd.DataFrame({"x": rng.integers(0, 2, rows), "y": 0}, index=X.index),
    }[truth]
    fit = Table(X, y)
    outputs = ("y",) if truth == "values" else ("x", "y")
    data = Dataset(fit, fit, Table(test), outputs, pd.DataFrame({"id": test.index}), ("id",))
    some = [folds.random(data, min(3, rows))] if rows > 1 else []
    findings = inspect_data(data, some) if some else inspect_data(data, [_alone()])
    assert not [finding for finding in findings if "not made" in finding.message]


def _alone():
    row = np.array([0])
    return folds.Folds("alone", (folds.Fold("0", row, row, row),), "nothing")


def test_fit_rows_that_are_not_score_rows_are_searched_for_copies_too():
    train, test = frames()
    data = dataset(train, test)
    fit, score = data.fit.take(np.arange(300)), data.fit.take(np.arange(300, 600))
    planted = Table(score.X.copy(), score.y.copy())
    planted.X.iloc[:20], planted.y.iloc[:20] = fit.X.iloc[:20].to_numpy(), fit.y.iloc[:20].to_numpy()
    data = replace(data, fit=fit, score=Table(planted.X.infer_objects(), planted.y))
    found = [finding for finding in inspect_data(data, [folds.random(data)]) if finding.check == "duplicate rows"]
    assert [finding.severity for finding in found] == ["leak"]
    assert found[0].message.startswith("20 of 300")


def test_a_check_that_breaks_is_a_warning_and_the_others_are_made(monkeypatch):
    def broken(view):
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr(module, "ranges", broken)
    train, test, check, *_ = plant_answer(*frames())
    data = dataset(train, test)
    found = inspect(data, schemes(data))
    assert found.findings[0].check == check
    (broke,) = [finding for finding in found.findings if "not made" in finding.message]
    assert (broke.check, broke.severity) == ("ranges", "warning")
    assert "by nought" in broke.message


def test_equal_seeds_find_the_same_and_nothing_is_changed():
    train, test = frames()
    data = dataset(again(train, train.iloc[:30]), test)
    before = data.fit.X.copy(), data.test.X.copy()
    assert inspect(data, schemes(data), seed=3) == inspect(data, schemes(data), seed=3)
    pd.testing.assert_frame_equal(data.fit.X, before[0])
    pd.testing.assert_frame_equal(data.test.X, before[1])
