"""A table, and perhaps charts, that a competition adds to what a run says of itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from core.chart import Chart

Cell = str | float | int | None


#: The title of a competition's own table of the score to expect; the page then has no interval of its own.
EXPECTED = "expected on the test"


@dataclass(frozen=True)
class Exhibit:
    """A titled table of text and numbers, kept in run.json and shown after a run.

    Parameters
    ----------
    title: one line.
    columns: headings.
    rows: as many cells as columns each; None shows as a dash.
    notes: sentences under the table.
    brief: whether it is shown after every run, or only where all are asked for.
    charts: the same as pictures, where there is a screen for them; a terminal shows the table alone.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    brief: bool = True
    charts: tuple[Chart, ...] = ()

    def __post_init__(self) -> None:
        wrong = [row for row in self.rows if len(row) != len(self.columns)]
        if wrong:
            raise ValueError(f"{self.title!r}: {len(self.columns)} columns and a row of {len(wrong[0])}: {wrong[0]}")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Exhibit:
        rows = tuple(tuple(row) for row in state["rows"])
        charts = tuple(Chart.from_json(chart) for chart in state.get("charts", ()))  # runs of earlier versions: none
        return cls(state["title"], tuple(state["columns"]), rows, tuple(state["notes"]), state["brief"], charts)


def is_words(cell: Cell) -> bool:
    """Whether a cell holds words, which stand to the left; numbers stand to the right, those with signs too.

    >>> is_words("Anna"), is_words("8.2%"), is_words("0.41 ± 0.02"), is_words(3.0), is_words(None)
    (True, False, False, False, False)
    """
    return isinstance(cell, str) and re.fullmatch(r"[−\d.,e+ ±%–/()]*", cell) is None
