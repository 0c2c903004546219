"""Observations are taken and joined with all their columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from competitions.air_quality.observations import Observations


def some(ids, target=True, columns=("wind", "heat")):
    index = pd.Index(ids)
    numbers = pd.Series(np.arange(len(ids), dtype=float), index)
    text = pd.Series([f"of {name}" for name in ids], index)
    inputs = pd.DataFrame(dict.fromkeys(columns, numbers))
    return Observations(
        index, text, text, text, numbers, numbers, numbers.astype("int64"), inputs, numbers * 10 if target else None
    )


def test_rows_are_taken_in_the_order_asked_for():
    taken = some(["a", "b", "c"]).take([2, 0])
    assert len(taken) == 2
    assert list(taken.ids) == ["c", "a"]
    assert list(taken.place) == ["of c", "of a"]
    assert list(taken.day) == [2, 0]
    assert list(taken.inputs["heat"]) == [2.0, 0.0]
    assert list(taken.target) == [20.0, 0.0]


def test_a_mask_takes_the_rows_where_it_is_true():
    assert list(some(["a", "b", "c"]).take(np.array([True, False, True])).ids) == ["a", "c"]
    assert len(some(["a", "b"], target=False).take(np.array([False, False]))) == 0


def test_a_row_may_be_taken_twice_or_not_at_all():
    taken = some(["a", "b"], target=False).take([1, 1])
    assert list(taken.city) == ["of b", "of b"]
    assert taken.target is None
    assert len(some(["a"]).take([])) == 0


def test_parts_are_joined_in_order():
    joined = Observations.concat([some(["b", "a"]), some(["c"])])
    assert list(joined.ids) == ["b", "a", "c"]
    assert list(joined.country) == ["of b", "of a", "of c"]
    assert list(joined.target) == [0.0, 10.0, 0.0]
    assert joined.day.dtype == np.int64


def test_what_a_part_lacks_is_nan():
    joined = Observations.concat([some(["a"]), some(["b"], target=False, columns=("heat",))])
    assert list(joined.target.isna()) == [False, True]
    assert list(joined.inputs.columns) == ["wind", "heat"]
    assert list(joined.inputs["wind"].isna()) == [False, True]
    assert Observations.concat([some(["a"], target=False), some(["b"], target=False)]).target is None


def test_columns_of_other_rows_are_refused():
    rows = some(["a", "b"])
    with pytest.raises(ValueError, match="city has other rows than ids"):
        Observations(**{**vars(rows), "city": rows.city.iloc[::-1]})
