"""Reading the host's files, with refusals instead of tracebacks."""

from __future__ import annotations

import csv
import lzma
import re
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Collection, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.errors import DtypeWarning, ParserWarning

from core.errors import Refusal
from core.formats import PACKED, opened, refuse_other_formats

#: Read as missing in columns that are not text: what pandas takes for missing by default.
MISSING = ["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>"]
MISSING += ["N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"]

#: Numbers to the last bit, which is the default since pandas 3.1 and an option that warns there.
EXACT: dict[str, Any] = (
    {} if tuple(map(int, pd.__version__.split(".")[:2])) >= (3, 1) else {"float_precision": "round_trip"}
)

#: What reading a damaged file may raise.
DAMAGED = (ValueError, OSError, EOFError, zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, csv.Error)


def read_csv(
    path: Path,
    *,
    text: Sequence[str] = (),
    required: Sequence[str] = (),
    unique: Sequence[str] = (),
    strict: bool = False,
) -> pd.DataFrame:
    """Read a CSV file.

    Parameters
    ----------
    text: columns kept as the text they are (ids, class names): no number, no missing value is read into them.
    required: columns that must be there, besides those.
    unique: columns of which no two rows may hold the same values: the row id.
    strict: also refuse what hosts misread in a submission: a byte order mark, lines that end in a carriage return
        alone, a comma too many at the end of every row.

    Raises
    ------
    Refusal: no file, another format, no table, no rows, columns missing or named twice, rows with too few or too
        many cells, an empty cell in a text column, repeated rows.
    """
    packed = refuse_other_formats(path, strict)
    try:
        names = pd.read_csv(path, nrows=1, header=None, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        # A column without a name is called as pandas calls it.
        header = [str(name) or f"Unnamed: {number}" for number, name in enumerate(names.iloc[0])]
        _refuse_header(path, header, [*text, *required, *unique], strict)
        if not packed:
            _refuse_odd_bytes(path, strict)
        frame = _parsed(path, text)
    except UnicodeDecodeError as error:
        raise _not_utf8(path, error) from None
    except (*DAMAGED, ImportError, ParserWarning) as error:
        raise _unreadable(path, str(error)) from None
    if frame.empty:
        raise Refusal(f"{path}: no rows below the header", "download the file again")
    # A comma at the end of the first row lets pandas take one from every row.
    uneven = _uneven(path, exact=True, rows=1) if strict else None
    if frame.iloc[:, -1].isna().any():  # as in a row that ends early, which pandas fills up without a word
        uneven = uneven or (None if not packed and _as_many_commas(path, len(names.columns) - 1) else _uneven(path))
    if uneven is not None:
        raise uneven
    _refuse_cells(path, frame, text, unique)
    return frame


def refuse_unknown(frame: pd.DataFrame, column: str, known: Collection[str], path: Path) -> None:
    """Refuse the first cell of a text column, as read from a file, that is none of the known class names."""
    unknown = ~frame[column].isin(list(known)).to_numpy()
    if unknown.any():
        row = int(unknown.argmax())
        raise Refusal(
            f"{path}, row {row + 2}, column {column!r}: unknown class {frame[column].iloc[row]!r}"
            f" ({int(unknown.sum())} such rows)",
            "mend the row, or use the sample submission of the same edition",
            expected="one of " + some(list(known)),
        )


def some(names: Sequence[str]) -> str:
    """The first of many names."""
    shown = ", ".join(map(str, names[:8]))
    return shown + (f", … ({len(names)} in all)" if len(names) > 8 else "")


def _refuse_header(path: Path, names: list[str], asked: Sequence[str], strict: bool) -> None:
    missing = [column for column in asked if column not in names]
    if missing:
        raise Refusal(
            f"{path}: no column {missing[0]!r}; {seen(names)}",
            "write the columns of the sample submission, separated by commas"
            if strict
            else "use the official file of this edition, comma-separated",
            expected=some(list(dict.fromkeys(asked))),
        )
    twice = [name for number, name in enumerate(names) if name in names[:number]]
    if twice:
        raise Refusal(f"{path}, row 1: column {twice[0]!r} stands there twice", "keep one of the two, or rename it")


def seen(names: Sequence[str]) -> str:
    """What the header looks like, when it is not what was expected."""
    first = names[0].lstrip()
    if first.startswith("<"):
        return "this is a web page, not a CSV file (perhaps of a download without a login)"
    if len(names) == 1 and (";" in first or "\t" in first):
        return "this file is separated by semicolons or tabs, not by commas"
    return f"there are {some(names)}"


def _refuse_odd_bytes(path: Path, strict: bool) -> None:
    returns, ends, position, last = 0, 0, 0, b""
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            nul = block.find(b"\0")
            if nul >= 0:
                raise Refusal(f"{path}, byte {position + nul + 1}: no text (NUL)", "download or save the file again")
            if strict and (b"\r" in block or last == b"\r"):
                returns += block.count(b"\r")
                ends += block.count(b"\r\n") + (last == b"\r" and block.startswith(b"\n"))
            position, last = position + len(block), block[-1:]
    if returns > ends:
        raise Refusal(f"{path}: a carriage return alone ends a line", 'end lines in a line feed: "\\n"')


def _parsed(path: Path, text: Sequence[str]) -> pd.DataFrame:
    header = pd.read_csv(path, nrows=0, encoding="utf-8-sig").columns
    options: dict[str, Any] = {
        "encoding": "utf-8-sig",
        "index_col": False,
        "dtype": dict.fromkeys(text, str),
        "keep_default_na": False,
        "na_values": {column: [""] if column in text else MISSING for column in header},
        **EXACT,
    }
    # Text is alike with and without PyArrow, in whose strings pandas sees no comma at the end of every row.
    with warnings.catch_warnings(), pd.option_context("mode.string_storage", "python"):
        # Rows with a cell too many: pandas drops it with this warning.
        warnings.simplefilter("error", ParserWarning)
        warnings.simplefilter("error", DtypeWarning)
        try:  # part after part, which is twice as fast as all at once
            return pd.read_csv(path, **options)
        except DtypeWarning:  # a column that is numbers in one part and text in another
            return pd.read_csv(path, low_memory=False, **options)


def _unreadable(path: Path, said: str) -> Refusal:
    """The refusal of a file that pandas gave up on, with the row where that can be found."""
    inside = re.search(r"EOF inside string starting at row (\d+)", said)
    if inside:
        return Refusal(
            f"{path}, row {int(inside[1]) + 1}: a quote that is never closed", "is the file cut off? mend it"
        )
    uneven = _uneven(path, exact=True) if "Expected" in said or "Length of header" in said else None
    way_out = "unpack it, or download it again" if path.suffix.lower() in PACKED else "download the file again"
    return uneven or Refusal(f"{path}: cannot be read as a CSV file ({said.strip()})", way_out)


def _not_utf8(path: Path, error: UnicodeDecodeError) -> Refusal:
    where, byte = f"{path}", error.object[error.start]
    if path.suffix.lower() not in PACKED:
        with path.open("rb") as file:
            for row, line in enumerate(file, 1):
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError as found:
                    where, byte = f"{path}, row {row}", found.object[found.start]
                    break
    return Refusal(
        f"{where}: cannot be read as a CSV file in UTF-8 (byte 0x{byte:02x})",
        "save it in UTF-8: “CSV UTF-8” in a spreadsheet, or iconv -f latin1 -t utf-8",
    )


def _as_many_commas(path: Path, commas: int) -> bool:
    """Whether every line of a plain file has so many commas, where no quote can hide one."""
    with path.open("rb") as file:
        return all(
            b'"' not in line and b"\r" not in line[:-2] and (line.count(b",") >= commas or not line.strip(b" \t\r\n"))
            for line in file
        )


def _uneven(path: Path, exact: bool = False, rows: int | None = None) -> Refusal | None:
    """The refusal of the first row with fewer cells than the header; or with more, if `exact`; among so many rows."""
    if {".tar", ".zst"} & set(path.suffixes):
        return None
    limit = csv.field_size_limit(1 << 30)
    try:
        with opened(path) as file:
            table = (
                cells for cells in csv.reader(file) if len(cells) > 1 or cells == [""] or "".join(cells).strip(" \t")
            )
            columns = len(next(table))
            for number, cells in enumerate(islice(table, rows), 2):
                if len(cells) < columns or (exact and len(cells) > columns):
                    return Refusal(
                        f"{path}, row {number}: {len(cells)} cells under {columns} column names",
                        "is the file cut off? download or write it again"
                        if len(cells) < columns
                        else "quote cells that hold a comma, and end no row with one",
                        expected=f"{columns} cells",
                    )
    except DAMAGED:
        pass  # pandas reads what this module of the standard library does not
    finally:
        csv.field_size_limit(limit)
    return None


def _refuse_cells(path: Path, frame: pd.DataFrame, text: Sequence[str], unique: Sequence[str]) -> None:
    for column in text:
        empty = frame[column].isna().to_numpy()
        if empty.any():
            row = int(empty.argmax())
            raise Refusal(f"{path}, row {row + 2}, column {column!r}: empty", "fill it in or remove the row")
    if not unique or (len(unique) == 1 and pd.Index(frame[unique[0]]).is_unique):  # the fast answer first
        return
    again = frame.duplicated(list(unique)).to_numpy()
    if again.any():
        row = int(again.argmax())
        value = "|".join(str(frame[column].iloc[row]) for column in unique)
        raise Refusal(
            f"{path}, row {row + 2}: {'|'.join(unique)} {value!r} occurs again ({int(again.sum())} such rows)",
            "remove the repeated rows",
        )
