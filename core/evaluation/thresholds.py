"""The best threshold for label metrics of one class against the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation.comparison import counted

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

#: Values closer than this are equal: sums of weights in another order differ by so much.
ROUNDING = 1e-12


def _f1(counts: Array) -> Array:
    tp, fp, fn, _ = counts
    return _ratio(2 * tp, 2 * tp + fp + fn)


def _mcc(counts: Array) -> Array:
    tp, fp, fn, tn = counts
    scale = np.sqrt((tp + fp) * (tn + fn)) * np.sqrt((tp + fn) * (tn + fp))
    return _ratio(tp * tn - fp * fn, scale)


def _balanced_accuracy(counts: Array) -> Array:
    tp, fp, fn, tn = counts
    present = (tp + fn > 0).astype(float) + (tn + fp > 0)
    return (_ratio(tp, tp + fn) + _ratio(tn, tn + fp)) / present


def _ratio(above: Array, below: Array) -> Array:
    """The quotient, 0 where it would be divided by 0."""
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), 0.0)


#: Of counts (true positives, false positives, false negatives, true negatives), each a share of the weight; higher is
#: better. F1 and Matthews correlation are 0 where they would divide by 0, balanced accuracy leaves out an absent side.
LABEL_METRICS: Mapping[str, Callable[[Array], Array]] = {
    "f1": _f1,
    "mcc": _mcc,
    "balanced accuracy": _balanced_accuracy,
}


@dataclass(frozen=True)
class Threshold:
    """Where probabilities are cut, and what the metric then is on the rows it was chosen on.

    Parameters
    ----------
    metric: one of `LABEL_METRICS`.
    threshold: a row is said to be positive where its probability is not below it.
    value: of the metric.
    """

    metric: str
    threshold: float
    value: float


@dataclass(frozen=True)
class NestedThresholds:
    """A threshold, with the honest value of having chosen it.

    Parameters
    ----------
    metric: one of `LABEL_METRICS`.
    per_fold: the threshold that the other folds chose for each fold that has rows.
    value: of the metric with these, counts added up over folds. No row was cut where it helped to choose.
    at_half: of the metric on the same rows, cut at 0.5.
    final: chosen on all folds together, for new rows; its own value is optimistic.
    """

    metric: str
    per_fold: tuple[float, ...]
    value: float
    at_half: float
    final: Threshold


def best_threshold(
    probability: npt.ArrayLike, positive: npt.ArrayLike, weight: npt.ArrayLike, metric: str
) -> Threshold:
    """The threshold with the best value, exact over all cuts, in O(n log n).

    It lies midway between two neighbouring probabilities, 0 and 1 counted as neighbours of the outer ones; equal
    probabilities stay together. Of cuts with equal values the threshold nearest to 0.5 is taken, then the lower one.
    A threshold above 1 says nothing is positive, where some probability is 1. Rows of weight 0 do not count.

    Parameters
    ----------
    probability: of the class, (n,).
    positive: whether each row is of the class, (n,).
    weight: how often each row counts, (n,); its scale does not matter.
    metric: one of `LABEL_METRICS`.

    Raises
    ------
    ValueError: an unknown metric, lengths that do not fit, probabilities outside of 0 to 1, weights that are
        negative or all zero, truth that is neither true nor false.

    >>> best_threshold([0.1, 0.2, 0.3, 0.4], [False, False, True, True], [1, 1, 1, 1], "f1")
    Threshold(metric='f1', threshold=0.25, value=1.0)
    """
    value_of = _known(metric)
    p, true, w = _rows(probability, positive, weight)
    cuts, counts = _all_cuts(p, true, w)
    values = value_of(counts)
    best = np.flatnonzero(values >= values.max() - ROUNDING)
    # Of equal distances the first is taken, which is the lower cut; 0.7 is no nearer to 0.5 than 0.3.
    chosen = best[np.argmin(np.round(np.abs(cuts[best] - 0.5), 12))]
    return Threshold(metric, float(cuts[chosen]), float(values[chosen]))


def value_at(
    probability: npt.ArrayLike, positive: npt.ArrayLike, weight: npt.ArrayLike, metric: str, threshold: float
) -> float:
    """The metric where rows whose probability is not below the threshold are said to be positive.

    Raises
    ------
    ValueError: as `best_threshold`.

    >>> value_at([0.1, 0.2, 0.3, 0.6], [False, False, True, True], [1, 1, 1, 1], "balanced accuracy", 0.5)
    0.75
    """
    p, true, w = _rows(probability, positive, weight)
    return float(_known(metric)(_counts(p >= threshold, true, w)))


def nested_thresholds(
    probability: npt.ArrayLike,
    positive: npt.ArrayLike,
    weight: npt.ArrayLike,
    folds: Sequence[npt.ArrayLike],
    metric: str,
) -> NestedThresholds:
    """The best threshold, and the value of choosing it on the other folds and cutting each fold there.

    Parameters
    ----------
    probability, positive, weight: as in `best_threshold`; rows of no fold are not looked at and may be NaN.
    folds: positions of the scored rows of each fold, disjoint.
    metric: one of `LABEL_METRICS`.

    Raises
    ------
    ValueError: as `best_threshold`; fewer than 2 folds with rows, or a row in two places.
    """
    value_of = _known(metric)
    parts = [np.asarray(fold, dtype=np.intp) for fold in folds if len(np.asarray(fold))]
    rows = np.concatenate([*parts, np.array([], dtype=np.intp)])
    if len(parts) < 2 or len(np.unique(rows)) < len(rows):
        raise ValueError("nested thresholds need 2 folds or more that share no row")
    p, true, w = (np.asarray(column)[rows] for column in (probability, positive, weight))
    fold = np.repeat(np.arange(len(parts)), [len(part) for part in parts])

    chosen = [
        best_threshold(p[fold != own], true[fold != own], w[fold != own], metric).threshold for own in range(len(parts))
    ]
    said = p >= np.array(chosen)[fold]
    honest = float(value_of(_counts(said, true.astype(bool), w.astype(float))))
    at_half = value_at(p, true, w, metric, 0.5)
    return NestedThresholds(metric, tuple(chosen), honest, at_half, best_threshold(p, true, w, metric))


def _known(metric: str) -> Callable[[Array], Array]:
    if metric not in LABEL_METRICS:
        raise ValueError(f"{metric!r} is none of {', '.join(LABEL_METRICS)}")
    return LABEL_METRICS[metric]


def _rows(probability: npt.ArrayLike, positive: npt.ArrayLike, weight: npt.ArrayLike) -> tuple[Array, Flags, Array]:
    p, true, w = np.asarray(probability, dtype=float), np.asarray(positive), np.asarray(weight, dtype=float)
    keep = counted(w, p, true)
    p, true, w = p[keep], true[keep], w[keep]
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise ValueError("one probability from 0 to 1 per row")
    if true.ndim != 1 or not np.isin(true, (0, 1)).all():
        raise ValueError("truth is true or false per row, not the code of a class")
    return p, true.astype(bool), w


def _counts(said: Flags, true: Flags, weight: Array) -> Array:
    """Shares of the weight: true positives, false positives, false negatives, true negatives, (4,)."""
    sides = (said & true, said & ~true, ~said & true, ~said & ~true)
    return np.array([weight[side].sum() for side in sides]) / weight.sum()


def _all_cuts(p: Array, true: Flags, weight: Array) -> tuple[Array, Array]:
    """Every threshold that cuts the rows in another place, rising, (m,), and the shares of weight there, (4, m)."""
    levels, place = np.unique(p, return_inverse=True)
    ups = np.asarray(np.bincount(place, weights=np.where(true, weight, 0.0)), dtype=float)
    downs = np.asarray(np.bincount(place, weights=np.where(true, 0.0, weight)), dtype=float)

    def below(tied: Array) -> Array:
        return np.concatenate([[0.0], np.cumsum(tied)])

    def above(tied: Array) -> Array:  # summed from the other end, so that it ends in an exact 0
        return below(tied[::-1])[::-1]

    counts = np.stack([above(ups), above(downs), below(ups), below(downs)]) / weight.sum()
    ends = np.concatenate([[0.0], levels, [1.0]])
    cuts = (ends[:-1] + ends[1:]) / 2
    cuts[1:-1] = np.where(cuts[1:-1] > levels[:-1], cuts[1:-1], levels[1:])  # no number lies between the two
    if cuts[-1] <= levels[-1]:
        cuts[-1] = np.nextafter(levels[-1], 2.0)
    return cuts, counts
