"""Metrics of the first k answers of each row: which classes or labels its probabilities put first.

The order is that of the columns within a row, so that ranks within a column must not stand for probabilities.
Tied columns stand in no order: the score is the mean over all orders that the ties allow.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from core.metrics.classification import per_class
from core.metrics.metric import Array, Metric, written
from core.metrics.ties import runs

Truth = npt.NDArray[np.generic]
Flags = npt.NDArray[np.bool_]


def depth(k: int) -> int:
    """How many of the first count; less than 1 is an error."""
    if k < 1:
        raise ValueError("of an order, the first 1 or more count")
    return k


def average_precisions_at(k: int, relevant: Flags, score: Array) -> Array:
    """The average precision of the first k of each row (m,), in the mean over the orders that ties allow.

    In a tied group of s items with r relevant ones, after b items of which h are relevant, the item at rank
    b + j is relevant with probability r / s, and then h + 1 + (j - 1)(r - 1) / (s - 1) are up to there.

    Parameters
    ----------
    relevant, score: (m, n); a row without a relevant item is NaN.
    """
    order = np.argsort(-score, axis=1, kind="stable")
    first, last = runs(np.take_along_axis(score, order, axis=1))
    found = np.zeros((len(score), score.shape[1] + 1))  # relevant items before each rank
    np.cumsum(np.take_along_axis(relevant, order, axis=1), axis=1, out=found[:, 1:])
    before = np.take_along_axis(found, first, axis=1)
    tied, of_them = last - first + 1, np.take_along_axis(found, last + 1, axis=1) - before
    rank = np.arange(1, score.shape[1] + 1)
    up_to_here = before + 1 + (rank - 1 - first) * (of_them - 1) / np.maximum(tied - 1, 1)
    gained = (of_them / tied * up_to_here / rank)[:, :k].sum(axis=1)
    best = np.minimum(found[:, -1], k)
    return np.where(best > 0, gained / np.maximum(best, 1), np.nan)


def _map_classes(k: int, truth: Truth, probabilities: Array, weight: Array) -> float:
    own = per_class(probabilities)[np.arange(len(truth)), truth.astype(np.intp)][:, None]
    above, tied = (probabilities > own).sum(axis=1), (probabilities == own).sum(axis=1)
    worth = np.r_[0.0, np.cumsum(1 / np.arange(1, k + 1))]  # of the ranks up to each
    mean = (worth[np.minimum(above + tied, k)] - worth[np.minimum(above, k)]) / tied
    return float(np.average(mean, weights=weight))


def map_classes(k: int) -> Metric:
    """Mean over rows of 1 / rank of the true class among the k most probable ones, 0 where it is not there.

    0 to 1; never NaN. Facebook V (Kaggle 2016: 3), LLM Science Exam (Kaggle 2023: 3), whales (Kaggle 2019: 5).
    """
    name = f"map_classes@{written(depth(k))}"
    return Metric(name, partial(_map_classes, k), True, truth="class", reads="probabilities")


def _map_labels(k: int, truth: Truth, probabilities: Array, weight: Array) -> float:
    scores = average_precisions_at(k, truth.astype(bool), probabilities)
    known = ~np.isnan(scores)
    return float(np.average(scores[known], weights=weight[known])) if known.any() else float("nan")


def map_labels(k: int) -> Metric:
    """Mean over rows of the average precision of the k most probable labels.

    0 to 1; rows without a true label are left out, NaN where all are. Santander Product Recommendation (Kaggle
    2016: 7), which counts such rows as 0: a factor that is the same for all.
    """
    name = f"map_labels@{written(depth(k))}"
    return Metric(name, partial(_map_labels, k), True, truth="labels", reads="probabilities")
