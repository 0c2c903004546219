"""Malformed data folders: `podium run` refuses each before it writes anything, and reads the harmless ones alike."""

from __future__ import annotations

import codecs
import gzip
from collections.abc import Callable

import pandas as pd
import pytest

from competitions.class_imbalance.competition import ClassImbalance
from tests.bad_input.small_data import CLASSES, changed, everything_in, files, is_refused, said, text_of, write

FILES = files()
NAMES = list(FILES)


def without(*names: str) -> dict[str, str]:
    return {name: content for name, content in FILES.items() if name not in names}


def replaced(name: str, content: str | bytes) -> dict[str, str | bytes]:
    return {**FILES, name: content}


def edited(name: str, change: Callable[[list[list[str]]], object]) -> dict[str, str | bytes]:
    return replaced(name, changed(FILES[name], change))


def cell(name: str, row: int, column: int, text: str) -> dict[str, str | bytes]:
    """Another cell; the header is row 1."""
    return edited(name, lambda cells: cells[row - 1].__setitem__(column, text))


def column(name: str, number: int, change: Callable[[str], str]) -> dict[str, str | bytes]:
    return edited(name, lambda cells: [[*r[:number], change(r[number]), *r[number + 1 :]] for r in cells])


def without_column(name: str, number: int) -> dict[str, str | bytes]:
    return edited(name, lambda cells: [[*row[:number], *row[number + 1 :]] for row in cells])


def renamed(name: str, old: str, new: str) -> dict[str, str | bytes]:
    return replaced(name, FILES[name].replace(old, new, 1))


def rows_of(name: str, kept: Callable[[list[str]], bool]) -> dict[str, str | bytes]:
    return edited(name, lambda cells: [cells[0], *(row for row in cells[1:] if kept(row))])


def numbers_as_words(cells: list[list[str]]) -> list[list[str]]:
    return [cells[0], *([row[0], "high", *row[2:]] for row in cells[1:])]


TRAIN, TEST, SAMPLE = "train.csv", "test.csv", "sample_submission.csv"
VALIDATION, TRUTH = "validation.csv", "validation_ground_truth.csv"
PAGE = "<html><head><title>Log in</title></head></html>\n"

#: The files of the folder, and what the refusal must say.
CASES: dict[str, tuple[dict[str, str | bytes], tuple[str, ...]]] = {
    # what is there
    "an empty folder": ({}, ("not the files of any edition", "there are: none", "expected: addi-2021: train.csv")),
    "half a download": (without(TEST, SAMPLE), ("not the files of any edition", "train.csv, validation.csv")),
    "a download under way": (
        {**without(TRAIN), "train.csv.crdownload": "row_id"},
        ("not the files of any edition", "train.csv.crdownload"),
    ),
    "an archive not unpacked": ({"all.zip": b"PK\x03\x04"}, ("not the files of any edition", "there are: all.zip")),
    "another competition": (
        {"Train.csv": "ID,target\n1,2\n", "Test.csv": "ID\n1\n", "SampleSubmission.csv": "ID,target\n1,0\n"},
        ("not the files of any edition", "SampleSubmission.csv"),
    ),
    "another competition under the same names": (
        {TRAIN: "id,x,y\n1,2,3\n", TEST: "id,x\n1,2\n", SAMPLE: "id,y\n1,0\n"},
        ("sample_submission.csv: no column 'row_id'; there are id, y",),
    ),
    "a sample submission of other classes": (
        replaced(SAMPLE, FILES[SAMPLE].replace("sick", "dead")),
        ("train.csv, row 3, column 'diagnosis': unknown class 'sick'", "expected: one of ill, dead, well"),
    ),
    "a sample submission of more classes": (
        edited(SAMPLE, lambda rows: [[*row, "0" if k else "dead_diagnosis_probability"] for k, row in enumerate(rows)]),
        ("train.csv, column 'diagnosis': class 'dead' has 0 rows, fewer than 5 folds",),
    ),
    "a sample submission of one class": (
        edited(SAMPLE, lambda rows: [row[:2] for row in rows]),
        ("sample_submission.csv, row 1: the columns are row_id, ill_diagnosis_probability", "two or more classes"),
    ),
    "a sample submission with an index": (
        edited(SAMPLE, lambda rows: [["" if k == 0 else str(k), *row] for k, row in enumerate(rows)]),
        ("sample_submission.csv, row 1: the columns are",),
    ),
    "train in the place of test": (replaced(TEST, FILES[TRAIN]), ("test.csv: 9 ids are missing", "48 ids are unknown")),
    "test in the place of train": (replaced(TRAIN, FILES[TEST]), ("train.csv: no column 'diagnosis'",)),
    "the sample submission in the place of test": (replaced(TEST, FILES[SAMPLE]), ("no feature in common",)),
    "train of another edition": (
        replaced(TRAIN, FILES[TRAIN].replace("axis,digit,place", "one,two,three")),
        ("train.csv and ", "test.csv have no feature in common"),
    ),
    # each file as a table
    **{
        f"{name}, {what}": (replaced(name, content), (name, part))
        for name in (TRAIN, TEST, SAMPLE, VALIDATION, TRUTH)
        for what, content, part in (
            ("empty", b"", "the file is empty"),
            ("a header alone", FILES[name].splitlines(keepends=True)[0], "no rows below the header"),
            ("a web page", PAGE, "this is a web page"),
            ("gzip", gzip.compress(FILES[name].encode(), mtime=0), "this is a gzip file"),
            ("semicolons", FILES[name].replace(",", ";"), "separated by semicolons"),
            ("a byte that is no UTF-8", FILES[name].encode().replace(b"\n", b"\n\xff", 1), "row 2: cannot be read"),
            ("cut off", FILES[name][: FILES[name].rstrip().rindex(",")], "cells under"),
        )
    },
    "a NUL tail": (replaced(TRAIN, FILES[TRAIN].encode() + b"\0" * 512), ("train.csv, byte ", "(NUL)")),
    "a column name twice": (renamed(TRAIN, "digit", "axis"), ("train.csv, row 1: column 'axis' stands there twice",)),
    "decimal commas in train": (
        column(TRAIN, 1, lambda text: text.replace(".", ",")),
        ("train.csv, row 2: 6 cells under 5 column names",),
    ),
    "semicolons and decimal commas": (
        replaced(TEST, FILES[TEST].replace(",", ";").replace(".", ",")),
        ("test.csv: no column 'row_id'; this file is separated by semicolons",),
    ),
    "a row that ends early": (
        edited(TRAIN, lambda rows: rows.__setitem__(7, rows[7][:2])),
        ("train.csv, row 8: 2 cells under 5 column names",),
    ),
    "a test row that ends early": (
        edited(TEST, lambda rows: rows.__setitem__(4, rows[4][:3])),
        ("test.csv, row 5: 3 cells under 4 column names",),
    ),
    # ids
    "a train id twice": (cell(TRAIN, 4, 0, "r00"), ("train.csv, row 4: row_id 'r00' occurs again (1 such rows)",)),
    "a test id twice": (cell(TEST, 4, 0, "007"), ("test.csv, row 4: row_id '007' occurs again",)),
    "a sample id twice": (cell(SAMPLE, 4, 0, "007"), ("sample_submission.csv, row 4: row_id '007' occurs again",)),
    "a validation id twice": (cell(VALIDATION, 4, 0, "v0"), ("validation.csv, row 4: row_id 'v0' occurs again",)),
    "a train id that is empty": (cell(TRAIN, 4, 0, ""), ("train.csv, row 4, column 'row_id': empty",)),
    "a test id that is empty": (cell(TEST, 4, 0, ""), ("test.csv, row 4, column 'row_id': empty",)),
    "ids under another name": (renamed(TRAIN, "row_id", "id"), ("train.csv: no column 'row_id'; there are id, axis",)),
    "half the test rows": (
        edited(TEST, lambda rows: rows[:5]),
        ("test.csv: 5 ids are missing, such as '011'", "the 9 ids of", "sample_submission.csv"),
    ),
    "half the sample submission": (
        edited(SAMPLE, lambda rows: rows[:5]),
        ("test.csv: 5 ids are unknown, such as '011'", "sample_submission.csv"),
    ),
    "a test id that is wrong": (cell(TEST, 4, 0, "x"), ("1 ids are missing, such as '009'", "unknown, such as 'x'")),
    "test ids without leading zeros": (
        column(TEST, 0, lambda text: text.lstrip("0")),
        ("test.csv: 9 ids are missing", "they lost their leading zeros: '7' for '007'", "as text"),
    ),
    "sample ids without leading zeros": (column(SAMPLE, 0, lambda text: text.lstrip("0")), ("zeros: '007' for '7'",)),
    "test ids as decimals": (
        column(TEST, 0, lambda text: text if text == "row_id" else f"{float(text)}"),
        ("test.csv: 9 ids are missing", "'7.0' for '007'"),
    ),
    # the truth
    "a class that is unknown": (
        cell(TRAIN, 5, 4, "dead"),
        ("train.csv, row 5, column 'diagnosis': unknown class 'dead' (1 such", "expected: one of ill, sick, well"),
    ),
    "a class in another case": (cell(TRAIN, 5, 4, "Ill"), ("train.csv, row 5, column 'diagnosis'", "'Ill'")),
    "a class with a blank": (cell(TRAIN, 5, 4, "ill "), ("train.csv, row 5, column 'diagnosis'", "'ill '")),
    "classes as numbers": (
        column(TRAIN, 4, lambda text: text if text == "diagnosis" else str(CLASSES.index(text))),
        ("train.csv, row 2, column 'diagnosis': unknown class '0' (48 such rows)",),
    ),
    "a label that is missing": (cell(TRAIN, 6, 4, ""), ("train.csv, row 6, column 'diagnosis': empty",)),
    "NaN for a label": (cell(TRAIN, 6, 4, "NaN"), ("train.csv, row 6, column 'diagnosis': unknown class 'NaN'",)),
    "train without the target": (without_column(TRAIN, 4), ("train.csv: no column 'diagnosis'",)),
    "the target under another name": (renamed(TRAIN, "diagnosis", "target"), ("train.csv: no column 'diagnosis'",)),
    "too few rows of a class": (
        rows_of(TRAIN, lambda row: row[4] != "sick" or row[0] < "r08"),
        ("train.csv, column 'diagnosis': class 'sick' has 3 rows, fewer than 5 folds",),
    ),
    "train of one class": (
        rows_of(TRAIN, lambda row: row[4] == "ill"),
        ("train.csv, column 'diagnosis': class 's", "has 0 rows"),
    ),
    # train and test
    "a word among the numbers of test": (
        cell(TEST, 5, 1, "unknown"),
        ("test.csv, row id '010', column 'axis': 'unknown' stands where", "train.csv has numbers"),
    ),
    "a word among the numbers of train": (
        cell(TRAIN, 9, 1, "n.a."),
        ("train.csv, row id 'r07', column 'axis': 'n.a.' stands where", "test.csv has numbers"),
    ),
    "words for the numbers of test": (
        edited(TEST, numbers_as_words),
        ("test.csv, row id '007', column 'axis': 'high' stands where", "expected: numbers"),
    ),
    "decimal commas in quotes in test": (
        column(TEST, 1, lambda text: text if text == "axis" else '"' + text.replace(".", ",") + '"'),
        ("test.csv, row id '007', column 'axis'", "has numbers"),
    ),
    "a thousands separator in test": (
        cell(TEST, 3, 2, '"1,000"'),
        ("test.csv, row id '008', column 'digit': '1,000' stands where", "train.csv has numbers"),
    ),
    "numbers for the words of test": (
        column(TEST, 3, lambda text: text if text == "place" else "1"),
        ("train.csv, row id 'r00', column 'place'", "test.csv has numbers"),
    ),
    # the validation files
    "a validation file without its truth": (
        without(TRUTH),
        ("validation_ground_truth.csv: no such file, though validation.csv is there", "--option prior="),
    ),
    "a truth without its validation file": (
        without(VALIDATION),
        ("validation.csv: no such file, though validation_ground_truth.csv is there",),
    ),
    "truth for fewer rows": (
        edited(TRUTH, lambda rows: rows[:6]),
        ("validation_ground_truth.csv: 4 ids are missing, such as 'v5'", "the 9 ids of validation.csv"),
    ),
    "truth for other rows": (cell(TRUTH, 3, 0, "w"), ("validation_ground_truth.csv", "unknown, such as 'w' (row 3)")),
    "a truth that is unknown": (
        cell(TRUTH, 3, 1, "dead"),
        ("validation_ground_truth.csv, row 3, column 'diagnosis': unknown class 'dead'",),
    ),
    "a truth that is missing": (cell(TRUTH, 3, 1, ""), ("ground_truth.csv, row 3, column 'diagnosis': empty",)),
    "a truth under another name": (renamed(TRUTH, "diagnosis", "label"), ("ground_truth.csv: no column 'diagnosis'",)),
    "a validation file without a feature": (
        without_column(VALIDATION, 2),
        ("validation.csv: no column 'digit'; there are row_id, axis, place",),
    ),
    "a word among the numbers of validation": (
        cell(VALIDATION, 3, 1, "high"),
        ("validation.csv, row id 'v1', column 'axis': 'high' stands where", "train.csv has numbers"),
    ),
    "numbers for the words of validation": (
        column(VALIDATION, 3, lambda text: text if text == "place" else "1"),
        ("validation.csv, row id 'v0', column 'place': 1 stands where", "train.csv has text"),
    ),
}  # fmt: skip


@pytest.fixture
def place(tmp_path):
    return tmp_path / "data", tmp_path / "submissions"


def run(capsys, data, submissions, *more):
    return said(
        capsys, "run", "class-imbalance", "--data", data, "--members", "linear", "--submissions", submissions, *more
    )


@pytest.mark.parametrize("name", list(CASES))
def test_a_malformed_folder_is_refused(name, place, capsys):
    contents, parts = CASES[name]
    data, submissions = write(place[0], contents), place[1]
    before = everything_in(data)
    is_refused(run(capsys, data, submissions), *parts)
    assert everything_in(data) == before
    assert not submissions.exists() or everything_in(submissions) == {}


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_in_the_place_of_a_file_is_refused(name, place, capsys):
    data = write(place[0], without(name))
    (data / name).mkdir()
    is_refused(run(capsys, *place), name, "a folder, not a file")
    assert not place[1].exists()


@pytest.mark.parametrize("name", [TRAIN, TEST, SAMPLE])
def test_a_file_that_is_missing_is_refused(name, place, capsys):
    data = write(place[0], without(name))
    is_refused(run(capsys, *place), str(data), "not the files of any edition", name)
    assert not place[1].exists()


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path, capsys):
    write(tmp_path, {"data": "row_id\n"})
    is_refused(run(capsys, tmp_path / "data", tmp_path / "submissions"), "a file, not a folder", "--data")
    assert not (tmp_path / "submissions").exists()


def test_a_folder_that_is_not_there_is_refused(tmp_path, capsys):
    is_refused(run(capsys, tmp_path / "data", tmp_path / "submissions"), "no such folder", "--data")
    assert everything_in(tmp_path) == {}


@pytest.mark.parametrize(
    ("option", "part"),
    [
        ("prior=ill:0.5,sick:0.5", "no share for class 'well'"),
        ("prior=ill:0.5,sick:0.2,dead:0.3", "cannot read 'dead:0.3'"),
        ("prior=ill:0.5,sick:0.2,well:0.2", "the shares sum to 0.9"),
        ("prior=ill:0.5,sick:0.5,well:0", "cannot read 'well:0'"),
        ("prior=ill:a,sick:0.5,well:0.5", "cannot read 'ill:a'"),
        ("prior=ill:nan,sick:0.5,well:0.5", "cannot read 'ill:nan'"),
    ],
)
def test_a_malformed_prior_is_refused(option, part, place, capsys):
    data = write(place[0], FILES)
    is_refused(run(capsys, data, place[1], "--option", option), "--option prior", part)
    assert not place[1].exists()


@pytest.mark.parametrize("way", ["validation", "joint"])
def test_a_prior_that_needs_labels_is_refused_without_them(way, place, capsys):
    data = write(place[0], without(VALIDATION, TRUTH))
    done = run(capsys, data, place[1], "--option", f"prior={way}")
    is_refused(done, f"prior={way}: there is no labelled validation file", "validation.csv", "estimated")
    assert not [path for path in everything_in(place[1]) if path.endswith((".csv", ".npz"))]


def test_labels_are_not_needed_where_the_prior_is_given(place, capsys):
    data = write(place[0], without(VALIDATION, TRUTH))
    done = run(capsys, data, place[1], "--option", "prior=ill:20,sick:20,well:60")
    assert done.code == 0, done.err
    assert "validation rows" not in done.err


# What does no harm is read to the very same values


def of_every_file(change: Callable[[bytes], bytes]) -> dict[str, str | bytes]:
    return {name: change(content.encode()) for name, content in FILES.items()}


def with_shuffled_columns(name: str) -> dict[str, str | bytes]:
    return edited(name, lambda cells: [[row[0], *row[:0:-1]] for row in cells])


HARMLESS: dict[str, dict[str, str | bytes]] = {
    "byte order marks": of_every_file(lambda content: codecs.BOM_UTF8 + content),
    "Windows line ends": of_every_file(lambda content: content.replace(b"\n", b"\r\n")),
    "both": of_every_file(lambda content: codecs.BOM_UTF8 + content.replace(b"\n", b"\r\n")),
    "lone carriage returns": of_every_file(lambda content: content.replace(b"\n", b"\r")),
    "no line end after the last row": of_every_file(lambda content: content.rstrip(b"\n")),
    "blank lines": of_every_file(lambda content: content.replace(b"\n", b"\n\n")),
    "blank lines at the end": of_every_file(lambda content: content + b"\n \n\n"),
    "quotes around every cell": of_every_file(
        lambda content: b"".join(
            b",".join(b'"' + cell + b'"' for cell in line.split(b",")) + b"\n" for line in content.splitlines()
        )
    ),
    "commas at the end of every row": of_every_file(
        lambda content: b"\n".join([content.split(b"\n")[0], *(row + b"," for row in content.split(b"\n")[1:-1])])
    ),
    "columns of test in another order": with_shuffled_columns(TEST),
    "columns of validation in another order": with_shuffled_columns(VALIDATION),
    "truth in another order": edited(TRUTH, lambda rows: [rows[0], *rows[:0:-1]]),
    "a column that only test has": edited(
        TEST, lambda rows: [[*row, "more" if k == 0 else "1"] for k, row in enumerate(rows)]
    ),
    "a file more": {**FILES, "notes.txt": "read me"},
    "blanks around numbers": column(TRAIN, 1, lambda text: text if text == "axis" else f" {text}"),
}


def tables_of(folder):
    dataset = ClassImbalance().load(folder)
    return {"fit": dataset.fit, "test": dataset.test, **dataset.extra}, dataset


@pytest.mark.parametrize("name", list(HARMLESS))
def test_a_harmless_difference_changes_no_value(name, tmp_path):
    tables, dataset = tables_of(write(tmp_path / "other", HARMLESS[name]))
    expected, usual = tables_of(write(tmp_path / "usual", FILES))
    for part, table in expected.items():
        found = tables[part].take(tables[part].ids.get_indexer(table.ids))
        pd.testing.assert_frame_equal(found.X, table.X, check_exact=True)
        assert (found.y is None) == (table.y is None)
        if table.y is not None:
            pd.testing.assert_series_equal(found.y, table.y)
    assert dataset.outputs == usual.outputs
    pd.testing.assert_frame_equal(dataset.sample_submission, usual.sample_submission)
    assert dataset.fingerprint == usual.fingerprint


def test_rows_may_stand_in_another_order_than_in_the_sample_submission(tmp_path):
    turned = edited(TEST, lambda rows: [rows[0], *rows[:0:-1]])
    _, dataset = tables_of(write(tmp_path, turned))
    assert sorted(dataset.test.ids) == sorted(dataset.sample_submission["row_id"])


def test_a_column_that_one_file_lacks_is_said_to_be_left_out(tmp_path):
    _, dataset = tables_of(write(tmp_path, without_column(TEST, 2)))
    assert dataset.left_out == {"train": ("digit",), "test": ()}


def test_there_are_enough_cases():
    assert len(CASES) >= 80
    assert len({text_of([[name, str(content)] for name, content in sorted(contents.items())]) for contents, _ in
                CASES.values()}) == len(CASES)  # fmt: skip
