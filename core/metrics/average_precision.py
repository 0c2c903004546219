"""Areas under the curve of precision and recall."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from core.metrics.classification import class_matrix
from core.metrics.metric import Array, Metric, mean_of_known, written
from core.metrics.ties import runs

Truth = npt.NDArray[np.generic]
Flags = npt.NDArray[np.bool_]


def average_precisions(positive: Flags, score: Array, weight: Array) -> Array:
    """The average precision of each column (k,): sum of precision times the gain of recall, ties taken together.

    Parameters
    ----------
    positive, score: (n, k); a column without a positive row is NaN.
    """
    found = np.full(positive.shape[1], np.nan)
    some = positive.any(axis=0)  # most classes of a small group are absent, and sorting is what costs
    if not some.any():
        return found
    columns = np.ascontiguousarray(score[:, some].T)
    order = np.argsort(-columns, axis=1, kind="stable")
    last = runs(np.take_along_axis(columns, order, axis=1))[1]
    total = weight[order]
    hits = np.where(np.take_along_axis(positive[:, some].T, order, axis=1), total, 0.0)
    precision = np.take_along_axis(hits.cumsum(axis=1) / total.cumsum(axis=1), last, axis=1)
    found[some] = (hits * precision).sum(axis=1) / hits.sum(axis=1)
    return found


def _average_precision(truth: Truth, probabilities: Array, weight: Array) -> float:
    """Precision summed over the steps of recall, for the second of two classes, equal scores taken together.

    0 to 1; the share of positive rows for a constant; NaN without a positive row. As scikit-learn defines it;
    UK Federated Learning, financial crime (DrivenData).
    """
    if probabilities.shape[1] != 2:
        raise ValueError("average_precision reads two classes; macro_average_precision reads more")
    return float(average_precisions(truth[:, None] == 1, probabilities[:, 1:], weight)[0])


def _macro_average_precision(truth: Truth, probabilities: Array, weight: Array) -> float:
    """Mean over classes of the average precision of each against the rest.

    0 to 1; classes without a positive row are left out, NaN where all are. LifeCLEF BirdCLEF 2018 (cmAP).
    """
    matrix = class_matrix(truth, probabilities.shape[1])
    return mean_of_known(average_precisions(matrix, probabilities, weight))


def _padded_cmap(padding: int, truth: Truth, probabilities: Array, weight: Array) -> float:
    ones = np.ones((padding, probabilities.shape[1]))
    padded = average_precisions(
        np.vstack([truth.astype(bool), ones.astype(bool)]),
        np.vstack([probabilities, ones]),
        np.r_[weight, np.ones(padding)],
    )
    return float(padded.mean())


def padded_cmap(padding: int) -> Metric:
    """Macro average precision over labels after appending `padding` rows of ones to truth and predictions.

    Above 0 to 1; never NaN, since no class is without a positive row. BirdCLEF 2023 (Kaggle), with 5. An appended
    row weighs 1: weights should be near 1 on average, and scaling all of them changes the score. Order is not all
    that counts: the appended rows stand at 1, above probabilities and level with a certain one.
    """
    if padding < 1:
        raise ValueError("a padding is 1 or more; without one use macro_average_precision_labels")
    name = f"padded_cmap@{written(padding)}"
    return Metric(name, partial(_padded_cmap, padding), True, truth="labels", reads="probabilities")


AVERAGE_PRECISION = Metric(
    "average_precision", _average_precision, True, truth="class", reads="probabilities", only_order=True
)
MACRO_AVERAGE_PRECISION = Metric(
    "macro_average_precision", _macro_average_precision, True, truth="class", reads="probabilities", only_order=True
)
MACRO_AVERAGE_PRECISION_LABELS = Metric(
    "macro_average_precision_labels",
    _macro_average_precision,
    True,
    truth="labels",
    reads="probabilities",
    only_order=True,
)
