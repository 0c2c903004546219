"""Reading the host's files, with refusals instead of tracebacks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from core.errors import Refusal


def read_csv(path: Path, *, text: Sequence[str] = (), required: Sequence[str] = ()) -> pd.DataFrame:
    """Read a CSV file.

    Parameters
    ----------
    text: columns kept as the text they are (ids, class names): no number, no missing value is read into them.
    required: columns that must be there, besides those.

    Raises
    ------
    Refusal: no file, no table, no rows, columns missing, an empty cell in a text column.
    """
    if not path.is_file():
        raise Refusal(f"{path}: no such file", "name the folder that holds the competition's files with --data")
    try:
        header = pd.read_csv(path, nrows=0, encoding="utf-8-sig")
        missing = [column for column in (*text, *required) if column not in header.columns]
        if missing:
            raise Refusal(
                f"{path}: no column {missing[0]!r}; there are {_some(list(header.columns))}",
                "use the official file of this edition, comma-separated",
                expected=", ".join((*text, *required)),
            )
        as_text = {column: (lambda value: value) for column in text}
        frame = pd.read_csv(path, encoding="utf-8-sig", converters=as_text, low_memory=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, OSError) as error:
        raise Refusal(f"{path}: cannot be read as a CSV file ({error})", "download the file again") from None
    if frame.empty:
        raise Refusal(f"{path}: no rows below the header", "download the file again")
    for column in text:
        empty = frame[column] == ""
        if empty.any():
            row = int(empty.to_numpy().argmax())
            raise Refusal(f"{path}, row {row + 2}, column {column!r}: empty", "fill it in or remove the row")
    return frame


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(map(str, names[:8]))
    return shown + (f", … ({len(names)} in all)" if len(names) > 8 else "")
