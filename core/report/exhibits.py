"""The tables and charts that the competition adds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.chart import Chart, Series
from core.exhibit import Exhibit
from core.report.evidence import Evidence
from core.report.markup import Html, element, heat, joined, listed, short, table
from core.report.pictures import INK, SERIES, axes, interval, legend, picture, side_by_side
from core.report.section import Section

if TYPE_CHECKING:
    from matplotlib.axes import Axes


#: Of a name in a legend or beside an axis.
MOST_LETTERS = 40


def exhibits(evidence: Evidence) -> Section | None:
    """Every exhibit: charts above, the table they are of below."""
    found = [Exhibit.from_json(state) for state in evidence.record.get("extras") or []]
    if not found:
        return None
    return Section("exhibits", "Of this competition", joined(exhibit_html(exhibit) for exhibit in found))


def exhibit_html(exhibit: Exhibit, *, headed: bool = True) -> Html:
    """Charts, the table and its notes, below the title or without it."""
    drawn = [chart(part, exhibit.title) for part in exhibit.charts]
    pictures = side_by_side([part for part in drawn if part.startswith("<figure")])
    heats = [part for part in drawn if not part.startswith("<figure")]
    notes = listed(exhibit.notes) if exhibit.notes else ""
    rows = table(list(exhibit.columns), [list(row) for row in exhibit.rows], exhibit.title)
    title = element("h3", exhibit.title[:1].upper() + exhibit.title[1:]) if headed else ""
    return joined([title, pictures, *heats, rows, notes])


def chart(described: Chart, title: str) -> Html:
    """A chart drawn from its description; a heatmap is a table."""
    if described.kind == "heatmap":
        columns = described.series[0].x if described.series else ()
        rows, values = [series.name for series in described.series], [series.y for series in described.series]
        return heat(rows, columns, values, described.title or title, described.y_label)
    steps = _steps(described)
    with axes(height=310) as (figure, ax):
        for place, series in enumerate(described.series):
            _draw(ax, described, series, place, steps)
        if steps:
            ax.set_xticks(range(len(steps)), [short(name, 16) for name in steps])
            ax.set_xlim(-0.6, len(steps) - 0.4)
            if len(steps) > 4:
                ax.tick_params(axis="x", labelrotation=40)
        ax.set_xlabel(short(described.x_label, MOST_LETTERS))
        ax.set_ylabel(short(described.y_label, MOST_LETTERS))
        if len(described.series) > 1:
            legend(figure, [short(series.name, MOST_LETTERS) for series in described.series])
        said = "Thin lines are intervals." if any(series.low for series in described.series) else ""
        return picture(figure, described.title or title, said)


def _steps(described: Chart) -> list[str]:
    """The names along the axis, in the order they come; none where it is one of numbers."""
    named = described.kind == "bar" or any(isinstance(x, str) for series in described.series for x in series.x)
    return list(dict.fromkeys(str(x) for series in described.series for x in series.x)) if named else []


def _draw(ax: Axes, described: Chart, series: Series, place: int, steps: Sequence[str]) -> None:
    """One series; beside the others where they share steps."""
    import numpy as np

    colour, many = SERIES[place % len(SERIES)], len(described.series)
    aside = (place - (many - 1) / 2) * 0.8 / many if steps and described.kind != "line" else 0.0
    x = np.array([steps.index(str(x)) if steps else x for x in series.x], dtype=float) + aside
    y, low, high = (np.array(part, dtype=float) for part in (series.y, series.low, series.high))
    label = short(series.name, MOST_LETTERS)
    if described.kind == "bar":
        ax.bar(x, y, width=0.8 / many, color=colour, alpha=0.8, label=label)
    else:
        ax.plot(x, y, "o-" if described.kind == "line" else "o", color=colour, markersize=5, label=label)
    if len(low):
        known = np.isfinite(low) & np.isfinite(high)
        interval(ax, x[known], y[known], low[known], high[known], INK if described.kind == "bar" else colour)
