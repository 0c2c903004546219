"""Predictions from outside: damaged files are refused with their place and the way out, and nothing is written."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bad_input.small_data import CLASSES, HEADER, TEST_IDS, everything_in, files, is_refused, said, text_of, write

Cells = list[list[str]]


def shares(rng: np.random.Generator, labels: list[int] | None, rows: int) -> list[list[str]]:
    """Probabilities that know a little of the labels."""
    logits = rng.normal(size=(rows, len(CLASSES)))
    if labels is not None:
        logits[np.arange(rows), labels] += 0.7
    values = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return [[f"{value:.6f}" for value in row] for row in values]


@dataclass(frozen=True)
class Place:
    """A finished run, and good files for it."""

    root: Path
    run: Path
    oof: Cells
    test: Cells

    def bring(self, capsys: object, oof: str | bytes, test: str | bytes, *more: object, name: str = "oof.csv"):
        folder = write(self.root / "brought", {name: oof, "test.csv": test})
        arguments = ["import", self.run, "mate", "--oof", folder / name, "--test", folder / "test.csv"]
        return said(capsys, *arguments, "--submissions", self.root / "submissions", *more)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Place:
    from competitions.class_imbalance.competition import ClassImbalance
    from core.outside.fold_table import fold_table
    from core.outside.ground import ground_of
    from core.road import run
    from core.settings import Settings

    root = tmp_path_factory.mktemp("outside")
    data = write(root / "data", files())
    found = run(ClassImbalance(), data, Settings(members=("linear",), threads=1), root / "submissions")
    ground = ground_of(found, ClassImbalance())
    table = fold_table(ground)
    labels = ground.judge.truth.astype(int).tolist()
    rng = np.random.default_rng(0)
    rows = zip(table["row_id"], table["fold"], shares(rng, labels, len(table)), strict=True)
    oof = [["row_id", "fold", *CLASSES], *([row_id, str(fold), *cells] for row_id, fold, cells in rows)]
    test = [["row_id", *CLASSES]]
    test += [[row_id, *cells] for row_id, cells in zip(TEST_IDS, shares(rng, None, len(TEST_IDS)), strict=True)]
    return Place(root, found.path, oof, test)


def edited(change: Callable[[Cells], object]) -> Callable[[Cells], str]:
    """A change of the cells of a file; it may return the cells to take instead."""

    def apply(cells: Cells) -> str:
        copy = [list(row) for row in cells]
        made = change(copy)
        return text_of(made if isinstance(made, list) and made and isinstance(made[0], list) else copy)

    return apply


def with_values(change: Callable[[np.ndarray], np.ndarray], form: str = "{:.6f}") -> Callable[[Cells], str]:
    """The probabilities turned into something else; the columns before them stay."""

    def apply(cells: Cells) -> str:
        first = cells[0].index(CLASSES[0])
        values = change(np.array([row[first:] for row in cells[1:]], dtype=float))
        return text_of([cells[0], *([*row[:first], *map(form.format, new)] for row, new in zip(cells[1:], values))])  # noqa: B905

    return apply


def cell(row: int, column: int, text: str) -> Callable[[Cells], str]:
    """Another cell; rows are counted as in a refusal, the header being row 1."""
    return edited(lambda cells: cells[row - 1].__setitem__(column, text))


SAME = edited(lambda cells: None)
FOLD = 1

#: What is done to the out-of-fold file, and what the refusal says.
DAMAGED_OOF: dict[str, tuple[Callable[[Cells], str | bytes], tuple[str, ...]]] = {
    # rows
    "a row missing": (edited(lambda c: c[:-1]), ("1 ids are missing", "in any order")),
    "half the file": (edited(lambda c: c[: len(c) // 2]), ("ids are missing", "is the file cut off")),
    "a row of another data set": (edited(lambda c: [*c, ["zz9", "0", ".2", ".3", ".5"]]), ("'zz9' (row 59)",)),
    "an id renamed": (cell(3, 0, "other"), ("'other' (row 3)", "1 ids are missing")),
    "a row twice": (edited(lambda c: [*c, c[4]]), ("row 59: row_id", "occurs again", "remove the repeated rows")),
    "an empty id": (cell(6, 0, ""), ("row 6, column 'row_id': empty",)),
    "ids without their first letter": (
        edited(lambda c: [c[0], *([row[0][1:], *row[1:]] for row in c[1:])]), ("ids are missing",)),
    # folds
    "two rows in each other's fold": (
        edited(lambda c: [c[0], [c[1][0], "9", *c[1][2:]], *c[2:]]),
        ("row 2, column 'fold': trained on other folds", "1 of 57 rows", "leak", "podium folds export")),
    "other folds": (
        edited(lambda c: [c[0], *([row[0], str(k % 5), *row[2:]] for k, row in enumerate(c[1:]))]),
        ("trained on other folds", "leak between the folds", "podium folds export")),
    "one fold for all": (
        edited(lambda c: [c[0], *([row[0], "0", *row[2:]] for row in c[1:])]), ("trained on other folds",)),
    "an empty fold": (cell(5, FOLD, ""), ("row 5, column 'fold': empty",)),
    # columns
    "no header": (edited(lambda c: c[1:]), ("row 1: no column 'row_id'", "write a header", "expected: row_id and ill")),
    "no ids": (edited(lambda c: [row[1:] for row in c]), ("row 1: no column 'row_id'; there are fold, ill",)),
    "a class missing": (edited(lambda c: [row[:-1] for row in c]), ("row 1: no column 'well' (1 missing)",)),
    "other names": (
        edited(lambda c: [["row_id", "fold", "p", "q", "r"], *c[1:]]), ("no column 'ill' (3 missing)", "sick, well")),
    "a class twice": (edited(lambda c: c[0].__setitem__(4, "ill")), ("column 'ill' stands there twice",)),
    "one column for three classes": (edited(lambda c: [row[:3] for row in c]), ("no column 'sick' (2 missing)",)),
    # cells
    "an empty cell": (cell(7, 2, ""), ("row 7, column 'ill': nan is no finite number (1 such values)",)),
    "NaN": (cell(8, 3, "NaN"), ("row 8, column 'sick': nan",)),
    "infinity": (cell(8, 3, "inf"), ("row 8, column 'sick': inf",)),
    "a word": (cell(9, 4, "high"), ("row 9, column 'well': 'high' is no finite number", "decimal mark")),
    "decimal commas": (cell(9, 4, '"0,4"'), ("row 9, column 'well': '0,4'",)),
    "a flag": (cell(9, 4, "True"), ("row 9, column 'well'",)),
    # scale
    "percent": (with_values(lambda v: 100 * v), ("row 2, column 'ill'", "they look like percent", "divide by 100")),
    "logits": (with_values(lambda v: np.log(v) + 1), ("they look like logits", "softmax", "values from 0 to 1")),
    "logarithms": (
        with_values(lambda v: np.log(v / v.sum(axis=1, keepdims=True)), "{:.9f}"), ("logarithms", "numpy.exp")),
    "labels": (
        with_values(lambda v: (v == v.max(axis=1, keepdims=True)).astype(float), "{:.0f}"),
        ("row 2, column 'ill': every value is 0 or 1: labels", "predict_proba")),
    "class numbers": (with_values(lambda v: np.full(v.shape, 2.0)), ("row", "2")),
    "one value above 1": (cell(4, 2, "1.2"), ("row 4, column 'ill': 1.2 is no probability (1 such values",)),
    "one value below 0": (cell(4, 2, "-0.1"), ("row 4, column 'ill': -0.1 is no probability",)),
    "sums off": (
        cell(5, 2, "0.9999"), ("row 5: the probabilities of 3 classes sum to", "1 such rows", "within 0.001")),
    "not rescaled": (with_values(lambda v: v / 2), ("row 2: the probabilities of 3", "sum to 0.5", "57 such rows")),
    "the same in every row": (
        with_values(lambda v: np.tile([0.2, 0.3, 0.5], (len(v), 1))), ("column 'ill': the same prediction in every",)),
    "probabilities of other classes": (
        with_values(lambda v: 0.98 * (v == v.min(axis=1, keepdims=True)) + 0.02 * v),
        ("worse than constant, the trivial answer", "mixed up", "--yes")),
    # the table
    "a row that ends early": (edited(lambda c: c.__setitem__(6, c[6][:3])), ("row 7: 3 cells under 5",)),
    "a row too long": (edited(lambda c: c[6].append("1")), ("row 7: 6 cells under 5",)),
    "cut off": (lambda c: text_of(c)[:-12], ("row 58",)),
    "semicolons": (lambda c: text_of(c).replace(",", ";"), ("separated by semicolons",)),
    "an empty file": (lambda c: b"", ("the file is empty",)),
    "a header alone": (edited(lambda c: c[:1]), ("no rows below the header", "write the file again")),
    "UTF-16": (lambda c: text_of(c).encode("utf-16"), ("UTF-16",)),
    "a byte that is no UTF-8": (
        lambda c: text_of(c).encode().replace(b"r03", b"\xe9r3"), ("UTF-8 (byte 0xe9)",)),
    "NUL": (lambda c: text_of(c).encode() + b"\0\0", ("no text (NUL)",)),
    "gzip under another name": (lambda c: gzip.compress(text_of(c).encode(), mtime=0), ("a gzip file under another",)),
    "a Parquet file": (lambda c: b"PAR1\x15\x04\x15" + bytes(99) + b"PAR1", ("Parquet", "to_csv")),
    "an array of numpy": (lambda c: b"\x93NUMPY\x01\0" + bytes(99), ("a binary file", "as CSV")),
    "a web page": (lambda c: b"<!doctype html><html></html>", ("a web page",)),
}  # fmt: skip

#: What is done to the test file.
DAMAGED_TEST: dict[str, tuple[Callable[[Cells], str | bytes], tuple[str, ...]]] = {
    "a row missing": (edited(lambda c: c[:-1]), ("1 ids are missing, such as '015'", "test rows")),
    "ids as numbers": (
        edited(lambda c: [c[0], *([row[0].lstrip("0"), *row[1:]] for row in c[1:])]),
        ("they lost their leading zeros", "dtype=str")),
    "a row twice": (edited(lambda c: [*c, c[1]]), ("row 11: row_id '007' occurs again",)),
    "an unknown row": (cell(3, 0, "999"), ("'999' (row 3)",)),
    "the sample submission": (
        lambda c: text_of([HEADER, *([row_id, "0.4", "0.3", "0.3"] for row_id in TEST_IDS)]),
        ("the same prediction in every row", "is it the sample submission")),
    "percent": (with_values(lambda v: 100 * v), ("they look like percent",)),
    "an empty cell": (cell(4, 1, ""), ("row 4, column 'ill': nan",)),
    "a class missing": (edited(lambda c: [row[:-1] for row in c]), ("no column 'well' (1 missing)",)),
}  # fmt: skip


def test_good_files_change_the_blend_and_its_nested_score(place, capsys):
    from core.run import RunFolder

    done = place.bring(capsys, text_of(place.oof), text_of(place.test), "--json")
    assert done.code == 0, done.err
    made = json.loads(done.out)
    parent, found = RunFolder.open(place.run).record, RunFolder.open(Path(made["folder"])).record
    assert found["result"]["nested"]["score"] < parent["result"]["nested"]["score"]
    assert found["blend"]["weights"]["mate"] > 0
    assert (found["kind"], found["parents"][0]["run_id"]) == ("blend", place.run.name)
    assert Path(made["submission"]).read_bytes() != (place.run / "submission.csv").read_bytes()
    shown = " ".join(done.err.split())
    assert "blended before and now" in shown
    assert f"parent {place.run.name}" in shown
    for verb in ("show", "check"):
        assert said(capsys, verb, made["folder"], "--submissions", place.root / "submissions").code == 0
    listed = said(capsys, "runs", "--submissions", place.root / "submissions")
    assert made["run_id"] in listed.out
    out = place.root / "predicted.csv"
    is_refused(
        said(capsys, "predict", made["folder"], "--data", place.root / "data", "--out", out),
        "outside member 'mate'", "no saved model", place.run.name,
    )  # fmt: skip
    assert not out.exists()


@pytest.mark.parametrize("name", list(DAMAGED_OOF))
def test_a_damaged_out_of_fold_file_is_refused(name, place, capsys):
    change, parts = DAMAGED_OOF[name]
    content = change(place.oof)
    assert content != text_of(place.oof)
    before = everything_in(place.root / "submissions")
    is_refused(place.bring(capsys, content, text_of(place.test)), str(place.root / "brought" / "oof.csv"), *parts)
    assert everything_in(place.root / "submissions") == before


@pytest.mark.parametrize("name", list(DAMAGED_TEST))
def test_a_damaged_test_file_is_refused(name, place, capsys):
    change, parts = DAMAGED_TEST[name]
    content = change(place.test)
    assert content != text_of(place.test)
    before = everything_in(place.root / "submissions")
    is_refused(place.bring(capsys, text_of(place.oof), content), str(place.root / "brought" / "test.csv"), *parts)
    assert everything_in(place.root / "submissions") == before


def test_swapped_files_are_refused(place, capsys):
    done = place.bring(capsys, text_of(place.test), text_of(place.oof))
    is_refused(done, "test.csv, row 2: row id", "not of the test rows", "are the two files swapped")


def test_one_file_given_twice_is_refused(place, capsys):
    before = everything_in(place.root / "submissions")
    is_refused(place.bring(capsys, text_of(place.test), text_of(place.test)), "oof.csv", "same file", "--test")
    assert everything_in(place.root / "submissions") == before


def test_predictions_that_learnt_the_rows_by_heart_are_refused_or_taken_with_a_note(place, capsys):
    def by_heart(cells: Cells) -> str:
        from core.run import RunFolder

        truth = np.load(RunFolder.open(place.run).path / "folds.npz")["truth"].astype(int)
        own = np.full((len(truth), len(CLASSES)), 0.004)
        own[np.arange(len(truth)), truth] = 0.992 + 1e-4 * np.arange(len(truth)) / len(truth)
        own /= own.sum(axis=1, keepdims=True)
        rows = zip(cells[1:], own, strict=True)
        return text_of([cells[0], *([row[0], row[1], *map("{:.6f}".format, new)] for row, new in rows)])

    oof, test = by_heart(place.oof), text_of(place.test)
    before = everything_in(place.root / "submissions")
    is_refused(place.bring(capsys, oof, test), "oof.csv: better than every member", "standard errors", "--yes")
    assert everything_in(place.root / "submissions") == before
    done = place.bring(capsys, oof, test, "--yes", "--json")
    assert done.code == 0
    assert any("taken with --yes" in note and "better than every" in note for note in json.loads(done.out)["notes"])


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--test", "test.csv"], ("--weight 0.3",)),
        (["--test", "test.csv", "--weight", "1"], ("above 0 and below 1",)),
        (["--test", "test.csv", "--weight", "x"], ("above 0 and below 1",)),
        (["--test", "test.csv", "--oof", "oof.csv", "--weight", "0.3"], ("do not go together",)),
        (["--oof", "oof.csv"], ("--test",)),
        (["--test", "nowhere.csv", "--oof", "oof.csv"], ("nowhere.csv: no such file",)),
        (["--test", "test.csv", "--oof", "."], ("a folder, not a file",)),
        (["--test", "test.csv", "--oof", "oof.csv", "--data", "nowhere"], ("nowhere: no such folder", "--data")),
    ],
)
def test_options_that_make_no_sense_are_refused(arguments, parts, place, capsys, monkeypatch):
    write(place.root / "brought", {"oof.csv": text_of(place.oof), "test.csv": text_of(place.test)})
    monkeypatch.chdir(place.root / "brought")
    before = everything_in(place.root / "submissions")
    is_refused(
        said(capsys, "import", place.run, "mate", *arguments, "--submissions", place.root / "submissions"), *parts
    )
    assert everything_in(place.root / "submissions") == before


@pytest.mark.parametrize("name", ["linear", "LINEAR", "a/b", "..", "", "a b", "mate~1", "mate@run", "x" * 65, "ä"])
def test_names_that_are_taken_or_no_names_are_refused(name, place, capsys):
    folder = write(place.root / "brought", {"oof.csv": text_of(place.oof), "test.csv": text_of(place.test)})
    files_ = ["--oof", folder / "oof.csv", "--test", folder / "test.csv"]
    is_refused(said(capsys, "import", place.run, name, *files_, "--submissions", place.root / "submissions"), "name")


def test_other_data_are_refused(place, capsys):
    changed = files() | {"train.csv": files()["train.csv"].replace("r00,", "r99,")}
    data = write(place.root / "other", changed)
    done = place.bring(capsys, text_of(place.oof), text_of(place.test), "--data", data)
    is_refused(done, "not the data that run", "fingerprint", "--data")


ACCEPTED: dict[str, tuple[Callable[[Cells], str | bytes], str]] = {
    "folds counted from 1": (edited(lambda c: [c[0], *([r[0], str(int(r[1]) + 1), *r[2:]] for r in c[1:])]), "oof.csv"),
    "folds by name": (edited(lambda c: [c[0], *([r[0], "abcde"[int(r[1])], *r[2:]] for r in c[1:])]), "oof.csv"),
    "columns in another order": (edited(lambda c: [row[::-1] for row in c]), "oof.csv"),
    "columns of the host": (edited(lambda c: [["row_id", "fold", *HEADER[1:]], *c[1:]]), "oof.csv"),
    "a column more": (edited(lambda c: [[*row, "truth"] for row in c]), "oof.csv"),
    "Windows": (lambda c: b"\xef\xbb\xbf" + text_of(c).replace("\n", "\r\n").encode(), "oof.csv"),
    "gzip": (lambda c: gzip.compress(text_of(c).encode(), mtime=0), "oof.csv.gz"),
}


def answer_of(done) -> bytes:
    assert done.code == 0, done.err
    return Path(json.loads(done.out)["submission"]).read_bytes()


@pytest.mark.parametrize("name", list(ACCEPTED))
def test_harmless_files_give_the_same_answer(name, place, capsys):
    change, file = ACCEPTED[name]
    good = answer_of(place.bring(capsys, text_of(place.oof), text_of(place.test), "--json"))
    assert answer_of(place.bring(capsys, change(place.oof), text_of(place.test), "--json", name=file)) == good


def test_a_file_without_folds_is_taken_on_trust_aloud(place, capsys):
    good = answer_of(place.bring(capsys, text_of(place.oof), text_of(place.test), "--json"))
    bare = edited(lambda c: [[row[0], *row[2:]] for row in c])(place.oof)
    is_refused(place.bring(capsys, bare, text_of(place.test)), "better than", "standard errors", "--yes")
    done = place.bring(capsys, bare, text_of(place.test), "--yes", "--json")
    assert answer_of(done) == good
    shown = " ".join(done.err.split())
    assert "that the run's folds made it is taken on trust" in shown
    assert "suspicious, taken with --yes" in shown
    assert "validated" not in shown


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_rows_in_any_order_give_the_same_bytes(data, place, capsys):
    good = place.bring(capsys, text_of(place.oof), text_of(place.test), "--json")
    orders = [[cells[0], *data.draw(st.permutations(cells[1:]))] for cells in (place.oof, place.test)]
    other = place.bring(capsys, *map(text_of, orders), "--json")
    assert answer_of(other) == answer_of(good)
    folders = [Path(json.loads(done.out)["folder"]) for done in (good, other)]
    for name in ("predictions/mate.npz", "folds.npz"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()
    assert folders[0] != folders[1]


def test_a_test_file_alone_is_mixed_in_and_marked(place, capsys):
    folder = write(place.root / "brought", {"test.csv": text_of(place.test)})
    arguments = ["--test", folder / "test.csv", "--weight", "0.3", "--json"]
    done = said(capsys, "import", place.run, "mate", *arguments, "--submissions", place.root / "submissions")
    assert done.code == 0, done.err
    assert "unvalidated" in done.err
    made = json.loads(done.out)
    assert any("unvalidated" in note for note in made["notes"])
    old, new, mate = (
        pd.read_csv(path, dtype={"row_id": str}).set_index("row_id").to_numpy()
        for path in (place.run / "submission.csv", made["submission"], folder / "test.csv")
    )
    assert new == pytest.approx(0.7 * old + 0.3 * mate, abs=3e-6)
    from core.run import RunFolder

    record, parent = (RunFolder.open(Path(path)).record for path in (made["folder"], place.run))
    assert record["mixed"]["validated"] is False
    assert record["result"]["nested"] == parent["result"]["nested"]
    assert "mate" not in record["blend"]["weights"]
    is_refused(
        said(capsys, "predict", made["folder"], "--data", place.root / "data"), "outside member 'mate' has weight 0.3"
    )


def test_there_are_enough_cases():
    assert len(DAMAGED_OOF) + len(DAMAGED_TEST) >= 50
