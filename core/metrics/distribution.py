"""Metrics of a distribution for each row. Truth is a vector of floats, predictions several columns.

The continuous ranked probability score (CRPS) is here in the two forms in which answers come: cumulated
probabilities at fixed thresholds (what Kaggle has asked for), and columns that are equally likely draws or
quantiles. For quantiles at chosen levels, `pinball` over them is half the score.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from core.metrics.metric import Array, Metric, written

Values = npt.NDArray[np.generic]


def _columns(predictions: Array, expected: int) -> Array:
    if predictions.shape[1] != expected:
        raise ValueError(f"{expected} columns of predictions are read, not {predictions.shape[1]}")
    return predictions


def _pinball(quantiles: tuple[float, ...], truth: Values, predictions: Array, weight: Array) -> float:
    levels = np.array(quantiles)
    short = truth.astype(float)[:, None] - _columns(predictions, len(levels))
    return float(np.average(np.maximum(levels * short, (levels - 1) * short).mean(axis=1), weights=weight))


def pinball(*quantiles: float) -> Metric:
    """Mean of q · (what is short) or (1 - q) · (what is over) of a prediction of quantile q, averaged over columns.

    0 and more, in the unit of the target; never NaN; half the mean absolute error at q = 0.5. M5 Uncertainty
    (Kaggle 2020: nine quantiles, there scaled by series, which row weights can do). One column of predictions per
    quantile, in the order given.
    """
    levels = tuple(float(quantile) for quantile in quantiles)
    if not levels or not all(0 < level < 1 for level in levels) or len(set(levels)) < len(levels):
        raise ValueError("quantiles lie between 0 and 1, each once")
    return Metric(f"pinball@{written(*levels)}", partial(_pinball, levels), False, truth="value")


def _crps_cdf(first: int, last: int, truth: Values, predictions: Array, weight: Array) -> float:
    thresholds = np.arange(first, last + 1)
    happened = truth.astype(float)[:, None] <= thresholds
    squares = (_columns(predictions, len(thresholds)) - happened) ** 2
    return float(np.average(squares.mean(axis=1), weights=weight))


def crps_cdf(first: int, last: int) -> Metric:
    """Mean squared difference of P(y ≤ t) and whether y ≤ t, over the whole numbers t from first to last.

    0 to 1, without unit; never NaN. NFL Big Data Bowl (Kaggle 2019: yards -99 to 99), Data Science Bowl (Kaggle
    2016: millilitres 0 to 599). One column of predictions per threshold: the probability cumulated up to it.
    """
    if first >= last:
        raise ValueError("the first threshold lies below the last one")
    return Metric(f"crps_cdf@{written(first, last)}", partial(_crps_cdf, first, last), False, truth="value")


def _crps_sample(truth: Values, predictions: Array, weight: Array) -> float:
    """CRPS of equally likely draws x of each row: mean |x - y| - mean |x - x'| / 2 (Gneiting and Raftery 2007).

    0 and more, in the unit of the target; never NaN; the absolute error where there is one column. Weather and
    demand ensembles. Columns may also be the quantiles (i - 1/2) / k, i = 1..k, in any order.
    """
    k = predictions.shape[1]
    # In sorted order each pair of draws is met once: x_i is the larger of i - 1 pairs and the smaller of k - i.
    apart = np.sort(predictions, axis=1) @ (2 * np.arange(1, k + 1) - k - 1) / k**2
    errors = np.abs(predictions - truth.astype(float)[:, None]).mean(axis=1)
    return float(np.average(errors - apart, weights=weight))


CRPS_SAMPLE = Metric("crps_sample", _crps_sample, False, truth="value")
