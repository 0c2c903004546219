"""Rows with equal features: across folds, between train and test, and in train with different truth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.checks.finding import Finding, percent
from core.checks.pairs import Pairs, agreement, judge, with_test
from core.checks.twins import Twins
from core.checks.view import View

CHECK = "duplicate rows"


def duplicates(view: View) -> list[Finding]:
    """Copies of rows, by hashes of all columns over all rows.

    Equal rows are copies only where the table is too rich to repeat a row by chance (see `core.checks.twins`): tables
    of few or coarse columns are not suspected. Data with columns that cannot be read are skipped, since rows that
    agree on the rest need not be equal; columns that name rows are left out, since they would hide every copy.
    """
    if not view.reads_all or not view.columns:
        return []
    twins = view.finder.find([k for k, column in enumerate(view.columns) if column not in view.names_rows])
    if not twins.copies.any():
        return _untold(view, twins) if twins.unsure else []
    looks = (_across_folds, _with_test, _conflicts)
    return [finding for look in looks for finding in look(view, twins)]


def _untold(view: View, twins: Twins) -> list[Finding]:
    """Rows that equal others, where the columns hang together too much to tell copies from chance."""
    rows = np.flatnonzero(np.bincount(twins.codes)[twins.codes] > 1)
    if not len(rows):
        return []
    same = np.flatnonzero(twins.codes == twins.codes[rows[0]])
    return [
        Finding(
            CHECK,
            "note",
            f"{len(rows)} rows equal another row in every column, such as row {view.ids[same[0]]!r} and"
            f" {view.ids[same[1]]!r}; the columns hang together, so that nothing here tells whether that is chance",
            "look at some of them: where they are copies, drop them, or give all copies of a row one key and use"
            " folds.group",
        )
    ]


def _across_folds(view: View, twins: Twins) -> list[Finding]:
    codes, copies = twins.codes, twins.copies
    held_out, fitted, total = [], [], 0
    for fold in view.headline.folds:
        twin = np.full(codes.max() + 1, -1, dtype=np.intp)
        for rows in (view.stacked("score", fold.fit_on_score), view.stacked("fit", fold.fit)):
            twin[codes[rows]] = rows
        score = view.stacked("score", fold.score)
        total += len(score)
        here = score[copies[score] & (twin[codes[score]] >= 0)]
        held_out.append(here)
        fitted.append(twin[codes[here]])
    pairs = Pairs(np.concatenate(held_out), np.concatenate(fitted), total)
    if not len(pairs):
        return []
    agree, by_chance = agreement(view, pairs.held_out, pairs.fitted)
    a, b = pairs.held_out[0], pairs.fitted[0]
    return [
        Finding(
            CHECK,
            judge(pairs, agree, by_chance),
            f"{_at_least(twins)}{len(pairs)} of {pairs.total} scored rows ({percent(pairs.share)}) have a copy among"
            f" the rows that their models are fitted on (scheme {view.headline.name!r}); such as row {view.ids[a]!r},"
            f" which equals {view.ids[b]!r}; the truth agrees in {percent(agree)} of these pairs"
            f" ({percent(by_chance)} by chance)",
            "drop the copies, or keep them on one side: give all copies of a row one key and use folds.group",
        )
    ]


def _with_test(view: View, twins: Twins) -> list[Finding]:
    codes, copies = twins.codes, twins.copies
    train, test = view.train, view.stacked("test")
    twin = np.full(codes.max() + 1, -1, dtype=np.intp)
    twin[codes[train]] = train
    here = test[copies[test] & (twin[codes[test]] >= 0)]
    if not len(here):
        return []
    pairs = with_test(view, here, twin[codes[here]])
    return [
        Finding(
            "duplicate rows with test",
            "warning" if len(pairs) >= 3 and pairs.share >= 0.01 else "note",
            f"{_at_least(twins)}{len(pairs)} of {pairs.total} test rows ({percent(pairs.share)}) equal a train row;"
            f" such as test row {view.ids[pairs.held_out[0]]!r}, which equals {view.ids[pairs.fitted[0]]!r}",
            "find out why: if the host's split did this, models that remember rows gain on the leaderboard, and the"
            " folds should hold as many copies; if your own join did it, mend the join",
        )
    ]


def _conflicts(view: View, twins: Twins) -> list[Finding]:
    codes, copies = twins.codes, twins.copies
    rows = view.train[copies[view.train]]
    order = rows[np.argsort(codes[rows], kind="stable")]
    a, b = order[:-1], order[1:]
    same = codes[a] == codes[b]
    a, b = a[same], b[same]
    if not len(a) or not view.targets:
        return []
    differ = np.zeros(len(a), dtype=bool)
    for target in view.targets:
        apart = np.abs(target.values[a] - target.values[b])
        differ |= apart > (0.0 if target.codes is not None else float(np.nanstd(target.values[view.train])) / 4)
    if not differ.any():
        return []
    first = int(differ.argmax())
    groups = len(pd.unique(codes[a[differ]]))
    return [
        Finding(
            "duplicate rows that disagree",
            "note",
            f"{groups} {'sets' if groups > 1 else 'set'} of equal train rows with different truth; such as rows"
            f" {view.ids[a[first]]!r} and {view.ids[b[first]]!r}",
            "no model can get both right: ask whether a column is missing, or average their truth",
        )
    ]


def _at_least(twins: Twins) -> str:
    return "at least " if twins.unsure else ""
