"""Malformed submissions: `podium check` refuses each with its place and the way out, and writes nothing."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from tests.bad_input.small_data import (
    HEADER,
    TEST_IDS,
    answer,
    everything_in,
    files,
    is_refused,
    said,
    text_of,
    write,
)

GOOD = text_of(answer())


def with_cell(row: int, column: int, cell: str) -> str:
    """The submission with another cell; rows are counted as in a refusal, the header being row 1."""
    cells = answer()
    cells[row - 1][column] = cell
    return text_of(cells)


def with_row(row: int, *cells: str) -> str:
    rows = answer()
    rows[row - 1] = list(cells)
    return text_of(rows)


def with_ids(change: Callable[[str], str]) -> str:
    header, *rows = answer()
    return text_of([header, *([change(row[0]), *row[1:]] for row in rows)])


def with_columns(*order: int, names: dict[int, str] | None = None) -> str:
    rows = [[cells[number] for number in order] for cells in answer()]
    rows[0] = [(names or {}).get(place, name) for place, name in enumerate(rows[0])]
    return text_of(rows)


def with_order(order: Callable[[list[list[str]]], list[list[str]]]) -> str:
    header, *rows = answer()
    return text_of([header, *order(rows)])


def as_zip(name: str = "submission.csv", content: str = GOOD) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


PAGE = "<!DOCTYPE html>\n<html><head><title>Log in</title></head><body>a, b</body></html>\n"

#: The file, and what the refusal must say besides the name of the file.
CASES: dict[str, tuple[str | bytes, tuple[str, ...]]] = {
    # ids
    "an id that is wrong": (with_cell(4, 0, "x99"), ("1 ids are missing, such as '009'", "'x99' (row 4)")),
    "an id that is missing": (with_order(lambda rows: rows[:3] + rows[4:]), ("1 ids are missing, such as '010'",)),
    "an id too many": (GOOD + "999,0.2,0.3,0.5\n", ("1 ids are unknown, such as '999' (row 11)",)),
    "an id twice": (GOOD + "007,0.2,0.3,0.5\n", ("row 11: row_id '007' occurs more than once",)),
    "an id in the place of another": (with_cell(3, 0, "007"), ("row 3: row_id '007' occurs more than once",)),
    "ids in another order": (with_order(lambda rows: rows[::-1]), ("row 2", "'015' is out of order", "'007'")),
    "two ids exchanged": (
        with_order(lambda rows: [rows[0], rows[2], rows[1], *rows[3:]]),
        ("row 3: row_id '009' is out of order", "expected: '008'"),
    ),
    "ids without their leading zeros": (
        with_ids(lambda row_id: row_id.lstrip("0")),
        ("9 ids are missing", "lost their leading zeros: '7' for '007'", "as text"),
    ),
    "one id without its leading zeros": (with_cell(2, 0, "7"), ("lost their leading zeros: '7' for '007'",)),
    "ids with more leading zeros": (with_ids(lambda row_id: "0" + row_id), ("leading zeros: '0007' for '007'",)),
    "ids as decimals": (with_ids(lambda row_id: f"{float(row_id)}"), ("'7.0' for '007'", "as text")),
    "ids in exponents": (with_ids(lambda row_id: f"{float(row_id):.2e}"), ("unknown, such as '7.00e+00' (row 2)",)),
    "ids with blanks": (with_ids(lambda row_id: row_id + " "), ("blanks around them: '007 ' for '007'",)),
    "ids of another type": (with_ids(lambda row_id: f"r{row_id}"), ("9 ids are missing", "such as 'r007' (row 2)")),
    "ids of the row number": (
        text_of([HEADER, *([str(k), *cells[1:]] for k, cells in enumerate(answer()[1:]))]),
        ("ids are unknown, such as '0' (row 2)",),
    ),
    "an empty id": (with_cell(5, 0, ""), ("row 5, column 'row_id': empty",)),
    "an id that is only blanks": (with_cell(5, 0, "  "), ("such as '  ' (row 5)",)),
    "the ids of train": (with_ids(lambda row_id: f"train{row_id}"), ("9 ids are unknown",)),
    # columns
    "a column missing": (with_columns(0, 1, 2), ("no column 'well_diagnosis_probability'", "expected: row_id, ")),
    "the ids missing": (with_columns(1, 2, 3), ("no column 'row_id'",)),
    "a column too many": (
        text_of([[*cells, "label" if k == 0 else "x"] for k, cells in enumerate(answer())]),
        ("row 1: unknown column 'label'", "expected: the columns ['row_id'"),
    ),
    "a column renamed": (with_columns(0, 1, 2, 3, names={2: "sick"}), ("no column 'sick_diagnosis_probability'",)),
    "a column in another case": (with_columns(0, 1, 2, 3, names={0: "Row_ID"}), ("no column 'row_id'", "Row_ID")),
    "a column with a blank": (
        with_columns(0, 1, 2, 3, names={1: " " + HEADER[1]}),
        ("no column 'ill_diagnosis_probability'",),
    ),
    "columns in another order": (
        with_columns(0, 2, 1, 3),
        ("row 1: column 2 is 'sick_diagnosis_probability', where 'ill_diagnosis_probability' belongs",),
    ),
    "the ids last": (with_columns(1, 2, 3, 0), ("row 1: column 1 is 'ill_diagnosis_probability'",)),
    "a column twice": (with_columns(0, 1, 2, 3, 3), ("row 1: column 'well_diagnosis_probability' stands there twice",)),
    "an index without a name": (
        text_of([["" if k == 0 else str(k - 1), *cells] for k, cells in enumerate(answer())]),
        ("row 1: column 1 is 'Unnamed: 0': written with an index", "to_csv(index=False)"),
    ),
    "an index with its name": (
        text_of([["index" if k == 0 else str(k - 1), *cells] for k, cells in enumerate(answer())]),
        ("row 1: column 1 is 'index': written with an index", "to_csv(index=False)"),
    ),
    "no header": (text_of(answer()[1:]), ("no column 'row_id'; there are 007, 0.25, 0.5",)),
    "two headers": (text_of([HEADER, *answer()]), ("such as 'row_id' (row 2)",)),
    "numbers for names": (with_columns(0, 1, 2, 3, names={0: "0", 1: "1", 2: "2", 3: "3"}), ("no column 'row_id'",)),
    # values
    "an empty value": (with_cell(3, 2, ""), ("row 3, column 'sick_diagnosis_probability'", "no finite number")),
    "an empty value at the end of a row": (with_cell(3, 3, ""), ("row 3, column 'well_diagnosis_probability'",)),
    "NaN": (with_cell(10, 1, "NaN"), ("row 10, column 'ill_diagnosis_probability': nan is no finite number (1 such",)),
    "NA": (with_cell(10, 1, "NA"), ("row 10, column 'ill_diagnosis_probability'",)),
    "inf": (with_cell(2, 1, "inf"), ("row 2, column 'ill_diagnosis_probability': inf is no finite number",)),
    "-inf": (with_cell(2, 1, "-inf"), ("row 2, column 'ill_diagnosis_probability': -inf is no finite number",)),
    "a number too large": (with_cell(2, 1, "1e999"), ("row 2, column 'ill_diagnosis_probability'",)),
    "text": (with_cell(6, 3, "high"), ("row 6, column 'well_diagnosis_probability': 'high' is no finite number",)),
    "a class name": (with_cell(6, 3, "well"), ("row 6, column 'well_diagnosis_probability': 'well' is",)),
    "truth values": (
        text_of([HEADER, *([cells[0], "True", "False", "False"] for cells in answer()[1:])]),
        ("row 2, column 'ill_diagnosis_probability'", "no finite number (9 such values)"),
    ),
    "a percentage": (with_cell(6, 1, "25%"), ("row 6, column 'ill_diagnosis_probability': '25%'",)),
    "a thousands separator": (with_cell(6, 1, '"1,000"'), ("row 6, column 'ill_diagnosis_probability': '1,000'",)),
    "a thousands separator without quotes": (with_cell(6, 1, "1,000"), ("row 6: 5 cells under 4 column names",)),
    "a decimal comma in quotes": (with_cell(6, 1, '"0,25"'), ("row 6, column 'ill_diagnosis", "'0,25'", "a point")),
    "decimal commas": (GOOD.replace(".", ","), ("row 2: 7 cells under 4 column names", "expected: 4 cells")),
    "an underscore": (with_cell(6, 1, "0_25"), ("row 6, column 'ill_diagnosis_probability': '0_25'",)),
    "a hexadecimal number": (with_cell(6, 1, "0x1"), ("row 6, column 'ill_diagnosis_probability': '0x1'",)),
    "a number in brackets": (with_cell(6, 1, "[0.25]"), ("row 6, column 'ill_diagnosis_probability': '[0.25]'",)),
    "a formula": (with_cell(6, 1, "=A1"), ("row 6, column 'ill_diagnosis_probability': '=A1'",)),
    "a minus sign of print": (with_cell(6, 1, "\N{MINUS SIGN}0.25"), ("row 6, column 'ill_diagnosis_probability'",)),
    "a probability below 0": (with_row(4, "009", "-0.1", "0.6", "0.5"), ("row 4", "-0.1 is below 0", "values from")),
    "a probability above 1": (with_row(4, "009", "1.1", "-0.1", "0"), ("row 4, column", "values from 0.0 to 1.0")),
    "percent for shares": (with_row(4, "009", "25", "50", "25"), ("row 4, column 'ill_", "25.0 is above 1")),
    "a row that does not sum to one": (
        with_row(4, "009", "0.25", "0.5", "0.3"),
        ("row 4: the values sum to 1.05 (1 such rows)", "expected: 1, within 1e-6", "divide each row by its sum"),
    ),
    "a row of zeros": (with_row(4, "009", "0", "0", "0"), ("row 4: the values sum to 0",)),
    "a row hardly off": (with_row(4, "009", "0.25", "0.5", "0.250002"), ("row 4: the values sum to 1.000002",)),
    "labels of one": (
        text_of([HEADER, *([cells[0], "1", "1", "1"] for cells in answer()[1:])]),
        ("row 2: the values sum to 3 (9 such rows)",),
    ),
    # the table
    "a row that ends early": (with_row(5, "010", "0.25", "0.75"), ("row 5: 3 cells under 4", "expected: 4 cells")),
    "a row of the id alone": (with_row(10, "015"), ("row 10: 1 cells under 4 column names",)),
    "a row too long": (with_row(5, "010", "0.25", "0.5", "0.25", "0.1"), ("row 5: 5 cells under 4 column names",)),
    "a comma at the end of a row": (with_row(5, "010", "0.25", "0.5", "0.25", ""), ("row 5: 5 cells under 4",)),
    "a comma at the end of every row": (
        text_of([HEADER, *([*cells, ""] for cells in answer()[1:])]),
        ("row 2: 5 cells under 4 column names", "end no row with one"),
    ),
    "a file that is cut off": (GOOD[: len(GOOD) - 9], ("row 10: 3 cells under 4 column names", "cut off")),
    "a file that is cut off in an id": (GOOD[: GOOD.index("013") + 1], ("row 8: 1 cells under 4 column names",)),
    "half a file": (text_of(answer()[:6]), ("4 ids are missing, such as '012'",)),
    "a quote that is never closed": (GOOD.replace("012", '"012'), ("row 7: a quote that is never closed",)),
    "an empty file": (b"", ("the file is empty",)),
    "blank lines alone": (b"\n\r\n \n", ("the file is empty",)),
    "a header alone": (text_of([HEADER]), ("no rows below the header",)),
    "semicolons": (GOOD.replace(",", ";"), ("separated by semicolons or tabs", "separated by commas")),
    "semicolons and decimal commas": (GOOD.replace(",", ";").replace(".", ","), ("separated by semicolons",)),
    "tabs": (GOOD.replace(",", "\t"), ("separated by semicolons or tabs",)),
    "bars": (GOOD.replace(",", "|"), ("no column 'row_id'; there are row_id|ill",)),
    # the encoding
    "a byte order mark": (codecs.BOM_UTF8 + GOOD.encode(), ("row 1: a byte order mark", "UTF-8")),
    "lone carriage returns": (GOOD.replace("\n", "\r"), ("a carriage return alone ends a line", "line feed")),
    "one lone carriage return": (GOOD.replace("\n", "\r", 3).replace("\r", "\n", 2), ("a carriage return alone",)),
    "a byte that is no UTF-8": (GOOD.encode().replace(b"011", b"\xe911"), ("row 6: cannot be", "UTF-8 (byte 0xe9)")),
    "UTF-16": (GOOD.encode("utf-16"), ("this is text in UTF-16", "save it in UTF-8")),
    "UTF-16 without a mark": (GOOD.encode("utf-16-le"), ("this is text in UTF-16",)),
    "NUL bytes at the end": (GOOD.encode() + b"\0" * 100, (f"byte {len(GOOD) + 1}: no text (NUL)",)),
    # other formats under the name of a CSV file
    "gzip": (gzip.compress(GOOD.encode(), mtime=0), ("this is a gzip file under another name", ".csv.gz")),
    "bzip2": (bz2.compress(GOOD.encode()), ("this is a bzip2 file under another name",)),
    "xz": (lzma.compress(GOOD.encode()), ("this is an xz file under another name",)),
    "zip": (as_zip(), ("this is a zip file under another name",)),
    "an Excel workbook": (as_zip("xl/workbook.xml"), ("this is an Excel workbook", "CSV")),
    "an old Excel workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ("this is an Excel workbook",)),
    "a Parquet file": (b"PAR1\x15\x04\x15" + bytes(99) + b"PAR1", ("this is a Parquet file", "read_parquet")),
    "a PDF document": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", ("this is a PDF document",)),
    "an SQLite database": (b"SQLite format 3\0" + bytes(84), ("this is an SQLite database",)),
    "a pickle": (b"\x80\x04\x95\x10\0\0\0", ("this is a binary file",)),
    "a web page": (PAGE, ("this is a web page, not a CSV file", "log in")),
    "a web page behind blanks": ("\n\n  " + PAGE.lower(), ("this is a web page, not a CSV file",)),
    "an XML error": ('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', ("this is a web page",)),
    "a JSON error": (json.dumps({"error": "not found, a", "code": 404}), ("this is JSON",)),
    "JSON records": (json.dumps([{"row_id": "007"}], indent=1), ("this is JSON",)),
    "a Git LFS pointer": ("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", ("git lfs pull",)),
    "an error in words": ("Not found", ("no column 'row_id'; there are Not found",)),
    # another answer
    "the file of test rows": (files()["test.csv"], ("no column 'ill_diagnosis_probability'; there are row_id, axis",)),
    "another competition's submission": ("id,target\n1,0.5\n", ("no column 'row_id'; there are id, target",)),
}  # fmt: skip


@pytest.fixture
def place(tmp_path):
    needed = {name: content for name, content in files().items() if not name.startswith("validation")}
    return write(tmp_path / "data", needed), tmp_path / "answers", tmp_path / "submissions"


def check(capsys, place, path):
    data, _, submissions = place
    return said(capsys, "check", "class-imbalance", path, "--data", data, "--submissions", submissions)


def test_the_submission_that_all_cases_are_made_of_is_accepted(place, capsys):
    done = check(capsys, place, write(place[1], {"submission.csv": GOOD}) / "submission.csv")
    assert (done.code, done.err) == (0, "")
    assert "a valid submission of 9 rows" in done.out


@pytest.mark.parametrize("name", list(CASES))
def test_a_malformed_submission_is_refused(name, place, capsys):
    content, parts = CASES[name]
    path = write(place[1], {"submission.csv": content}) / "submission.csv"
    before = everything_in(place[0].parent)
    is_refused(check(capsys, place, path), str(path), *parts)
    assert everything_in(place[0].parent) == before


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("submission.csv.gz", GOOD.encode(), "no file of the kind .gz"),
        ("submission.csv.zip", PAGE.encode(), "no file of the kind .zip"),
        ("submission.csv.gz", gzip.compress(GOOD.encode() * 500, mtime=0)[:90], "cannot be read as a CSV file"),
        ("submission.csv.gz", gzip.compress(text_of(answer()[:6]).encode(), mtime=0), "4 ids are missing"),
        ("submission.csv.gz", gzip.compress(with_row(5, "010", "0.5").encode(), mtime=0), "row 5: 2 cells"),
        ("submission.csv.zip", as_zip(content=with_cell(6, 1, "x")), "row 6, column 'ill_diagnosis_probability': 'x'"),
        ("submission.csv.xz", lzma.compress(with_cell(3, 0, "7").encode()), "'7' (row 3)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_malformed_packed_submission_is_refused(name, content, part, place, capsys):
    path = write(place[1], {name: content}) / name
    before = everything_in(place[0].parent)
    is_refused(check(capsys, place, path), str(path), part)
    assert everything_in(place[0].parent) == before


def test_a_submission_that_is_not_there_is_refused(place, capsys):
    is_refused(check(capsys, place, place[1] / "submission.csv"), str(place[1]), "no such file")


def test_a_folder_in_the_place_of_a_submission_is_refused(place, capsys):
    (place[1] / "submission.csv").mkdir(parents=True)
    is_refused(check(capsys, place, place[1] / "submission.csv"), str(place[1]), "a folder, not a file")


def test_a_file_below_a_file_is_refused(place, capsys):
    write(place[1], {"submission.csv": GOOD})
    is_refused(check(capsys, place, place[1] / "submission.csv" / "more.csv"), "no such file")


ACCEPTED: dict[str, str | bytes] = {
    "Windows line ends": GOOD.replace("\n", "\r\n"),
    "no line end after the last row": GOOD[:-1],
    "blank lines": GOOD.replace("\n", "\n\n"),
    "quoted ids": "".join(
        [
            GOOD.splitlines(keepends=True)[0],
            *('"' + line.replace(",", '",', 1) for line in GOOD.splitlines(keepends=True)[1:]),
        ]
    ),
    "everything quoted": text_of([[f'"{cell}"' for cell in cells] for cells in answer()]),
    "blanks around a number": with_cell(5, 1, " 0.25 "),
    "whole numbers": with_row(4, "009", "0", "1", "0"),
    "exponents": with_row(4, "009", "2.5e-1", "5E-01", ".25"),
    "a plus sign": with_cell(4, 1, "+0.25"),
    "many digits": with_row(4, "009", "0." + "3" * 60, "0." + "3" * 60, "0." + "3" * 60),
    "a row off by less than a millionth": with_row(4, "009", "0.25", "0.5", "0.2500009"),
    "negative nought": with_row(4, "009", "-0.0", "1.0", "0"),
}


@pytest.mark.parametrize("name", list(ACCEPTED))
def test_a_submission_that_hosts_take_is_accepted(name, place, capsys):
    path = write(place[1], {"submission.csv": ACCEPTED[name]}) / "submission.csv"
    done = check(capsys, place, path)
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize("name", ["submission.csv.gz", "submission.csv.bz2", "submission.csv.xz", "submission.csv.zip"])
def test_a_packed_submission_is_accepted_under_its_own_name(name, place, capsys):
    place[1].mkdir()
    pd.DataFrame(answer()[1:], columns=answer()[0]).to_csv(place[1] / name, index=False)
    assert check(capsys, place, place[1] / name).code == 0


def test_there_are_enough_cases():
    assert len(CASES) >= 80
    assert len({content for content, _ in CASES.values()}) == len(CASES)
    assert len(TEST_IDS) == 9
    assert np.allclose([[float(cell) for cell in cells[1:]] for cells in answer()[1:]], [0.25, 0.5, 0.25])
