"""Reading the host's files: what stays text, and what is refused with which message."""

from __future__ import annotations

import gzip
import zipfile

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import Refusal
from core.reading import read_csv, refuse_unknown


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
    assert "a folder, not a file" in refusal_of(tmp_path / "train.csv")


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
    message = refusal_of(written("id,a,label\n1,2,x\n2,3\n"), text=["id", "label"])
    assert "row 3: 2 cells under 3 column names" in message


@pytest.mark.parametrize(
    "content", [b"id,a\n\xe9t\xe9,2\n", b"id,a\n\x80,2\n", b"id,a\n1,\xc3\n", b"id,a\n1,\xed\xa0\x80\n"]
)
def test_a_file_that_is_not_utf8_is_refused(written, content):
    message = refusal_of(written(content), text=["id"])
    assert "row 2: cannot be read as a CSV file in UTF-8 (byte 0x" in message
    assert "save it in UTF-8" in message


@pytest.mark.parametrize("code", ["utf-16", "utf-16-le", "utf-16-be"])
def test_text_in_utf16_is_refused(written, code):
    message = refusal_of(written("id,a\n1,2\n".encode(code)), text=["id"])
    assert "this is text in UTF-16" in message


def test_a_stray_byte_deep_in_the_file_is_refused_with_its_row(written):
    content = b"id,a\n" + b"1,2\n" * 50_000 + b"\xe9,2\n"
    assert "row 50002: cannot be read as a CSV file in UTF-8 (byte 0xe9)" in refusal_of(written(content), text=["id"])


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


@pytest.mark.parametrize(
    "name", ["train.csv.tar", "train.csv.tar.gz", "train.csv.xz", "train.csv.bz2", "train.csv.zip"]
)
def test_a_packed_file_of_any_kind_is_read_and_missing_values_at_its_end_too(tmp_path, name):
    pd.DataFrame({"id": ["01", "2"], "a": ["x", None]}).to_csv(tmp_path / name, index=False)
    for strict in (False, True):
        frame = read_csv(tmp_path / name, text=["id"], strict=strict)
        assert frame["id"].tolist() == ["01", "2"]
        assert frame["a"].isna().tolist() == [False, True]


def test_an_archive_of_two_files_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "train.csv.zip", "w") as archive:
        for name in ("train.csv", "test.csv"):
            archive.writestr(name, "id,a\n1,2\n")
    message = refusal_of(tmp_path / "train.csv.zip", text=["id"])
    assert "unpack it" in message


def test_an_archive_that_nothing_here_unpacks_is_refused(written):
    assert "way out:" in refusal_of(written(b"\x28\xb5\x2f\xfd" + bytes(50), "train.csv.zst"), text=["id"])


def test_an_archive_under_the_name_of_a_csv_file_is_refused(written):
    assert "this is a gzip file under another name" in refusal_of(written(gzip.compress(b"id,a\n1,2\n")), text=["id"])


@pytest.mark.parametrize(
    "header",
    ["PAR1", "BZh1", "PK", "Rar!", "%PDF", "{a}", "[m]", "version", "<TICKER>", "JSON", "html", "ARROW1", "SQLite"],
)
def test_a_column_may_be_called_like_another_format(written, header):
    assert list(read_csv(written(f"{header},a\n1,2\n")).columns) == [header, "a"]


def test_a_column_name_that_stands_there_twice_is_refused(written):
    assert "row 1: column 'a' stands there twice" in refusal_of(written("id,a,b,a\n1,2,3,4\n"), text=["id"])


def test_names_that_pandas_would_make_of_repeated_ones_are_names(written):
    assert list(read_csv(written("a,a.1,a.2\n1,2,3\n")).columns) == ["a", "a.1", "a.2"]


def test_an_index_column_without_a_name_is_read(written):
    assert list(read_csv(written(",id,a\n0,1,2\n"), text=["id"]).columns) == ["Unnamed: 0", "id", "a"]


SHORT = [
    ("id,a,b\n1,2,3\n4,5\n", 3, 2),
    ("id,a,b\n1,2,3\n4\n6,7,8\n", 3, 1),
    ("id,a,b\n1,2,3\n\n4,5\n", 3, 2),  # rows are counted without blank lines
    ('id,a,b\n"x\ny",2,3\n4,5\n', 3, 2),  # and not by lines
    ('id,a,b\n1,"2,3"\n', 2, 2),  # a comma in quotes is none
    ("id,a,b\r\n1,2,3\r\n4,5\r\n", 3, 2),
    ("id,a,b\n1,2,3\r4,5\n", 3, 2),  # a carriage return hides the end of a row from who counts commas in lines
    ("id,a,b\n1,2,\n4,5\n", 3, 2),
    ("id,a,b\n1,2,3\n4,5", 3, 2),
]


@pytest.mark.parametrize(("content", "row", "cells"), SHORT)
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_row_that_ends_early_is_refused_where_it_stands(written, content, row, cells, ending):
    path = written(gzip.compress(content.encode()) if ending else content, f"train.csv{ending}")
    message = refusal_of(path, text=["id"])
    assert f"row {row}: {cells} cells under 3 column names" in message
    assert "expected: 3 cells" in message


@pytest.mark.parametrize(
    "content",
    [
        "id,a,b\n1,2,\n4,,\n",
        'id,a,b\n1,"x,y",\n',
        "id,a,b\r\n1,2,\r\n",
        "id,a,b\n1,2,\n\n \n3,4,5\n",
        'id,a,b\n"1",2,""\n',
    ],
)
def test_an_empty_cell_at_the_end_of_a_row_is_a_missing_value(written, content):
    frame = read_csv(written(content), text=["id"])
    assert pd.isna(frame["b"][0])


def test_a_long_cell_does_not_hide_a_row_that_ends_early(written):
    content = f'id,a,b\n1,"{"x" * 300_000}",3\n4,5\n'
    assert "row 3: 2 cells" in refusal_of(written(content), text=["id"])


def test_a_row_with_a_cell_too_many_is_named(written):
    assert "row 3: 3 cells under 2 column names" in refusal_of(written("id,a\n1,2\n3,4,5\n"), text=["id"])
    assert "row 2: 3 cells under 2 column names" in refusal_of(written("id,a\n1,2,3\n3,4,5\n"), text=["id"])


def test_a_quote_that_is_never_closed_is_named_by_its_row(written):
    content = "id,a\n" + "1,2\n" * 40_000 + '2,"3\n' + "1,2\n" * 40_000
    assert "row 40002: a quote that is never closed" in refusal_of(written(content), text=["id"])


def test_a_nul_byte_is_refused_wherever_it_stands(written):
    content = b"id,a\n" + b"1,2\n" * 600_000 + b"3,\0\n"
    assert f"byte {content.index(bytes(1)) + 1}: no text (NUL)" in refusal_of(written(content), text=["id"])


@pytest.mark.parametrize("odd", ["x", "True", "", "1.5", "18446744073709551615"])
@pytest.mark.parametrize("place", [0, 150_000, 299_999])
def test_one_odd_cell_of_a_long_column_changes_the_type_of_all(written, odd, place):
    # pandas reads a long file in parts, and would take each for what it looks like.
    cells = [str(number) for number in range(300_000)]
    cells[place] = odd
    frame = read_csv(written("id,a,b\n" + "".join(f"{k},{cell},1\n" for k, cell in enumerate(cells))), text=["id"])
    if odd in ("x", "True"):
        assert frame["a"].tolist() == cells
    else:
        assert frame["a"].isna().sum() == (odd == "")
        assert frame["a"].drop(place).tolist() == [float(cell) for k, cell in enumerate(cells) if k != place]


# A submission is read as strictly as hosts read it


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"\xef\xbb\xbfid,a\n1,2\n", "row 1: a byte order mark"),
        (b"id,a\r1,2\r", "a carriage return alone"),
        (b"id,a\r\n1,2\r3,4\r\n", "a carriage return alone"),
        (b"id,a\n1,2\r", "a carriage return alone"),
        (b"id,a\n0,1,\n1,2,\n", "row 2: 3 cells under 2 column names"),
        (b"id,a\n5,1,\n6,2\n", "row 2: 3 cells under 2 column names"),
    ],
)
def test_what_a_host_misreads_is_refused_in_a_submission_alone(written, content, part):
    assert part in refusal_of(written(content), text=["id"], strict=True)
    assert len(read_csv(written(content), text=["id"])) >= 1


@pytest.mark.parametrize("size", [(1 << 20) - 1, 1 << 20, (1 << 20) + 1])
def test_windows_line_ends_are_no_lone_returns_wherever_a_block_ends(written, size):
    content = b"id,a\r\n" + b"1,22\r\n" * 200_000
    start = content[:size].rfind(b"\r")
    content = b"id,a" + b" " * (size - 1 - start) + content[4:]  # the return is the last byte of a block
    assert content[size - 1 : size + 1] == b"\r\n"
    path = written(content)
    assert len(read_csv(path, required=[], strict=True)) == 200_000
    assert "alone" in refusal_of(written(content[:size] + content[size + 1 :]), strict=True)


# Class names


def test_an_unknown_class_is_refused_where_it_stands(written):
    path = written("id,label\n1,ill\n2,well\n3,dead\n4,dead\n")
    frame = read_csv(path, text=["id", "label"])
    refuse_unknown(frame, "label", ["dead", "ill", "well"], path)
    with pytest.raises(Refusal) as caught:
        refuse_unknown(frame, "label", ["ill", "well"], path)
    assert "row 4, column 'label': unknown class 'dead' (2 such rows)" in caught.value.problem
    assert caught.value.expected == "one of ill, well"
