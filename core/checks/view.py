"""The tables of a data set as checks read them: one matrix of numbers, whatever the columns hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.checks.cells import Array, Kind, Rows, numbers, read_as, texts
from core.checks.twins import TwinFinder, hash_cells
from core.dataset import Dataset
from core.folds import Folds
from core.table import Table

#: Above so many cells rows are sampled even where all would be read.
MOST_CELLS = 30_000_000

#: Texts of so many characters are sentences or sequences, not names.
LONG = 40


@dataclass(frozen=True)
class Target:
    """One column of truth on the stacked rows.

    Parameters
    ----------
    name: of the output, or "" where there is one.
    codes: class numbers (rows,), -1 where there is no truth; None for values.
    values: (rows,), NaN where there is no truth; the codes for classes.
    classes: names of the codes.
    """

    name: str
    codes: npt.NDArray[np.intp] | None
    values: Array
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class View:
    """All tables, stacked: the rows of `fit`, those of `score` where they are others, and those of `test`.

    Parameters
    ----------
    dataset, schemes: what is inspected; the first scheme is the headline.
    rows: how many rows a check may sample per table.
    seed: of the samples.
    threads: of the models that check.
    """

    dataset: Dataset
    schemes: Sequence[Folds]
    rows: int = 2_000
    seed: int = 0
    threads: int = 1
    tables: dict[str, Table] = field(init=False)
    kinds: dict[str, dict[str, Kind | None]] = field(init=False)
    columns: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        data = self.dataset
        named = {"fit": data.fit, **({} if data.fits_on_score_rows else {"score": data.score}), "test": data.test}
        kinds = {name: {column: read_as(table.X[column]) for column in once(table.X)} for name, table in named.items()}
        readable = []
        for column in kinds["fit"]:
            known = {kinds[name].get(column) for name in named} - {"empty"}
            if None not in known and len(known) <= 1:
                readable.append(column)
        object.__setattr__(self, "tables", named)
        object.__setattr__(self, "kinds", kinds)
        object.__setattr__(self, "columns", tuple(readable))

    @property
    def headline(self) -> Folds:
        return self.schemes[0]

    @cached_property
    def _positions(self) -> dict[str, Rows]:
        """For each table, which of its rows are stacked: all, or a sample where the tables are huge."""
        total = sum(len(table) for table in self.tables.values())
        share = MOST_CELLS / max(1, total * max(1, len(self.columns)))
        if share >= 1:
            return {name: np.arange(len(table)) for name, table in self.tables.items()}
        rng = self.rng("huge")
        return {
            name: np.sort(rng.permutation(len(table))[: max(1, int(share * len(table)))])
            for name, table in self.tables.items()
        }

    @cached_property
    def _where(self) -> dict[str, Rows]:
        found, start = {}, 0
        for name, table in self.tables.items():
            chosen = self._positions[name]
            place = np.full(len(table), -1, dtype=np.intp)
            place[chosen] = np.arange(start, start + len(chosen))
            found[name] = place
            start += len(chosen)
        found.setdefault("score", found["fit"])
        return found

    def stacked(self, table: str, rows: Rows | None = None) -> Rows:
        """Where rows of a table ("fit", "score", "test") stand in the stack; those left out are dropped."""
        place = self._where[table] if rows is None else self._where[table][rows]
        return place[place >= 0]

    def table(self, name: str) -> Table:
        """A table by name; "score" is "fit" where models learn from the rows that are scored."""
        return self.tables.get(name, self.dataset.fit)

    def place(self, table: str) -> Rows:
        """The stacked row of each row of a table, -1 for those left out."""
        return self._where[table]

    @cached_property
    def train(self) -> Rows:
        """Stacked rows with truth, of `fit` and `score`."""
        return np.arange(len(self) - len(self.stacked("test")))

    def __len__(self) -> int:
        return sum(len(rows) for rows in self._positions.values())

    @cached_property
    def cells(self) -> Array:
        """(columns, rows): numbers as they are, text as its rank among all texts of the column, missing as NaN."""
        cells = np.empty((len(self.columns), len(self)))
        for number, column in enumerate(self.columns):
            parts = [self._part(name, column) for name in self.tables]
            if self.is_text(column):
                joined = np.concatenate([texts(part) for part in parts])
                codes = pd.factorize(joined, sort=True)[0]
                cells[number] = np.where(codes < 0, np.nan, codes)
            else:
                np.concatenate([numbers(part) for part in parts], out=cells[number])
        return cells

    @property
    def reads_all(self) -> bool:
        """Whether every column of the rows to fit can be read, so that rows that agree are equal."""
        return all(kind is not None for kind in self.kinds["fit"].values())

    @cached_property
    def finder(self) -> TwinFinder:
        """Copies among all stacked rows."""
        rich = [number for number, column in enumerate(self.columns) if self.text_length(column) >= LONG]
        return TwinFinder(self.cells, hash_cells(self.cells), self.rng("twins"), rich)

    @cached_property
    def names_rows(self) -> frozenset[str]:
        """Id-like columns: whole numbers or short texts of which no two of at least 50 train rows share one."""
        found = set()
        for number, column in enumerate(self.columns):
            values = self.cells[number, self.train]
            if len(values) < 50 or not np.isfinite(values).all() or not (values == np.round(values)).all():
                continue
            if len(np.unique(values)) == len(values) and self.text_length(column) < LONG:
                found.add(column)
        return frozenset(found)

    def text_length(self, column: str) -> float:
        """The mean length of the first hundred texts to fit; 0 for numbers."""
        if not self.is_text(column):
            return 0.0
        lengths = [len(text) for text in texts(self.table("fit").X[column].iloc[:100]) if text is not None]
        return sum(lengths) / max(1, len(lengths))

    def is_text(self, column: str) -> bool:
        return "text" in {kinds.get(column) for kinds in self.kinds.values()}

    def _part(self, table: str, column: str) -> pd.Series:
        values, chosen = self.tables[table].X[column], self._positions[table]
        return values if len(chosen) == len(values) else values.iloc[chosen]

    @cached_property
    def ids(self) -> npt.NDArray[np.object_]:
        """The row id of each stacked row, (rows,)."""
        return np.concatenate(
            [table.ids.to_numpy(dtype=object)[self._positions[name]] for name, table in self.tables.items()]
        )

    @cached_property
    def targets(self) -> list[Target]:
        """The truth, one target per column; at most ten."""
        parts = [self.tables[name].truth().iloc[self._positions[name]] for name in self.tables if name != "test"]
        frames = [part.to_frame() if isinstance(part, pd.Series) else part for part in parts]
        single = frames[0].shape[1] == 1
        found = []
        for number in range(min(10, frames[0].shape[1])):
            joined = pd.concat([frame.iloc[:, number] for frame in frames], ignore_index=True)
            name = "" if single else str(frames[0].columns[number])
            target = _target(joined, name, len(self), several=single and len(self.dataset.outputs) > 1)
            if target is not None:
                found.append(target)
        return found

    def rng(self, tag: str) -> np.random.Generator:
        """A generator of its own for each purpose, so that no check moves the samples of another."""
        return np.random.default_rng([self.seed, *tag.encode()])

    def sample(self, rows: Rows, most: int, tag: str) -> Rows:
        """At most so many of these rows, in their order."""
        if len(rows) <= most:
            return rows
        return np.sort(self.rng(tag).choice(rows, size=most, replace=False))


def once(frame: pd.DataFrame) -> list[str]:
    """Columns whose name stands only once."""
    return [
        column for column, again in zip(frame.columns, frame.columns.duplicated(keep=False), strict=True) if not again
    ]


def _target(y: pd.Series, name: str, length: int, *, several: bool) -> Target | None:
    kind = read_as(y)
    if kind is None or kind == "empty":
        return None
    values = np.full(length, np.nan)
    if kind == "number" and not several:
        values[: len(y)] = numbers(y)
        distinct = np.unique(values[np.isfinite(values)])
        if len(distinct) > 10:
            return Target(name, None, np.where(np.isfinite(values), values, np.nan))
    codes = np.full(length, -1, dtype=np.intp)
    codes[: len(y)], names = pd.factorize(texts(y), sort=True)
    return Target(name, codes, np.where(codes < 0, np.nan, codes), tuple(map(str, names)))
