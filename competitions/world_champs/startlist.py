"""A start list as somebody wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from competitions.world_champs.records import EVENT, RIDER, Records
from competitions.world_champs.rider_names import MAYBE, Found, RiderNames
from core.errors import Refusal
from core.reading import read_csv, seen

#: Columns of a start list that hold the name, the first that is there.
NAMED = ("name", "rider", RIDER)
#: Columns that tell namesakes apart: the nation, the year of birth.
APART = ("nationality", "born")
#: Of several riders of one name, whoever raced in so many days before the race is meant, if it is only one.
ACTIVE = 730
#: At least so many start.
FEWEST = 2


@dataclass(frozen=True)
class Startlist:
    """Who starts.

    Parameters
    ----------
    riders: ids, in the order of the file; those of unknown riders are their names.
    names: as they are shown.
    unknown: riders of whom there is no result.
    notes: how names were read that are not written as in the data.
    """

    riders: tuple[str, ...]
    names: tuple[str, ...]
    unknown: tuple[str, ...]
    notes: tuple[str, ...]


def read_startlist(path: Path, records: Records, day: int) -> Startlist:
    """Read a CSV file with a column `name` (or `rider`, or `rider_id`), and perhaps `nationality` and `born` (a year).

    Parameters
    ----------
    day: of the race.

    Raises
    ------
    Refusal: no such column, fewer than two riders, a rider who is there twice, names that may stand for several
        riders: they are listed, all at once.
    """
    frame, column = _table(path)
    names = RiderNames.of(records.riders)
    last = last_day(records, day)
    riders, shown, unknown, notes, unclear = [], [], [], [], []
    for number, row in enumerate(frame.to_dict("records")):
        name = str(row[column]).strip()
        found = _told_apart(names.find(name), row, records.riders)
        meant = _active(found, last, day)
        if found.how == MAYBE:
            people = "; ".join(_described(rider, records.riders, last) for rider in meant[:6])
            notes.append(f"{name!r} counts as unknown; if it is {people}, write the id")
            meant = ()
        if len(meant) > 1:
            people = "; ".join(_described(rider, records.riders, last) for rider in meant[:6])
            unclear.append(f"row {number + 2}: {name!r} may be {people}")
            continue
        rider = meant[0] if meant else name
        if not meant:
            unknown.append(name)
        elif found.how != "exact" or len(found.riders) > 1:
            why = found.how if len(found.riders) == 1 else "the only one who raced in the last two years"
            notes.append(f"{name!r} was read as {records.riders['name'][rider]} ({rider}): {why}")
        riders.append(rider)
        shown.append(str(records.riders["name"][rider]) if meant else name)
    _refuse(path, unclear, riders)
    return Startlist(tuple(riders), tuple(shown), tuple(unknown), tuple(notes))


def _table(path: Path) -> tuple[pd.DataFrame, str]:
    """The file with plain names of columns, and the one that holds the riders."""
    header = read_csv(path).columns
    written = {str(name).strip().casefold(): str(name) for name in header}
    column = next((written[name] for name in NAMED if name in written), None)
    if column is None:
        raise Refusal(
            f"{path}, row 1: no column 'name'; {seen(list(map(str, header)))}",
            "put the riders into a column of that name, columns separated by commas",
            expected="name, and perhaps nationality and born",
        )
    frame = read_csv(path, text=[column]).rename(columns={there: name for name, there in written.items()})
    column = column.strip().casefold()
    barred = frame[column].astype(str).str.contains("|", regex=False).to_numpy()
    if barred.any():
        first = int(barred.argmax())
        where = f"{path}, row {first + 2}, column {column!r}"
        raise Refusal(f"{where}: {frame[column].iloc[first]!r}", "write it without '|'")
    return frame, column


def last_day(records: Records, day: int) -> pd.Series:
    """The day of the last result before a day, by rider."""
    raced = records.results[EVENT].map(records.events["day"])
    return raced[raced < day].groupby(records.results[RIDER]).max()


def _told_apart(found: Found, row: dict[object, object], riders: pd.DataFrame) -> Found:
    """Those whose nation and year of birth are as the start list says, where it says so and that leaves somebody."""
    left = list(found.riders)
    nation, born = (row.get(name) for name in APART)
    if len(left) > 1 and isinstance(nation, str):
        left = [rider for rider in left if str(riders["nationality"][rider]).casefold() == nation.casefold()] or left
    if len(left) > 1 and str(born)[:4].isdigit():
        year = int(str(born)[:4])
        left = [rider for rider in left if _born(rider, riders) == year] or left
    return Found(tuple(left), found.how)


def _active(found: Found, last: pd.Series, day: int) -> tuple[str, ...]:
    if len(found.riders) < 2 or found.how == MAYBE:
        return found.riders
    active = tuple(rider for rider in found.riders if last.get(rider, -ACTIVE) >= day - ACTIVE)
    return active if len(active) == 1 else found.riders


def _born(rider: str, riders: pd.DataFrame) -> int | None:
    born = riders["born"][rider]
    return None if pd.isna(born) else int(pd.Timestamp(int(born), unit="D").year)


def _described(rider: str, riders: pd.DataFrame, last: pd.Series) -> str:
    nation, born = str(riders["nationality"][rider]), _born(rider, riders)
    parts = [part for part in (nation, "" if born is None else f"born {born}") if part]
    raced = last.get(rider)
    if raced is not None:
        parts.append(f"last result {pd.Timestamp(int(raced), unit='D'):%Y-%m-%d}")
    return f"{rider} ({', '.join(parts)})" if parts else rider


def _refuse(path: Path, unclear: list[str], riders: list[str]) -> None:
    if unclear:
        more = f"; and {len(unclear) - 10} more" if len(unclear) > 10 else ""
        raise Refusal(
            f"{path}: {len(unclear)} names are not clear: {'; '.join(unclear[:10])}{more}",
            "write the id instead of the name, or add columns nationality and born (a year)",
        )
    rows: dict[str, list[int]] = {}
    for number, rider in enumerate(riders):
        rows.setdefault(rider, []).append(number + 2)
    twice = [f"{rider} in rows {' and '.join(map(str, found))}" for rider, found in rows.items() if len(found) > 1]
    if twice:
        more = f"; and {len(twice) - 10} more" if len(twice) > 10 else ""
        raise Refusal(f"{path}: riders who are there twice: {'; '.join(twice[:10])}{more}", "keep one row of each")
    if len(riders) < FEWEST:
        raise Refusal(f"{path}: {len(riders)} riders", "name everybody who starts")
