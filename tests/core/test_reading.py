"""Reading the host's files: what stays text, and what is refused with which message."""

from __future__ import annotations

import gzip

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import Refusal
from core.reading import read_csv


@pytest.fixture
def written(tmp_path):
    def write(content, name="train.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refusal_of(path, **asked):
    with pytest.raises(Refusal) as caught:
        read_csv(path, **asked)
    assert str(path) in caught.value.problem
    assert caught.value.way_out
    return str(caught.value)


# What is read


def test_a_byte_order_mark_is_no_part_of_the_first_column(written):
    frame = read_csv(written(b"\xef\xbb\xbfid,a\n1,2\n"), text=["id"], required=["a"])
    assert list(frame.columns) == ["id", "a"]
    assert frame["id"].tolist() == ["1"]


TEXTS = ["007", "NA", "null", "NaN", "None", "nan", "N/A", "1e5", "1.0", "True", " a ", "-", "é", "0x1", "1_000", "inf"]


def test_ids_and_class_names_stay_the_text_they_are(written):
    path = written("id,label,a\n" + "".join(f"{text},{text},1\n" for text in TEXTS))
    frame = read_csv(path, text=["id", "label"])
    assert frame["id"].tolist() == TEXTS
    assert frame["label"].tolist() == TEXTS
    assert all(type(value) is str for value in frame["id"])


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r\ufeff"), min_size=1), min_size=1, max_size=6)
)
@example(["00", "null"])
@example(['"', "a,b", "a\nb", "#x", "\\"])
@settings(max_examples=100, deadline=None, derandomize=True)
def test_any_text_comes_back_as_it_was_written(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("text") / "train.csv"
    cells = ['"' + text.replace('"', '""') + '"' for text in texts]
    path.write_text("id,a\n" + "".join(f"{cell},1\n" for cell in cells), encoding="utf-8", newline="")
    assert read_csv(path, text=["id"])["id"].tolist() == texts


def test_other_columns_are_read_as_numbers_with_missing_values(written):
    frame = read_csv(written("id,a,b\n1,0.5,\n2,NA,7\n"), text=["id"])
    assert frame["a"].isna().tolist() == [False, True]
    assert frame["b"].isna().tolist() == [True, False]
    assert frame["a"][0] == 0.5


def test_numbers_are_read_to_the_last_bit(written):
    texts = [
        "0.9489881418820742",
        "0.0009742340614375361",
        "1.7976931348623157e308",
        "5e-324",
        "0.1",
        "123456789.123456789",
    ]
    frame = read_csv(written("a\n" + "\n".join(texts) + "\n"))
    assert frame["a"].tolist() == [float(text) for text in texts]


def test_the_rows_are_numbered_from_zero(written):
    assert list(read_csv(written("id,a\n5,1\n6,2\n")).index) == [0, 1]


def test_windows_line_ends_are_no_part_of_the_text(written):
    assert read_csv(written("a,id\r\n1,x\r\n2,y\r\n"), text=["id"])["id"].tolist() == ["x", "y"]


def test_a_packed_file_is_read(tmp_path):
    path = tmp_path / "train.csv.gz"
    path.write_bytes(gzip.compress(b"id,a\n01,2\n"))
    assert read_csv(path, text=["id"])["id"].tolist() == ["01"]


# What is refused


def test_no_file_is_refused_with_what_to_check(tmp_path):
    message = refusal_of(tmp_path / "train.csv")
    assert "no such file" in message
    assert "check the path: is it the folder of the competition's files?" in message
    assert "--data" not in message  # who reads the file need not be the command line


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "train.csv").mkdir()
    assert "no such file" in refusal_of(tmp_path / "train.csv")


@pytest.mark.parametrize("content", [b"", b"\n", b"\n\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(written, content):
    refusal_of(written(content), text=["id"])


@pytest.mark.parametrize("content", ["id,a\n", "id,a", "id,a\n\n\n"])
def test_a_header_without_rows_is_refused(written, content):
    assert "no rows below the header" in refusal_of(written(content), text=["id"])


@pytest.mark.parametrize("asked", [{"text": ["id", "label"]}, {"text": ["id"], "required": ["label"]}])
def test_a_missing_column_is_refused_with_those_there_are(written, asked):
    message = refusal_of(written("id,a,b\n1,2,3\n"), **asked)
    assert "no column 'label'; there are id, a, b" in message
    assert "expected: id, label" in message


def test_of_many_columns_only_some_are_named(written):
    names = [f"c{number}" for number in range(500)]
    message = refusal_of(written(",".join(names) + "\n" + ",".join("1" * 500) + "\n"), required=["y"])
    assert "c7, … (500 in all)" in message
    assert "c8" not in message


@pytest.mark.parametrize("content", ["id;a\n1;2\n", "id\ta\n1\t2\n", "id;a\n1;0,5\n", '"id";"a"\n"1";"2"\n'])
@pytest.mark.parametrize("asked", [{"text": ["id"]}, {"required": ["id"]}])
def test_another_separator_is_refused_by_its_name(written, content, asked):
    message = refusal_of(written(content), **asked)
    assert "no column 'id'; this file is separated by semicolons or tabs, not by commas" in message
    assert "comma-separated" in message
    assert "there are" not in message


@pytest.mark.parametrize(
    ("content", "seen"), [("a\n1\n", "there are a"), ("a;b,c\n1,2\n", "there are a;b, c"), ("x<y,z\n1,2\n", "x<y, z")]
)
def test_other_headers_are_named_as_they_are(written, content, seen):
    message = refusal_of(written(content), text=["id"])
    assert seen in message
    assert "semicolons" not in message
    assert "web page" not in message


@pytest.mark.parametrize(
    "content",
    [
        '<!DOCTYPE html>\n<html lang="en">\n<head><title>Log in, please</title></head>\n</html>\n',
        "\n\n  <html>\n<body>a, b; c</body>\n",
        "<html><script>var a, b;</script>\n",
        b"\xef\xbb\xbf<html>\n</html>\n",
        "<?xml version='1.0'?>\n<Error><Code>AccessDenied</Code></Error>\n",
    ],
)
@pytest.mark.parametrize("asked", [{"text": ["id"]}, {"required": ["id"]}])
def test_a_web_page_is_refused_by_its_name(written, content, asked):
    message = refusal_of(written(content), **asked)
    assert "this is a web page, not a CSV file" in message
    assert "there are" not in message


def test_a_repeated_row_id_is_refused_where_it_stands(written):
    path = written("id,a\n1,5\n2,5\n1,6\n2,5\n1,5\n")
    message = refusal_of(path, text=["id"], unique=["id"])
    assert "row 4: id '1' occurs again (3 such rows)" in message
    assert "remove the repeated rows" in message


def test_a_row_id_of_several_columns_is_repeated_only_as_a_whole(written):
    asked = {"text": ["event", "id"], "unique": ["event", "id"]}
    assert len(read_csv(written("event,id,a\nx,1,5\nx,2,5\ny,1,5\n"), **asked)) == 3
    message = refusal_of(written("event,id,a\nx,1,5\ny,1,5\nx,1,6\n"), **asked)
    assert "row 4: event|id 'x|1' occurs again (1 such rows)" in message


def test_row_ids_are_compared_as_the_text_they_are(written):
    path = written("id,a\n1,5\n01,5\n1.0,5\n")
    assert read_csv(path, text=["id"], unique=["id"])["id"].tolist() == ["1", "01", "1.0"]
    assert "id '1' occurs again" in refusal_of(written("id,a\n1,5\n01,5\n"), required=["id"], unique=["id"])


def test_rows_may_repeat_where_nothing_was_said_to_be_unique(written):
    assert read_csv(written("id,a\n1,5\n1,5\n"), text=["id"])["id"].tolist() == ["1", "1"]


@pytest.mark.parametrize("name", ["ID", " id", "id "])
def test_column_names_are_matched_exactly(written, name):
    assert "no column 'id'" in refusal_of(written(f"{name},a\n1,2\n"), text=["id"])


def test_an_empty_text_cell_is_refused_where_it_stands(written):
    message = refusal_of(written("id,a,label\n1,2,x\n2,3,\n3,4,\n"), text=["id", "label"])
    assert "row 3, column 'label': empty" in message


def test_a_row_that_ends_before_its_text_cell_is_refused(written):
    assert "column 'label'" in refusal_of(written("id,a,label\n1,2,x\n2,3\n"), text=["id", "label"])


@pytest.mark.parametrize("content", [b"id,a\n\xe9t\xe9,2\n", "id,a\n1,2\n".encode("utf-16"), b"\xff\xfe\x00"])
def test_a_file_that_is_not_utf8_is_refused(written, content):
    assert "cannot be read as a CSV file" in refusal_of(written(content), text=["id"])


def test_a_stray_byte_deep_in_the_file_is_refused(written):
    content = b"id,a\n" + b"1,2\n" * 50_000 + b"\xe9,2\n"
    assert "cannot be read as a CSV file" in refusal_of(written(content), text=["id"])


def test_a_row_with_too_many_cells_is_refused(written):
    refusal_of(written("id,a\n1,2\n3,4,5\n"), text=["id"])


@pytest.mark.parametrize("rows", ["1,2,3\n4,5,6\n", "0,2,3\n1,5,6\n"])
def test_rows_that_all_have_too_many_cells_are_refused(written, rows):
    # pandas takes the first column of such a file for an index, and every id would be another column's value.
    refusal_of(written("id,a\n" + rows), text=["id"])


def test_a_comma_at_the_end_of_every_row_moves_no_value(written):
    frame = read_csv(written("id,a\n1,2,\n4,5,\n"), text=["id"])
    assert frame["id"].tolist() == ["1", "4"]
    assert frame["a"].tolist() == [2, 5]


@pytest.mark.parametrize("name", ["train.csv.gz", "train.csv.zip"])
@pytest.mark.parametrize("part", ["half", "other"])
def test_a_damaged_archive_is_refused(written, tmp_path, name, part):
    whole = tmp_path / f"whole-{name}"
    pd.DataFrame({"id": range(5000), "a": range(5000)}).to_csv(whole, index=False)
    content = whole.read_bytes()
    refusal_of(written(content[: len(content) // 2] if part == "half" else b"no archive", name), text=["id"])
