"""Correlations of ranks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.metrics.metric import Array, Metric, mean_of_known
from core.metrics.regression import one_column

Values = npt.NDArray[np.generic]


def _ranks(values: Array, weight: Array) -> Array:
    """The weight below each value and half of that at it: the mean rank of ties, less a constant."""
    distinct, where = np.unique(values, return_inverse=True)
    mass = np.bincount(where, weights=weight, minlength=len(distinct))
    return np.asarray((np.cumsum(mass) - mass / 2)[where])


def _correlation(truth: Array, predictions: Array, weight: Array) -> float:
    if (truth == truth[0]).all():
        return float("nan")
    if (predictions == predictions[0]).all():
        return 0.0  # it says nothing about the order, which is the worth of noise; a NaN would get out of the mean
    a, b = _ranks(truth, weight), _ranks(predictions, weight)
    a, b = a - np.average(a, weights=weight), b - np.average(b, weights=weight)
    return float(weight @ (a * b) / np.sqrt((weight @ (a * a)) * (weight @ (b * b))))


def _spearman(truth: Values, predictions: Array, weight: Array) -> float:
    """Correlation of the ranks of truth and predictions, ties at their mean rank.

    -1 to 1, 0 for a constant prediction; NaN where the truth is constant. Numerai, per era.
    """
    return _correlation(truth.astype(float), one_column(predictions), weight)


def _mean_spearman(truth: Values, predictions: Array, weight: Array) -> float:
    """Mean over columns of the rank correlation of each; truth is a matrix.

    -1 to 1, 0 for a constant column of predictions (where the host fails); columns of constant truth are left out,
    NaN where all are. Google QUEST Q&A Labeling (Kaggle 2019).
    """
    values = truth.astype(float)
    columns = [_correlation(values[:, k], predictions[:, k], weight) for k in range(values.shape[1])]
    return mean_of_known(np.array(columns))


SPEARMAN = Metric("spearman", _spearman, True, truth="value", only_order=True)
MEAN_SPEARMAN = Metric("mean_spearman", _mean_spearman, True, truth="values", only_order=True)
