"""Reading the tables of an edition, with refusals instead of tracebacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.air_quality.observations import Observations
from competitions.air_quality.one_city import with_one_city
from competitions.air_quality.schema import Schema
from core.errors import Refusal
from core.reading import MISSING, read_csv, some
from core.table import refuse_other_ids, shown

Array = npt.NDArray[np.float64]

#: A day, and perhaps a time of it, which is cut off.
ISO = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?( ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2}))?)?"
BOUNDS = {"latitude": 90.0, "longitude": 180.0}


def read_train_and_test(folder: Path, schema: Schema) -> tuple[Observations, Observations, tuple[str, ...]]:
    """Read both tables, and leave out inputs that one of them lacks: a model could not use them.

    Returns
    -------
    Train, test, and notes on what was left out.

    Raises
    ------
    Refusal: as `read_observations`; no input in common; an id in both; positions in one alone; a place that moves.
    """
    (train, words), (test, words_of_test) = _read(folder, schema, "train"), _read(folder, schema, "test")
    both = [name for name in train.inputs.columns if name in test.inputs.columns]
    if not both and len(train.inputs.columns) and len(test.inputs.columns):
        raise Refusal(
            f"{folder / schema.train} and {folder / schema.test} have no input in common",
            "are both of one edition? inputs are columns of numbers",
            expected=some(list(train.inputs.columns)),
        )
    repeated = test.ids[test.ids.isin(train.ids)]
    if len(repeated):
        raise Refusal(
            f"{folder / schema.test}: id {repeated[0]!r} stands in {schema.train} too ({len(repeated)} such rows)",
            "leave measured rows out of the test, or give rows ids of their own",
        )
    _refuse_other_positions(train, test, folder, schema)
    text = list(dict.fromkeys([*words, *words_of_test]))
    notes = [f"columns of text, or without a name, are no inputs: {some(text)}"] if text else []
    for file, seen in ((schema.train, train), (schema.test, test)):
        alone = [str(name) for name in seen.inputs.columns if name not in both and name not in text]
        if alone:
            notes.append(f"only {file} has {some(alone)}: left out")
    return replace(train, inputs=train.inputs[both]), replace(test, inputs=test.inputs[both]), tuple(notes)


def read_observations(folder: Path, schema: Schema, which: Literal["train", "test"]) -> Observations:
    """Read one table. Columns of text that the schema does not name are no inputs.

    Raises
    ------
    Refusal: no file or column, a day that is none, an id that repeats, a place without a name or at two positions, a
        position out of bounds or unknown of some places alone, a target that is missing, negative or no number, a word
        in a column of numbers.
    """
    return _read(folder, schema, which)[0]


def _read(folder: Path, schema: Schema, which: Literal["train", "test"]) -> tuple[Observations, list[str]]:
    """One table, and its columns that are no inputs though the schema does not say so."""
    path = folder / (schema.train if which == "train" else schema.test)
    needed = [schema.target] if which == "train" else []
    where = [name for name in (schema.latitude, schema.longitude) if name]
    names = [name for name in (schema.city, schema.country) if name]
    text = [name for name in (schema.id, schema.place, schema.date) if name]
    frame = read_csv(path, text=text, required=[*needed, *where, *names])
    if which == "train" and schema.name == "custom":
        _refuse_lacking(schema.drop, frame, path)
    place = frame[schema.place].str.strip()
    _refuse_rows(frame, (place == "").to_numpy(), schema.place, path, "fill it in or remove the row", "a name")
    day = _days(frame[schema.date], path)
    ids = _ids(frame, place, schema, path)
    numbers, words = _inputs(frame, schema, ids, path)
    latitude, longitude = _positions(frame, schema, place, path)
    city, country = _names(path, schema.city, []), _names(path, schema.country, ["NA"])
    seen = Observations(
        ids=ids,
        place=_text(place, ids),
        city=_text(city, ids),
        country=_text(country, ids),
        latitude=pd.Series(latitude, index=ids),
        longitude=pd.Series(longitude, index=ids),
        day=pd.Series(day, index=ids),
        inputs=numbers,
        target=_target(frame, schema.target, ids, path) if which == "train" else None,
    )
    _refuse_moved(seen, seen, path)
    return with_one_city(seen, path), words


def read_sample(folder: Path, schema: Schema, test: Observations) -> pd.DataFrame:
    """The sample submission: ids and the target; made of the test rows where an edition has none.

    Raises
    ------
    Refusal: other columns, or other ids than those of the test rows.
    """
    if schema.sample is None:
        return pd.DataFrame({schema.id or "id": test.ids.to_numpy(), schema.target: 0.0})
    path = folder / schema.sample
    name = schema.id or "id"
    sample = read_csv(path, text=[name], required=[schema.target], unique=[name])
    if list(sample.columns) != [name, schema.target]:
        raise Refusal(
            f"{path}, row 1: the columns are {some(list(sample.columns))}",
            "use the host's sample submission",
            expected=f"{name},{schema.target}",
        )
    refuse_other_ids(
        test.ids.rename(name),
        pd.Index(sample[name].to_numpy(dtype=object), name=name),
        name=str(folder / schema.test),
        other=schema.sample,
        way_out="use test rows and sample submission of one edition, both whole",
    )
    return sample


def _days(dates: pd.Series, path: Path) -> npt.NDArray[np.int64]:
    """Whole days since 1970."""
    plain = dates.str.strip()
    found = pd.to_datetime(plain.str.slice(0, 10).where(plain.str.fullmatch(ISO)), format="%Y-%m-%d", errors="coerce")
    _refuse_rows(
        dates.to_frame(),
        found.isna().to_numpy(),
        str(dates.name),
        path,
        "write days as year, month and day: 10/09/2022 is another day elsewhere",
        "2024-01-31",
    )
    return found.to_numpy().astype("datetime64[D]").astype(np.int64)


def _ids(frame: pd.DataFrame, place: pd.Series, schema: Schema, path: Path) -> pd.Index:
    made = schema.id is None
    ids = place + " X " + frame[schema.date].str.strip() if made else frame[str(schema.id)]
    if ids.duplicated().any():
        row = int(ids.duplicated().to_numpy().argmax())
        label = f"{schema.place} and {schema.date}" if made else repr(schema.id)
        raise Refusal(
            f"{path}, row {row + 2}, column {label}: {ids.iloc[row]!r} occurs more than once"
            f" ({int(ids.duplicated().sum())} such rows)",
            "remove the repeated rows" + (", or name a column of ids in air-quality.toml" if made else ""),
        )
    return pd.Index(ids.to_numpy(dtype=object), dtype=object, name=schema.id or "id")


def _names(path: Path, column: str | None, known: Sequence[str]) -> pd.Series | None:
    """A column as the text it is: 1 stays 1 beside an empty cell. Among countries, NA is known: Namibia."""
    if column is None:
        return None
    missing = [text for text in MISSING if text not in known]
    options: dict[str, Any] = {"dtype": str, "keep_default_na": False, "na_values": missing, "index_col": False}
    return pd.read_csv(path, usecols=[column], encoding="utf-8-sig", **options)[column].fillna("")


def _text(values: pd.Series | None, ids: pd.Index) -> pd.Series:
    """Text by id; empty where nothing is known."""
    if values is None:
        return pd.Series("", index=ids, dtype=object)
    return pd.Series(values.str.strip().to_numpy(dtype=object), index=ids, dtype=object)


def _positions(frame: pd.DataFrame, schema: Schema, place: pd.Series, path: Path) -> tuple[Array, Array]:
    """Latitude and longitude of rows: of all or of none."""
    found = []
    for axis, name in (("latitude", schema.latitude), ("longitude", schema.longitude)):
        if name is None:
            found.append(np.full(len(frame), np.nan))
            continue
        expected = f"degrees from -{BOUNDS[axis]:g} to {BOUNDS[axis]:g}"
        values = _numbers(frame[name], path, expected)
        way_out = "mend the position; are latitude and longitude in each other's place?"
        _refuse_rows(frame, np.abs(values) > BOUNDS[axis], name, path, way_out, expected)
        found.append(values)
    missing = np.isnan(found)
    rows = missing.any(axis=0)
    if rows.any() and not missing.all():
        which = 0 if missing[0].any() else 1
        raise Refusal(
            f"{path}, row {int(missing[which].argmax()) + 2}, column {(schema.latitude, schema.longitude)[which]!r}:"
            f" no position ({int(rows.sum())} such rows, of place {some(list(place[pd.Series(rows)].unique()))})",
            "fill it in for every place, or name no columns of positions",
        )
    return found[0], found[1]


def _refuse_moved(seen: Observations, known: Observations, path: Path, other: str = "elsewhere") -> None:
    """One place is at one position: what is near it could not be said else."""
    for axis in BOUNDS:
        values, first = getattr(seen, axis), getattr(known, axis).groupby(known.place.to_numpy()).first()
        there = seen.place.map(first).astype(float)
        moved = ((values - there).abs() > 1e-6).to_numpy()
        if moved.any():
            row = int(moved.argmax())
            raise Refusal(
                f"{path}, row {row + 2}: place {seen.place.iloc[row]!r} is at {axis} {values.iloc[row]:.9g},"
                f" and {other} at {there.iloc[row]:.9g} ({int(moved.sum())} such rows)",
                "give two places two names, or one place one position",
            )


def _refuse_other_positions(train: Observations, test: Observations, folder: Path, schema: Schema) -> None:
    """Positions are known in both tables, the same ones of the same places, or in none."""
    known = [not seen.latitude.isna().any() for seen in (train, test)]
    if known[0] != known[1]:
        path, other = folder / (schema.test if known[0] else schema.train), schema.train if known[0] else schema.test
        raise Refusal(
            f"{path}, row 2, column {schema.latitude!r}: no position, here or in any row; {other} has them",
            "fill it in for every place, or name no columns of positions",
        )
    _refuse_moved(test, train, folder / schema.test, f"in {schema.train}")


def _target(frame: pd.DataFrame, name: str, ids: pd.Index, path: Path) -> pd.Series:
    values = _numbers(frame[name], path, "a number of 0 or more")
    way_out = "mend or remove rows without a measured value"
    _refuse_rows(frame, ~(np.isfinite(values) & (values >= 0)), name, path, way_out, "a number of 0 or more")
    return pd.Series(values, index=ids, name=name)


def _inputs(frame: pd.DataFrame, schema: Schema, ids: pd.Index, path: Path) -> tuple[pd.DataFrame, list[str]]:
    """Columns of numbers, and the names of those that are none: words, and row numbers that pandas wrote."""
    found, words = {}, []
    for column in frame.columns:
        name = str(column)
        if name in schema.no_inputs:
            continue
        known = frame[name].notna()
        no_number = known.any() and pd.to_numeric(frame[name], errors="coerce")[known].isna().all()
        if no_number or name.startswith("Unnamed: "):
            words.append(name)
        else:
            way_out = "mend the cell, or leave it empty"
            if schema.name == "custom":
                way_out += f'; or leave the column out: drop = ["{name}"]'
            numbers = _numbers(frame[name], path, "a number or nothing", way_out)
            expected = "a finite number or nothing"
            _refuse_rows(frame, np.isinf(numbers), name, path, way_out, expected, " is no finite number")
            found[name] = numbers
    return pd.DataFrame(found, index=ids), words


def _numbers(column: pd.Series, path: Path, expected: str, way_out: str = "mend the cell, or leave it empty") -> Array:
    """A column of numbers, NaN where a cell is empty."""
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
    words = np.isnan(values) & column.notna().to_numpy()
    _refuse_rows(column.to_frame(), words, str(column.name), path, way_out, expected, " is no number")
    return values


def _refuse_rows(
    frame: pd.DataFrame,
    odd: npt.NDArray[np.bool_],
    column: str,
    path: Path,
    way_out: str,
    expected: str,
    said: str = "",
) -> None:
    if odd.any():
        row = int(odd.argmax())
        value = frame[column].iloc[row]
        cell = "empty" if pd.isna(value) else shown(value)
        raise Refusal(
            f"{path}, row {row + 2}, column {column!r}: {cell}{said} ({int(odd.sum())} such rows)",
            way_out,
            expected=expected,
        )


def _refuse_lacking(names: Sequence[str], frame: pd.DataFrame, path: Path) -> None:
    """A name in `drop` that is misspelt would leave a column among the inputs."""
    lacking = [name for name in names if name not in frame.columns]
    if lacking:
        raise Refusal(
            f"{path}: no column {lacking[0]!r}, which is to be dropped",
            "mend drop in air-quality.toml",
            expected=some([str(name) for name in frame.columns]),
        )
