"""Rows by id."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from numbers import Number

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.errors import Refusal


def join_ids(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Index:
    """Make one row id out of one or more columns, as text, so that leading zeros survive.

    >>> join_ids(pd.DataFrame({"event": ["a", "a"], "rider": ["07", "8"]}), ["event", "rider"]).tolist()
    ['a|07', 'a|8']
    """
    for column in columns:
        missing = frame[column].isna().to_numpy()
        if missing.any():
            raise Refusal(
                f"row {missing.argmax() + 2}, column {column!r}: the row id is missing", "fill it in or drop the row"
            )
    parts = [frame[column].astype(str) for column in columns]
    if len(parts) > 1:  # so that ("a|b", "c") and ("a", "b|c") are two ids
        parts = [part.str.replace("\\", r"\\").str.replace("|", r"\|") for part in parts]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined.str.cat(part, sep="|")
    return pd.Index(joined.to_numpy(dtype=object), name="|".join(columns))


#: What happens to ids on the way through other programs, and how to undo it on both sides.
LOSSES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("they are written as decimals", lambda text: re.sub(r"(?<=\d)\.0+(?=\||$)", "", text)),
    ("they lost their leading zeros", lambda text: re.sub(r"(^|\|)0+(?=[^|])", r"\1", text)),
    ("they have blanks around them", lambda text: "|".join(part.strip() for part in text.split("|"))),
    ("they are in another case", str.casefold),
)


def what_was_lost(found: pd.Index, expected: pd.Index) -> str | None:
    """How most of the ids that match none would match one, if there is a common reason.

    >>> what_was_lost(pd.Index(["7", "8"]), pd.Index(["007", "008"]))
    "they lost their leading zeros: '7' for '007'"
    """
    unknown = found[~found.isin(expected)][:1000].map(str)
    missing = expected[~expected.isin(found)].map(str)
    steps: list[Callable[[str], str]] = []
    for said, step in LOSSES:
        for way in ([step], [*steps, step]):  # alone, and after those before it

            def undone(text: str, way: Sequence[Callable[[str], str]] = way) -> str:
                for undo in way:
                    text = undo(text)
                return text

            by_undone = {undone(text): text for text in missing}
            again = [text for text in unknown if undone(text) in by_undone]
            if again and 2 * len(again) >= min(len(unknown), len(missing)):
                return f"{said}: {again[0]!r} for {by_undone[undone(again[0])]!r}"
        steps.append(step)
    return None


def refuse_other_ids(
    found: pd.Index, expected: pd.Index, *, name: str, other: str, way_out: str, located: bool = True
) -> None:
    """Refuse row ids of which some are missing or unknown, in whatever order.

    Parameters
    ----------
    name, other: what holds the found and the expected ids, for the message.
    located: the found ids are the rows of a file below its header, so that a row number says where one stands.
    """
    if found.equals(expected):
        return
    alien = ~found.isin(expected)
    missing = expected[~expected.isin(found)]
    if not alien.any() and not len(missing):
        return
    label = str(expected.name or "id")
    said = [f"{len(missing)} ids are missing, such as {missing[0]!r}"] if len(missing) else []
    if alien.any():
        row = int(alien.argmax())
        where = f" (row {row + 2})" if located else ""
        said.append(f"{int(alien.sum())} ids are unknown, such as {found[row]!r}{where}")
    lost = what_was_lost(found, expected)
    if lost:
        said.append(lost)
        way_out = f"read and write {label} as text (dtype=str in pandas), unchanged; {way_out}"
    first = f", first {expected[0]!r}" if len(expected) else ""
    raise Refusal(f"{name}: {'; '.join(said)}", way_out, expected=f"the {len(expected)} ids of {other}{first}")


def shown(value: object) -> str:
    """A cell in a message: as Python writes it, whoever's number it is."""
    return repr(value.item() if isinstance(value, np.generic) else value)


def kind_of(column: pd.Series) -> str | None:
    """What a column holds: "numbers" (flags too), "text", "times" or "objects"; None where nothing is known.

    >>> kind_of(pd.Series([1, 2])), kind_of(pd.Series(["a", None])), kind_of(pd.Series([None, None]))
    ('numbers', 'text', None)
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = pd.Series(column.cat.categories)
    if not column.notna().any():
        return None
    if pd.api.types.is_numeric_dtype(column.dtype):
        return "numbers"
    known = column.dropna()
    if column.dtype.kind in "mM" or isinstance(column.dtype, pd.PeriodDtype):
        return "times"
    if pd.api.types.infer_dtype(known, skipna=False) == "string":
        return "text"
    if all(isinstance(value, Number | np.bool_) for value in known):
        return "numbers"
    return "text" if all(isinstance(value, str | Number | np.bool_) for value in known) else "objects"


def refuse_other_kind(column: pd.Series, kind: str | None, name: str, other: str) -> None:
    """Refuse a column, by its row ids, that holds another kind of values than a column of that name elsewhere.

    Parameters
    ----------
    kind: what it should hold (see `kind_of`); None for anything.
    name, other: what holds the one and the other column, for the message.
    """
    found = kind_of(column)
    if kind is None or found in (None, kind):
        return
    row = odd_cell(column)
    raise Refusal(
        f"{name}, row id {column.index[row]!r}, column {str(column.name)!r}: {shown(column.iloc[row])} stands where"
        f" {other} has {kind}",
        "mend that value, or read the column alike in both",
        expected=f"{kind}, as in {other}",
    )


def odd_cell(column: pd.Series) -> int:
    """The position of the first cell of a column of text that is no number; of the first known one, if all are."""
    known = column.notna().to_numpy()
    numbers = pd.to_numeric(column.astype(object).where(known, None), errors="coerce").notna().to_numpy()
    odd = known & ~numbers
    return int((odd if odd.any() else known).argmax())


@dataclass(frozen=True)
class Table:
    """Rows by id, never by position.

    Parameters
    ----------
    X: features, one row per id (the index, unique). A sequence or a clip reference is a column of it.
    y: truth by the same ids: a Series (a class name, a value, a relevance) or a DataFrame with one column
        per output; None where it is not known.
    keys: group, time, event, file, second, …: what splits and joins rows. Never features.
    fit_weight: how much each row counts in fitting; None for all alike. (What a row counts in the *score*
        belongs to the `Objective`.)

    Raises
    ------
    Refusal: ids that repeat. ValueError: parts whose ids differ.
    """

    X: pd.DataFrame
    y: pd.Series | pd.DataFrame | None = None
    keys: pd.DataFrame = field(default_factory=pd.DataFrame)
    fit_weight: pd.Series | None = None

    def __post_init__(self) -> None:
        if not self.X.index.is_unique:
            twice = self.X.index[self.X.index.duplicated()][0]
            raise Refusal(f"row id {twice!r} occurs more than once", "remove the repeated rows from the data")
        if self.keys.empty and len(self.keys.columns) == 0:
            object.__setattr__(self, "keys", pd.DataFrame(index=self.X.index))
        for name in ("y", "keys", "fit_weight"):
            part = getattr(self, name)
            if part is not None and not part.index.equals(self.X.index):
                raise ValueError(f"{name} and X do not have the same row ids in the same order")
        shared = set(self.keys.columns) & set(self.X.columns)
        if shared:
            raise ValueError(f"keys are never features, but these are both: {sorted(shared)}")

    @property
    def ids(self) -> pd.Index:
        return self.X.index

    def __len__(self) -> int:
        return len(self.X)

    def take(self, rows: npt.NDArray[np.intp]) -> Table:
        """The rows at these positions, in this order."""
        return replace(
            self,
            X=self.X.iloc[rows],
            y=None if self.y is None else self.y.iloc[rows],
            keys=self.keys.iloc[rows],
            fit_weight=None if self.fit_weight is None else self.fit_weight.iloc[rows],
        )

    def labels(self) -> pd.Series:
        """The truth where it is one column."""
        y = self.truth()
        if isinstance(y, pd.DataFrame):
            raise ValueError(f"this table has {y.shape[1]} columns of truth, not one")
        return y

    def truth(self) -> pd.Series | pd.DataFrame:
        """y, for code that cannot go on without it."""
        if self.y is None:
            raise ValueError("this table has no truth")
        return self.y
