from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.estimators.encoding import TableEncoder, as_text, is_categorical

NAN = np.nan
TEXT_DTYPES = ["object", "string", "category"]
names_or_missing = st.lists(st.none() | st.text(min_size=1, max_size=3), min_size=1, max_size=12)


def codes_of(column: pd.Series, encoder: TableEncoder | None = None) -> np.ndarray:
    frame = column.to_frame("column")
    return (encoder or TableEncoder().fit(frame)).transform(frame)[:, 0]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pd.Series([1.5, NAN]), [1.5, NAN]),
        (pd.Series([3, 4]), [3, 4]),
        (pd.Series([True, False]), [1, 0]),
        (pd.Series([1, None], dtype="Int64"), [1, NAN]),
        (pd.Series([1.5, None], dtype="Float64"), [1.5, NAN]),
        (pd.Series([True, None], dtype="boolean"), [1, NAN]),
    ],
)
@pytest.mark.parametrize("beside_a_category", [False, True])
def test_numbers_and_booleans_stay_as_they_are(column: pd.Series, expected: list[float], beside_a_category: bool):
    frame = pd.DataFrame({"first": [7, 8], "column": column})
    if beside_a_category:
        frame["name"] = ["x", "y"]
    matrix = TableEncoder().fit(frame).transform(frame)
    assert matrix.dtype == np.float64
    np.testing.assert_array_equal(matrix[:, 1], expected)
    np.testing.assert_array_equal(matrix[:, 0], [7, 8])


@pytest.mark.parametrize("dtype", TEXT_DTYPES)
def test_names_become_codes_in_sorted_order_and_missing_is_nan(dtype: str):
    column = pd.Series(["pear", None, "apple", "pear"], dtype=dtype)
    assert is_categorical(column)
    np.testing.assert_array_equal(codes_of(column), [1, NAN, 0, 1])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(fitted=names_or_missing, asked=names_or_missing, fit_dtype=st.sampled_from(TEXT_DTYPES))
def test_codes_equal_a_plain_look_up_whatever_the_dtype(fitted: list, asked: list, fit_dtype: str):
    encoder = TableEncoder().fit(pd.DataFrame({"column": pd.Series(fitted, dtype=fit_dtype)}))
    known = sorted({name for name in fitted if name is not None})
    expected = [known.index(name) if name in known else NAN for name in asked]
    for dtype in TEXT_DTYPES:
        np.testing.assert_array_equal(codes_of(pd.Series(asked, dtype=dtype), encoder), expected)


def test_an_unseen_category_is_nan():
    encoder = TableEncoder().fit(pd.DataFrame({"column": ["a", "b"]}))
    np.testing.assert_array_equal(codes_of(pd.Series(["b", "c"]), encoder), [1, NAN])


def test_categories_are_those_of_the_values_not_of_the_dtype():
    column = pd.Series(pd.Categorical(["b", "b"], categories=["c", "b", "a"], ordered=True))
    assert TableEncoder().fit(column.to_frame("column")).categories == {"column": ["b"]}


def test_a_column_of_only_missing_names_is_all_nan():
    column = pd.Series([None, None], dtype=object)
    assert np.isnan(codes_of(column)).all()


def test_the_code_of_a_number_among_names_does_not_depend_on_the_rows_beside_it():
    fitted = pd.Series(pd.Categorical([1, None, 2]))
    encoder = TableEncoder().fit(fitted.to_frame("column"))
    np.testing.assert_array_equal(codes_of(fitted, encoder), [0, NAN, 1])
    np.testing.assert_array_equal(codes_of(fitted.iloc[[2]], encoder), [1])


def test_booleans_with_missing_values_match_booleans_without():
    with_missing, without = pd.Series([True, None, False], dtype=object), pd.Series([True, False, False])
    learnt_with = TableEncoder().fit(with_missing.to_frame("column"))
    np.testing.assert_array_equal(codes_of(without, learnt_with), [1, 0, 0])
    learnt_without = TableEncoder().fit(without.to_frame("column"))
    np.testing.assert_array_equal(codes_of(with_missing, learnt_without), [1, NAN, 0])


def test_columns_are_found_by_name_and_further_ones_are_left_out():
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
    encoder = TableEncoder().fit(frame)
    turned = frame[["b", "a"]].assign(c=[8, 9])
    np.testing.assert_array_equal(encoder.transform(turned), encoder.transform(frame))
    assert encoder.categorical_positions == [1]
    numbers = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    encoder = TableEncoder().fit(numbers)
    np.testing.assert_array_equal(encoder.transform(numbers.assign(c=8)[["c", "b", "a"]]), numbers)


def test_a_missing_column_is_named():
    encoder = TableEncoder().fit(pd.DataFrame({"kept": [1], "gone": [2]}))
    with pytest.raises(ValueError, match=r"\['gone'\]"):
        encoder.transform(pd.DataFrame({"kept": [1]}))


def test_no_rows_give_no_rows():
    frame = pd.DataFrame({"a": [1.0], "b": ["x"]})
    assert TableEncoder().fit(frame).transform(frame.iloc[:0]).shape == (0, 2)


def test_transform_leaves_the_frame_alone():
    frame = pd.DataFrame({"a": [1.0, NAN], "b": ["x", None]})
    before = frame.copy(deep=True)
    matrix = TableEncoder().fit(frame).transform(frame)
    matrix[:] = 0
    pd.testing.assert_frame_equal(frame, before)
    numbers = frame[["a"]]
    TableEncoder().fit(numbers).transform(numbers)
    pd.testing.assert_frame_equal(numbers, before[["a"]])


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(pd.to_datetime(["2024-01-01"])),
        pd.Series(pd.to_datetime(["2024-01-01"]).tz_localize("UTC")),
        pd.Series(pd.period_range("2024-01", periods=1, freq="M")),
        pd.Series(pd.to_timedelta([1], unit="D")),
    ],
    ids=["date", "date with zone", "period", "duration"],
)
def test_dates_and_durations_are_no_features(column: pd.Series):
    with pytest.raises(ValueError, match="column 'day'"):
        TableEncoder().fit(column.to_frame("day"))


@pytest.mark.parametrize("columns", [["size", "colour"], [0, 1]], ids=["text", "numbers"])
def test_json_keeps_the_encoding(columns: list):
    frame = pd.DataFrame([[1.5, "red"], [NAN, None], [2.5, "blue"]], columns=columns)
    encoder = TableEncoder().fit(frame)
    again = TableEncoder.from_json(json.loads(json.dumps(encoder.to_json())))
    np.testing.assert_array_equal(again.transform(frame), encoder.transform(frame))
    assert again.categorical_positions == encoder.categorical_positions


def test_as_text_writes_numbers_and_keeps_missing():
    text = as_text(pd.Series([1, "a", None, 2.5], dtype=object))
    assert text[text.notna()].tolist() == ["1", "a", "2.5"]
    assert text.isna().tolist() == [False, False, True, False]
