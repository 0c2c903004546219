"""Metrics of classes and their probabilities. Truth is a vector of codes unless said otherwise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.metrics.metric import Array, Metric

Codes = npt.NDArray[np.generic]

#: Kaggle and Zindi clip probabilities before the logarithm; so does every score here.
CLIP = 1e-15


def normalised(probabilities: Array) -> Array:
    """Clip to [1e-15, 1] and divide each row by its sum, as the hosts do before a log loss."""
    clipped = np.clip(probabilities, CLIP, 1.0)
    return np.asarray(clipped / clipped.sum(axis=1, keepdims=True))


def _per_class(probabilities: Array) -> Array:
    if probabilities.shape[1] == 1:
        raise ValueError("class probabilities need one column per class, also for two classes")
    return probabilities


def _true_probability(truth: Codes, probabilities: Array) -> Array:
    return normalised(_per_class(probabilities))[np.arange(len(truth)), truth.astype(np.intp)]


def _log_loss(truth: Codes, probabilities: Array, weight: Array) -> float:
    return float(np.average(-np.log(_true_probability(truth, probabilities)), weights=weight))


def _brier(truth: Codes, probabilities: Array, weight: Array) -> float:
    exact = np.eye(_per_class(probabilities).shape[1])[truth.astype(np.intp)]
    return float(np.average(((probabilities - exact) ** 2).sum(axis=1), weights=weight))


def _accuracy(truth: Codes, probabilities: Array, weight: Array) -> float:
    return float(np.average(_per_class(probabilities).argmax(axis=1) == truth, weights=weight))


def _balanced_accuracy(truth: Codes, probabilities: Array, weight: Array) -> float:
    hit = _per_class(probabilities).argmax(axis=1) == truth
    present = np.unique(truth[weight > 0])
    recalls = [np.average(hit[truth == k], weights=weight[truth == k]) for k in present]
    return float(np.mean(recalls))


def binary_auc(positive: npt.NDArray[np.bool_], score: Array, weight: Array) -> float:
    """Area under the ROC curve, ties counted half; NaN where one class is absent."""
    order = np.argsort(score, kind="stable")
    score, positive, weight = score[order], positive[order], weight[order]
    ups, downs = np.where(positive, weight, 0.0), np.where(positive, 0.0, weight)
    if ups.sum() == 0 or downs.sum() == 0:
        return float("nan")
    starts = np.flatnonzero(np.r_[True, score[1:] != score[:-1]])
    ups_tied, downs_tied = np.add.reduceat(ups, starts), np.add.reduceat(downs, starts)
    below = np.cumsum(downs_tied) - downs_tied
    return float((ups_tied * (below + downs_tied / 2)).sum() / (ups.sum() * downs.sum()))


def _roc_auc(truth: Codes, probabilities: Array, weight: Array) -> float:
    if probabilities.shape[1] != 2:
        raise ValueError("roc_auc reads two classes; macro_roc_auc reads more")
    return binary_auc(truth == 1, probabilities[:, 1], weight)


def _macro_roc_auc(truth: Codes, probabilities: Array, weight: Array) -> float:
    """Mean over classes of one-against-rest areas, classes without both kinds of rows skipped."""
    columns = range(probabilities.shape[1])
    matrix = truth[:, None] == np.arange(probabilities.shape[1]) if truth.ndim == 1 else truth.astype(bool)
    areas = [binary_auc(matrix[:, k], probabilities[:, k], weight) for k in columns]
    return float(np.nanmean(areas)) if not np.isnan(areas).all() else float("nan")


LOG_LOSS = Metric("log_loss", _log_loss, False, truth="class", reads="probabilities")
BRIER = Metric("brier", _brier, False, truth="class", reads="probabilities")
ACCURACY = Metric("accuracy", _accuracy, True, truth="class", reads="probabilities")
BALANCED_ACCURACY = Metric("balanced_accuracy", _balanced_accuracy, True, truth="class", reads="probabilities")
ROC_AUC = Metric("roc_auc", _roc_auc, True, truth="class", reads="probabilities", only_order=True)
MACRO_ROC_AUC = Metric("macro_roc_auc", _macro_roc_auc, True, truth="class", reads="probabilities", only_order=True)
MACRO_ROC_AUC_LABELS = Metric(
    "macro_roc_auc_labels", _macro_roc_auc, True, truth="labels", reads="probabilities", only_order=True
)
