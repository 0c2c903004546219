"""Two sets of out-of-fold predictions by the score of a run, and how sure their difference is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation import clustered_error, paired_difference
from core.folds import Folds
from core.metrics.classification import row_losses
from core.objective import Judge, Score
from core.outside.gain import Gain

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Losses = Callable[[npt.NDArray[Any], Array], Array]


def _brier(truth: npt.NDArray[Any], predictions: Array) -> Array:
    hot = np.eye(predictions.shape[1])[truth.astype(np.intp)]
    return np.asarray(((predictions - hot) ** 2).sum(axis=1))


def _absolute(truth: npt.NDArray[Any], predictions: Array) -> Array:
    return np.abs(truth.astype(float) - predictions[:, 0])


def _squared(truth: npt.NDArray[Any], predictions: Array) -> Array:
    return _absolute(truth, predictions) ** 2


#: Metrics that are a mean over rows, by name, and the loss of a row.
ROW_LOSSES: Mapping[str, Losses] = {"log_loss": row_losses, "brier": _brier, "mae": _absolute}


def paired_error(
    judge: Judge, folds: Folds, fitted: Sequence[int], a: Array, b: Array, clusters: Rows | None = None
) -> tuple[float, str]:
    """The standard error of the difference of two scores, and what it is over: "rows", "groups" or "folds".

    Over rows where the metric is a mean of their losses, or the root of one (RMSE: the error of the difference of the
    mean squares, divided by the sum of the roots, which is what their difference is to the first order); where
    weights move the classes to another prior, each class is a stratum. Over groups where the rows of one come together
    (its folds split none): they err together, so that rows would be far too sure. Over folds otherwise: the standard
    deviation of the differences divided by the root of their number. NaN where there are too few.

    Parameters
    ----------
    a, b: predictions of the score rows, (n, outputs), finite on the rows of the fitted folds.
    clusters: the number of the group of each score row, (n,); None where rows are draws of their own.
    """
    rows = np.concatenate([folds.folds[number].score for number in fitted])
    truth, weight = judge.truth[rows], judge.weight[rows]
    name = judge.metric.name
    if judge.groups is not None or name not in (*ROW_LOSSES, "rmse"):
        scores = (judge.over_folds(values, folds, fitted).folds for values in (a, b))
        return Score(tuple(x - y for x, y in zip(*scores, strict=True))).standard_error, "folds"
    losses = ROW_LOSSES.get(name, _squared)
    strata = truth if judge.metric.truth == "class" and (weight != weight[0]).any() else None
    first, second = losses(truth, a[rows]), losses(truth, b[rows])
    if clusters is None:
        error = paired_difference(first, second, weight, strata).standard_error
    else:
        error = clustered_error(first - second, clusters[rows], weight)
    if name == "rmse":
        roots = sum(float(np.sqrt(np.average(squares, weights=weight))) for squares in (first, second))
        error = error / roots if roots > 0 else float("nan")
    return error, "rows" if clusters is None else "groups"


def gain_over(
    judge: Judge, folds: Folds, fitted: Sequence[int], old: Array, new: Array, clusters: Rows | None = None
) -> Gain:
    """By how much the new predictions score better than the old, whatever the direction."""
    before, after = (judge.over_folds(values, folds, fitted).value for values in (old, new))
    sign = 1.0 if judge.metric.higher_is_better else -1.0
    error, _ = paired_error(judge, folds, fitted, new, old, clusters)
    way = sign * (_perfect(judge, folds, fitted, old.shape[1]) - before)
    gain = sign * (after - before)
    return Gain(gain, error, gain / way if way > 0 else float("nan"))


def truth_columns(judge: Judge, rows: npt.NDArray[np.intp], outputs: int) -> Array:
    """The truth of some rows, a column for each value, label or class, (rows, any number)."""
    truth = judge.truth[rows]
    if judge.metric.truth == "class":
        return np.asarray(np.eye(outputs)[truth.astype(np.intp)])
    return truth.astype(float).reshape(len(truth), -1)


def _perfect(judge: Judge, folds: Folds, fitted: Sequence[int], outputs: int) -> float:
    """The score of the truth itself; where it is of another form than predictions, nought for a loss, else NaN."""
    rows = np.concatenate([folds.folds[number].score for number in fitted])
    truth = truth_columns(judge, rows, outputs)
    if truth.shape[1] == outputs:
        known = np.full((len(judge.truth), outputs), np.nan)
        known[rows] = truth
        return judge.over_folds(known, folds, fitted).value
    return float("nan") if judge.metric.higher_is_better else 0.0
