"""The reader and the validator against second readings of their definitions, in plain Python, on random files."""

from __future__ import annotations

import csv
import io
import math
import re
import struct

import numpy as np
import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import Refusal
from core.reading import MISSING, read_csv
from core.submission import PROBABILITIES, Layout, ValueRules, write_submission

COLUMNS = ("id", "cat", "dog")
NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


# A submission file is accepted exactly if the definition accepts it


def accepted_by_definition(content: bytes, ids: list[str], rules: ValueRules) -> bool:
    """UTF-8 without a mark, lines that end in a line feed, cells as RFC 4180 has them; then columns, ids, values."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    if text.startswith("\ufeff") or "\0" in text or re.search("\r(?!\n)", text):
        return False
    records = list(csv.reader(io.StringIO(text + "\n", newline="")))
    if not records or any(cell.endswith("\n") for cell in records[-1]):  # a quote that is never closed
        return False
    records = [cells for cells in records if cells and (len(cells) > 1 or not cells[0] or cells[0].strip(" \t"))]
    if not records or tuple(records[0]) != COLUMNS or [cells[0] for cells in records[1:]] != ids:
        return False
    return all(row_by_definition(cells, rules) for cells in records[1:])


def row_by_definition(cells: list[str], rules: ValueRules) -> bool:
    if len(cells) != len(COLUMNS) or not all(NUMBER.fullmatch(cell) for cell in cells[1:]):
        return False
    values = [float(cell) for cell in cells[1:]]
    low = -math.inf if rules.minimum is None else rules.minimum
    high = math.inf if rules.maximum is None else rules.maximum
    inside = all(math.isfinite(value) and low <= value <= high for value in values)
    return inside and (rules.row_sum is None or abs(math.fsum(values) - rules.row_sum) <= 1e-6)


def accepted(path, layout):
    refused = []
    try:
        layout.validate(read_csv(path, text=layout.id_columns, required=layout.value_columns, strict=True), str(path))
    except Refusal as refusal:
        refused.append(refusal)
    assert all(str(path) in refusal.problem and refusal.way_out for refusal in refused)
    return not refused


CELLS = [
    "0",
    "1",
    "0.5",
    "1.0",
    "5e-1",
    ".5",
    "1.",
    "+0.5",
    "-0.0",
    " 0.5",
    "0.5 ",
    "00.5",
    "1E0",
    "1.5",
    "-0.5",
    "2e0",
]
CELLS += [
    "",
    "NA",
    "nan",
    "inf",
    "1e999",
    "x",
    "0,5",
    "1,000",
    "0_5",
    "0x1",
    "True",
    "½",
    "--1",
    "1e",
    "0.5.",
    "7",
    "-",
]
BYTES = [bytes([number]) for number in b',"\n\r;.05e+- \t_x\0'] + [b"\xe9", b"\xc3\xa9", b"\r\n", b"\xef\xbb\xbf"]
IDS = ["0", "00", "1", "01", "007", "1.0", "a", "NA", "nan", "é", "a,b", 'say "a"', " ", "a ", "-", "True", "id"]


@st.composite
def submissions(draw):
    """The bytes of a file, its ids and rules: a good one, and up to three changes to its cells or its bytes."""
    ids = draw(st.lists(st.sampled_from(IDS), unique=True, min_size=1, max_size=5))
    shares = draw(st.lists(st.sampled_from(["0", "0.25", "0.5", "1"]), min_size=len(ids), max_size=len(ids)))
    rows = [[row_id, share, str(1 - float(share))] for row_id, share in zip(ids, shares, strict=True)]
    rows = [list(COLUMNS), *rows]
    changes = draw(st.lists(st.sampled_from(["cell", "cell", "cell", "rows", "columns", "bytes", "bytes"]), max_size=3))
    for change in changes:
        if change == "cell":
            row = draw(st.integers(0, len(rows) - 1))
            column = draw(st.integers(0, len(rows[row]) - 1)) if rows[row] else None
            if column is not None:
                rows[row][column] = draw(st.sampled_from(IDS if column == 0 else CELLS))
        elif change == "rows":
            rows = [list(rows[k]) for k in draw(st.lists(st.integers(0, len(rows) - 1), min_size=1, max_size=7))]
        elif change == "columns":
            order = draw(st.lists(st.integers(0, 2), min_size=1, max_size=4))
            rows = [[cells[k] for k in order if k < len(cells)] for cells in rows]
    buffer = io.StringIO()
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    csv.writer(buffer, lineterminator=draw(st.sampled_from(["\n", "\n", "\r\n"])), quoting=quoting).writerows(rows)
    content = buffer.getvalue().encode()
    for _ in range(changes.count("bytes")):
        place = draw(st.integers(0, len(content)))
        kind = draw(st.sampled_from(["insert", "insert", "delete", "cut"]))
        if kind == "insert":
            content = content[:place] + draw(st.sampled_from(BYTES)) + content[place:]
        else:
            content = content[:place] + (content[place + 1 :] if kind == "delete" else b"")
    return content, ids, draw(st.sampled_from([PROBABILITIES, PROBABILITIES, ValueRules(), ValueRules(minimum=0)]))


@given(submissions())
@example((b"id,cat,dog\n0,0.5,0.5,\n1,1,0,\n", ["0", "1"], PROBABILITIES))  # pandas: the first column is an index
@example((b"id,cat,dog\n0,0.5,0.5\n1,1,0,\n", ["0", "1"], PROBABILITIES))
@example((b"id,cat,dog\n0,1,0\n1,1\n", ["0", "1"], ValueRules()))
@example((b'id,cat,dog\n0,0.5,"0.5', ["0"], PROBABILITIES))
@example((b"id,cat,dog\n0,0.5,0.5\n", ["0"], PROBABILITIES))
@settings(max_examples=250, deadline=None, derandomize=True)
def test_a_submission_file_is_accepted_exactly_if_the_definition_accepts_it(tmp_path_factory, submission):
    content, ids, rules = submission
    path = tmp_path_factory.getbasetemp() / "random-submission.csv"
    path.write_bytes(content)
    layout = Layout(COLUMNS, ("id",), pd.Index(ids, dtype=object), rules)
    assert accepted(path, layout) == accepted_by_definition(content, ids, rules)


# What we wrote, read and written again, is the same file


FINITE = st.floats(allow_nan=False, allow_infinity=False)
ID_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1, max_size=6)


@given(st.dictionaries(ID_TEXT, st.tuples(FINITE, FINITE), min_size=1, max_size=6))
@example({"007": (0.1 + 0.2, -0.0), "NA": (5e-324, 1.7976931348623157e308), 'a,"b"\n': (1 / 3, 2.0**53 + 1)})
@example({"\ufeff": (0.0, 0.0)})
@settings(max_examples=60, deadline=None, derandomize=True)
def test_reading_what_was_written_gives_the_same_bytes_again(tmp_path_factory, rows):
    folder = tmp_path_factory.getbasetemp()
    values = np.array(list(rows.values()))
    layout = Layout(("id", "p", "q"), ("id",), pd.Index(list(rows), dtype=object), ValueRules())
    write_submission(pd.DataFrame({"id": list(rows), "p": values[:, 0], "q": values[:, 1]}), layout, folder / "one.csv")
    read = read_csv(folder / "one.csv", text=["id"], required=["p", "q"], strict=True)
    assert read["id"].tolist() == list(rows)
    for found, value in zip(read[["p", "q"]].to_numpy(dtype=float).ravel(), values.ravel(), strict=True):
        # Nought may lose its sign where a column of whole numbers is read.
        assert struct.pack("d", found) == struct.pack("d", value) or found == value == 0
    write_submission(read.astype({"p": float, "q": float}), layout, folder / "two.csv")
    assert (folder / "two.csv").read_bytes() == (folder / "one.csv").read_bytes()


# A table as pandas reads it is the table that the csv module reads


ANY_CELL = st.one_of(
    st.sampled_from(["", "NA", "nan", "None", "0", "7", "-3", "1.5", "1e3", "True", "False", "a", " a", "1,5", 'q"q']),
    st.text(st.characters(codec="utf-8", exclude_characters="\0\r\ufeff"), max_size=4),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(2**63), 2**63 - 1).map(str),
)


@st.composite
def tables(draw):
    columns, rows = draw(st.integers(2, 4)), draw(st.integers(1, 6))
    kinds = [draw(st.sampled_from([ANY_CELL, NUMBERS, WHOLE])) for _ in range(columns)]
    return [[draw(kind) for kind in kinds] for _ in range(rows)]


NUMBERS = st.floats(allow_nan=False, allow_infinity=False).map(repr) | st.sampled_from(["", "NA", "1", "-0.0"])
WHOLE = st.integers(-(2**53), 2**53).map(str)


def expected_column(cells: list[str]) -> list[object]:
    known = [cell for cell in cells if cell not in MISSING]
    if all(NUMBER.fullmatch(cell) for cell in known):
        return [math.nan if cell in MISSING else float(cell) for cell in cells]
    if all(cell.lower() in ("true", "false") for cell in known):
        return [None if cell in MISSING else cell.lower() == "true" for cell in cells]
    return [None if cell in MISSING else cell for cell in cells]


@given(tables(), st.sampled_from(["\n", "\r\n"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.booleans())
@example([["", "1"], ["", "2"]], "\n", csv.QUOTE_MINIMAL, False)
@example([["1", ""], ["2", ""]], "\n", csv.QUOTE_MINIMAL, True)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_table_is_read_as_the_csv_module_reads_it(tmp_path_factory, table, end, quoting, mark):
    path = tmp_path_factory.getbasetemp() / "random-table.csv"
    names = [f"c{number}" for number in range(len(table[0]))]
    with path.open("w", encoding="utf-8-sig" if mark else "utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator=end, quoting=quoting)
        writer.writerow(names)
        writer.writerows([[f"t{row[0]}", *row[1:]] for row in table])
    with path.open(encoding="utf-8-sig", newline="") as file:
        _, *rows = list(csv.reader(file))
    frame = read_csv(path, text=["c0"])
    assert list(frame.columns) == names
    assert frame["c0"].tolist() == [row[0] for row in rows]
    for number, name in enumerate(names[1:], 1):
        wanted = expected_column([row[number] for row in rows])
        for found, value in zip(frame[name], wanted, strict=True):
            if value is None or (isinstance(value, float) and math.isnan(value)):
                assert pd.isna(found)
            else:
                assert found == value
                assert isinstance(found, str) == isinstance(value, str)
