"""Metrics of values. Truth is a vector of floats, predictions a single column, unless said otherwise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.metrics.metric import Array, Metric

Values = npt.NDArray[np.generic]


def one_column(predictions: Array) -> Array:
    """Predictions (n, 1) as a vector (n,); more columns are an error."""
    if predictions.shape[1] != 1:
        raise ValueError(f"a regression metric reads one column of predictions, not {predictions.shape[1]}")
    return predictions[:, 0]


def _rmse(truth: Values, predictions: Array, weight: Array) -> float:
    """Root of the mean squared error.

    0 and more, in the unit of the target; never NaN. Urban Air Pollution (Zindi 2020).
    """
    return float(np.sqrt(np.average((truth.astype(float) - one_column(predictions)) ** 2, weights=weight)))


def _mae(truth: Values, predictions: Array, weight: Array) -> float:
    """Mean absolute error.

    0 and more, in the unit of the target; never NaN. Ventilator Pressure (Kaggle 2021).
    """
    return float(np.average(np.abs(truth.astype(float) - one_column(predictions)), weights=weight))


def _rmsle(truth: Values, predictions: Array, weight: Array) -> float:
    """Root of the mean squared difference of log(1 + value), negative predictions counted as 0.

    0 and more, without unit; never NaN, a negative truth is an error. Bike Sharing Demand (Kaggle 2014).
    """
    if (truth.astype(float) < 0).any():
        raise ValueError("rmsle reads no negative truth")
    logs = np.log1p(truth.astype(float)) - np.log1p(np.maximum(one_column(predictions), 0))
    return float(np.sqrt(np.average(logs**2, weights=weight)))


def _r2(truth: Values, predictions: Array, weight: Array) -> float:
    """Share of the variance that is explained: 1 - mean squared error / variance.

    Up to 1, 0 for the mean of the truth; NaN where the truth is constant. Mercedes-Benz Greener Manufacturing
    (Kaggle 2017).
    """
    values = truth.astype(float)
    if (values == values[0]).all():
        return float("nan")
    error = np.average((values - one_column(predictions)) ** 2, weights=weight)
    variance = np.average((values - np.average(values, weights=weight)) ** 2, weights=weight)
    return float(1 - error / variance) if variance > 0 else float("nan")


def _mape(truth: Values, predictions: Array, weight: Array) -> float:
    """Mean of |error / truth|.

    0 and more, as a share (0.05 is 5 %); never NaN, a truth of 0 is an error. Playground S5E1 (Kaggle 2025).
    """
    values = truth.astype(float)
    if not values.all():
        raise ValueError("mape reads no truth of 0")
    return float(np.average(np.abs((values - one_column(predictions)) / values), weights=weight))


def _smape(truth: Values, predictions: Array, weight: Array) -> float:
    """Mean of 200 |error| / (|truth| + |prediction|), 0 where both are 0.

    0 to 200, in percent; never NaN. Web Traffic (Kaggle 2017), GoDaddy Microbusiness (Kaggle 2023).
    """
    values, said = truth.astype(float), one_column(predictions)
    size = np.abs(values) + np.abs(said)
    return float(np.average(200 * np.abs(values - said) / np.where(size > 0, size, 1.0), weights=weight))


def _mcrmse(truth: Values, predictions: Array, weight: Array) -> float:
    """Mean over columns of the root of the mean squared error of each; truth is a matrix.

    0 and more, in the unit of the targets; never NaN. OpenVaccine (Kaggle 2020), Feedback Prize ELL (Kaggle 2022).
    """
    squares = np.average((truth.astype(float) - predictions) ** 2, axis=0, weights=weight)
    return float(np.sqrt(squares).mean())


RMSE = Metric("rmse", _rmse, False, truth="value")
MAE = Metric("mae", _mae, False, truth="value", best_constant="median")
RMSLE = Metric("rmsle", _rmsle, False, truth="value", best_constant="log mean")
R2 = Metric("r2", _r2, True, truth="value")
MAPE = Metric("mape", _mape, False, truth="value", best_constant="relative median")
SMAPE = Metric("smape", _smape, False, truth="value", best_constant="median")
MCRMSE = Metric("mcrmse", _mcrmse, False, truth="values")
