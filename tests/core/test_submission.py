"""The answer: what is accepted, what is refused with which message, and what stands in the file."""

from __future__ import annotations

import contextlib
import csv
import math
import re
import struct

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import Refusal
from core.reading import read_csv
from core.submission import PROBABILITIES, Layout, ValueRules, write_submission
from core.writing import write_text

IDS = ("007", "08", "9")
PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def layout_of(rules=PROBABILITIES, ids=IDS, columns=("id", "cat", "dog")):
    return Layout(tuple(columns), ("id",), pd.Index(list(ids), dtype=object), rules)


def good_frame():
    return pd.DataFrame({"id": list(IDS), "cat": [0.25, 1.0, 0.0], "dog": [0.75, 0.0, 1.0]})


def with_value(value, row=1, column="dog"):
    frame = good_frame().astype({column: object})
    frame.loc[row, column] = value
    return frame


def refusal_of(frame, layout=None):
    with pytest.raises(Refusal) as caught:
        (layout or layout_of()).validate(frame, "answer.csv")
    assert "answer.csv" in caught.value.problem
    assert caught.value.way_out
    return str(caught.value)


def same_bits(left, right):
    return [struct.pack("d", value) for value in left] == [struct.pack("d", value) for value in right]


# What is accepted


def test_optional_columns_may_follow_all_or_none():
    layout = Layout(("id", "cat"), ("id",), pd.Index(list(IDS), dtype=object), ValueRules(), ("cat", "sure", "odd"))
    frame = good_frame().drop(columns="dog")
    more = frame.assign(odd=1.0, other=2.0, sure=0.5)
    assert list(layout.arrange(frame).columns) == ["id", "cat"]
    assert list(layout.arrange(more.drop(columns="sure")).columns) == ["id", "cat"]
    assert list(layout.arrange(more).columns) == ["id", "cat", "sure", "odd"]
    layout.validate(frame)
    layout.validate(layout.arrange(more))
    assert "unknown column 'odd'" in refusal_of(frame.assign(odd=1.0), layout)
    assert "column 'sure'" in refusal_of(layout.arrange(more.assign(sure=np.nan)), layout)
    assert "row 3, column 'odd': -0.5" in refusal_of(layout.arrange(more.assign(odd=[1, -0.5, 0])), layout)


def test_optional_columns_sum_to_one_where_they_share_a_whole():
    ids = pd.Index(["x|1", "x|2", "y|1"], dtype=object)
    layout = Layout(("race", "id", "score"), ("race", "id"), ids, ValueRules(), ("win",), "race")
    frame = pd.DataFrame({"race": ["x", "x", "y"], "id": ["1", "2", "1"], "score": 0.0})
    layout.validate(frame)
    layout.validate(frame.assign(win=[0.4, 0.605, 0.995]))
    said = refusal_of(frame.assign(win=[0.4, 0.6, 0.98]), layout)
    assert "column 'win': the values of race 'y' sum to 0.98 (1 such)" in said
    layout.validate(frame.assign(win=["0.4", "0.6", "1"]))


def test_the_sample_in_its_own_layout_is_accepted():
    layout = Layout.of_sample(good_frame(), ["id"], PROBABILITIES)
    layout.validate(good_frame())
    assert layout.columns == ("id", "cat", "dog")
    assert layout.value_columns == ["cat", "dog"]
    assert layout.ids.tolist() == list(IDS)


def test_values_may_be_text_of_plain_numbers():
    layout_of().validate(good_frame().astype({"cat": str, "dog": str}))


def test_values_may_be_whole_numbers():
    layout_of(ValueRules()).validate(good_frame().assign(cat=[1, -2, 3], dog=np.array([0, 1, 2], dtype=np.int8)))


def test_bounds_are_inclusive_and_a_row_sum_is_taken_within_a_millionth():
    frame = pd.DataFrame({"id": list(IDS), "cat": [0.0, 1.0, 0.5], "dog": [1.0, 0.0, 0.5 + 9e-7]})
    layout_of().validate(frame)


def test_without_rules_any_finite_number_is_accepted():
    layout_of(ValueRules()).validate(good_frame().assign(cat=[-1e300, 1e-320, 0.0]))


def test_ids_of_several_columns_are_joined():
    sample = pd.DataFrame({"event": ["a", "a"], "rider": ["07", "8"], "p": [0.0, 0.0]})
    layout = Layout.of_sample(sample, ["event", "rider"], ValueRules())
    layout.validate(sample)
    assert layout.value_columns == ["p"]
    message = refusal_of(sample.assign(rider=["7", "8"]), layout)
    assert "'a|07'" in message
    assert "'a|7'" in message


# One test for each kind of fault


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.drop(columns="dog"),
        lambda frame: frame.drop(columns="id"),
        lambda frame: frame.assign(bird=0.0),
        lambda frame: frame[["id", "dog", "cat"]],
        lambda frame: frame.rename(columns={"dog": "Dog"}),
        lambda frame: frame.rename(columns={"dog": "dog "}),
        lambda frame: frame.rename(columns={"dog": "cat"}),
        lambda frame: frame.reset_index(),
        lambda frame: frame[[]],
    ],
    ids=["missing", "no id", "extra", "reordered", "renamed", "blank", "twice", "with an index", "none"],
)
def test_other_columns_are_refused(change):
    message = refusal_of(change(good_frame()))
    assert "columns" in message
    assert "['id', 'cat', 'dog']" in message


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda frame: frame.drop(columns="dog"), "row 1: no column 'dog' (1 missing)"),
        (lambda frame: frame.assign(bird=0.0), "row 1: unknown column 'bird' (1 unknown)"),
        (lambda frame: frame.rename(columns={"dog": "Dog"}), "no column 'dog' (1 missing); unknown column 'Dog'"),
        (lambda frame: frame[["id", "dog", "cat"]], "row 1: column 2 is 'dog', where 'cat' belongs"),
        (lambda frame: frame[["id", "cat", "dog", "cat"]], "row 1: column 'cat' stands there twice"),
        (lambda frame: frame.reset_index(), "row 1: column 1 is 'index': written with an index"),
        (lambda frame: frame.reset_index(names="Unnamed: 0"), "column 1 is 'Unnamed: 0': written with an index"),
    ],
)
def test_the_first_column_that_is_wrong_is_named(change, said):
    assert said in refusal_of(change(good_frame()))


def test_of_very_many_columns_only_some_are_shown():
    names = [f"c{number}" for number in range(200)]
    message = refusal_of(good_frame(), layout_of(ValueRules(), columns=["id", *names]))
    assert "no column 'c0' (200 missing)" in message
    assert "and 189 more" in message
    assert "c11" not in message


def test_an_index_is_what_is_wrong_only_where_nothing_else_is():
    message = refusal_of(good_frame().reset_index().drop(columns="dog"))
    assert "no column 'dog'" in message
    assert "index" in message


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (["7", "8", "9"], "lost their leading zeros: '7' for '007'"),
        (["7.0", "8.0", "9.0"], "lost their leading zeros: '7.0' for '007'"),
        (["007 ", "08 ", "9 "], "blanks around them: '007 ' for '007'"),
        (["x", "y", "z"], None),
        (["7", "y", "z"], None),
    ],
)
def test_what_happened_to_the_ids_is_said(ids, said):
    message = refusal_of(good_frame().assign(id=ids))
    assert "(row 2)" in message
    if said is None:
        assert " for '" not in message
    else:
        assert said in message


def test_a_missing_row_is_refused_with_its_id():
    message = refusal_of(good_frame().iloc[[0, 2]])
    assert "1 ids are missing, such as '08'" in message
    assert "unknown" not in message


def test_an_unknown_row_is_refused_with_its_id():
    more = pd.DataFrame({"id": ["10"], "cat": [0.5], "dog": [0.5]})
    message = refusal_of(pd.concat([good_frame(), more], ignore_index=True))
    assert "1 ids are unknown, such as '10'" in message
    assert "missing" not in message


def test_a_duplicated_row_is_refused_with_its_id():
    assert "row 4: id '08' occurs more than once (1 in all)" in refusal_of(good_frame().iloc[[0, 1, 1, 2]])


def test_a_row_that_takes_the_place_of_another_is_refused():
    assert "'08' occurs more than once" in refusal_of(good_frame().assign(id=["007", "08", "08"]))


def test_rows_in_another_order_are_refused_with_the_first_row_that_is_wrong():
    message = refusal_of(good_frame().iloc[[0, 2, 1]])
    assert "row 3: id '9' is out of order" in message
    assert "expected: '08'" in message


@pytest.mark.parametrize("ids", [["7", "08", "9"], [7, 8, 9], [7.0, 8.0, 9.0], ["007 ", "08", "9"]])
def test_ids_that_lost_their_text_are_refused(ids):
    message = refusal_of(good_frame().assign(id=ids))
    assert "ids are missing, such as '007'" in message
    assert "ids are unknown" in message
    assert "read as text" in message


def test_no_rows_at_all_are_refused():
    assert "3 ids are missing" in refusal_of(good_frame().iloc[:0])


BAD_VALUES = [math.nan, math.inf, -math.inf, None, pd.NA, "", "nan", "inf", "-Infinity", "high"]
BAD_VALUES += ["1,000", "0,5", "1 000", "1_000", "0.5%", "½", "0x1", "1e999", True, False, [0.5]]


@pytest.mark.parametrize("value", BAD_VALUES, ids=lambda value: repr(value)[:12])
def test_a_value_that_is_no_plain_finite_number_is_refused_where_it_stands(value):
    message = refusal_of(with_value(value), layout_of(ValueRules()))
    assert "row 3, column 'dog'" in message
    assert "no finite number (1 such values)" in message


@pytest.mark.parametrize("dtype", [bool, "boolean", "datetime64[ns]", complex])
def test_a_column_whose_text_would_be_no_number_is_refused(dtype):
    # In the file they stand as "True", as a date or as "(1+0j)", whatever they can be cast to here.
    refusal_of(good_frame().assign(cat=pd.Series([1, 0, 1]).astype(dtype)), layout_of(ValueRules()))


@pytest.mark.parametrize("dtype", ["Float64", "Int64"])
def test_a_missing_value_of_a_nullable_column_is_refused(dtype):
    frame = good_frame().assign(dog=pd.array([1, None, 0], dtype=dtype))
    assert "row 3, column 'dog'" in refusal_of(frame, layout_of(ValueRules()))


def test_all_values_that_are_no_numbers_are_counted():
    frame = good_frame().assign(cat=[math.nan, 0.5, math.nan])
    assert "row 2, column 'cat': nan is no finite number (2 such values)" in refusal_of(frame)


def test_a_value_below_the_minimum_is_refused_where_it_stands():
    message = refusal_of(with_value(-1e-12))
    assert "row 3, column 'dog': -1e-12 is below 0.0 (1 such values)" in message
    assert "expected: values from 0.0 to 1.0" in message


def test_a_value_above_the_maximum_is_refused_where_it_stands():
    assert "row 4, column 'cat': 1.5 is above 1.0 (1 such values)" in refusal_of(with_value(1.5, 2, "cat"))


def test_one_bound_alone_is_kept():
    assert "is below 0" in refusal_of(with_value(-1.0), layout_of(ValueRules(minimum=0)))
    assert "is above 1" in refusal_of(with_value(5.0), layout_of(ValueRules(maximum=1)))
    layout_of(ValueRules(minimum=0)).validate(with_value(1e9))
    layout_of(ValueRules(maximum=1)).validate(with_value(-1e9))


def test_a_row_that_does_not_sum_up_is_refused_with_its_row():
    message = refusal_of(with_value(0.5))
    assert "row 3: the values sum to 1.5 (1 such rows)" in message
    assert "expected: 1, within 1e-6" in message


def test_a_sum_that_is_hardly_off_is_not_shown_as_the_sum_that_is_expected():
    found = re.search(r"the values sum to (\S+)", refusal_of(with_value(2e-6)))
    assert abs(float(found.group(1)) - 1) > 1e-6


def test_the_first_fault_in_reading_order_is_named():
    frame = good_frame().assign(cat=[0.25, 1.0, 2.0], dog=[3.0, 0.0, 1.0])
    assert "row 2, column 'dog'" in refusal_of(frame)


# The definition, against a second reading of it in plain Python


def accepted_by_definition(frame, layout):
    if list(frame.columns) != list(layout.columns) or [str(name) for name in frame["id"]] != list(layout.ids):
        return False
    rules, rows = layout.rules, []
    for row in frame[layout.value_columns].astype(object).to_numpy().tolist():
        if any(isinstance(value, str) and not PLAIN_NUMBER.fullmatch(value) for value in row):
            return False
        rows.append([float(value) for value in row])
    low = -math.inf if rules.minimum is None else rules.minimum
    high = math.inf if rules.maximum is None else rules.maximum
    if not all(math.isfinite(value) and low <= value <= high for row in rows for value in row):
        return False
    return rules.row_sum is None or all(abs(math.fsum(row) - rules.row_sum) <= 1e-6 for row in rows)


NUMBERS = st.sampled_from([0.0, -0.0, 1.0, 0.5, 0.25, 0.75, 1, 0, math.nan, math.inf, -math.inf, -0.5, 1.5, 2.0])
TEXTS = st.sampled_from(["0.5", "1", "1e0", ".5", "5e-1", "-0.0", "1,0", "", "nan", "x", "1_0", "+0.5", "1."])
RULES = st.builds(
    ValueRules,
    minimum=st.sampled_from([None, 0.0, -1.0]),
    maximum=st.sampled_from([None, 1.0, 0.5]),
    row_sum=st.sampled_from([None, 1.0, 0.0]),
)


@st.composite
def answers(draw):
    """An answer in the right layout, and often one change to it."""
    ids = draw(
        st.lists(st.sampled_from(["0", "00", "1", "01", "a", "NA", "é", ""]), unique=True, min_size=1, max_size=5)
    )
    layout = layout_of(draw(RULES), ids)
    cat = draw(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=len(ids), max_size=len(ids)))
    frame = pd.DataFrame({"id": ids, "cat": cat, "dog": [1 - value for value in cat]})
    for _ in range(draw(st.integers(0, 2))):
        frame = draw(st.sampled_from(["value", "value", "value", "rows", "id", "columns"]).flatmap(changed(frame)))
    return frame, layout


def changed(frame):
    def set_cell(kind):
        if kind == "columns":
            return st.permutations(list(frame.columns)).map(lambda names: frame[names])
        if kind == "rows":
            rows = st.lists(st.integers(0, max(0, len(frame) - 1)), max_size=len(frame) + 1)
            return rows.map(lambda rows: frame.iloc[rows if len(frame) else []].reset_index(drop=True))
        if not len(frame):
            return st.just(frame)
        values = st.sampled_from(["0", "1", "zz", "01", ""]) if kind == "id" else NUMBERS | TEXTS
        column = st.just("id") if kind == "id" else st.sampled_from(["cat", "dog"])
        return st.builds(put, st.integers(0, len(frame) - 1), column, values)

    def put(row, column, value):
        cells = frame[column].astype(object)
        cells.iloc[row] = value
        return frame.assign(**{column: cells})

    return set_cell


@given(answers())
@settings(max_examples=300, deadline=None, derandomize=True)
def test_the_validator_accepts_exactly_what_its_definition_says(answer):
    frame, layout = answer
    try:
        layout.validate(frame)
        accepted = True
    except Refusal:
        accepted = False
    assert accepted == accepted_by_definition(frame, layout)


@given(answers())
@settings(max_examples=100, deadline=None, derandomize=True)
def test_validation_leaves_the_answer_as_it_was(answer):
    frame, layout = answer
    before = frame.copy(deep=True)
    with contextlib.suppress(Refusal):
        layout.validate(frame)
    pd.testing.assert_frame_equal(frame, before)


# Arranging


def test_rows_are_matched_by_id_and_columns_by_name():
    shuffled = good_frame().iloc[[2, 0, 1]][["dog", "id", "cat"]]
    pd.testing.assert_frame_equal(layout_of().arrange(shuffled), good_frame())


def test_rows_are_matched_by_id_whatever_the_index_says():
    turned = good_frame().iloc[::-1].set_axis(list(IDS), axis=0)
    pd.testing.assert_frame_equal(layout_of().arrange(turned), good_frame())


@given(order=st.permutations(range(6)), columns=st.permutations(["event", "rider", "p", "q"]))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_any_order_is_arranged_to_the_same_answer(order, columns):
    sample = pd.DataFrame({"event": list("aabbcc"), "rider": ["1", "01"] * 3, "p": range(6), "q": np.arange(6) / 7})
    layout = Layout.of_sample(sample, ["event", "rider"], ValueRules())
    pd.testing.assert_frame_equal(layout.arrange(sample.iloc[list(order)][list(columns)]), sample)


def test_a_column_that_is_missing_is_the_fault_of_the_program():
    with pytest.raises(ValueError, match="dog"):
        layout_of().arrange(good_frame().drop(columns="dog"))


# Writing


def test_the_file_is_plain_csv(tmp_path):
    write_submission(good_frame().iloc[::-1], layout_of(), tmp_path / "s.csv")
    assert (tmp_path / "s.csv").read_bytes() == b"id,cat,dog\n007,0.25,0.75\n08,1.0,0.0\n9,0.0,1.0\n"


def test_an_answer_that_is_refused_leaves_the_old_file(tmp_path):
    path = tmp_path / "s.csv"
    write_text(path, "old")
    with pytest.raises(Refusal, match=r"s\.csv"):
        write_submission(with_value(math.nan), layout_of(), path)
    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["s.csv"]


@pytest.mark.parametrize("rows", [[0, 2], [0]])
def test_rows_that_are_missing_are_named_when_an_answer_is_written(tmp_path, rows):
    with pytest.raises(Refusal) as caught:
        write_submission(good_frame().iloc[rows], layout_of(), tmp_path / "s.csv")
    assert f"{3 - len(rows)} ids are missing, such as '08'" in str(caught.value)
    assert "nan" not in str(caught.value)
    assert not (tmp_path / "s.csv").exists()


def test_rows_that_occur_twice_are_not_written(tmp_path):
    with pytest.raises((Refusal, ValueError)):
        write_submission(good_frame().iloc[[0, 1, 1, 2]], layout_of(), tmp_path / "s.csv")
    assert list(tmp_path.iterdir()) == []


FINITE = st.floats(allow_nan=False, allow_infinity=False)
ID_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1, max_size=6)


@given(rows=st.dictionaries(ID_TEXT, st.tuples(FINITE, FINITE), min_size=1, max_size=6))
@example(rows={"007": (0.1 + 0.2, -0.0), "NA": (5e-324, 1.7976931348623157e308), 'a,"b"\n': (1 / 3, 2.0**53 + 1)})
@settings(max_examples=60, deadline=None, derandomize=True)
def test_what_is_written_reads_back_to_the_last_bit(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("written", numbered=True) / "s.csv"
    values = np.array(list(rows.values()))
    frame = pd.DataFrame({"id": list(rows), "p": values[:, 0], "q": values[:, 1]})
    write_submission(frame, layout_of(ValueRules(), list(rows), ["id", "p", "q"]), path)
    with path.open(encoding="utf-8", newline="") as file:
        header, *read = list(csv.reader(file))
    assert header == ["id", "p", "q"]
    assert [row[0] for row in read] == list(rows)
    assert same_bits([float(text) for row in read for text in row[1:]], values.ravel())


def test_our_own_reader_reads_it_back_to_the_last_bit(tmp_path):
    values = np.random.default_rng(0).random(2000)
    ids = [f"{number:05d}" for number in range(2000)]
    layout = layout_of(ValueRules(), ids, ["id", "p"])
    write_submission(pd.DataFrame({"id": ids, "p": values}), layout, tmp_path / "s.csv")
    read = read_csv(tmp_path / "s.csv", text=["id"])
    layout.validate(read)
    assert same_bits(read["p"], values)
