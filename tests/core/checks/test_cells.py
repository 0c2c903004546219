"""Columns of any kind as numbers or as text."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.checks.cells import numbers, read_as, texts


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], "number"),
        ([1.5, None], "number"),
        ([True, False], "number"),
        (pd.array([1, None], dtype="Int64"), "number"),
        (pd.array([True, None], dtype="boolean"), "number"),
        (np.array([1, None, 2.5], dtype=object), "number"),
        (pd.to_datetime(["2024-01-01", None]), "number"),
        (pd.to_datetime(["2024-01-01"]).tz_localize("Europe/Rome"), "number"),
        (pd.to_timedelta(["1h", None]), "number"),
        (pd.Categorical([3, 4, None]), "number"),
        (pd.Categorical(["a", None]), "text"),
        (["a", None], "text"),
        (pd.array(["a", None], dtype="string"), "text"),
        (np.array(["a", 1, None, 2.5], dtype=object), "text"),
        ([np.nan, np.nan], "empty"),
        ([None, None], "empty"),
        (pd.Categorical([None, None], categories=["a"]), "empty"),
        (np.array([[1, 2], None], dtype=object), None),
        ([[1, 2], [3]], None),
        ([np.zeros(2), np.ones(3)], None),
        ([{"a": 1}, {"b": 2}], None),
        ([1 + 2j, 2j], None),
        (pd.period_range("2024-01", periods=2, freq="M"), None),
    ],
    ids=str,
)
def test_every_kind_of_column_is_known(values, kind):
    column = pd.Series(list(values), dtype=object) if isinstance(values, list) and kind is None else pd.Series(values)
    assert read_as(column) == kind


def test_the_kind_is_seen_behind_a_hundred_missing_values():
    assert read_as(pd.Series([None] * 150 + ["a"], dtype=object)) == "text"
    assert read_as(pd.Series([np.nan] * 150 + [1.0])) == "number"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2], [1, 2]),
        ([True, False], [1, 0]),
        (pd.array([1, None], dtype="Int64"), [1, np.nan]),
        (np.array([1, None, 2.5], dtype=object), [1, np.nan, 2.5]),
        (pd.Categorical([3, None, 3]), [3, np.nan, 3]),
        (pd.to_datetime(["1970-01-01 00:00:01", None]), [1e9, np.nan]),
        (pd.to_datetime(["1970-01-01 00:00:01"]).tz_localize("UTC"), [1e9]),
        (pd.to_timedelta(["1s", None]), [1e9, np.nan]),
        (np.array([None, None], dtype=object), [np.nan, np.nan]),
    ],
    ids=str,
)
def test_numbers_are_floats_with_gaps(values, expected):
    found = numbers(pd.Series(values))
    assert found.dtype == float
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "values",
    [
        ["a", None, "b"],
        pd.array(["a", None, "b"], dtype="string"),
        pd.Categorical(["a", None, "b"]),
        np.array(["a", None, "b"], dtype=object),
        np.array(["a", np.nan, "b"], dtype=object),
    ],
    ids=str,
)
def test_texts_are_the_same_however_pandas_keeps_them(values):
    assert texts(pd.Series(values)).tolist() == ["a", None, "b"]


def test_mixed_values_become_text():
    assert texts(pd.Series(["a", 1, 2.5, None], dtype=object)).tolist() == ["a", "1", "2.5", None]
