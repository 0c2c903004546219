"""Malformed new rows: `podium predict` refuses them and writes no file."""

from __future__ import annotations

import codecs
import gzip
from collections.abc import Callable

import pytest

from tests.bad_input.small_data import changed, everything_in, files, is_refused, said, write

TEST = files()["test.csv"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of a finished run on good data."""
    from competitions.class_imbalance.competition import ClassImbalance
    from core.road import run
    from core.settings import Settings

    root = tmp_path_factory.mktemp("finished")
    data = write(root / "data", files())
    return run(ClassImbalance(), data, Settings(members=("linear",), threads=1), root / "submissions").path


def edited(change: Callable[[list[list[str]]], object]) -> str:
    return changed(TEST, change)


CASES: dict[str, tuple[str | bytes, tuple[str, ...]]] = {
    "an empty file": (b"", ("the file is empty",)),
    "a header alone": (TEST.splitlines(keepends=True)[0], ("no rows below the header",)),
    "a web page": ("<!doctype html><html></html>", ("this is a web page",)),
    "gzip": (gzip.compress(TEST.encode(), mtime=0), ("this is a gzip file",)),
    "UTF-16": (TEST.encode("utf-16"), ("UTF-16",)),
    "semicolons": (TEST.replace(",", ";"), ("separated by semicolons",)),
    "no ids": (edited(lambda rows: [row[1:] for row in rows]), ("no column 'row_id'; there are axis, digit",)),
    "an id twice": (edited(lambda rows: [*rows, rows[1]]), ("row 11: row_id '007' occurs again",)),
    "an empty id": (edited(lambda rows: rows[3].__setitem__(0, "")), ("row 4, column 'row_id': empty",)),
    "a feature missing": (edited(lambda rows: [row[:3] for row in rows]), ("no column 'place' (1 missing)",)),
    "no features": (edited(lambda rows: [row[:1] for row in rows]), ("no column 'axis' (3 missing)",)),
    "a feature renamed": (TEST.replace("axis", "Axis", 1), ("no column 'axis' (1 missing)",)),
    "a feature twice": (TEST.replace("digit", "axis", 1), ("column 'axis' stands there twice",)),
    "a row that ends early": (edited(lambda rows: rows.__setitem__(4, rows[4][:2])), ("row 5: 2 cells under 4",)),
    "a row too long": (edited(lambda rows: rows[4].append("1")), ("row 5: 5 cells under 4",)),
    "a file that is cut off": (TEST[: TEST.rindex(",")], ("row 10: 3 cells under 4",)),
}


def predict(capsys, finished, data, out):
    return said(capsys, "predict", finished, "--data", data, "--out", out)


@pytest.mark.parametrize("name", list(CASES))
def test_malformed_rows_are_refused(name, finished, tmp_path, capsys):
    content, parts = CASES[name]
    data = write(tmp_path / "new", {"test.csv": content})
    before, run_before = everything_in(tmp_path), everything_in(finished)
    is_refused(predict(capsys, finished, data, tmp_path / "answer.csv"), str(data), *parts)
    assert everything_in(tmp_path) == before
    assert everything_in(finished) == run_before


def test_a_word_among_numbers_is_refused(finished, tmp_path, capsys):
    data = write(tmp_path / "new", {"test.csv": edited(lambda rows: rows[3].__setitem__(1, "high"))})
    is_refused(predict(capsys, finished, data, tmp_path / "answer.csv"), "'009'", "column 'axis'", "'high'")
    assert not (tmp_path / "answer.csv").exists()


@pytest.mark.parametrize("place", ["nowhere", "file"])
def test_no_folder_is_refused(place, finished, tmp_path, capsys):
    write(tmp_path, {"file": TEST})
    is_refused(predict(capsys, finished, tmp_path / place, tmp_path / "answer.csv"), place, "no such file")
    assert set(everything_in(tmp_path)) == {"file"}


@pytest.mark.parametrize(
    "content",
    [
        codecs.BOM_UTF8 + TEST.encode(),
        TEST.replace("\n", "\r\n"),
        TEST[:-1],
        edited(lambda rows: [[*row, "more"] for row in rows]),
        edited(lambda rows: [row[::-1] for row in rows]),
        edited(lambda rows: [[*row[:3], "new words" if k else row[3]] for k, row in enumerate(rows)]),
        edited(lambda rows: rows[2].__setitem__(1, "")),
        edited(lambda rows: rows[:2]),
    ],
    ids=["mark", "Windows", "no last line end", "a column more", "other order", "new words", "missing", "one row"],
)
def test_harmless_rows_are_predicted(content, finished, tmp_path, capsys):
    data = write(tmp_path / "new", {"test.csv": content})
    done = predict(capsys, finished, data, tmp_path / "answer.csv")
    assert done.code == 0, done.err
    assert (tmp_path / "answer.csv").read_bytes().startswith(b"row_id,")
