"""Made-up predictions for the dashboard, and a reader of the page that knows nothing of its writer's code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from competitions.air_quality.dashboard.classes import aqi_class
from competitions.air_quality.dashboard.dashboard import Card

CARD = Card(
    title="Air over cities",
    unit="ug/m3",
    model_id="run-7",
    columns=("scheme", "rows", "RMSE", "MAE", "cover of 90 %"),
    rows=(("unseen site", 1448, 12.345678, 7.9, "90.1 %"), ("unseen city", 1448, 25.1, None, "88.0 %")),
    notes=("The model has seen 45 sites.",),
)


def predictions(places: int, days: int, *, unit: str = "ug/m3", gaps: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """Series with seasons, weather and an interval that widens with the value.

    Parameters
    ----------
    gaps: the share of days that are left out.
    """
    rng = np.random.default_rng(seed)
    day = np.arange(days)
    level = rng.lognormal(3.2, 0.5, places)[:, None]
    season = 1 + 0.4 * np.sin(2 * np.pi * (day / 365 + rng.uniform(0, 1, places)[:, None]))
    weather = np.exp(0.25 * rng.standard_normal((places, days)))
    value = (level * season * weather * (2.2 if unit != "ug/m3" else 1)).ravel()
    width = np.exp(rng.uniform(0.5, 0.8, places * days))
    place = np.repeat(np.arange(places), days)
    frame = pd.DataFrame(
        {
            "city": [f"City {number}" for number in place],
            "country": [f"Land {number % 12}" for number in place],
            "lat": rng.uniform(-33, 35, places).round(4)[place],
            "lon": rng.uniform(-16, 44, places).round(4)[place],
            "date": (pd.Timestamp("2019-01-01") + pd.to_timedelta(np.tile(day, places), "D")),
            "prediction": value,
            "low": value / width,
            "high": value * width,
            "aqi_class": aqi_class(value, unit),
            "unit": unit,
            "model_id": "run-7",
        }
    )
    return frame[rng.random(len(frame)) >= gaps].reset_index(drop=True)


def payload(page: Path) -> dict[str, Any]:
    """What stands in the page's block of data."""
    found = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page.read_text(encoding="utf-8"))
    assert len(found) == 1
    return json.loads(found[0])


def series(data: dict[str, Any], place: dict[str, Any]) -> pd.DataFrame:
    """The days and tenths of a place, read letter by letter."""
    days, at = [], 0
    steps = _numbers(data, place["d"])
    for skipped, length in zip(steps[::2], steps[1::2], strict=True):
        at += skipped
        days += range(at, at + length)
        at += length
    columns = {}
    for name, key in {"prediction": "p", "low": "l", "high": "h", "observed": "o", "model": "m"}.items():
        if key not in place:
            continue
        values, last = [], 0
        for code in _numbers(data, place[key]):
            if code:
                last += (code - 1) // 2 if code % 2 else -(code // 2)
            values.append(last if code else np.nan)
        columns[name] = values
    frame = pd.DataFrame(columns, index=pd.Index(days, name="day"), dtype=float)
    if "low" in frame:
        frame["low"], frame["high"] = frame["prediction"] - frame["low"], frame["prediction"] + frame["high"]
    return frame


def _numbers(data: dict[str, Any], text: str) -> list[int]:
    letters, one, two = data["alphabet"], data["one"], data["two"]
    base, found = len(letters), []
    rest = iter(text)
    for letter in rest:
        head = letters.index(letter)
        length = 0 if head < one else 1 if head < one + two else head - one - two + 2
        tail = 0
        for _ in range(length):
            tail = tail * base + letters.index(next(rest))
        start = [0, one, one + two * base, one + two * base + base**2][length]
        found.append(head if length == 0 else start + ((head - one) * base if length == 1 else 0) + tail)
    return found
