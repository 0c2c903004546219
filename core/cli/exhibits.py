"""The tables that competitions add to a run, as people see them."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from core.cli.console import console, number
from core.exhibit import Cell, Exhibit


def show_extras(record: dict[str, Any], *, everything: bool = False) -> None:
    """Those that are shown after every run, or all of them."""
    exhibits = [Exhibit.from_json(state) for state in record.get("extras", [])]
    for exhibit in exhibits:
        if not (exhibit.brief or everything):
            continue
        console.print()
        console.print(exhibit_table(exhibit))
        for note in exhibit.notes:
            console.print(f"  {note}", markup=False)
    hidden = 0 if everything else sum(not exhibit.brief for exhibit in exhibits)
    if hidden:
        said = "1 more table" if hidden == 1 else f"{hidden} more tables"
        console.print(f"\n{said}: podium show {record['run_id']} --all", markup=False, soft_wrap=True)


def exhibit_table(exhibit: Exhibit) -> Table:
    """Columns of numbers to the right."""
    table = Table(title=exhibit.title, title_justify="left")
    for position, heading in enumerate(exhibit.columns):
        words = any(isinstance(row[position], str) for row in exhibit.rows)
        table.add_column(heading, justify="left" if words else "right")
    for row in exhibit.rows:
        table.add_row(*map(_shown, row))
    return table


def _shown(cell: Cell) -> str:
    if isinstance(cell, float) or cell is None:
        return number(cell)
    return str(cell).replace("[", "\\[")
