from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Refusal
from core.table import Table, join_ids, kind_of, odd_cell, refuse_other_ids, refuse_other_kind, what_was_lost


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
    with pytest.raises(Refusal, match="row 3, column 'id'"):
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


def test_labels_are_the_truth_where_it_is_one_column() -> None:
    table = example()
    assert table.labels() is table.y
    ids = table.ids
    for columns in (["left"], ["left", "right"]):
        wide = Table(table.X, pd.DataFrame({name: [1, 2, 3] for name in columns}, index=ids))
        with pytest.raises(ValueError, match=f"{len(columns)} columns of truth, not one"):
            wide.labels()
    with pytest.raises(ValueError, match="no truth"):
        Table(table.X).labels()


# Row ids that do not match


@pytest.mark.parametrize(
    ("found", "expected", "said"),
    [
        (["7", "10"], ["007", "010"], "they lost their leading zeros: '7' for '007'"),
        (["0"], ["000"], "'0' for '000'"),
        (["7.0"], ["7"], "they are written as decimals: '7.0' for '7'"),
        (["7.00"], ["007"], "'7.00' for '007'"),
        ([" a", "b"], ["a", "b"], "they have blanks around them: ' a' for 'a'"),
        (["AB"], ["ab"], "they are in another case: 'AB' for 'ab'"),
        (["x|7", "y|8"], ["x|07", "y|08"], "'x|7' for 'x|07'"),
        (["x|7.0"], ["x|07"], "'x|7.0' for 'x|07'"),
        (["7.5"], ["7"], None),
        (["70"], ["7"], None),
        (["r7"], ["r07"], None),  # no number on its own
        (["a"], ["b"], None),
        (["a", "b"], ["a", "b"], None),
        (["7", "x", "y", "z"], ["007", "a", "b", "c"], None),  # by chance
    ],
)
def test_the_reason_why_ids_do_not_match(found: list[str], expected: list[str], said: str | None) -> None:
    lost = what_was_lost(pd.Index(found), pd.Index(expected))
    assert lost is None if said is None else said in (lost or "")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from("abcdef"), unique=True), st.lists(st.sampled_from("abcdef"), unique=True, min_size=1))
def test_ids_are_refused_exactly_if_their_sets_differ(found: list[str], expected: list[str]) -> None:
    def compare() -> None:
        refuse_other_ids(
            pd.Index(found, dtype=object), pd.Index(expected, dtype=object), name="a", other="b", way_out="mend"
        )

    if set(found) == set(expected):
        compare()
        return
    with pytest.raises(Refusal) as caught:
        compare()
    missing, unknown = set(expected) - set(found), set(found) - set(expected)
    assert (f"{len(missing)} ids are missing" in caught.value.problem) == bool(missing)
    assert (f"{len(unknown)} ids are unknown" in caught.value.problem) == bool(unknown)


# What a column holds


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], "numbers"),
        ([1.5, None], "numbers"),
        ([True, False], "numbers"),
        ([True, None], "numbers"),
        ([10**30, 1], "numbers"),
        (pd.array([1, None], dtype="Int64"), "numbers"),
        (pd.array([True, None], dtype="boolean"), "numbers"),
        (["a", "b"], "text"),
        (["1", "2"], "text"),
        (["a", None], "text"),
        (["a", 1], "text"),
        (pd.array(["a", None], dtype="string"), "text"),
        (pd.Categorical(["a", "b"]), "text"),
        (pd.Categorical([1, 2]), "numbers"),
        (pd.Categorical([None, None]), None),
        (pd.to_datetime(["2024-01-01", None]), "times"),
        (pd.to_timedelta([1, 2]), "times"),
        (pd.period_range("2024", periods=2, freq="M"), "times"),
        ([[1, 2], [3]], "objects"),
        ([np.zeros(3), np.ones(2)], "objects"),
        ([None, None], None),
        ([np.nan, np.nan], None),
        (["", ""], "text"),
        ([], None),
    ],
)
def test_the_kind_of_a_column(values: object, kind: str | None) -> None:
    assert kind_of(pd.Series(values)) == kind


@pytest.mark.parametrize(
    ("values", "row"),
    [
        (["1", "2", "x", "y"], 2),
        ([None, "1", "1,000"], 2),
        ([None, "1", "2"], 1),
        (["a"], 0),
        (["1", "", "x"], 1),
        (pd.Categorical(["1", "b"]), 1),
    ],
)
def test_the_cell_that_makes_text_of_numbers(values: object, row: int) -> None:
    assert odd_cell(pd.Series(values)) == row


@pytest.mark.parametrize(
    ("values", "kind", "said"),
    [
        (["1", "high"], "numbers", "new rows, row id 'b', column 'x': 'high' stands where the old has numbers"),
        ([1.5, 2.5], "text", "new rows, row id 'a', column 'x': 1.5 stands where the old has text"),
        ([None, 7.5], "text", "row id 'b', column 'x': 7.5"),
        ([1, 2], "numbers", None),
        (["1", "2"], "text", None),
        ([None, None], "text", None),
        (["1", "2"], None, None),
    ],
)
def test_a_column_of_another_kind_is_refused(values: object, kind: str | None, said: str | None) -> None:
    column = pd.Series(values, index=["a", "b"], name="x")
    if said is None:
        refuse_other_kind(column, kind, "new rows", "the old")
        return
    with pytest.raises(Refusal) as caught:
        refuse_other_kind(column, kind, "new rows", "the old")
    assert said in caught.value.problem
    assert caught.value.expected == f"{kind}, as in the old"
