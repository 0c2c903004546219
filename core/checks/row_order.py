"""Row order: columns that count rows, and order or row ids that carry the target."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.checks.cells import Array, Rows
from core.checks.finding import Finding, Severity
from core.checks.giveaway import balanced_sample
from core.checks.single import bins_of, class_scores, halves_of
from core.checks.view import Target, View

COUNTER, ORDER, IDS = "a feature counts rows", "row order tells the target", "row ids tell the target"

#: Rank correlations: from here on a column follows the rows; from here on the rows follow the target.
FOLLOWS, TELLS = 0.9, 0.3
#: A rank correlation must be so many standard errors from 0.
ERRORS = 6


def row_order(view: View) -> list[Finding]:
    """Rank correlations with the position in the file, and with the number in the row id.

    A column that rises (or falls) with every row is a counter; one with a rank correlation of 0.9 or more is noted, as
    is a counter that follows the time key of the headline scheme. Position and ids tell the target when they are rank
    correlated with it by 0.3 and six standard errors. The errors count groups of the keys, not rows: a file written
    group by group has the look of order. Where folds follow time, a trend is expected and nothing is said of position.
    """
    findings = _counters(view)
    timed = view.headline.ordered is not None
    for target in view.targets:
        if not timed:
            findings += _position(view, target)
        findings += _ids(view, target)
    return findings


def _counters(view: View) -> list[Finding]:
    table = view.stacked("fit")
    rows = view.sample(table, view.rows, COUNTER)
    if len(rows) < 20 or not view.columns:
        return []
    cells = view.cells[:, rows]
    position = np.arange(len(rows), dtype=float)
    time = _time_of(view, rows)
    findings = []
    for number in _candidates(view, cells):
        column = view.columns[number]
        follows = rank_correlation(cells[number], position)
        if abs(follows) < FOLLOWS:
            continue
        steps = np.diff(cells[number])
        counter = bool((steps > 0).all() or (steps < 0).all())
        timely = time is not None and abs(rank_correlation(cells[number], time)) >= FOLLOWS
        said = "rises" if follows > 0 else "falls"
        findings.append(
            Finding(
                COUNTER,
                "warning" if counter and not timely else "note",
                f"{column!r} {said} with {'every row' if counter else 'the rows'} of the file"
                f" (rank correlation {follows:.4f} with the position)",
                "time itself, it seems: models cannot look beyond its range"
                if timely
                else "drop it unless it is a measurement: an index carries the order of the file, not the world",
                (str(column),),
            )
        )
    return findings


def _candidates(view: View, cells: Array) -> list[int]:
    """Columns without gaps that may follow the rows, by a few hundred of them; text only where it names rows."""
    few = view.rng(COUNTER).permutation(cells.shape[1])[:400]  # shuffled, so that ties fall anyhow
    ranks = np.argsort(np.argsort(cells[:, few], axis=1), axis=1).astype(float)
    follows = np.corrcoef(np.vstack([ranks, few]))[-1, :-1]
    return [
        int(number)
        for number in np.flatnonzero(np.abs(follows) >= FOLLOWS - 0.1)
        if not np.isnan(cells[number]).any()
        and not (view.is_text(view.columns[number]) and len(np.unique(cells[number])) < 0.95 * cells.shape[1])
    ]


def _time_of(view: View, rows: Rows) -> Array | None:
    key = view.headline.ordered
    if key is None or key not in view.dataset.fit.keys:
        return None
    place = view.place("fit")
    time = np.full(len(view), np.nan)
    values = view.dataset.fit.keys[key]
    time[place[place >= 0]] = pd.factorize(values, sort=True)[0][place >= 0]
    return time[rows]


def _position(view: View, target: Target) -> list[Finding]:
    rows = view.sample(view.stacked("fit"), view.rows, ORDER)
    strongest = _strongest(target, rows, np.arange(len(rows), dtype=float), _units(view))
    if strongest is None:
        return []
    follows, what = strongest
    return [
        Finding(
            ORDER,
            "warning",
            f"the train file is ordered by the target: the rank correlation of position and {what} is {follows:.2f}",
            "shuffle before any split that does not; make no feature of the position; and ask whether the order of the"
            " test file tells as much",
        )
    ]


def _ids(view: View, target: Target) -> list[Finding]:
    """The number in the id, and the text around it."""
    rows = view.train if target.codes is None else balanced_sample(view, target)
    rows = view.sample(rows[~np.isnan(target.values[rows])], view.rows, IDS)
    if len(rows) < 20:
        return []
    ids = pd.Series(view.ids[rows]).astype(str)
    number = pd.to_numeric(ids.str.extract(r"(\d{1,15})\D*$")[0], errors="coerce").to_numpy(dtype=float)
    if not np.isnan(number).any():
        strongest = _strongest(target, rows, number, _units(view))
        if strongest is not None:
            follows, what = strongest
            severity: Severity = "leak" if abs(follows) >= 0.5 and view.headline.ordered is None else "warning"
            return [_id_finding(severity, f"the rank correlation of their number and {what} is {follows:.2f}", ids)]
    prefix = ids.str.replace(r"\d+", "#", regex=True)
    kinds = pd.factorize(prefix, sort=True)[0]
    if target.codes is None or not 2 <= kinds.max() + 1 <= len(rows) / 10:
        return []
    codes = target.codes[rows]
    scores = class_scores(
        bins_of(kinds[None].astype(float)), codes, len(target.classes), halves_of(codes, view.rng("halves"))
    )
    best = float(np.nan_to_num(scores, nan=0.0).max())
    if best < 0.75 or _units(view) * (best - 0.5) ** 2 < ERRORS:
        return []
    example = prefix.unique()[:3]
    return [_id_finding("leak", f"their text (such as {', '.join(example)}) tells it with an area of {best:.3f}", ids)]


def _id_finding(severity: Severity, said: str, ids: pd.Series) -> Finding:
    return Finding(
        IDS,
        severity,
        f"row ids carry the target: {said}; such as id {ids.iloc[0]!r}",
        "a model that reads ids would win by what the host did not mean to tell: see the rules before using it, and"
        " make no feature of ids by accident",
    )


def _strongest(target: Target, rows: Rows, order: Array, units: int) -> tuple[float, str] | None:
    """The largest rank correlation of an order with a class or the values, where it is beyond doubt."""
    known = ~np.isnan(target.values[rows])
    if known.sum() < 20:
        return None
    best = (0.0, "")
    if target.codes is None:
        best = (rank_correlation(target.values[rows][known], order[known]), target.name or "the target")
    else:
        codes = target.codes[rows][known]
        for number, name in enumerate(target.classes):
            is_class = codes == number
            if 5 <= is_class.sum() <= len(codes) - 5:
                # 2 AUC - 1: as free of the share of the class as an area under the curve.
                ranks = pd.Series(order[known]).rank().to_numpy()
                area = (ranks[is_class].mean() - (is_class.sum() + 1) / 2) / (~is_class).sum()
                enough = (is_class.sum() * (~is_class).sum()) / len(codes)  # of an effective sample
                follows = 2 * float(area) - 1
                if abs(follows) > abs(best[0]) and abs(follows) * np.sqrt(3 * enough) >= ERRORS:
                    best = (follows, f"{target.name + ' = ' if target.name else 'class '}{name!r}")
    size = min(units, int(known.sum()))
    return best if abs(best[0]) >= TELLS and abs(best[0]) * np.sqrt(max(1, size - 1)) >= ERRORS else None


def _units(view: View) -> int:
    """How many rows of the file count as drawn apart: the runs of the key that changes least often along it."""
    keys = view.dataset.fit.keys
    codes = [pd.factorize(keys[name])[0] for name in keys.columns]
    runs = [1 + int(np.count_nonzero(np.diff(code))) for code in codes if code.size and code.max() > 0]
    return min([len(view.dataset.fit), *runs])


def rank_correlation(a: Array, b: Array) -> float:
    """Spearman's, with ties at their mean; 0 where one does not vary."""
    one, other = (pd.Series(values).rank().to_numpy(dtype=float) for values in (a, b))
    one, other = one - one.mean(), other - other.mean()
    spread = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / spread if spread > 0 else 0.0
