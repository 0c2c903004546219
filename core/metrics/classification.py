"""Metrics of classes and their probabilities. Truth is a vector of codes unless said otherwise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.metrics.metric import Array, Metric, mean_of_known

Codes = npt.NDArray[np.generic]

#: Kaggle and Zindi clip probabilities before the logarithm; so does every score here.
CLIP = 1e-15


def normalised(probabilities: Array) -> Array:
    """Clip to [1e-15, 1] and divide each row by its sum, as the hosts do before a log loss."""
    clipped = np.clip(probabilities, CLIP, 1.0)
    return np.asarray(clipped / _row_sums(clipped)[:, None])


def _row_sums(values: Array) -> Array:
    """The bits of `values.sum(axis=1)`; for two or three columns in a fifteenth of its time."""
    if values.shape[1] >= 8:  # from here on numpy adds in another order
        return np.asarray(values.sum(axis=1))
    total = values[:, 0].copy()
    for column in range(1, values.shape[1]):
        total += values[:, column]
    return total


def per_class(probabilities: Array) -> Array:
    """Probabilities with a column per class; one column for two classes is an error."""
    if probabilities.shape[1] == 1:
        raise ValueError("class probabilities need one column per class, also for two classes")
    return probabilities


def row_losses(truth: Codes, probabilities: Array) -> Array:
    """Minus the logarithm of the probability of each row's class, (n,)."""
    clipped = np.clip(per_class(probabilities), CLIP, 1.0)
    own = clipped[np.arange(len(truth)), truth.astype(np.intp)]
    return np.asarray(-np.log(own / _row_sums(clipped)))


def _log_loss(truth: Codes, probabilities: Array, weight: Array) -> float:
    """Mean of -log of the probability of the true class, clipped at 1e-15, rows rescaled to sum to 1.

    0 to about 34.5, in nats; never NaN. ADDI Alzheimer's Detection (AIcrowd 2021), Quora Question Pairs (Kaggle 2017),
    UmojaHack Tunisia kinases (Zindi 2020).
    """
    return float(np.average(row_losses(truth, probabilities), weights=weight))


def _brier(truth: Codes, probabilities: Array, weight: Array) -> float:
    """Mean squared distance between the probabilities and the true class as ones and zeros (Brier 1950).

    0 to 2 over all classes: for two classes twice the score of scikit-learn, which counts one; never NaN. March
    Machine Learning Mania (Kaggle, since 2023) scores half of it.
    """
    exact = np.eye(per_class(probabilities).shape[1])[truth.astype(np.intp)]
    return float(np.average(((probabilities - exact) ** 2).sum(axis=1), weights=weight))


def _accuracy(truth: Codes, probabilities: Array, weight: Array) -> float:
    """Share of rows whose most probable class is the true one.

    0 to 1; never NaN. Titanic (Kaggle), InstaDeep Enzyme Classification (Zindi 2020).
    """
    return float(np.average(per_class(probabilities).argmax(axis=1) == truth, weights=weight))


def _balanced_accuracy(truth: Codes, probabilities: Array, weight: Array) -> float:
    """Mean over the true classes of the share of their rows that are found (the recall).

    0 to 1; classes without a row are left out; never NaN. ISIC 2019 (skin lesions).
    """
    hit = per_class(probabilities).argmax(axis=1) == truth
    recalls = [np.average(hit[truth == k], weights=weight[truth == k]) for k in np.unique(truth)]
    return float(np.mean(recalls))


def binary_auc(positive: npt.NDArray[np.bool_], score: Array, weight: Array) -> float:
    """Area under the ROC curve, ties counted half; NaN where one class is absent."""
    ups, downs = weight[positive].sum(), weight[~positive].sum()
    if ups == 0 or downs == 0:
        return float("nan")
    order = np.argsort(score)  # equal scores are added up, so that their order does not matter: 4 × the stable sort
    score, positive, weight = score[order], positive[order], weight[order]
    starts = np.flatnonzero(np.r_[True, score[1:] != score[:-1]])
    ups_tied = np.add.reduceat(np.where(positive, weight, 0.0), starts)
    downs_tied = np.add.reduceat(np.where(positive, 0.0, weight), starts)
    below = np.cumsum(downs_tied) - downs_tied
    return float((ups_tied * (below + downs_tied / 2)).sum() / (ups * downs))


def class_matrix(truth: npt.NDArray[np.generic], columns: int) -> npt.NDArray[np.bool_]:
    """Codes or labels as an n × k matrix of true and false."""
    if truth.ndim == 1:
        return np.asarray(truth[:, None] == np.arange(columns))
    return truth.astype(bool)


def _roc_auc(truth: Codes, probabilities: Array, weight: Array) -> float:
    """How often a row of the second class stands above one of the first, a tie counted half.

    0 to 1; NaN without rows of both classes. Home Credit Default Risk (Kaggle 2018).
    """
    if probabilities.shape[1] != 2:
        raise ValueError("roc_auc reads two classes; macro_roc_auc reads more")
    return binary_auc(truth == 1, probabilities[:, 1], weight)


def _macro_roc_auc(truth: Codes, probabilities: Array, weight: Array) -> float:
    """Mean over classes of one-against-rest areas under the ROC curve.

    0 to 1; classes without both kinds of rows are left out, NaN where all are. BirdCLEF 2024 to 2026 (Kaggle),
    which leaves out classes without a positive row.
    """
    matrix = class_matrix(truth, probabilities.shape[1])
    areas = [binary_auc(matrix[:, k], probabilities[:, k], weight) for k in range(probabilities.shape[1])]
    return mean_of_known(np.array(areas))


LOG_LOSS = Metric("log_loss", _log_loss, False, truth="class", reads="probabilities")
BRIER = Metric("brier", _brier, False, truth="class", reads="probabilities")
ACCURACY = Metric("accuracy", _accuracy, True, truth="class", reads="probabilities")
BALANCED_ACCURACY = Metric("balanced_accuracy", _balanced_accuracy, True, truth="class", reads="probabilities")
ROC_AUC = Metric("roc_auc", _roc_auc, True, truth="class", reads="probabilities", only_order=True)
MACRO_ROC_AUC = Metric("macro_roc_auc", _macro_roc_auc, True, truth="class", reads="probabilities", only_order=True)
MACRO_ROC_AUC_LABELS = Metric(
    "macro_roc_auc_labels", _macro_roc_auc, True, truth="labels", reads="probabilities", only_order=True
)
