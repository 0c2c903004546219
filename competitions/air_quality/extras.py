"""What a run says besides its scores: errors by city, coverage of intervals, and what a smoothed series would score."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.air_quality.coverage import Covered, covered
from competitions.air_quality.dashboard.classes import CLASSES, class_numbers, scale_of
from competitions.air_quality.expected import expected
from competitions.air_quality.keys import CITY, DAY, PLACE, REGIME, UNIT
from core.chart import Chart, Series
from core.exhibit import Cell, Exhibit
from core.outcome import Outcome

Array = npt.NDArray[np.float64]

#: A city of fewer rows is shown without a claim.
CLAIMED = 100
#: Labels above this carry most of a squared error: it is told without them too, in µg/m³ and as a class in points.
EXTREME = {"ug/m3": 200.0, "AQI points": 300.0}
#: Days over which a series is smoothed.
SMOOTH = 10
MEAN, MEDIAN = "train mean", "train median"


def explain(outcome: Outcome) -> list[Exhibit]:
    """Tables of the nested predictions of the blend."""
    unit = str(outcome.dataset.score.keys[UNIT].iloc[0])
    rows = outcome.rows[~np.isnan(outcome.nested[outcome.rows, 0])]
    table = pd.DataFrame(
        {
            "regime": outcome.dataset.score.keys[REGIME].to_numpy()[rows],
            "city": outcome.dataset.score.keys[CITY].to_numpy()[rows],
            "place": outcome.dataset.score.keys[PLACE].to_numpy()[rows],
            "day": outcome.dataset.score.keys[DAY].to_numpy()[rows],
            "truth": outcome.dataset.score.labels().to_numpy(dtype=float)[rows],
            "told": outcome.nested[rows, 0],
            MEAN: outcome.members[MEAN][rows, 0],
            MEDIAN: outcome.members[MEDIAN][rows, 0],
        }
    )
    told = expected(table, outcome.dataset.test.keys, unit)
    return [by_city(table, unit), told, intervals(covered(table), unit), smoothed(table, unit)]


def by_city(table: pd.DataFrame, unit: str) -> Exhibit:
    """Errors in each regime and city, beside those of the mean and of the median of the fitted rows."""
    rows: list[tuple[Cell, ...]] = []
    ratios: dict[str, list[tuple[float, float]]] = {}
    for (regime, city), part in table.groupby(["regime", "city"], sort=True):
        truth, told = part["truth"].to_numpy(), part["told"].to_numpy()
        rmse, mae = _rmse(truth, told), _mae(truth, told)
        by_mean, by_median = _rmse(truth, part[MEAN].to_numpy()), _mae(truth, part[MEDIAN].to_numpy())
        usual = truth <= EXTREME[unit]
        claimed = len(part) >= CLAIMED
        if claimed:
            ratios.setdefault(str(regime), []).append((_ratio(rmse, by_mean), _ratio(mae, by_median)))
        name = str(city) or "all places"
        rows.append(
            (
                str(regime),
                name if claimed else f"{name} (few rows)",
                len(part),
                rmse,
                f"{_ratio(rmse, by_mean):.2f} ×",
                _rmse(truth[usual], told[usual]) if usual.any() else None,
                mae,
                f"{_ratio(mae, by_median):.2f} ×",
            )
        )
    notes = [
        f"{unit}; each city as if none of what is held out had been measured; × is the ratio to the mean (RMSE) and the"
        " median (MAE) of the fitted rows"
    ]
    for regime, found in ratios.items():
        first, second = np.mean(found, axis=0)
        notes.append(
            f"{regime}, mean over cities of {CLAIMED} rows and more: {first:.2f} × by RMSE, {second:.2f} × by MAE"
        )
    columns = ("what is known", "city", "rows", "RMSE", "to mean", f"RMSE ≤ {EXTREME[unit]:.0f}", "MAE", "to median")
    return Exhibit("errors by city", columns, tuple(rows), tuple(notes))


def intervals(found: Covered, unit: str) -> Exhibit:
    """How many rows the intervals of 90 % hold, and how wide they are."""
    rows: list[tuple[Cell, ...]] = []
    for (regime, city), part in found.rows.groupby(["regime", "city"], sort=True):
        name = str(city) or "all places"
        shown = name if len(part) >= CLAIMED else f"{name} (few rows)"
        rows.append(
            (str(regime), shown, len(part), f"{part['inside'].mean():.1%}", round(float(part["width"].mean()), 2))
        )
    whole = found.rows
    rows.append(("all", "", len(whole), f"{whole['inside'].mean():.1%}", round(float(whole["width"].mean()), 2)))
    notes = (
        f"widths in {unit}; the interval of a row is made from errors at other places; where a whole city is held out,"
        " those are of the same city too: with so few cities nobody can say how far off the next one is",
        f"of constant width, with the same coverage: {found.constant_width:.4g} {unit}",
    )
    chart = Chart(
        "bar",
        (
            Series(
                "held",
                tuple(f"{regime}: {city}" for regime, city, *_ in rows[:-1]),
                tuple(float(str(row[3]).rstrip("%")) / 100 for row in rows[:-1]),
            ),
        ),
        y_label="share of rows within",
    )
    columns = ("what is known", "city", "rows", "held", "mean width")
    return Exhibit("intervals of 90 %", columns, tuple(rows), notes, charts=(chart,))


def smoothed(table: pd.DataFrame, unit: str) -> Exhibit:
    """Errors of daily values and of means over some days, and how often the class of air quality is met."""
    rows: list[tuple[Cell, ...]] = []
    for regime, part in table.groupby("regime", sort=True):
        truth, told = part["truth"].to_numpy(), part["told"].to_numpy()
        means = [_smooth(part, name) for name in ("truth", "told")]
        apart = np.abs(class_numbers(truth, scale_of(unit)) - class_numbers(told, scale_of(unit)))
        rows.append(
            (
                str(regime),
                _rmse(truth, told),
                _mae(truth, told),
                _rmse(*means),
                _mae(*means),
                f"{(apart == 0).mean():.0%}",
                f"{(apart <= 1).mean():.0%}",
            )
        )
    columns = ("what is known", "RMSE", "MAE", f"RMSE, {SMOOTH} days", f"MAE, {SMOOTH} days", "class met", "within one")
    notes = (f"{unit}; classes of air quality: {', '.join(found.name for found in CLASSES)}",)
    return Exhibit("days, spells and classes", columns, tuple(rows), notes, brief=False)


def _smooth(part: pd.DataFrame, name: str) -> Array:
    """Means of the days of a place that lie within the window, by row."""
    found = np.empty(len(part))
    for rows in part.groupby("place", sort=False).indices.values():
        day, values = part["day"].to_numpy()[rows], part[name].to_numpy()[rows]
        near = np.abs(day[:, None] - day[None, :]) <= SMOOTH // 2
        found[rows] = near @ values / near.sum(axis=1)
    return found


def _ratio(one: float, other: float) -> float:
    """NaN beside a perfect score."""
    return one / other if other > 0 else float("nan")


def _rmse(truth: Array, told: Array) -> float:
    return round(float(np.sqrt(np.mean((truth - told) ** 2))), 3)


def _mae(truth: Array, told: Array) -> float:
    return round(float(np.mean(np.abs(truth - told))), 3)
