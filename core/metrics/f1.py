"""F1 scores: 2 · hits / (true + said), over rows of a class, of all classes, or of one row's labels.

A class is said where it is the most probable of its row, a label where its probability is above 0.5.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from core.metrics.classification import per_class
from core.metrics.metric import Array, Metric, written

Truth = npt.NDArray[np.generic]

#: A label is said above this probability; other thresholds are a decision's.
THRESHOLD = 0.5


def _counts(truth: Truth, probabilities: Array, weight: Array) -> tuple[Array, Array, Array]:
    """The weight of rows that are hits, true and said, each (k,)."""
    if truth.ndim == 2:
        true, said = truth.astype(bool), probabilities > THRESHOLD
        return weight @ (true & said).astype(float), weight @ true.astype(float), weight @ said.astype(float)
    k, codes, most = probabilities.shape[1], truth.astype(np.intp), per_class(probabilities).argmax(axis=1)
    hit = codes == most
    return (
        np.bincount(codes[hit], weights=weight[hit], minlength=k).astype(float),
        np.bincount(codes, weights=weight, minlength=k).astype(float),
        np.bincount(most, weights=weight, minlength=k).astype(float),
    )


def _f1s(hits: Array, true: Array, said: Array) -> Array:
    """F1 by class, 0 where it is neither true nor said."""
    both = true + said
    return np.asarray(2 * hits / np.where(both > 0, both, 1.0))


def _f1(truth: Truth, probabilities: Array, weight: Array) -> float:
    """F1 of the second of two classes.

    0 to 1; NaN without a true row of it. Quora Insincere Questions (Kaggle 2018).
    """
    if per_class(probabilities).shape[1] != 2:
        raise ValueError("f1 reads two classes; f1_macro, f1_micro and f1_weighted read more")
    hits, true, said = _counts(truth, probabilities, weight)
    return float(_f1s(hits, true, said)[1]) if true[1] else float("nan")


def _f1_macro(truth: Truth, probabilities: Array, weight: Array) -> float:
    """Mean of the F1 of each class that is true or said in some row, as scikit-learn takes it.

    0 to 1; NaN where no label is true in any row. Human Protein Atlas (Kaggle 2018, labels), University of
    Liverpool Ion Switching (Kaggle 2020, classes).
    """
    hits, true, said = _counts(truth, probabilities, weight)
    return float(_f1s(hits, true, said)[true + said > 0].mean()) if true.any() else float("nan")


def _f1_micro(truth: Truth, probabilities: Array, weight: Array) -> float:
    """F1 of the hits of all classes counted together; for classes it is the accuracy.

    0 to 1; NaN where no label is true in any row. iMet Collection (Kaggle 2020, labels).
    """
    hits, true, said = _counts(truth, probabilities, weight)
    return float(2 * hits.sum() / (true.sum() + said.sum())) if true.any() else float("nan")


def _f1_weighted(truth: Truth, probabilities: Array, weight: Array) -> float:
    """Mean of the F1 of each class, each counted by its true rows.

    0 to 1; NaN where no label is true in any row. Zindi ("weighted F1").
    """
    hits, true, said = _counts(truth, probabilities, weight)
    return float(true @ _f1s(hits, true, said) / true.sum()) if true.any() else float("nan")


def _set_fbeta(beta: float, truth: Truth, probabilities: Array, weight: Array) -> float:
    """Mean over rows of the F1 of the set of labels said and the set of true ones, 1 where both are empty.

    2 |said ∩ true| / (|said| + |true|) of each row; 0 to 1; never NaN. BirdCLEF 2021 (Kaggle), where "nocall" is a
    label like the others.
    """
    true, said = truth.astype(bool), probabilities > THRESHOLD
    both = beta**2 * true.sum(axis=1) + said.sum(axis=1)
    scores = np.where(both > 0, (1 + beta**2) * (true & said).sum(axis=1) / np.where(both > 0, both, 1.0), 1.0)
    return float(np.average(scores, weights=weight))


def set_fbeta(beta: float) -> Metric:
    """Mean over rows of the F-beta of the set of labels said and the set of true ones, 1 where both are empty.

    (1 + b²) |said ∩ true| / (|said| + b² |true|) of each row; 0 to 1; never NaN. Planet: Understanding the Amazon
    (Kaggle 2017) and iMet Collection (Kaggle 2019) with 2.
    """
    if not (np.isfinite(beta) and beta > 0):
        raise ValueError("beta is a finite number above 0")
    name = f"set_fbeta@{written(beta)}"
    return Metric(name, partial(_set_fbeta, float(beta)), True, truth="labels", reads="probabilities")


F1 = Metric("f1", _f1, True, truth="class", reads="probabilities")
F1_MACRO = Metric("f1_macro", _f1_macro, True, truth="class", reads="probabilities")
F1_MICRO = Metric("f1_micro", _f1_micro, True, truth="class", reads="probabilities")
F1_WEIGHTED = Metric("f1_weighted", _f1_weighted, True, truth="class", reads="probabilities")
F1_MACRO_LABELS = Metric("f1_macro_labels", _f1_macro, True, truth="labels", reads="probabilities")
F1_MICRO_LABELS = Metric("f1_micro_labels", _f1_micro, True, truth="labels", reads="probabilities")
F1_WEIGHTED_LABELS = Metric("f1_weighted_labels", _f1_weighted, True, truth="labels", reads="probabilities")
SET_F1 = Metric("set_f1", partial(_set_fbeta, 1.0), True, truth="labels", reads="probabilities")
