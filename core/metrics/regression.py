"""Metrics of values. Truth is a vector of floats, predictions a single column."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.metrics.metric import Array, Metric

Values = npt.NDArray[np.generic]


def _column(predictions: Array) -> Array:
    if predictions.shape[1] != 1:
        raise ValueError(f"a regression metric reads one column of predictions, not {predictions.shape[1]}")
    return predictions[:, 0]


def _rmse(truth: Values, predictions: Array, weight: Array) -> float:
    return float(np.sqrt(np.average((truth.astype(float) - _column(predictions)) ** 2, weights=weight)))


def _mae(truth: Values, predictions: Array, weight: Array) -> float:
    return float(np.average(np.abs(truth.astype(float) - _column(predictions)), weights=weight))


def _rmsle(truth: Values, predictions: Array, weight: Array) -> float:
    if (truth.astype(float) < 0).any():
        raise ValueError("rmsle reads no negative truth")
    logs = np.log1p(truth.astype(float)) - np.log1p(np.maximum(_column(predictions), 0))
    return float(np.sqrt(np.average(logs**2, weights=weight)))


RMSE = Metric("rmse", _rmse, False, truth="value")
MAE = Metric("mae", _mae, False, truth="value")
RMSLE = Metric("rmsle", _rmsle, False, truth="value")
