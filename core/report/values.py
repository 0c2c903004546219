"""Values: truth beside prediction, what is left over, and where."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.report.evidence import Evidence
from core.report.markup import Cell, Html, element, joined, number, plus_minus, table
from core.report.pictures import INK, MUTED, SERIES, axes, interval, picture, side_by_side

Array = npt.NDArray[np.float64]

#: Outputs with pictures of their own.
MOST_OUTPUTS = 4
TENTHS = 10


def of_values(evidence: Evidence) -> Html:
    """Hexagons, residuals and errors by tenth of the prediction, for each output."""
    rows = evidence.judged
    assert evidence.blended is not None
    predicted, weight = evidence.blended[rows], evidence.weight[rows]
    truth = evidence.truth[rows].astype(float).reshape(len(rows), -1)
    if truth.shape[1] != predicted.shape[1]:
        return Html("")
    parts = []
    for column in range(min(truth.shape[1], MOST_OUTPUTS)):
        name = evidence.outputs[column] if column < len(evidence.outputs) else str(column)
        p, y = predicted[:, column], truth[:, column]
        pictures = [_hexagons(p, y), _residuals(y - p, weight), _by_tenth(p, y, weight)]
        parts += [element("h3", name) if truth.shape[1] > 1 else "", side_by_side(pictures)]
    return joined([*parts, _table(evidence.outputs, predicted, truth, weight)])


def of_order(evidence: Evidence) -> Html:
    """The mean truth by tenth of the prediction: where only the order is scored, that is what it is worth."""
    rows = evidence.judged
    assert evidence.blended is not None
    predicted, weight = evidence.blended[rows], evidence.weight[rows]
    truth = evidence.truth[rows].astype(float).reshape(len(rows), -1)
    pictures = []
    for column in range(min(truth.shape[1], predicted.shape[1], MOST_OUTPUTS)):
        part = tenths(predicted[:, column])
        with axes(400, 290) as (figure, ax):
            for k in np.unique(part):
                mean, error = _mean(truth[part == k, column], weight[part == k])
                ax.plot([k + 1], [mean], "o", color=SERIES[0])
                interval(ax, k + 1, mean, mean - error, mean + error, SERIES[0])
            ax.set_xticks(range(1, TENTHS + 1))
            ax.set_xlabel("tenth of the rows, by prediction")
            ax.set_ylabel("mean truth")
            said = "Means with standard errors; where the order is good, they rise from left to right."
            pictures.append(picture(figure, f"{evidence.outputs[column]}: truth by tenth of the prediction", said))
    return side_by_side(pictures)


def tenths(values: Array) -> npt.NDArray[np.intp]:
    """The tenth, 0 to 9, that each value is in; equal values stay together.

    >>> tenths(np.array([3.0, 1.0, 2.0, 1.0])).tolist()
    [7, 0, 5, 0]
    """
    first = np.searchsorted(np.sort(values), values, side="left")
    return np.asarray(first * TENTHS // len(values))


def _hexagons(predicted: Array, truth: Array) -> Html:
    from matplotlib.colors import to_rgba

    with axes(380, 340) as (figure, ax):
        low, high = float(min(predicted.min(), truth.min())), float(max(predicted.max(), truth.max()))
        if not high > low:
            low, high = low - 0.5, high + 0.5
        cells = ax.hexbin(predicted, truth, gridsize=28, extent=(low, high, low, high), mincnt=1, linewidths=0.2)
        counts = np.asarray(cells.get_array(), dtype=float)
        depth = 0.12 + 0.88 * np.log1p(counts) / np.log1p(counts.max())
        cells.set_array(None)
        cells.set_facecolor([to_rgba(SERIES[0], round(float(value), 2)) for value in depth])
        cells.set_edgecolor("none")
        ax.plot([low, high], [low, high], color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        ax.set_xlabel("predicted")
        ax.set_ylabel("truth")
        said = f"Darker is more rows, up to {int(counts.max())}; on the dashed line, predictions are right."
        return picture(figure, "Truth beside prediction", said)


def _residuals(residuals: Array, weight: Array) -> Html:
    low, high = np.quantile(residuals, [0.005, 0.995])
    inside = (residuals >= low) & (residuals <= high)
    mean, spread = _mean(residuals, weight)[0], float(np.std(residuals))
    with axes(380, 340) as (figure, ax):
        ax.hist(residuals[inside], bins=40, weights=weight[inside], color=SERIES[0], alpha=0.8)
        ax.axvline(0, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        ax.axvline(mean, color=INK, linewidth=1.4)
        ax.set_xlabel("truth − prediction")
        ax.set_ylabel("rows" if (weight == 1).all() else "weight")
        said = (
            f"Mean {number(mean, 3)} (line), standard deviation {number(spread, 3)}; the furthest percent is left out."
        )
        return picture(figure, "Residuals", said)


def _by_tenth(predicted: Array, truth: Array, weight: Array) -> Html:
    part, residuals = tenths(predicted), truth - predicted
    with axes(380, 340) as (figure, ax):
        for k in np.unique(part):
            rows = part == k
            mean, error = _mean(residuals[rows], weight[rows])
            size = float(np.average(np.abs(residuals[rows]), weights=weight[rows]))
            ax.bar([k + 1], [size], color=SERIES[0], alpha=0.3, width=0.8)
            ax.plot([k + 1], [mean], "o", color=SERIES[1])
            interval(ax, k + 1, mean, mean - error, mean + error, SERIES[1])
        ax.axhline(0, color=MUTED, linewidth=1)
        ax.set_xticks(range(1, TENTHS + 1))
        ax.set_xlabel("tenth of the rows, by prediction")
        ax.set_ylabel("truth − prediction")
        said = "Bars: mean absolute error. Points: mean error with its standard error; away from 0 it is a bias."
        return picture(figure, "Error by prediction", said)


def _mean(values: Array, weight: Array) -> tuple[float, float]:
    """Weighted mean and its standard error, 0 for a single row."""
    mean, count = float(np.average(values, weights=weight)), len(values)
    if count < 2:
        return mean, 0.0
    spread = (weight * (values - mean)) ** 2
    return mean, float(np.sqrt(spread.sum() * count / (count - 1)) / weight.sum())


def _table(outputs: tuple[str, ...], predicted: Array, truth: Array, weight: Array) -> Html:
    rows: list[list[Cell]] = []
    for column in range(truth.shape[1]):
        y, residual = truth[:, column], truth[:, column] - predicted[:, column]
        mean, error = _mean(residual, weight)
        squared = float(np.average(residual**2, weights=weight))
        around = float(np.average((y - np.average(y, weights=weight)) ** 2, weights=weight))
        rows.append(
            [
                outputs[column] if column < len(outputs) else str(column),
                float(np.sqrt(squared)),
                float(np.average(np.abs(residual), weights=weight)),
                plus_minus(mean, error, 3),
                1 - squared / around if around > 0 else None,
            ]
        )
    headings = ["output", "RMSE", "MAE", "bias ± s.e.", "R²"]
    return table(headings, rows, "Errors of each output, all scored rows together")
