"""How far classes said and true classes agree beyond chance."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from core.metrics.classification import per_class
from core.metrics.metric import Array, Metric, written

Truth = npt.NDArray[np.generic]


def _quadratic(true: Array, said: Array, weight: Array) -> float:
    """Quadratic kappa of grades: 1 - mean square / mean square of the same grades joined by chance.

    The same number as by the confusion matrix: independent grades differ by a mean square of the sum of both
    variances and the square of the difference of the means. A grade that is absent leaves its gap.
    """
    if (true == true[0]).all():
        return float("nan")
    middle_true, middle_said = np.average(true, weights=weight), np.average(said, weights=weight)
    spread = (true - middle_true) ** 2 + (said - middle_said) ** 2
    by_chance = np.average(spread, weights=weight) + (middle_true - middle_said) ** 2
    return float(1 - np.average((true - said) ** 2, weights=weight) / by_chance)


def _qwk(truth: Truth, probabilities: Array, weight: Array) -> float:
    """Cohen's kappa with squared differences, of the most probable classes (outputs in the order of the grades).

    -1 to 1, 0 for a constant; NaN where all true grades are equal. APTOS Blindness and PetFinder (Kaggle 2019).
    """
    return _quadratic(truth.astype(float), per_class(probabilities).argmax(axis=1).astype(float), weight)


def _qwk_values(low: int, high: int, truth: Truth, predictions: Array, weight: Array) -> float:
    if predictions.shape[1] != 1:
        raise ValueError(f"qwk_values reads one column of predictions, not {predictions.shape[1]}")
    true = truth.astype(float)
    if (true != np.clip(np.rint(true), low, high)).any():
        raise ValueError(f"qwk_values reads whole numbers from {low} to {high} as truth")
    return _quadratic(true, np.clip(np.rint(predictions[:, 0]), low, high), weight)


def qwk_values(low: int, high: int) -> Metric:
    """Cohen's kappa with squared differences, of values rounded (a half to the even side) and clipped to the bounds.

    -1 to 1, 0 for a constant; NaN where all true grades are equal. Essay scoring (Kaggle ASAP 2012; 2024 with 1
    and 6), solved by regression. Better cut points than halves are a decision's.
    """
    if low >= high:
        raise ValueError("the lower bound of the grades lies below the upper one")
    return Metric(f"qwk_values@{written(low, high)}", partial(_qwk_values, low, high), True, truth="value")


def _mcc(truth: Truth, probabilities: Array, weight: Array) -> float:
    """Matthews correlation of true and most probable classes, for many classes that of Gorodkin (2004).

    -1 to 1, 0 for a constant; NaN where all rows are of one class. Bosch (Kaggle 2016), Playground S4E8
    (Kaggle 2024).
    """
    k, codes, most = probabilities.shape[1], truth.astype(np.intp), per_class(probabilities).argmax(axis=1)
    true, said = np.bincount(codes, weights=weight, minlength=k), np.bincount(most, weights=weight, minlength=k)
    if np.count_nonzero(true) < 2:
        return float("nan")
    if np.count_nonzero(said) < 2:
        return 0.0
    rows, hits = weight.sum(), weight[codes == most].sum()
    scale = np.sqrt(true @ (rows - true)) * np.sqrt(said @ (rows - said))
    return float((hits * rows - true @ said) / scale)


QWK = Metric("qwk", _qwk, True, truth="class", reads="probabilities")
MCC = Metric("mcc", _mcc, True, truth="class", reads="probabilities")
