"""Folds: why they imitate the test, and what was scored on each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from core.objective import Score
from core.report.evidence import Evidence
from core.report.headline import known
from core.report.markup import Cell, Html, element, joined, number, paragraph, short, table
from core.report.pictures import INK, MUTED, SERIES, axes, interval, legend, names_on_y, picture, side_by_side
from core.report.section import Section
from core.scheme_rows import SCHEME_COLUMNS, scheme_rows

#: Members in a picture, besides the blend.
MOST_DOTS, MOST_LINES = 12, 4

BLEND = "blend, nested"


def validation(evidence: Evidence) -> Section | None:
    """How the run was validated, and every score by fold."""
    folds = evidence.record.get("folds")
    if not folds:
        return None
    scores = _by_fold(evidence)
    said = paragraph(
        f"{len(folds['fitted'])} of {folds['number']} folds, scheme ",
        element("em", folds["scheme"]),
        f": {folds['imitates']}. {folds['rows_scored']} rows are scored out of fold.",
    )
    pictures = []
    if scores and any(math.isfinite(Score(values).value) for values in scores.values()):
        pictures.append(_dots(evidence, scores))
        if len(folds["fitted"]) > 1:
            pictures.append(_lines(evidence, scores))
    body = joined([said, side_by_side(pictures), _fold_table(evidence, scores), _schemes(evidence)])
    return Section("folds", "Validation", body)


def _by_fold(evidence: Evidence) -> dict[str, tuple[float, ...]]:
    """Scores by fold: the blend, then members from the best to the worst, no baselines."""
    found: dict[str, Sequence[float | None]] = {}
    if evidence.result.get("nested"):
        found[BLEND] = evidence.result["nested"]["folds"]
    found |= {
        name: member["folds"]
        for name, member in evidence.members.items()
        if not member.get("baseline") and "folds" in member
    }
    return {name: tuple(map(known, values)) for name, values in found.items()}


def _dots(evidence: Evidence, scores: Mapping[str, tuple[float, ...]]) -> Html:
    shown = dict(list(scores.items())[: MOST_DOTS + 1])
    with axes(height=90 + 26 * len(shown)) as (figure, ax):
        for place, (name, values) in enumerate(shown.items()):
            score, colour = Score(values), SERIES[0] if name == BLEND else MUTED
            ax.plot(values, [place] * len(values), "o", color=colour, alpha=0.55, markersize=6, markeredgewidth=0)
            ax.plot([score.value], [place], "d", color=INK, markersize=6)
            if math.isfinite(score.standard_error):
                ends = score.value - score.standard_error, score.value + score.standard_error
                interval(ax, score.value, place, *ends, INK, sideways=True)
        names_on_y(ax, [short(name, 26) for name in shown])
        ax.set_xlabel(short(evidence.result["metric"]))
        baseline = evidence.result.get("baseline", {})
        said = "A dot is a fold, a diamond the mean with its standard error."
        if baseline.get("score") is not None:
            said += f" The baseline, {baseline['member']}, stands at {number(baseline['score'])}."
        if len(shown) < len(scores):
            said += f" The best {len(shown) - 1} of {len(scores) - 1} members."
        return picture(figure, "Scores by member", said)


def _lines(evidence: Evidence, scores: Mapping[str, tuple[float, ...]]) -> Html:
    numbers = [str(number) for number in evidence.record["folds"]["fitted"]]
    shown = {name: values for name, values in scores.items() if len(values) == len(numbers)}
    shown = dict(list(shown.items())[: MOST_LINES + 1])
    with axes(height=300) as (figure, ax):
        for place, (name, values) in enumerate(shown.items()):
            width = 2.4 if name == BLEND else 1.2
            ax.plot(range(len(values)), values, "o-", color=SERIES[place], linewidth=width, markersize=4,
                    label=short(name, 26))  # fmt: skip
        if len(numbers) <= 20:
            ax.set_xticks(range(len(numbers)), numbers)
        ax.set_xlabel("fold")
        ax.set_ylabel(short(evidence.result["metric"]))
        legend(figure, [short(name, 26) for name in shown])
        return picture(figure, "Scores by fold", "Where the lines run alike, a fold is hard or easy for all.")


def _fold_table(evidence: Evidence, scores: Mapping[str, tuple[float, ...]]) -> Html:
    arrays, rows = evidence.arrays, []
    for place, fold in enumerate(evidence.record["folds"]["fitted"]):
        cells: list[Cell] = [str(fold)]
        cells += [len(arrays[key]) if key in arrays else None for key in (f"fit_{fold}", f"score_{fold}")]
        values = scores.get(BLEND, ())
        rows.append([*cells, values[place] if place < len(values) else None])
    return table(["fold", "rows to fit", "rows scored", BLEND], rows, "Rows and score of each fold")


def _schemes(evidence: Evidence) -> Html:
    schemes = evidence.record.get("schemes")
    if not schemes:
        return Html("")
    rows = [list(row) for row in scheme_rows(evidence.record)]
    caption = "One member under each scheme"
    return joined([element("h3", caption), table(SCHEME_COLUMNS, rows, caption)])
