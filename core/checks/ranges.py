"""Values that test has and train has not: beyond the range, unseen categories, missing in another measure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.checks.cells import Array, texts
from core.checks.finding import Finding, Severity, listed, percent
from core.checks.view import View

RANGE, UNSEEN, MISSING = "test beyond the range of train", "categories unseen in train", "missing in another measure"

#: A share of the test rows below which nothing is said, and from which on it is a warning.
NOTE, WARN = 0.01, 0.05


def ranges(view: View) -> list[Finding]:
    """All rows of all columns that can be read.

    Beyond the range: the k outermost of all rows are test rows by chance with probability (test / all)^k; what passes
    by chance less than once in 100,000 is worth saying. Unseen categories: Good and Turing (1953) expect as many as
    train has values that occur once; twice that and one test row in a hundred more is worth saying. Missing: a
    difference of ten points and five standard errors; a warning from twenty on. What follows the groups or the time
    that the headline scheme keeps apart is only noted, since the folds show it too.
    """
    train, test = view.train, view.stacked("test")
    findings: list[Finding] = []
    if len(train) < 20 or len(test) < 5:
        return findings
    expected = {column for column, apart in zip(view.columns, _follows_folds(view), strict=True) if apart}
    edge = len(train)  # test rows stand last
    for number, column in enumerate(view.columns):
        values = view.cells[number]
        gone = np.isnan(values)
        found = _missing(view, column, float(gone[:edge].mean()), float(gone[edge:].mean()))
        if not (gone[:edge].all() or gone[edge:].all()):
            if view.is_text(column):
                found += _unseen(view, column, values[:edge][~gone[:edge]], values[edge:][~gone[edge:]])
            else:
                found += _beyond(view, column, values[:edge], values[edge:])
        if column in expected:
            found = [Finding(f.check, "note", f.message, f.advice, f.columns) for f in found]
        findings += found
    return findings


def _beyond(view: View, column: str, train: Array, test: Array) -> list[Finding]:
    low, high = np.fmin.reduce(train), np.fmax.reduce(train)
    outside = (test < low) | (test > high)
    share = float(outside.mean())
    together = len(test) / (len(train) + len(test))
    if share < NOTE or (outside.sum() + 1) * together ** int(outside.sum()) > 1e-5:
        return []
    first = int(outside.argmax())
    return [
        Finding(
            RANGE,
            _severity(share),
            f"{column!r}: {percent(share)} of the test values lie outside train's {low:g} to {high:g};"
            f" such as {test[first]:g} at row {view.ids[len(train) + first]!r}",
            "other units? If it is real, trees cannot follow: use differences or ratios, or leave the column out",
            (str(column),),
        )
    ]


def _unseen(view: View, column: str, train: Array, test: Array) -> list[Finding]:
    counts = pd.Series(train).value_counts()
    unseen = ~np.isin(test, counts.index.to_numpy())
    share = float(unseen.mean())
    by_chance = float((counts == 1).sum()) / len(train)
    if share < NOTE + 2 * by_chance or unseen.sum() < 5:
        return []
    names = pd.Series(texts(view.table("test").X[column]))
    known = set(texts(view.table("fit").X[column])) | set(texts(view.table("score").X[column]))
    new = names[names.notna() & ~names.isin(known)]
    folded = {_folded(name) for name in known if name is not None}
    respelled = int(new.map(lambda name: _folded(name) in folded).sum())
    advice = "map them to a category that train has, or to one for all that is rare"
    if respelled:
        advice = f"{respelled} of them differ from one in train only by case or spaces: write them alike"
    return [
        Finding(
            UNSEEN,
            _severity(share - 2 * by_chance),
            f"{column!r}: {percent(share)} of the test rows hold a category that train never has"
            f" ({percent(by_chance)} would be chance): {listed(map(repr, new.unique()), 3)};"
            f" such as row {view.table('test').ids[new.index[0]]!r}",
            advice,
            (str(column),),
        )
    ]


def _missing(view: View, column: str, train: float, test: float) -> list[Finding]:
    rows = len(view.train), len(view.stacked("test"))
    both = (train * rows[0] + test * rows[1]) / sum(rows)
    error = np.sqrt(max(both * (1 - both), 1e-12) * (1 / rows[0] + 1 / rows[1]))
    jump = abs(test - train)
    if jump < 0.1 or jump < 5 * error:
        return []
    return [
        Finding(
            MISSING,
            "warning" if jump >= 0.2 else "note",
            f"{column!r} is missing in {percent(train)} of the train rows and in {percent(test)} of the test rows",
            "models that read missingness as a sign will be misled: ask why, and try leaving the column out",
            (str(column),),
        )
    ]


def _severity(share: float) -> Severity:
    return "warning" if share >= WARN else "note"


def _folded(name: str | None) -> str:
    return " ".join(str(name).split()).casefold()


def _follows_folds(view: View) -> npt.NDArray[np.bool_]:
    """Whether each column is constant within the groups, or the times, that the headline scheme keeps apart."""
    follows = np.zeros(len(view.columns), dtype=bool)
    scheme = view.headline
    table, place = view.table("score"), view.place("score")
    for key in (*scheme.disjoint, *([scheme.ordered] if scheme.ordered else [])):
        if key not in table.keys:
            continue
        groups = np.where(place >= 0, pd.factorize(table.keys[key])[0], -1)
        here = np.flatnonzero(groups >= 0)
        groups, rows = groups[here], place[here]
        if not len(groups) or groups.max() + 1 > len(groups) / 2:
            continue
        first = np.zeros(groups.max() + 1, dtype=np.intp)
        first[groups[::-1]] = rows[::-1]
        values = np.nan_to_num(view.cells, nan=np.inf)
        follows |= (values[:, rows] == values[:, first[groups]]).all(axis=1)
    return follows
