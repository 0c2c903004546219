"""A file of predictions, before it is held against a run."""

from __future__ import annotations

import gzip
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refusal
from core.outside.sheet import columns_by_output, prediction_columns, read_sheet

CLASSES = ("no", "yes")


def sheet(tmp_path, text, outputs=("y",), answer=("y",), ids=("id",), name="file.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_sheet(path, ids, outputs, answer, one_class=True)


def test_values_ids_and_folds_stand_as_in_the_file(tmp_path):
    found = sheet(tmp_path, "fold,id,y\n2,007,1.5\n1,a,-2\n")
    assert found.ids.tolist() == ["007", "a"]
    assert found.values.tolist() == [[1.5], [-2.0]]
    assert found.fold.tolist() == [2, 1]
    assert (len(found), found.columns) == (2, ("y",))
    assert found.row(1).endswith("file.csv, row 3")


def test_ids_of_several_columns_are_joined(tmp_path):
    found = sheet(tmp_path, "event,rider,y\ne,01,1\ne|,1,2\n", ids=("event", "rider"))
    assert found.ids.tolist() == ["e|01", r"e\||1"]


def test_numbers_are_read_to_the_last_bit(tmp_path):
    values = np.random.default_rng(0).normal(size=50)
    text = pd.DataFrame({"id": map(str, range(50)), "y": values}).to_csv(index=False)
    assert np.array_equal(sheet(tmp_path, text).values[:, 0], values)
    assert np.array_equal(sheet(tmp_path, gzip.compress(text.encode()), name="file.csv.gz").values[:, 0], values)


@pytest.mark.parametrize(
    ("header", "outputs", "answer", "columns"),
    [
        (["id", "y"], ["y"], ["y"], ("y",)),
        (["id", "oof"], ["y"], ["y"], ("oof",)),
        (["id", "fold", "weight", "oof"], ["y"], ["y"], ("oof",)),
        (["id", "target", "y"], ["y"], ["y"], ("y",)),
        (["id", "truth", "answer"], ["y"], ["answer"], ("answer",)),
        (["id", "yes", "no"], ["no", "yes"], ["no", "yes"], ("no", "yes")),
        (["id", "p_yes", "p_no", "more"], ["no", "yes"], ["p_no", "p_yes"], ("p_no", "p_yes")),
        (["id", "p"], ["no", "yes"], ["answer"], ("p",)),
        (["id", "more", "answer"], ["no", "yes"], ["answer"], ("answer",)),
        (["id", "more", "yes"], ["no", "yes"], ["answer"], ("yes",)),
    ],
)
def test_columns_are_found_by_name_or_since_there_is_one(header, outputs, answer, columns, tmp_path):
    assert prediction_columns(tmp_path, header, ["id"], outputs, answer, True) == columns


@pytest.mark.parametrize(
    ("header", "outputs", "answer", "said"),
    [
        (["id", "a", "b"], ["y"], ["y"], r"no column 'y' \(1 missing\); there are id, a, b"),
        (["id", "fold"], ["y"], ["y"], "no column 'y'"),
        (["id", "p"], ["a", "b", "c"], ["a", "b", "c"], r"no column 'a' \(3 missing\)"),
        (["id", "p_a", "p_b"], ["a", "b", "c"], ["p_a", "p_b", "p_c"], r"no column 'p_c' \(1 missing\)"),
    ],
)
def test_columns_that_are_not_there_are_refused(header, outputs, answer, said, tmp_path):
    with pytest.raises(Refusal, match=said):
        prediction_columns(tmp_path, header, ["id"], outputs, answer, True)


@pytest.mark.parametrize(
    ("outputs", "answer", "found"),
    [
        (["a", "b"], ["a", "b"], {"a": "a", "b": "b"}),
        (["a", "aa"], ["p_aa", "p_a"], {"a": "p_a", "aa": "p_aa"}),
        (["post_x", "pre_x"], ["post_x_p", "pre_x_p"], {"post_x": "post_x_p", "pre_x": "pre_x_p"}),
        (["a", "b"], ["x"], {}),
        (["a", "b"], ["p_a", "q_b"], {}),
    ],
)
def test_columns_of_an_answer_are_matched_by_what_stands_around_the_output(outputs, answer, found):
    assert columns_by_output(outputs, answer) == found


@given(
    st.lists(st.text("ab_", min_size=1, max_size=4), min_size=1, max_size=4, unique=True),
    st.text("ab_", max_size=3),
    st.text("ab_", max_size=3),
)
def test_any_text_before_and_behind_is_found(outputs, before, behind):
    answer = [f"{before}{output}{behind}" for output in outputs]
    found = columns_by_output(outputs, answer)
    assert set(found) == set(outputs)
    assert sorted(found.values()) == sorted(answer)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.csv"
        path.write_text(f"id,y\n{text}", encoding="utf-8", errors="surrogateescape", newline="")
        with suppress(Refusal):
            found = read_sheet(path, ["id"], ["y"], ["y"], one_class=False)
            assert np.isfinite(found.values).all()
            assert found.ids.is_unique


def test_the_way_out_is_that_of_who_wrote_the_file(tmp_path):
    with pytest.raises(Refusal, match=r"row 1: no column 'id'; there are 7, 0.5") as caught:
        sheet(tmp_path, "7,0.5\n8,0.1\n")
    assert "write a header" in caught.value.way_out
    with pytest.raises(Refusal, match="no rows below the header") as caught:
        sheet(tmp_path, "id,y\n")
    assert caught.value.way_out == "write the file again"


@pytest.mark.parametrize("header", [["id", "y"], ["id", "first"], ["id", "prediction"]])
def test_one_column_does_not_stand_for_two_values_or_labels(tmp_path, header):
    with pytest.raises(Refusal, match="no column"):
        prediction_columns(tmp_path, header, ["id"], ["first", "second"], ["first", "second"], False)
