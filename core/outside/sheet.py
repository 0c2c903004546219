"""A CSV file of predictions, read before it is held against a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.errors import Refusal
from core.reading import read_csv, some
from core.table import join_ids, shown

Array = npt.NDArray[np.float64]

#: The column that says which fold scores a row.
FOLD = "fold"
#: Columns of a file of folds that are no predictions.
BESIDE = (FOLD, "weight")


@dataclass(frozen=True)
class Sheet:
    """Predictions as they stand in a file.

    Parameters
    ----------
    path: of the file; row k of the arrays is row k + 2 of it.
    ids: of the rows, unique.
    columns: those that hold the predictions, in the order of the outputs; one, the probability of a class, where
        there are two outputs and the file has a single column.
    values: (rows, columns), finite.
    fold: the fold of each row, as it stands there; None where the file does not tell.
    """

    path: Path
    ids: pd.Index
    columns: tuple[str, ...]
    values: Array = field(compare=False)
    fold: pd.Series | None = field(default=None, compare=False)

    def row(self, position: int) -> str:
        """Where a row stands, for a message."""
        return f"{self.path}, row {position + 2}"

    def __len__(self) -> int:
        return len(self.ids)


def read_sheet(
    path: Path,
    id_columns: Sequence[str],
    outputs: Sequence[str],
    answer_columns: Sequence[str],
    *,
    one_class: bool,
) -> Sheet:
    """Read a CSV file, packed or not.

    The predictions stand in columns named like the outputs, or like the columns of an answer that hold these
    outputs ("ill_probability" for "ill"), or in the only column besides ids, fold and weight. Further columns are
    not read.

    Parameters
    ----------
    id_columns: that make a row id.
    outputs: in the order in which predictions are kept.
    answer_columns: of the sample submission, ids apart.
    one_class: whether a row has one class, so that of two classes one probability tells both.

    Raises
    ------
    Refusal: a file that cannot be read, no header, columns missing, ids that are empty or repeat, values that are
        no finite numbers.
    """
    try:
        frame = read_csv(path, text=id_columns, unique=id_columns)
    except Refusal as refusal:
        raise _for_predictions(refusal, path, id_columns, outputs) from None
    columns = prediction_columns(path, list(map(str, frame.columns)), id_columns, outputs, answer_columns, one_class)
    values = np.column_stack([_numbers(path, frame[column]) for column in columns])
    fold = frame[FOLD] if FOLD in frame.columns and FOLD not in (*id_columns, *columns) else None
    return Sheet(path, join_ids(frame, id_columns), columns, values, fold)


def prediction_columns(
    path: Path,
    header: Sequence[str],
    id_columns: Sequence[str],
    outputs: Sequence[str],
    answer_columns: Sequence[str],
    one_class: bool,
) -> tuple[str, ...]:
    """The columns that hold the predictions, in the order of the outputs.

    Raises
    ------
    Refusal: they are not there.
    """
    if set(outputs) <= set(header):
        return tuple(outputs)
    in_answer = columns_by_output(outputs, answer_columns)
    if in_answer and set(in_answer.values()) <= set(header):
        return tuple(in_answer[output] for output in outputs)
    rest = [column for column in header if column not in (*id_columns, *BESIDE)]
    single = [column for column in answer_columns if column in rest] if len(answer_columns) == 1 else []
    single = single or [output for output in outputs if output in rest]
    if len(outputs) <= (2 if one_class else 1) and (len(rest) == 1 or len(single) == 1):
        return (single[0] if len(single) == 1 else rest[0],)
    wanted = list(in_answer.values()) if any(column in header for column in in_answer.values()) else list(outputs)
    missing = [column for column in wanted if column not in header]
    named = f"no column {missing[0]!r} ({len(missing)} missing)" if missing else f"no column {outputs[0]!r}"
    raise Refusal(
        f"{path}, row 1: {named}; there are {some(header)}",
        "write one column of predictions for each output, under its name",
        expected=f"{', '.join(id_columns)} and {some(wanted)}",
    )


def columns_by_output(outputs: Sequence[str], answer_columns: Sequence[str]) -> Mapping[str, str]:
    """Columns of an answer that are the outputs with one text before and one behind; none where they are not.

    >>> columns_by_output(["no", "yes"], ["p_no", "p_yes"])
    {'no': 'p_no', 'yes': 'p_yes'}
    """
    first = outputs[0]
    for column in answer_columns:
        start = column.find(first)
        while start >= 0:
            before, behind = column[:start], column[start + len(first) :]
            found = {output: f"{before}{output}{behind}" for output in outputs}
            if set(found.values()) == set(answer_columns):
                return found
            start = column.find(first, start + 1)
    return {}


def _numbers(path: Path, cells: pd.Series) -> Array:
    plain = cells if cells.dtype.kind in "iuf" else cells.astype(object).where(~cells.map(_is_flag), None)
    values = pd.to_numeric(plain, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = ~np.isfinite(values)
    if bad.any():
        row = int(bad.argmax())
        raise Refusal(
            f"{path}, row {row + 2}, column {str(cells.name)!r}: {shown(cells.iloc[row])} is no finite number"
            f" ({int(bad.sum())} such values)",
            "fill every value with a plain number, with a point as decimal mark",
        )
    return values


def _is_flag(cell: object) -> bool:
    return isinstance(cell, bool | np.bool_)


def _for_predictions(refusal: Refusal, path: Path, id_columns: Sequence[str], outputs: Sequence[str]) -> Refusal:
    """The same refusal with the way out of who wrote the file, where that of a host's file was named."""
    if ": no column " in refusal.problem:
        return Refusal(
            f"{refusal.problem.replace(f'{path}:', f'{path}, row 1:', 1)}",
            f"write a header whose first names are {', '.join(id_columns)}; `podium folds export` writes the ids",
            expected=f"{', '.join(id_columns)} and {some(outputs)}",
        )
    if "download the file again" in refusal.way_out:
        return Refusal(refusal.problem, "write the file again", expected=refusal.expected)
    return refusal
