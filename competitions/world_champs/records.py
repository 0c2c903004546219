"""Results, events, riders and start lists, read and held against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.errors import Refusal
from core.reading import read_csv

EVENT, RIDER = "event_id", "rider_id"
KINDS = ("one_day", "itt", "stage", "itt_stage", "gc")
STATUSES = ("FIN", "DNF", "OTL", "DSQ")

OF_EVENTS = ("event_id", "date", "race", "parent_race", "race_class", "kind", "distance_km")
OF_RESULTS = ("event_id", "rider_id", "position", "status", "pcs_points")
OF_RIDERS = ("rider_id", "name", "birth_date", "nationality", "height_m", "weight_kg")

Days = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Records:
    """What is known of races and riders.

    Parameters
    ----------
    events: by event id, in order of time: `day` and `start` (whole days since 1970; the start of a stage race is its
        first day), race, race_class, kind, distance_km (km), parent_race.
    results: one row for each rider of an event that has been held: event_id, rider_id, position (place, NaN without
        one), placed (whether it is known where the rider came in, 0 for one who finished at an unknown place), points.
    riders: by rider id: name, born (day), nationality, height_m (m), weight_kg (kg).
    """

    events: pd.DataFrame
    results: pd.DataFrame
    riders: pd.DataFrame

    def before(self, day: int) -> Records:
        """As if nothing were known of events from this day on."""
        early = self.events["day"] < day
        known = self.results[EVENT].map(early).to_numpy(dtype=bool)
        return replace(self, events=self.events[early], results=self.results[known].reset_index(drop=True))

    def without(self, event_ids: Sequence[str]) -> Records:
        """As if the results of these events were not known; the events themselves stay."""
        kept = ~self.results[EVENT].isin(list(event_ids))
        return replace(self, results=self.results[kept].reset_index(drop=True))


def days_of(dates: pd.Series) -> pd.Series:
    """Whole days since 1970, by the same index; NaN without a date."""
    return (pd.to_datetime(dates, format="ISO8601", errors="coerce") - pd.Timestamp(0)) / pd.Timedelta(days=1)


def read_records(folder: Path) -> Records:
    """Read results.parquet (or results.csv), races.csv and riders.csv.

    Raises
    ------
    Refusal: a file or a column that is missing, an event or a rider that no file describes, a date, a place or a kind
        that is none, a rider who is twice in an event.
    """
    results_file = results_of(folder)
    results = read_results(results_file)
    events = read_events(folder / "races.csv")
    riders = read_riders(folder / "riders.csv")
    _refuse_unknown(results, EVENT, events.index, results_file, "races.csv")
    _refuse_unknown(results, RIDER, riders.index, results_file, "riders.csv")
    return Records(events, results, riders)


def results_of(folder: Path) -> Path:
    """The file of results: Parquet as the host gives it, or a CSV file of the same columns."""
    packed = folder / "results.parquet"
    return packed if packed.exists() else folder / "results.csv"


def read_results(path: Path) -> pd.DataFrame:
    """Results as `Records` holds them."""
    frame = _read_table(path, OF_RESULTS, text=(EVENT, RIDER))
    odd = ~frame["status"].isin(STATUSES).to_numpy()
    _refuse_row(frame, odd, "status", path, f"one of {', '.join(STATUSES)}")
    position = pd.to_numeric(frame["position"], errors="coerce").astype(float)
    no_place = (position.isna() & frame["position"].notna()) | (position < 1) | (position % 1 != 0) & position.notna()
    _refuse_row(frame, no_place.to_numpy(dtype=bool), "position", path, "a whole number of 1 or more, or nothing")
    finished = frame["status"] == "FIN"
    points = pd.to_numeric(frame["pcs_points"], errors="coerce").astype(float)
    no_points = (points.isna() & frame["pcs_points"].notna()) | np.isinf(points)
    _refuse_row(frame, no_points.to_numpy(dtype=bool), "pcs_points", path, "a number with a decimal point, or nothing")
    points = points.fillna(0.0)
    twice = frame.duplicated([EVENT, RIDER]).to_numpy()
    _refuse_row(frame, twice, RIDER, path, "each rider once in an event")
    return pd.DataFrame(
        {
            EVENT: frame[EVENT],
            RIDER: frame[RIDER],
            "position": position.where(finished),
            "placed": (~finished | position.notna()).astype(float),
            "points": points,
        }
    )


def read_events(path: Path) -> pd.DataFrame:
    """Events as `Records` holds them, with `is_test` where the file has it."""
    text = (EVENT, "race", "race_class", "kind")
    frame = read_csv(path, text=text, required=OF_EVENTS, unique=[EVENT])
    day = days_of(frame["date"])
    _refuse_row(frame, day.isna().to_numpy(), "date", path, "a date such as 2021-09-26")
    _refuse_row(frame, ~frame["kind"].isin(KINDS).to_numpy(), "kind", path, f"one of {', '.join(KINDS)}")
    frame = frame.assign(
        day=day.astype(np.int64),
        parent_race=frame["parent_race"].astype(object).where(frame["parent_race"].notna(), ""),
        distance_km=pd.to_numeric(frame["distance_km"], errors="coerce"),
    )
    frame = frame.sort_values(["day", EVENT], kind="stable")
    return with_starts(frame.set_index(EVENT))


def with_starts(events: pd.DataFrame) -> pd.DataFrame:
    """Add `start`: the first day of the stage race that an event is part of, else its own day.

    A stage race is one name in days that follow each other, or nearly so; it is held again after a gap.
    """
    parent, day = events["parent_race"].astype(str), events["day"]
    order = np.lexsort((day, parent))
    gap = np.diff(day.to_numpy()[order], prepend=day.to_numpy()[order][:1] if len(order) else [])
    new = (parent.to_numpy()[order] != np.roll(parent.to_numpy()[order], 1)) | (gap > LONGEST_REST)
    number = np.cumsum(new)
    first = pd.Series(day.to_numpy()[order]).groupby(number).transform("min").to_numpy()
    start = np.empty(len(events), dtype=np.int64)
    start[order] = first
    return events.assign(start=np.where(parent == "", day, start))


#: More days between two stages than any stage race rests.
LONGEST_REST = 7


def read_riders(path: Path) -> pd.DataFrame:
    """Riders as `Records` holds them."""
    frame = read_csv(path, text=(RIDER, "name"), required=OF_RIDERS, unique=[RIDER]).set_index(RIDER)
    nation = frame["nationality"].astype(object)
    return pd.DataFrame(
        {
            "name": frame["name"],
            "born": days_of(frame["birth_date"]),
            "nationality": nation.where(nation.notna(), ""),
            "height_m": pd.to_numeric(frame["height_m"], errors="coerce"),
            "weight_kg": pd.to_numeric(frame["weight_kg"], errors="coerce"),
        }
    )


def read_starters(path: Path, records: Records) -> pd.DataFrame:
    """Who starts where: event_id and rider_id, of events and riders that are known."""
    frame = read_csv(path, text=(EVENT, RIDER), unique=[EVENT, RIDER])[[EVENT, RIDER]]
    _refuse_unknown(frame, EVENT, records.events.index, path, "races.csv")
    _refuse_unknown(frame, RIDER, records.riders.index, path, "riders.csv")
    return frame


def _read_table(path: Path, required: Sequence[str], text: Sequence[str]) -> pd.DataFrame:
    if path.suffix != ".parquet":
        return read_csv(path, text=text, required=required)
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError, ImportError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Refusal(f"{path}: not readable as Parquet ({said[:160]})", "download the file again") from None
    missing = [column for column in required if column not in frame.columns]
    if missing:
        there = ", ".join(map(str, frame.columns[:12]))
        raise Refusal(f"{path}: no column {missing[0]!r}; there are {there}", "use the official file of this edition")
    for column in text:
        _refuse_row(frame, frame[column].isna().to_numpy(), column, path, "an id in every row")
    return frame.assign(**{column: frame[column].astype(str) for column in text})


def _refuse_row(frame: pd.DataFrame, odd: npt.NDArray[np.bool_], column: str, path: Path, expected: str) -> None:
    if odd.any():
        row = int(odd.argmax())
        first = 2 if path.suffix != ".parquet" else 1
        raise Refusal(
            f"{path}, row {row + first}, column {column!r}: {frame[column].iloc[row]!r} ({int(odd.sum())} such rows)",
            "mend or remove the row",
            expected=expected,
        )


def _refuse_unknown(frame: pd.DataFrame, column: str, known: pd.Index, path: Path, other: str) -> None:
    odd = ~frame[column].isin(known).to_numpy()
    if odd.any():
        row = int(odd.argmax())
        first = 2 if path.suffix != ".parquet" else 1
        raise Refusal(
            f"{path}, row {row + first}, column {column!r}: {frame[column].iloc[row]!r} is not in {other}"
            f" ({int(odd.sum())} such rows)",
            "use files of one edition, all whole",
        )
