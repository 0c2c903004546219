"""Reading the host's files, with refusals instead of tracebacks."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from core.errors import Refusal

#: Read as missing in columns that are not text: what pandas takes for missing by default.
MISSING = ["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>"]
MISSING += ["N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"]

#: Numbers to the last bit, which is the default since pandas 3.1 and an option that warns there.
EXACT: dict[str, Any] = (
    {} if tuple(map(int, pd.__version__.split(".")[:2])) >= (3, 1) else {"float_precision": "round_trip"}
)


def read_csv(
    path: Path, *, text: Sequence[str] = (), required: Sequence[str] = (), unique: Sequence[str] = ()
) -> pd.DataFrame:
    """Read a CSV file.

    Parameters
    ----------
    text: columns kept as the text they are (ids, class names): no number, no missing value is read into them.
    required: columns that must be there, besides those.
    unique: columns of which no two rows may hold the same values: the row id.

    Raises
    ------
    Refusal: no file, no table, no rows, columns missing, an empty cell in a text column, repeated rows.
    """
    if not path.is_file():
        raise Refusal(f"{path}: no such file", "check the path: is it the folder of the competition's files?")
    try:
        header = pd.read_csv(path, nrows=0, encoding="utf-8-sig")
        missing = [column for column in (*text, *required, *unique) if column not in header.columns]
        if missing:
            raise Refusal(
                f"{path}: no column {missing[0]!r}; {_seen(list(header.columns))}",
                "use the official file of this edition, comma-separated",
                expected=", ".join(dict.fromkeys((*text, *required, *unique))),
            )
        with warnings.catch_warnings():
            # Rows with a cell too many: pandas drops it with this warning, or else takes the first for an index.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                path,
                encoding="utf-8-sig",
                index_col=False,
                dtype=dict.fromkeys(text, str),
                keep_default_na=False,
                na_values={column: MISSING for column in header.columns if column not in text},
                low_memory=False,
                **EXACT,
            )
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error, pd.errors.ParserWarning) as error:
        raise Refusal(f"{path}: cannot be read as a CSV file ({error})", "download the file again") from None
    if frame.empty:
        raise Refusal(f"{path}: no rows below the header", "download the file again")
    for column in text:
        empty = frame[column] == ""
        if empty.any():
            row = int(empty.to_numpy().argmax())
            raise Refusal(f"{path}, row {row + 2}, column {column!r}: empty", "fill it in or remove the row")
    if unique:
        again = frame.duplicated(list(unique)).to_numpy()
        if again.any():
            row = int(again.argmax())
            value = "|".join(str(frame[column].iloc[row]) for column in unique)
            raise Refusal(
                f"{path}, row {row + 2}: {'|'.join(unique)} {value!r} occurs again ({int(again.sum())} such rows)",
                "remove the repeated rows",
            )
    return frame


def _seen(columns: Sequence[str]) -> str:
    """What the header looks like, when it is not what was expected."""
    first = str(columns[0]).lstrip() if columns else ""
    if first.startswith("<"):
        return "this is a web page, not a CSV file (perhaps of a download without a login)"
    if len(columns) == 1 and (";" in first or "\t" in first):
        return "this file is separated by semicolons or tabs, not by commas"
    return f"there are {_some(columns)}"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(map(str, names[:8]))
    return shown + (f", … ({len(names)} in all)" if len(names) > 8 else "")
