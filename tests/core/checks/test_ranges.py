"""Values that test has and train has not."""

from __future__ import annotations

import numpy as np
import pytest

from core import folds
from core.checks.ranges import MISSING, RANGE, UNSEEN, ranges
from core.checks.view import View
from tests.core.checks.tables import dataset, frames, one, view


def test_another_unit_in_test_is_a_warning_that_names_a_row():
    train, test = frames()
    test["x2"] *= 1_000
    found = one(ranges(view(train, test)), RANGE)
    assert (found.severity, found.columns) == ("warning", ("x2",))
    row = found.message.split("'")[-2]
    assert abs(test.set_index("id")["x2"][row]) > train["x2"].abs().max()


def test_a_few_values_beyond_the_range_are_noted():
    train, test = frames(rows=2_000, test_rows=600)
    test.loc[:11, "x2"] = 99.0
    assert one(ranges(view(train, test)), RANGE).severity == "note"


@pytest.mark.parametrize("seed", range(20))
def test_a_small_train_leaves_much_of_test_outside_by_chance(seed):
    assert [found for found in ranges(view(*frames(seed, 25, 1_000))) if found.check == RANGE] == []


def test_categories_that_train_never_has_are_a_warning_that_names_one():
    train, test = frames()
    test.loc[:59, "colour"] = "violet"
    found = one(ranges(view(train, test)), UNSEEN)
    assert (found.severity, found.columns) == ("warning", ("colour",))
    assert "'violet'" in found.message
    assert "20 %" in found.message
    assert repr(test["id"][0]) in found.message


def test_categories_that_are_spelled_otherwise_are_said_to_be():
    train, test = frames()
    test["colour"] = test["colour"].str.upper() + " "
    found = one(ranges(view(train, test)), UNSEEN)
    assert found.severity == "warning"
    assert found.advice.startswith("300 of them differ from one in train only by case or spaces")


@pytest.mark.parametrize("seed", range(10))
def test_names_of_which_most_are_new_everywhere_are_no_surprise(seed):
    train, test = frames(seed)
    rng = np.random.default_rng(seed)
    for frame in (train, test):
        frame["surname"] = [f"n{k}" for k in rng.zipf(1.6, len(frame))]
    assert not set(test["surname"]) <= set(train["surname"])
    assert ranges(view(train, test)) == []


@pytest.mark.parametrize(("share", "severity"), [(0.5, "warning"), (0.25, "note")])
def test_a_column_that_is_missing_more_often_in_test_is_said_to_be(share, severity):
    train, test = frames()
    test.loc[np.random.default_rng(0).random(300) < share, "x4"] = np.nan
    found = one(ranges(view(train, test)), MISSING)
    assert (found.severity, found.columns) == (severity, ("x4",))


def test_what_follows_the_groups_of_the_folds_is_only_noted():
    train, test = frames()
    train["place"], test["place"] = np.arange(600) % 30, 30 + np.arange(300) % 15
    for frame in (train, test):
        frame["altitude"] = frame["place"] * 10.0
        frame["town"] = "t" + frame["place"].astype(str)
    data = dataset(train, test, ["place"])
    grouped = ranges(View(data, [folds.group(data, "place")]))
    assert {finding.check for finding in grouped} == {RANGE, UNSEEN}
    assert {finding.severity for finding in grouped} == {"note"}
    assert {finding.severity for finding in ranges(View(data, [folds.random(data)]))} == {"warning"}


@pytest.mark.parametrize("seed", range(20))
def test_clean_tables_say_nothing(seed):
    assert ranges(view(*frames(seed))) == []


def test_columns_that_one_side_lacks_altogether():
    train, test = frames()
    test["x1"], train["x2"] = np.nan, np.nan
    findings = ranges(view(train, test))
    assert [(finding.check, finding.severity, finding.columns) for finding in findings] == [
        (MISSING, "warning", ("x1",)),
        (MISSING, "warning", ("x2",)),
    ]
