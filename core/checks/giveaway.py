"""Features that alone give away the target."""

from __future__ import annotations

import numpy as np

from core.checks.cells import Rows
from core.checks.finding import Finding, Severity
from core.checks.single import (
    bins_of,
    class_scores,
    halves_of,
    refined_class_score,
    refined_value_score,
    standouts,
    value_scores,
)
from core.checks.view import Target, View

CHECK = "a feature gives away the target"

#: From here on a column is worth a warning, and called a leak.
WARN, LEAK = 0.99, 0.999
#: The same for the variance of values that a column explains.
WARN_VALUES, LEAK_VALUES = 0.97, 0.99


def target_giveaways(view: View) -> list[Finding]:
    """Single-column scores on held-out halves of a sample in which rare classes have their share.

    A strong honest feature is common (a hormone in a thyroid test), so a column must be nearly perfect *and* far
    above all others: its miss (1 - score) is a fifth of that of the next best, or less (of the next best that is no
    leak itself, for a leak may be there twice). It is a leak from an area
    under the curve of 0.999 on (or 99 % of the variance of the ranks) with at least 30 rows of the class, a warning
    from 0.99 (97 %) on.
    """
    if not view.columns:
        return []
    findings: list[Finding] = []
    for target in view.targets:
        said = {column for finding in findings for column in finding.columns}
        found = _of_classes(view, target) if target.codes is not None else _of_values(view, target)
        findings += [finding for finding in found if not set(finding.columns) <= said]
    return findings


def _of_classes(view: View, target: Target) -> list[Finding]:
    assert target.codes is not None
    rows = balanced_sample(view, target)
    codes, classes = target.codes[rows], len(target.classes)
    if classes < 2:
        return []
    cells, halves = view.cells[:, rows], halves_of(codes, view.rng("halves"))
    scores = class_scores(bins_of(cells), codes, classes, halves)
    findings = []
    for place, number in np.argwhere(scores >= 0.95):
        refined = refined_class_score(cells[place], codes == number, halves)
        scores[place, number] = max(scores[place, number], refined)
    best = np.nan_to_num(scores, nan=0.0).max(axis=1)
    for standing in standouts(best, WARN, LEAK):
        best_class = int(np.nan_to_num(scores[standing.column], nan=0.0).argmax())
        support = min(int((codes == best_class).sum()), int((codes != best_class).sum()))
        severity: Severity = "leak" if standing.score >= LEAK and support >= 30 else "warning"
        column = view.columns[standing.column]
        what = (
            f"{target.name} = {target.classes[best_class]!r}"
            if target.name
            else f"class {target.classes[best_class]!r}"
        )
        findings.append(
            _finding(
                severity,
                f"{column!r} alone tells {what} with an area under the curve of {standing.score:.4f} on held-out rows;"
                f" the next best column reaches {standing.next_best:.3f}",
                str(column),
            )
        )
    return findings


def _of_values(view: View, target: Target) -> list[Finding]:
    known = view.train[np.isfinite(target.values[view.train])]
    rows = view.sample(known, view.rows, CHECK)
    if len(rows) < 40:
        return []
    y = np.argsort(np.argsort(target.values[rows], kind="stable"), kind="stable") / len(rows)
    cells, halves = view.cells[:, rows], halves_of(np.zeros(len(rows), dtype=np.intp), view.rng("halves"))
    scores = value_scores(bins_of(cells), y, halves)
    for place in np.flatnonzero(scores >= 0.9):
        scores[place] = max(scores[place], refined_value_score(cells[place], y, halves))
    findings = []
    for standing in standouts(np.nan_to_num(scores, nan=0.0), WARN_VALUES, LEAK_VALUES):
        column = view.columns[standing.column]
        what = target.name or "the target"
        findings.append(
            _finding(
                "leak" if standing.score >= LEAK_VALUES else "warning",
                f"{column!r} alone explains {100 * standing.score:.1f} % of the ranks of {what} on held-out rows;"
                f" the next best column {100 * max(0.0, standing.next_best):.0f} %",
                str(column),
            )
        )
    return findings


def balanced_sample(view: View, target: Target) -> Rows:
    """Rows with truth, at most `view.rows` in all, of which no class takes more than its even share while others have
    rows left."""
    assert target.codes is not None
    by_class = [view.train[target.codes[view.train] == number] for number in range(len(target.classes))]
    left, chosen = view.rows, []
    for done, rows in enumerate(sorted(by_class, key=len)):
        part = view.sample(rows, max(1, left // (len(by_class) - done)), CHECK)
        left -= len(part)
        chosen.append(part)
    return np.sort(np.concatenate(chosen)) if chosen else np.empty(0, dtype=np.intp)


def _finding(severity: Severity, message: str, column: str) -> Finding:
    advice = "is it known when a test row must be predicted? If it is made from the answer, or after it, drop it"
    return Finding(CHECK, severity, message, advice, (column,))
