"""The tables of a data set as checks read them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core import folds
from core.checks import view as module
from core.checks.view import View
from core.dataset import Dataset
from core.table import Table
from tests.core.checks.tables import dataset, frames, schemes, view


def test_cells_are_the_columns_of_all_tables_one_below_the_other():
    train, test = frames()
    seen = view(train, test)
    both = pd.concat([train, test])
    assert seen.columns == ("x0", "x1", "x2", "x3", "x4", "count", "colour")
    np.testing.assert_array_equal(seen.cells[4], both["x4"])
    names = np.array(sorted(both["colour"].unique()))
    assert (names[seen.cells[6].astype(int)] == both["colour"]).all()
    assert seen.ids.tolist() == both["id"].tolist()
    assert seen.train.tolist() == list(range(len(train)))
    assert seen.stacked("test").tolist() == list(range(len(train), len(both)))


def test_the_score_rows_are_the_fit_rows_in_a_plain_table_and_stand_between_otherwise():
    train, test = frames()
    plain = dataset(train, test)
    assert View(plain, schemes(plain)).stacked("score", np.array([3, 1])).tolist() == [3, 1]
    apart = Dataset(
        plain.fit.take(np.arange(100)),
        plain.fit.take(np.arange(100, 200)),
        plain.test,
        plain.outputs,
        plain.sample_submission,
        ("id",),
    )
    seen = View(apart, [folds.random(apart)])
    assert seen.stacked("score", np.array([3, 1])).tolist() == [103, 101]
    assert seen.train.tolist() == list(range(200))
    assert seen.targets[0].codes[:200].min() >= 0
    assert (seen.targets[0].codes[200:] == -1).all()


def test_columns_that_cannot_be_read_or_differ_in_kind_are_left_out():
    train, test = frames()
    train["list"], test["list"] = [[1]] * len(train), [[1]] * len(test)
    train["odd"], test["odd"] = 1.0, "a"
    train["gone"], test["gone"] = 1.0, None
    seen = view(train, test)
    assert {"list", "odd"}.isdisjoint(seen.columns)
    assert "gone" in seen.columns
    assert not seen.reads_all


def test_huge_tables_are_sampled_and_positions_still_meet(monkeypatch):
    train, test = frames()
    monkeypatch.setattr(module, "MOST_CELLS", 7 * 90)
    seen = view(train, test)
    assert 85 <= len(seen) <= 90
    place = seen.place("fit")
    chosen = np.flatnonzero(place >= 0)
    assert (seen.ids[place[chosen]] == train["id"].to_numpy()[chosen]).all()
    assert seen.stacked("fit", chosen[:3]).tolist() == place[chosen[:3]].tolist()


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (["b", "a", "b"], ("a", "b")),
        ([1, 0, 1], ("0", "1")),
        (np.linspace(0, 1, 12), ()),
        ([1.0, None, 0.0], ("0.0", "1.0")),
    ],
)
def test_a_target_of_few_values_is_one_of_classes(y, classes):
    ids = pd.Index([f"r{k}" for k in range(len(y))], dtype=object)
    table = Table(pd.DataFrame({"x": 0.0}, index=ids), pd.Series(y, index=ids))
    data = Dataset(table, table, Table(pd.DataFrame({"x": 0.0}, index=ids)), ("y",), pd.DataFrame({"id": ids}), ("id",))
    (target,) = View(data, []).targets
    assert target.classes == classes
    assert len(target.values) == 2 * len(y)


def test_every_label_is_a_target_and_samples_keep_order():
    ids = pd.Index([f"r{k}" for k in range(50)], dtype=object)
    y = pd.DataFrame({"a": np.arange(50) % 2, "b": np.arange(50)}, index=ids)
    table = Table(pd.DataFrame({"x": 0.0}, index=ids), y)
    seen = View(Dataset(table, table, table, ("a", "b"), pd.DataFrame({"id": ids}), ("id",)), [])
    assert [(target.name, target.codes is None) for target in seen.targets] == [("a", False), ("b", True)]
    rows = seen.sample(seen.train, 10, "tag")
    assert len(rows) == 10
    assert (np.diff(rows) > 0).all()
    np.testing.assert_array_equal(rows, seen.sample(seen.train, 10, "tag"))
    assert rows.tolist() != seen.sample(seen.train, 10, "another").tolist()
