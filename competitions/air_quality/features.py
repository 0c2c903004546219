"""Features of observations: inputs, places and days alone, never a target.

Days are calendar days: where the rows of a place are a sample of its days, the row before is not the day before. Rows
are sorted before anything is summed, so that their order does not matter to the last bit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.air_quality.city_windows import ENDINGS, CityDays
from competitions.air_quality.observations import Observations
from competitions.air_quality.place_days import PlaceDays
from competitions.air_quality.products import followed, is_geometry, product_of
from core.errors import Refusal

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
#: Columns are kept small until all are in one block: as float32, flags as they are.
Columns = dict[str, npt.NDArray[Any]]

HISTORICAL, FORECAST = "historical", "forecast"
#: Days a followed input is shifted by; those above 0 lie ahead.
SHIFTS = {HISTORICAL: (-1, -2, -3, 1, 2), FORECAST: (-1, -2, -3)}
#: Windows of days, by length; each holds the days of the one before and those said here.
WINDOWS: dict[str, dict[int, tuple[int, ...]]] = {
    HISTORICAL: {3: (0, -1, 1), 7: (-2, 2, -3, 3), 15: (-4, 4, -5, 5, -6, 6, -7, 7)},
    FORECAST: {3: (0, -1, -2), 7: (-3, -4, -5, -6)},
}
#: Days of a year on the circle of the seasons.
YEAR = 365.25


def features(seen: Observations, *, mode: str = HISTORICAL, geometry: bool = True) -> pd.DataFrame:
    """Features of each row, from the inputs, places and days of all rows that are seen.

    Parameters
    ----------
    mode: "historical" reads days before and after a row; "forecast" its own day and earlier ones alone.
    geometry: whether to keep the columns that say where the satellite and the sun stood.

    Returns
    -------
    Columns of float32 by the ids; NaN where nothing is known.
    """
    if mode not in SHIFTS:
        raise ValueError(f"mode is {HISTORICAL!r} or {FORECAST!r}, not {mode!r}")
    days = PlaceDays(seen)
    kept = [name for name in seen.inputs.columns if geometry or not is_geometry(name)]
    rows = calendar(days.day_of_row) | winds(seen.inputs) | missing(seen.inputs) | presence(days, mode)
    lines = followed(kept)
    names = [*kept, *rows, *(f"{name}_{suffix}" for name in lines for suffix in suffixes(mode))]
    names += [f"{name}{ending}" for name in lines for ending in ENDINGS.values()]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise Refusal(
            f"an input is called {twice[0]!r}, as a feature that is made of inputs is",
            "rename the column, or leave it out: drop in air-quality.toml",
        )
    # One block, filled column by column: a list of columns would be copied once more.
    values = np.empty((len(names), len(seen)), dtype=np.float32)
    number = iter(range(len(names)))
    for name in kept:
        values[next(number)] = seen.inputs[name]
    for column in rows.values():
        values[next(number)] = column
    for name in lines:
        for column in line(days, _column(seen.inputs, name), mode):
            values[next(number)] = column
    cities = CityDays(seen)
    for name in lines:
        for column in cities.windows(_column(seen.inputs, name), mode):
            values[next(number)] = column
    return pd.DataFrame(values.T, index=seen.ids, columns=names, copy=False)


def calendar(day: Whole) -> Columns:
    """Season as two waves of a year, and day of the week; Monday is 0."""
    date = day.astype("datetime64[D]")
    of_year = (date - date.astype("datetime64[Y]")).astype(np.int64)
    weekday = (day + 3) % 7
    found: Columns = {}
    for waves in (1, 2):
        # Looked up, not computed by row: the last bit of a sine may depend on where in the array it stands.
        angle = 2 * np.pi * waves * np.arange(366) / YEAR
        found[f"season_sin_{waves}"] = np.sin(angle).astype(np.float32)[of_year]
        found[f"season_cos_{waves}"] = np.cos(angle).astype(np.float32)[of_year]
    return found | {"weekday": weekday.astype(np.int8), "weekend": weekday >= 5}


def winds(inputs: pd.DataFrame) -> Columns:
    """Speed and direction of each wind that is given as two components; a calm has direction (0, 0)."""
    found: Columns = {}
    for east in inputs.columns:
        north = east.replace("u_component", "v_component")
        if north == east or north not in inputs.columns:
            continue
        u, v = _column(inputs, east), _column(inputs, north)
        speed = np.sqrt(u * u + v * v)
        name = east.replace("u_component_of_", "").replace("u_component", "wind")
        found[f"{name}_speed"] = speed.astype(np.float32)
        speed[speed == 0] = 1.0
        found[f"{name}_direction_sin"] = (v / speed).astype(np.float32)
        found[f"{name}_direction_cos"] = (u / speed).astype(np.float32)
    return found


def missing(inputs: pd.DataFrame) -> Columns:
    """Whether nothing of a satellite product is known, and how many products are."""
    unknown: dict[str, npt.NDArray[np.bool_]] = {}
    for name in inputs.columns:
        product = product_of(name)
        if product is not None:
            absent = np.isnan(_column(inputs, name))
            unknown[product] = unknown[product] & absent if product in unknown else absent
    present = np.full(len(inputs), len(unknown), dtype=np.int8)
    for absent in unknown.values():
        present -= absent
    return {f"missing_{product}": absent for product, absent in unknown.items()} | {"products_present": present}


def presence(days: PlaceDays, mode: str) -> Columns:
    """Rows of the place, and the share of the days between its first and its last that have one; so far or in all."""
    at = days.last if mode == HISTORICAL else np.arange(len(days))
    total = np.cumsum(days.rows)
    rows = total[at] - total[days.first] + days.rows[days.first]
    share = (at - days.first + 1) / (days.day[at] - days.day[days.first] + 1)
    return {
        "place_rows": rows.astype(np.float32)[days.of_row],
        "place_days_share": share.astype(np.float32)[days.of_row],
    }


def suffixes(mode: str) -> list[str]:
    """What `line` finds, in its order."""
    shifts = [f"lag_{-shift}" if shift < 0 else f"lead_{shift}" for shift in SHIFTS[mode]]
    windows = [f"mean_{length}_days" for length in WINDOWS[mode]]
    place = ["place_mean", "place_std", "place_min", "place_max", "less_place_mean"]
    return [*shifts, "change", *windows, *place, "city_day_mean_less_row"]


def inputs_of(columns: Iterable[object]) -> list[str]:
    """Those of the features that are columns of satellite products as they came."""
    made = (*(f"_{suffix}" for mode in SHIFTS for suffix in suffixes(mode)), *ENDINGS.values())
    return [str(name) for name in columns if product_of(str(name)) and not str(name).endswith(made)]


def line(days: PlaceDays, values: Array, mode: str) -> Iterator[Array]:
    """All features that follow one input, by row."""
    daily = days.averaged(values)
    for shift in SHIFTS[mode]:
        yield days.shifted(daily, shift)[days.of_row]
    yield values - days.shifted(daily, -1)[days.of_row]
    for mean in days.windows(daily, WINDOWS[mode].values()):
        yield mean[days.of_row]
    at = days.last[days.of_row] if mode == HISTORICAL else days.of_row
    mean, *others = days.so_far(daily)
    yield mean[at]
    for measure in others:
        yield measure[at]
    yield values - mean[at]
    yield days.city_mean(daily)[days.of_row] - values


def _column(inputs: pd.DataFrame, name: str) -> Array:
    return inputs[name].to_numpy(dtype=np.float64)
