from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Refusal
from core.table import Table, join_ids


def example() -> Table:
    ids = pd.Index(["a", "b", "c"])
    return Table(
        X=pd.DataFrame({"x": [1.0, 2.0, 3.0]}, index=ids),
        y=pd.Series([10, 20, 30], index=ids),
        keys=pd.DataFrame({"city": ["k", "l", "m"]}, index=ids),
        fit_weight=pd.Series([0.1, 0.2, 0.3], index=ids),
    )


def test_leading_zeros_of_ids_survive() -> None:
    frame = pd.DataFrame({"id": ["007", "7", "07"]})
    assert join_ids(frame, ["id"]).tolist() == ["007", "7", "07"]


@pytest.mark.parametrize("dtype", ["int64", "object", "str", "category"])
def test_ids_of_any_type_become_the_same_text(dtype: str) -> None:
    # The train file may be read as numbers and the sample submission as text.
    index = join_ids(pd.DataFrame({"id": pd.Series([10, 9]).astype(dtype)}), ["id"])
    assert index.tolist() == ["10", "9"]
    assert index.equals(join_ids(pd.DataFrame({"id": ["10", "9"]}), ["id"]))
    assert all(type(value) is str for value in index)


def test_joined_ids_follow_the_order_asked_for_and_carry_its_name() -> None:
    frame = pd.DataFrame({"rider": [7, 8], "event": ["x", "y"], "when": pd.to_datetime(["2024-01-02", "2024-01-03"])})
    joined = join_ids(frame, ["event", "rider", "when"])
    assert joined.tolist() == ["x|7|2024-01-02", "y|8|2024-01-03"]
    assert joined.name == "event|rider|when"


def test_joined_ids_ignore_the_index_of_the_frame() -> None:
    frame = pd.DataFrame({"a": ["1", "2"], "b": ["3", "4"]}, index=[5, 5])
    assert join_ids(frame, ["a", "b"]).tolist() == ["1|3", "2|4"]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.text("ab|\\0", max_size=3), st.text("ab|\\0", max_size=3)), min_size=1, max_size=8, unique=True
    )
)
def test_unequal_pairs_of_columns_have_unequal_ids(pairs: list[tuple[str, str]]) -> None:
    frame = pd.DataFrame(pairs, columns=["left", "right"], dtype=object)
    assert join_ids(frame, ["left", "right"]).is_unique


@pytest.mark.parametrize("columns", [["id"], ["event", "id"], ["id", "event"]])
def test_a_missing_id_is_refused(columns: list[str]) -> None:
    frame = pd.DataFrame({"event": ["x", "y"], "id": ["1", None]})
    with pytest.raises(Refusal, match="id"):
        join_ids(frame, columns)


def test_a_repeated_id_is_refused_by_name() -> None:
    with pytest.raises(Refusal, match="'twin' occurs more than once"):
        Table(pd.DataFrame({"x": [1, 2, 3]}, index=["one", "twin", "twin"]))


@pytest.mark.parametrize("part", ["y", "keys", "fit_weight"])
@pytest.mark.parametrize("index", [["a", "c", "b"], ["a", "b", "d"], ["a", "b"]])
def test_parts_with_other_ids_or_another_order_are_an_error(part: str, index: list[str]) -> None:
    values = pd.Series(range(len(index)), index=index)
    given_part = values.to_frame("city") if part == "keys" else values
    with pytest.raises(ValueError, match=part):
        Table(pd.DataFrame({"x": [1, 2, 3]}, index=["a", "b", "c"]), **{part: given_part})


def test_a_key_is_never_a_feature() -> None:
    frame = pd.DataFrame({"city": ["k"], "x": [1]})
    with pytest.raises(ValueError, match="city"):
        Table(frame, keys=frame[["city"]])


def test_a_table_without_keys_still_has_its_ids_there() -> None:
    table = Table(pd.DataFrame({"x": [1, 2]}, index=["a", "b"]))
    assert table.keys.index.equals(table.ids)
    assert table.keys.shape == (2, 0)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 2), unique=True))
def test_take_moves_every_part_alike(positions: list[int]) -> None:
    table, rows = example(), np.array(positions, dtype=np.intp)
    taken = table.take(rows)
    assert len(taken) == len(positions)
    assert taken.ids.tolist() == ["abc"[position] for position in positions]
    assert isinstance(taken.y, pd.Series)
    assert taken.y.tolist() == [(position + 1) * 10 for position in positions]
    assert taken.keys["city"].tolist() == ["klm"[position] for position in positions]
    assert taken.fit_weight is not None
    assert taken.fit_weight.tolist() == [[0.1, 0.2, 0.3][position] for position in positions]


def test_take_leaves_missing_parts_missing() -> None:
    taken = Table(pd.DataFrame({"x": [1, 2]})).take(np.array([1]))
    assert taken.y is None
    assert taken.fit_weight is None
    assert taken.keys.shape == (1, 0)


def test_truth_is_y_or_an_error() -> None:
    assert example().truth().tolist() == [10, 20, 30]
    with pytest.raises(ValueError, match="no truth"):
        Table(pd.DataFrame({"x": [1]})).truth()
