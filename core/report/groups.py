"""Metrics that are averaged per group: how they spread, and which groups cost most."""

from __future__ import annotations

import numpy as np

from core.report.evidence import Evidence
from core.report.markup import Cell, Html, callout, element, joined, number, short, table
from core.report.pictures import INK, SERIES, axes, picture, side_by_side

MOST_WORST = 10


def by_group(evidence: Evidence) -> Html:
    """The distribution of scores over groups, and the worst of them."""
    per, judge = evidence.result["per"], evidence.judge
    if judge is None or judge.groups is None or evidence.groups is None:
        why = evidence.without_data if evidence.groups is None else "its metric is not known here"
        return callout("note", f"Scores by {per} need the data: {why}.")
    assert evidence.blended is not None
    names, values = [], []
    codes = judge.groups[evidence.judged]
    for code in np.unique(codes):
        rows = evidence.judged[codes == code]
        names.append((str(evidence.groups.iloc[rows[0]]), len(rows)))
        values.append(judge.metric(judge.truth[rows], evidence.blended[rows], judge.weight[rows]))
    scores = np.array(values)
    known = scores[np.isfinite(scores)]
    if not len(known):
        return callout("note", f"No {per} has a score.")
    with axes(height=300) as (figure, ax):
        ax.hist(known, bins=30, color=SERIES[0], alpha=0.8)
        ax.axvline(float(known.mean()), color=INK, linewidth=1.4)
        ax.set_xlabel(short(f"{judge.metric.name} of a {per}", 60))
        ax.set_ylabel("groups")
        low, middle, high = np.quantile(known, [0.1, 0.5, 0.9])
        said = (
            f"{len(known)} groups; mean {known.mean():.4g} (line), median {middle:.4g}, eight of ten between"
            f" {low:.4g} and {high:.4g}."
        )
        if len(known) < len(scores):
            said += f" In {len(scores) - len(known)} groups the metric is undefined."
        drawn = picture(figure, f"Scores by {per}", said)
    sign = 1 if judge.metric.higher_is_better else -1
    worst = sorted(np.flatnonzero(np.isfinite(scores)), key=lambda k: sign * scores[k])[:MOST_WORST]
    rows_: list[list[Cell]] = [[names[k][0], names[k][1], number(float(scores[k]))] for k in worst]
    caption = f"The worst by {per}"
    return joined([side_by_side([drawn]), element("h3", caption), table([per, "rows", "score"], rows_, caption)])
