"""The answer: validated before it is written, written whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.errors import Refusal
from core.table import join_ids, refuse_other_ids, shown
from core.writing import atomically


@dataclass(frozen=True)
class ValueRules:
    """What the host accepts in the columns of an answer.

    Parameters
    ----------
    minimum, maximum: of every value, inclusive; None for no bound.
    row_sum: what several values of a row must sum to, within 1e-6; None for anything.
    """

    minimum: float | None = None
    maximum: float | None = None
    row_sum: float | None = None


#: Optional probabilities that share a whole may miss it by so much.
NEAR_ONE = 0.01
#: Class probabilities: a column for each class, or one for the positive class.
PROBABILITIES = ValueRules(minimum=0.0, maximum=1.0, row_sum=1.0)


@dataclass(frozen=True)
class Layout:
    """The shape of an answer.

    Parameters
    ----------
    columns: all of them, in order.
    id_columns: those that make a row id.
    ids: the row ids, in order.
    rules: for the other columns.
    optional: columns of probabilities that may follow them, all or none.
    optional_per: the id column whose rows share one whole: the probabilities of each sum to 1, within .01.
    """

    columns: tuple[str, ...]
    id_columns: tuple[str, ...]
    ids: pd.Index
    rules: ValueRules
    optional: tuple[str, ...] = ()
    optional_per: str | None = None

    @classmethod
    def of_sample(
        cls,
        sample: pd.DataFrame,
        id_columns: Sequence[str],
        rules: ValueRules,
        optional: Sequence[str] = (),
        optional_per: str | None = None,
    ) -> Layout:
        """The layout of the host's sample submission."""
        columns, ids = tuple(map(str, sample.columns)), join_ids(sample, id_columns)
        return cls(columns, tuple(id_columns), ids, rules, tuple(optional), optional_per)

    @property
    def value_columns(self) -> list[str]:
        return [column for column in self.columns if column not in self.id_columns]

    @property
    def _optional(self) -> list[str]:
        return [column for column in self.optional if column not in self.columns]

    def arrange(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows and columns of an answer in the order of the layout, matched by id and by name.

        A row that the answer lacks stays missing, for `validate` to refuse; one that is not asked for is left out.
        """
        missing = [column for column in self.columns if column not in frame]
        if missing:
            raise ValueError(f"the answer lacks the columns {missing}")
        by_id = frame.set_axis(join_ids(frame, self.id_columns), axis=0)
        present = self.ids[self.ids.isin(by_id.index)]
        carried = self._optional if set(self._optional) <= set(frame.columns) else []
        return by_id.reindex(present)[[*self.columns, *carried]].reset_index(drop=True)

    def validate(self, frame: pd.DataFrame, name: str = "the submission") -> None:
        """Accept an answer, or refuse it for its first fault.

        Parameters
        ----------
        frame: ids as text, values as numbers or text.
        name: of the file, for the message.

        Raises
        ------
        Refusal: columns, ids or values that the host would reject or misread.
        """
        self._validate_columns(list(frame.columns), name)
        self._validate_ids(join_ids(frame, self.id_columns), name)
        self._validate_values([self._numbers(frame, column, name) for column in self.value_columns], name)
        for column in frame.columns[len(self.columns) :]:
            self._validate_probabilities(self._numbers(frame, column, name), column, frame, name)

    def _validate_probabilities(
        self, values: npt.NDArray[np.float64], column: str, frame: pd.DataFrame, name: str
    ) -> None:
        """An optional column: from 0 to 1, and where they share a whole, summing to it."""
        way_out = "write probabilities, or leave the column out"
        outside = (values < 0) | (values > 1)
        if outside.any():
            row, number = int(outside.argmax()), int(outside.sum())
            said = f"{name}, row {row + 2}, column {column!r}: {shown(values[row])} ({number} such values)"
            raise Refusal(said, way_out, expected="values from 0 to 1")
        if self.optional_per is None:
            return
        sums = pd.Series(values).groupby(frame[self.optional_per].to_numpy()).sum()
        off = sums[(sums - 1).abs() > NEAR_ONE]
        if len(off):
            said = f"{name}, column {column!r}: the values of {self.optional_per} {off.index[0]!r} sum to"
            raise Refusal(f"{said} {off.iloc[0]:.6g} ({len(off)} such)", way_out, expected=f"1, within {NEAR_ONE}")

    def _validate_columns(self, columns: list[object], name: str) -> None:
        wanted: list[object] = list(self.columns)
        if columns in (wanted, [*wanted, *self._optional]):
            return
        way_out = "write the columns of the sample submission, in its order and without an index"
        missing = [column for column in wanted if column not in columns]
        unknown = [column for column in columns if column not in wanted]
        if unknown[:1] == columns[:1] and not missing and str(unknown[0]).startswith(("Unnamed: ", "index", "level_")):
            said, way_out = f"column 1 is {unknown[0]!r}: written with an index", "write it with to_csv(index=False)"
        elif missing or unknown:
            parts = [f"no column {missing[0]!r} ({len(missing)} missing)"] if missing else []
            parts += [f"unknown column {unknown[0]!r} ({len(unknown)} unknown)"] if unknown else []
            said = "; ".join(parts)
        elif len(columns) > len(wanted):
            said = f"column {next(c for k, c in enumerate(columns) if c in columns[:k])!r} stands there twice"
        else:
            place = next(k for k, column in enumerate(columns) if column != wanted[k])
            said = f"column {place + 1} is {columns[place]!r}, where {wanted[place]!r} belongs"
        shown = str(wanted) if len(wanted) <= 12 else f"{wanted[:12]} and {len(wanted) - 12} more"
        raise Refusal(f"{name}, row 1: {said}", way_out, expected=f"the columns {shown}")

    def _validate_ids(self, ids: pd.Index, name: str) -> None:
        if ids.equals(self.ids):
            return
        label = "|".join(self.id_columns)
        way_out = f"write one row for each {label} of the sample submission, in its order, read as text"
        duplicated = ids.duplicated()
        if duplicated.any():
            row = int(duplicated.argmax())
            raise Refusal(
                f"{name}, row {row + 2}: {label} {ids[row]!r} occurs more than once ({int(duplicated.sum())} in all)",
                way_out,
            )
        refuse_other_ids(ids, self.ids, name=name, other="the sample submission", way_out=way_out)
        row = int(np.flatnonzero(ids != self.ids)[0])
        raise Refusal(
            f"{name}, row {row + 2}: {label} {ids[row]!r} is out of order", way_out, expected=repr(self.ids[row])
        )

    def _numbers(self, frame: pd.DataFrame, column: str, name: str) -> npt.NDArray[np.float64]:
        cells = frame[column]
        kind = getattr(cells.dtype, "kind", "O")
        if isinstance(cells.dtype, np.dtype) and kind in "iuf":
            values = cells.to_numpy(dtype=float)
        else:
            if kind not in "iuf":  # whatever else could be cast to a number would not stand as one in the file
                plain = [isinstance(cell, str | Real) and not isinstance(cell, bool | np.bool_) for cell in cells]
                cells = cells.astype(object).where(np.array(plain, dtype=bool), None)
            values = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        bad = ~np.isfinite(values)
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise Refusal(
                f"{name}, row {row + 2}, column {column!r}: {shown(frame[column].iloc[row])} is no finite number"
                f" ({int(bad.sum())} such values)",
                "fill every value with a plain number, with a point as decimal mark",
            )
        return values

    def _validate_values(self, values: Sequence[npt.NDArray[np.float64]], name: str) -> None:
        # Column by column: a matrix of all would cost as much as the rest.
        rules = self.rules
        if rules.minimum is not None and any((column < rules.minimum).any() for column in values):
            raise self._out_of_bounds(np.column_stack(values) < rules.minimum, values, f"below {rules.minimum}", name)
        if rules.maximum is not None and any((column > rules.maximum).any() for column in values):
            raise self._out_of_bounds(np.column_stack(values) > rules.maximum, values, f"above {rules.maximum}", name)
        if rules.row_sum is not None and len(values) > 1:
            sums = values[0].copy()
            for column in values[1:]:
                sums += column
            off = np.abs(sums - rules.row_sum) > 1e-6
            if off.any():
                row = int(off.argmax())
                raise Refusal(
                    f"{name}, row {row + 2}: the values sum to {sums[row]:.9g} ({int(off.sum())} such rows)",
                    "divide each row by its sum",
                    expected=f"{rules.row_sum:g}, within 1e-6",
                )

    def _out_of_bounds(
        self, outside: npt.NDArray[np.bool_], values: Sequence[npt.NDArray[np.float64]], said: str, name: str
    ) -> Refusal:
        """The refusal of the first such value in reading order."""
        row, column = (int(position[0]) for position in np.nonzero(outside))
        return Refusal(
            f"{name}, row {row + 2}, column {self.value_columns[column]!r}: {shown(values[column][row])} is {said}"
            f" ({int(outside.sum())} such values)",
            "clip or mend the predictions",
            expected=f"values from {self.rules.minimum} to {self.rules.maximum}",
        )


def write_submission(frame: pd.DataFrame, layout: Layout, path: Path) -> None:
    """Arrange, validate and write an answer: UTF-8, commas, "\\n", no index, floats in full."""
    arranged = layout.arrange(frame)
    layout.validate(arranged, path.name)
    with atomically(path) as file:
        file.write(arranged.to_csv(index=False, lineterminator="\n").encode("utf-8"))
