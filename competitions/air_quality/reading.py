"""Reading the tables of an edition, with refusals instead of tracebacks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.air_quality.observations import Observations
from competitions.air_quality.schema import Schema
from core.errors import Refusal
from core.reading import read_csv, some
from core.table import refuse_other_ids, shown

#: A day, and perhaps a time of it, which is cut off.
ISO = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?"
BOUNDS = {"latitude": 90.0, "longitude": 180.0}


def read_train_and_test(folder: Path, schema: Schema) -> tuple[Observations, Observations, tuple[str, ...]]:
    """Read both tables, and leave out inputs that one of them lacks: a model could not use them.

    Returns
    -------
    Train, test, and notes on what was left out.

    Raises
    ------
    Refusal: as `read_observations`; no input in common; an id in both.
    """
    train, test = read_observations(folder, schema, "train"), read_observations(folder, schema, "test")
    both = [name for name in train.inputs.columns if name in test.inputs.columns]
    if not both:
        raise Refusal(
            f"{folder / schema.train} and {folder / schema.test} have no input in common",
            "are both of one edition? inputs are columns of numbers",
        )
    repeated = test.ids[test.ids.isin(train.ids)]
    if len(repeated):
        raise Refusal(
            f"{folder / schema.test}: id {repeated[0]!r} stands in {schema.train} too ({len(repeated)} such rows)",
            "leave measured rows out of the test, or give rows ids of their own",
        )
    notes = []
    for file, seen in ((schema.train, train), (schema.test, test)):
        alone = [str(name) for name in seen.inputs.columns if name not in both]
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
    path = folder / (schema.train if which == "train" else schema.test)
    needed = [schema.target] if which == "train" else []
    where = [name for name in (schema.latitude, schema.longitude) if name]
    text = [name for name in schema.text if name not in (schema.city, schema.country)]
    frame = read_csv(path, text=text, required=[*needed, *where, *filter(None, (schema.city, schema.country))])
    day = _days(frame[schema.date], path)
    ids = _ids(frame, schema, path)
    place = _column(frame, schema.place, ids)
    position = {name: _position(frame, column, ids, path, name) for name, column in
                (("latitude", schema.latitude), ("longitude", schema.longitude))}  # fmt: skip
    _refuse_moved(place, position, path)
    return Observations(
        ids=ids,
        place=place,
        city=_column(frame, schema.city, ids),
        country=_column(frame, schema.country, ids),
        latitude=position["latitude"],
        longitude=position["longitude"],
        day=pd.Series(day, index=ids),
        inputs=_inputs(frame, schema, ids, path),
        target=_target(frame, schema.target, ids, path) if which == "train" else None,
    )


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
    if found.isna().any():
        row = int(found.isna().to_numpy().argmax())
        raise Refusal(
            f"{path}, row {row + 2}, column {str(dates.name)!r}: {dates.iloc[row]!r} is no day"
            f" ({int(found.isna().sum())} such rows)",
            "write days as year, month and day: 10/09/2022 is another day elsewhere",
            expected="2024-01-31",
        )
    return found.to_numpy().astype("datetime64[D]").astype(np.int64)


def _ids(frame: pd.DataFrame, schema: Schema, path: Path) -> pd.Index:
    made = schema.id is None
    ids = frame[schema.place] + " X " + frame[schema.date].str.strip() if made else frame[str(schema.id)]
    if ids.duplicated().any():
        row = int(ids.duplicated().to_numpy().argmax())
        label = f"{schema.place} and {schema.date}" if made else repr(schema.id)
        raise Refusal(
            f"{path}, row {row + 2}, column {label}: {ids.iloc[row]!r} occurs more than once"
            f" ({int(ids.duplicated().sum())} such rows)",
            "remove the repeated rows" + (", or name a column of ids in air-quality.toml" if made else ""),
        )
    return pd.Index(ids.to_numpy(dtype=object), dtype=object, name=schema.id or "id")


def _column(frame: pd.DataFrame, name: str | None, ids: pd.Index) -> pd.Series:
    """Text; empty where nothing is known."""
    if name is None:
        return pd.Series("", index=ids, dtype=object)
    values = frame[name].astype(object).where(frame[name].notna(), "").astype(str).str.strip()
    return pd.Series(values.to_numpy(dtype=object), index=ids, dtype=object)


def _position(frame: pd.DataFrame, name: str | None, ids: pd.Index, path: Path, axis: str) -> pd.Series:
    if name is None:
        return pd.Series(np.nan, index=ids)
    values = _numbers(frame[name], path, f"degrees from -{BOUNDS[axis]:g} to {BOUNDS[axis]:g}")
    bad = np.abs(values) > BOUNDS[axis]
    if bad.any():
        row = int(bad.argmax())
        raise Refusal(
            f"{path}, row {row + 2}, column {name!r}: {values[row]:g} ({int(bad.sum())} such rows)",
            "mend the position; are latitude and longitude in each other's place?",
            expected=f"degrees from -{BOUNDS[axis]:g} to {BOUNDS[axis]:g}",
        )
    missing = np.isnan(values)
    if missing.any() and not missing.all():
        row = int(missing.argmax())
        raise Refusal(
            f"{path}, row {row + 2}, column {name!r}: no position ({int(missing.sum())} such rows)",
            "fill it in for every place, or name no columns of positions",
        )
    return pd.Series(values, index=ids)


def _refuse_moved(place: pd.Series, position: dict[str, pd.Series], path: Path) -> None:
    """One place is at one position: what is near it could not be said else."""
    for name, values in position.items():
        first = values.groupby(place.to_numpy()).transform("first")
        moved = ((values - first).abs() > 1e-6).to_numpy()
        if moved.any():
            row = int(moved.argmax())
            raise Refusal(
                f"{path}, row {row + 2}: place {place.iloc[row]!r} is at {name} {values.iloc[row]:g}, and elsewhere at"
                f" {first.iloc[row]:g}",
                "give two places two names, or one place one position",
            )


def _target(frame: pd.DataFrame, name: str, ids: pd.Index, path: Path) -> pd.Series:
    values = _numbers(frame[name], path, "a number of 0 or more")
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        row = int(bad.argmax())
        raise Refusal(
            f"{path}, row {row + 2}, column {name!r}: {shown(frame[name].iloc[row])} ({int(bad.sum())} such rows)",
            "mend or remove rows without a measured value",
            expected="a number of 0 or more",
        )
    return pd.Series(values, index=ids, name=name)


def _inputs(frame: pd.DataFrame, schema: Schema, ids: pd.Index, path: Path) -> pd.DataFrame:
    found = {}
    for name in frame.columns:
        if name in schema.no_inputs:
            continue
        values = pd.to_numeric(frame[name], errors="coerce")
        known = frame[name].notna()
        if known.any() and values[known].isna().all():  # words: a name, a remark
            continue
        numbers = _numbers(frame[name], path, "a number or nothing")
        infinite = np.isinf(numbers)
        if infinite.any():
            row = int(infinite.argmax())
            said = f"{path}, row {row + 2}, column {name!r}: {shown(frame[name].iloc[row])} is no finite number"
            raise Refusal(said, "leave the cell empty where nothing is known", expected="a number or nothing")
        found[str(name)] = numbers
    return pd.DataFrame(found, index=ids)


def _numbers(column: pd.Series, path: Path, expected: str) -> npt.NDArray[np.float64]:
    """A column of numbers, NaN where a cell is empty."""
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
    words = np.isnan(values) & column.notna().to_numpy()
    if words.any():
        row = int(words.argmax())
        raise Refusal(
            f"{path}, row {row + 2}, column {str(column.name)!r}: {shown(column.iloc[row])} is no number"
            f" ({int(words.sum())} such rows)",
            "mend the cell, or leave it empty",
            expected=expected,
        )
    return values
