"""Log losses beside the plain one: of labels, balanced over classes, weighted by class."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from core.metrics.classification import CLIP, row_losses
from core.metrics.metric import Array, Metric, written

Codes = npt.NDArray[np.generic]


def _log_loss_labels(truth: Codes, probabilities: Array, weight: Array) -> float:
    """Mean over labels of the binary log loss of each, probabilities clipped to [1e-15, 1 - 1e-15].

    0 to about 34.5, in nats; never NaN. Mechanisms of Action (Kaggle 2020).
    """
    clipped = np.clip(probabilities, CLIP, 1 - CLIP)
    losses = -np.log(np.where(truth.astype(bool), clipped, 1 - clipped))
    return float(np.average(losses.mean(axis=1), weights=weight))


def _shares(class_weights: tuple[float, ...], probabilities: Array) -> Array:
    if probabilities.shape[1] != len(class_weights):
        raise ValueError(f"{len(class_weights)} class weights for {probabilities.shape[1]} columns of probabilities")
    return np.array(class_weights)


def _balanced(class_weights: tuple[float, ...] | None, truth: Codes, probabilities: Array, weight: Array) -> float:
    """Mean over the true classes of the log loss of their rows, each class counted alike whatever its size.

    0 to about 34.5, in nats; classes without a row are left out; never NaN. ICR (Kaggle 2023).
    """
    codes, losses = truth.astype(np.intp), row_losses(truth, probabilities)
    rows = np.bincount(codes, weights=weight)
    present = rows > 0
    means = np.bincount(codes, weights=weight * losses)[present] / rows[present]
    if class_weights is None:
        return float(means.mean())
    shares = _shares(class_weights, probabilities)[: len(rows)][present]
    return float(shares @ means / shares.sum()) if shares.any() else float("nan")


def _weighted(class_weights: tuple[float, ...], truth: Codes, probabilities: Array, weight: Array) -> float:
    weight = weight * _shares(class_weights, probabilities)[truth.astype(np.intp)]
    return float(np.average(row_losses(truth, probabilities), weights=weight)) if weight.any() else float("nan")


def _checked(class_weights: tuple[float, ...]) -> tuple[float, ...]:
    weights = tuple(float(weight) for weight in class_weights)
    if len(weights) < 2 or not np.isfinite(weights).all() or min(weights) < 0 or max(weights) == 0:
        raise ValueError("give one weight per class, in the order of the outputs: finite, not negative, not all 0")
    return weights


def balanced_log_loss(*class_weights: float) -> Metric:
    """Weighted mean over the true classes of the log loss of their rows: a class counts by its weight, not its size.

    0 to about 34.5, in nats; NaN where all rows are of classes without weight. PLAsTiCC (Kaggle 2018). The weights
    are in the order of the outputs.
    """
    weights = _checked(class_weights)
    name = f"balanced_log_loss@{written(*weights)}"
    return Metric(name, partial(_balanced, weights), False, truth="class", reads="probabilities")


def weighted_log_loss(*class_weights: float) -> Metric:
    """Log loss in which each row counts by the weight of its true class.

    0 to about 34.5, in nats; NaN where all rows are of classes without weight. RSNA Lumbar Spine (Kaggle 2024:
    1, 2 and 4; a term for any severe case comes on top there). The weights are in the order of the outputs.
    """
    weights = _checked(class_weights)
    name = f"weighted_log_loss@{written(*weights)}"
    return Metric(name, partial(_weighted, weights), False, truth="class", reads="probabilities")


LOG_LOSS_LABELS = Metric("log_loss_labels", _log_loss_labels, False, truth="labels", reads="probabilities")
BALANCED_LOG_LOSS = Metric("balanced_log_loss", partial(_balanced, None), False, truth="class", reads="probabilities")
