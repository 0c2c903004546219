"""The tables that competitions add to a run, as people see them."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.cli.console import console, number
from core.exhibit import Cell, Exhibit, is_words


def show_extras(record: dict[str, Any], screen: Console = console, *, everything: bool = False) -> None:
    """Those that are shown after every run, or all of them."""
    exhibits = [Exhibit.from_json(state) for state in record.get("extras", [])]
    for exhibit in exhibits:
        if not (exhibit.brief or everything):
            continue
        screen.print()
        screen.print(exhibit_table(exhibit))
        for note in exhibit.notes:
            screen.print(Text(f"  {note}"))
    hidden = 0 if everything else sum(not exhibit.brief for exhibit in exhibits)
    if hidden:
        said = "1 more table" if hidden == 1 else f"{hidden} more tables"
        screen.print(f"\n{said}: podium show {record['run_id']} --all", markup=False, soft_wrap=True)


def exhibit_table(exhibit: Exhibit) -> Table:
    """Columns of numbers to the right. Every text is shown as it is; where there is no room, it goes on below."""
    title = Text(exhibit.title, style="table.title")
    table = Table(title=title, title_justify="left", min_width=title.cell_len)
    for position, heading in enumerate(exhibit.columns):
        words = any(is_words(row[position]) for row in exhibit.rows)
        table.add_column(Text(heading), justify="left" if words else "right", overflow="fold")
    for row in exhibit.rows:
        table.add_row(*(Text(_shown(cell)) for cell in row))
    return table


def _shown(cell: Cell) -> str:
    return number(cell) if isinstance(cell, float) or cell is None else str(cell)
