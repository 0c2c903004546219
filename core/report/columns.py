"""Permutation importance: which columns the heaviest member's answers hang on."""

from __future__ import annotations

import math

from core.importance import Importance
from core.report.evidence import Evidence
from core.report.markup import Cell, Html, joined, number, paragraph, short, table
from core.report.pictures import SERIES, axes, interval, names_on_y, picture, side_by_side
from core.report.section import Section

MOST_BARS = 25


def columns(evidence: Evidence, found: Importance | None, why_not: str) -> Section:
    """Bars and a table; or why there are none.

    Parameters
    ----------
    why_not: one sentence for the reader, where nothing was found.
    """
    if found is None or not found.columns:
        return Section("importance", "Permutation importance", paragraph(why_not))
    said = (
        f"How much worse {evidence.result['metric']} becomes where one column is shuffled among rows that the models of"
        f" {found.member} have not seen: {found.rows} rows of {found.folds} folds, {found.repeats} shuffles each,"
        " standard errors over folds. Columns that say the same stand in for one another: each may look useless where"
        " both together are not."
    )
    more = []
    if found.glanced:
        more.append(f"{found.glanced} further columns had one shuffle on few rows, and less to show for it than these.")
    if found.left_out:
        more.append(
            f"{found.left_out} columns are left out: the time granted ended before. Those with the most to show at a"
            " first glance came first."
        )
    rows: list[list[Cell]] = [
        [part.column, number(part.value, 4), number(part.standard_error, 2), _apart(part.value, part.standard_error)]
        for part in found.columns
    ]
    headings = ["column", "worse by", "± s.e.", "in standard errors"]
    drawn = table(headings, rows, "Columns by importance")
    return Section(
        "importance",
        "Permutation importance",
        joined([paragraph(said), paragraph(" ".join(more)) if more else "", side_by_side([_bars(found)]), drawn]),
    )


def _apart(value: float, error: float) -> str:
    return number(value / error, 2) if math.isfinite(error) and error > 0 else "–"


def _bars(found: Importance) -> Html:
    shown = found.columns[:MOST_BARS]
    with axes(height=80 + 22 * len(shown)) as (figure, ax):
        values = [part.value for part in shown]
        ax.barh(range(len(shown)), values, color=SERIES[0], height=0.6, alpha=0.8)
        for place, part in enumerate(shown):
            if math.isfinite(part.standard_error):
                ends = part.value - part.standard_error, part.value + part.standard_error
                interval(ax, part.value, place, *ends, SERIES[1], sideways=True)
        names_on_y(ax, [short(part.column, 28) for part in shown])
        ax.set_xlabel("worse by")
        more = len(found.columns) - len(shown)
        return picture(figure, "Importance", f"The first {len(shown)} of {len(found.columns)}." if more else "")
