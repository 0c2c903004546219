"""Predictions, checked and in the order in which the page holds them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from competitions.air_quality.dashboard.classes import Scale, class_numbers, scale_of
from competitions.air_quality.dashboard.places import labels
from competitions.air_quality.dashboard.series import MOST
from core.errors import Refusal

NEEDED = ("city", "country", "lat", "lon", "date", "prediction", "low", "high", "aqi_class", "unit", "model_id")
VALUES = ("prediction", "low", "high", "observed")
#: What no page can hold: control characters, halves of surrogate pairs, non-characters.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Prepared:
    """Predictions by place and day.

    Parameters
    ----------
    rows: `number` of the place, `day` from the first one on, the values in tenths and `model`, a position in `models`.
    places: by number: place (an id, or empty), city, country, lat, lon and a label that no other has.
    averaged: rows that stood for a place and day which had one already.
    """

    rows: pd.DataFrame
    places: pd.DataFrame
    scale: Scale
    first: pd.Timestamp
    models: tuple[str, ...]
    averaged: int

    @property
    def values(self) -> list[str]:
        return [name for name in VALUES if name in self.rows]

    @property
    def without_position(self) -> int:
        return int(self.places[["lat", "lon"]].isna().any(axis=1).sum())


def prepared(predictions: pd.DataFrame, unit: str) -> Prepared:
    """Check predictions and bring them in order.

    Parameters
    ----------
    unit: that they must have.

    Raises
    ------
    Refusal: what cannot be shown.
    """
    scale = _checked_unit(predictions, unit)
    frame = _values(predictions, scale)
    frame["date"] = _days(predictions).to_numpy()
    frame["model"], models = pd.factorize(_texts(predictions, "model_id"), sort=True)
    for name in ("city", "country", "place"):
        frame[name] = _texts(predictions, name)
    for name in ("lat", "lon"):
        frame[name] = _finite(_numbers(predictions, name))
    key = frame["place"].where(frame["place"] != "", frame["city"])
    frame["number"] = frame.groupby([key, "lat", "lon"], dropna=False, sort=True).ngroup()
    frame = frame.sort_values(["number", "date"], kind="stable")
    # Of each place the first row, whole: `first()` would skip a missing position.
    places = frame.drop_duplicates("number").set_index("number")[["place", "city", "country", "lat", "lon"]]
    means = dict.fromkeys([name for name in VALUES if name in frame], "mean")
    rows = frame.groupby(["number", "date"], as_index=False).agg({**means, "model": "first"})
    first = rows["date"].min()
    rows["day"] = (rows["date"] - first).dt.days
    for name in means:
        rows[name] = _tenths(rows[name].to_numpy(), scale)
    places = places.assign(label=labels(places))
    return Prepared(rows, places, scale, first, tuple(models), len(frame) - len(rows))


def clean(text: object) -> str:
    """Text with a mark in place of each character that no page can hold."""
    return UNPRINTABLE.sub("\ufffd", str(text)).strip()


def _checked_unit(predictions: pd.DataFrame, unit: str) -> Scale:
    if predictions.empty:
        raise Refusal("no predictions to show", "predict some rows first")
    missing = [name for name in NEEDED if name not in predictions]
    if missing:
        raise Refusal(f"predictions: no column {missing[0]!r}", "add it", expected=", ".join(NEEDED))
    units = sorted(set(predictions["unit"].astype(str)))
    if len(units) > 1:
        raise Refusal(f"predictions in several units: {', '.join(units[:5])}", "write a page for each unit")
    scale = scale_of(units[0])
    if scale_of(unit) != scale:
        raise Refusal(f"predictions in {units[0]!r} and a card for {unit!r}", "give the card the unit of the rows")
    return scale


def _values(predictions: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    """The values as numbers; an interval that is infinite, or lacks an end, claims nothing and is left out."""
    found = pd.DataFrame({name: _numbers(predictions, name) for name in VALUES if name in predictions})
    _refuse(~np.isfinite(found["prediction"]), predictions, "prediction", "a finite number")
    _refuse(found["low"] > found["high"] + 1e-9, predictions, "low", "low <= high")
    for name in found:
        found[name] = _finite(found[name].to_numpy())
        _refuse(found[name].abs() > MOST / 10, predictions, str(name), f"at most {MOST // 10} {scale.shown}")
    found.loc[found[["low", "high"]].isna().any(axis=1), ["low", "high"]] = np.nan
    return found


def _numbers(predictions: pd.DataFrame, name: str) -> NDArray[np.float64]:
    return pd.to_numeric(predictions[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(values), values, np.nan)


def _texts(predictions: pd.DataFrame, name: str) -> NDArray[np.object_]:
    """Texts of a column, cleaned; empty where nothing is given."""
    if name not in predictions:
        return np.full(len(predictions), "", dtype=object)
    codes, given = pd.factorize(predictions[name].to_numpy(dtype=object))
    return np.array([*(clean(text) for text in given), ""], dtype=object)[codes]


def _days(predictions: pd.DataFrame) -> pd.Series:
    given = predictions["date"]
    if not pd.api.types.is_datetime64_any_dtype(given):
        given = pd.to_datetime(given.astype(str), errors="coerce", format="ISO8601")
    _refuse(given.isna(), predictions, "date", "a day such as 2019-01-31")
    if given.dt.tz is not None:
        given = given.dt.tz_localize(None)
    return given.dt.normalize()


def _refuse(wrong: pd.Series, predictions: pd.DataFrame, name: str, expected: str) -> None:
    """Say the first wrong row, counted from 1."""
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        value = predictions[name].iloc[row]
        raise Refusal(f"predictions: row {row + 1}: {name} = {value}", "mend or leave out that row", expected=expected)


def _tenths(values: NDArray[np.float64], scale: Scale) -> NDArray[np.float64]:
    """Values to the nearest tenth, or to the one below where the nearest would be of another class."""
    nearest = np.floor(values * 10 + 0.5)
    other = class_numbers(nearest / 10, scale) != class_numbers(values, scale)
    return np.where(other, np.floor(values * 10 + 1e-6), nearest)
