"""Drift of test predictions against out-of-fold predictions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.checks.cells import Array
from core.checks.finding import Finding

CHECK = "drift of predictions"

#: Kolmogorov's distance, and the shift of the mean in standard deviations: to note, to warn.
DISTANCE, SHIFT = (0.1, 0.25), (0.25, 0.5)


def drift(
    out_of_fold: Array, test: Array, weight: Array | None, outputs: Sequence[str], reads: str = "values"
) -> list[Finding]:
    """Each output by itself: distance of the two distributions (Kolmogorov and Smirnov), and shift of the mean.

    Beyond doubt (six standard errors of the mean, or 2.5 times the distance that chance passes once in twenty, rows
    counted at what their weights leave of them) and of some size. The average of fold models is a little less spread
    than each of them, so small distances are expected. A wrong prior, a feature made in another way or a wrong join
    move predictions by far more.

    Parameters
    ----------
    out_of_fold: (scored rows, outputs); NaN where never scored.
    test: (test rows, outputs).
    weight: of the scored rows, (scored rows,); None for all alike.
    reads: "probabilities" or "values".
    """
    weight = np.ones(len(out_of_fold)) if weight is None else np.asarray(weight, dtype=float)
    findings = []
    for number, name in enumerate(outputs):
        known = np.isfinite(out_of_fold[:, number]) & (weight > 0)
        there = np.isfinite(test[:, number])
        if known.sum() >= 20 and there.sum() >= 20:
            what = f"probability of {name!r}" if reads == "probabilities" else f"prediction of {name!r}"
            findings += _one(out_of_fold[known, number], test[there, number], weight[known], what, name)
    return findings


def _one(scored: Array, test: Array, weight: Array, what: str, name: str) -> list[Finding]:
    weight = weight / weight.sum()
    rows = 1 / float((weight**2).sum()), len(test)
    largest = max(1e-300, float(np.abs(scored).max()), float(np.abs(test).max()))
    scored, test = scored / largest, test / largest  # so that no square overflows
    mean, spread = float(weight @ scored), float(np.sqrt(weight @ (scored - weight @ scored) ** 2))
    tiny = 1e-9
    if test.std() <= tiny < spread:
        message = f"the {what} is {test[0] * largest:.4g} for every test row"
        advice = "a feature is missing or constant in test: compare its columns with train"
        return [Finding(CHECK, "warning", message, advice, (str(name),))]
    scale = max(spread, float(test.std()), tiny)
    shift = (float(test.mean()) - mean) / scale
    error = np.sqrt(1 / rows[0] + 1 / rows[1])
    distance = _distance(scored, test, weight)
    sure = abs(shift) >= 6 * error, distance >= 2.5 * 1.36 * error
    if not ((sure[0] and abs(shift) >= SHIFT[0]) or (sure[1] and distance >= DISTANCE[0])):
        return []
    far = (sure[0] and abs(shift) >= SHIFT[1]) or (sure[1] and distance >= DISTANCE[1])
    return [
        Finding(
            CHECK,
            "warning" if far else "note",
            f"the {what} has mean {test.mean() * largest:.4g} on test and {mean * largest:.4g} out of fold:"
            f" {shift:+.2f} standard deviations ({abs(shift) / error:.0f} standard errors), distance of the"
            f" distributions {distance:.2f}",
            "if nothing is known to differ between train and test, look for a feature that is made in another way, a"
            " wrong join or a wrong prior",
            (str(name),),
        )
    ]


def _distance(scored: Array, test: Array, weight: Array) -> float:
    """The largest difference of the two distribution functions, the first with weights."""
    order = np.argsort(scored, kind="stable")
    below = np.concatenate([[0.0], weight[order].cumsum()])
    ordered = np.sort(test)
    points = np.concatenate([scored, test])
    one = below[np.searchsorted(scored[order], points, side="right")]
    other = np.searchsorted(ordered, points, side="right") / len(test)
    return float(np.abs(one - other).max())
