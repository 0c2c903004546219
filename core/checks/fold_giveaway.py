"""Features that give away the group or the fold of a row."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.checks.finding import Finding
from core.checks.single import bins_of, class_scores, halves_of
from core.checks.view import View

CHECK = "a feature gives away the fold"


def fold_giveaways(view: View) -> list[Finding]:
    """Columns that are a key of the folds in other clothes, and columns that tell the fold of a row.

    A key is told by a column that is constant within each of its groups and different between them, over all rows. A
    whole number or a text like that is an encoded id (warning); any other number may be an honest property of the
    group, such as a latitude (note). Where the headline scheme keeps no key apart and follows no time, no column
    should tell the fold: one that does so with an area under the curve of 0.95 on held-out rows is a warning.
    """
    findings: list[Finding] = []
    keys = dict.fromkeys((*view.headline.disjoint, *view.dataset.fit.keys.columns, *view.dataset.score.keys.columns))
    for key in keys:
        findings += _as_key(view, key, {column for finding in findings for column in finding.columns})
    if not view.headline.disjoint and view.headline.ordered is None:
        findings += _tells_fold(view)
    return findings


def _as_key(view: View, key: str, said: set[str]) -> list[Finding]:
    name = "score" if key in view.dataset.score.keys else "fit"
    table, place = view.table(name), view.place(name)
    groups = np.where(place >= 0, pd.factorize(table.keys[key])[0], -1)
    here = np.flatnonzero(groups >= 0)
    groups, rows = groups[here], place[here]
    count = int(groups.max()) + 1 if len(groups) else 0
    # Groups of one row cannot be told from rows, and two groups are told by any flag.
    if count < 3 or count > len(rows) / 2:
        return []
    findings = []
    disjoint = key in view.headline.disjoint
    first = np.full(count, -1, dtype=np.intp)
    first[groups[::-1]] = rows[::-1]
    if (first < 0).any():  # a group of which a sample of a huge table has no row
        return []
    for number, column in enumerate(view.columns):
        values = view.cells[number]
        of_group = values[first]
        if str(column) in said or np.isnan(of_group).any() or len(np.unique(of_group)) != count:
            continue
        if not (values[rows] == of_group[groups]).all():
            continue
        encoded = view.is_text(column) or bool((of_group == np.round(of_group)).all())
        shown = table.X[column].iloc[here[0]], table.keys[key].iloc[here[0]]
        findings.append(
            Finding(
                CHECK,
                "warning" if encoded and disjoint else "note",
                f"{column!r} is key {key!r} in other clothes: one value for each of its {count} groups, such as"
                f" {shown[0]} for {shown[1]}",
                "drop it: models learn the groups by heart, which helps with no unseen one"
                if disjoint
                else "if test rows are of other groups, drop it and keep the groups apart with folds.group",
                (str(column),),
            )
        )
    return findings


def _tells_fold(view: View) -> list[Finding]:
    scheme = view.headline
    fold = np.full(len(view), -1, dtype=np.intp)
    for number, one in enumerate(scheme.folds):
        fold[view.stacked("score", one.score)] = number
    rows = view.sample(np.flatnonzero(fold >= 0), view.rows, CHECK)
    if len(scheme) < 2 or not len(rows) or not view.columns:
        return []
    codes = fold[rows]
    scores = class_scores(bins_of(view.cells[:, rows]), codes, len(scheme), halves_of(codes, view.rng("halves")))
    best = np.nan_to_num(scores, nan=0.0).max(axis=1)
    return [
        Finding(
            CHECK,
            "warning",
            f"{view.columns[column]!r} tells the fold of a row in scheme {scheme.name!r} (area under the curve"
            f" {best[column]:.3f} on held-out rows)",
            "drop the column if it is the number of the fold; if not, the folds are not drawn at random",
            (str(view.columns[column]),),
        )
        for column in np.flatnonzero(best >= 0.95)
    ]
