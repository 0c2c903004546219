"""The forecast of a race to come: probabilities, reasons and what would be otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.world_champs.chances import chances
from competitions.world_champs.course import climb_index_of
from competitions.world_champs.race_card import RaceCard, read_race_card
from competitions.world_champs.race_temperature import RaceTemperature
from competitions.world_champs.reasons import reasons
from competitions.world_champs.records import EVENT, RIDER, Records
from competitions.world_champs.scenarios import Scenario, scenario_table
from competitions.world_champs.startlist import Startlist, read_startlist
from competitions.world_champs.what_ifs import AS_GIVEN, told_what_ifs, what_ifs, wins_by_scenario
from core.chart import Chart, Series
from core.errors import Refusal
from core.exhibit import Cell, Exhibit
from core.forecast import Forecast
from core.table import Table

Array = npt.NDArray[np.float64]
Model = Callable[[Table], "pd.Series"]

SHOWN, EXPLAINED, PARTS = 10, 10, 3
#: No field of fewer riders is scored, and few are learnt from.
SMALL = 60
#: So many favourites stay away, one at a time.
AWAY = 3


def forecast(
    records: Records, startlist: Path, card: Path, data: Path, model: Model, temperature: RaceTemperature
) -> Forecast:
    """Read a start list and a race card, and forecast.

    Parameters
    ----------
    data: the folder of results, which may hold course_profiles.csv.
    model: log strengths of starters, by id.
    temperature: of the run.
    """
    race = read_race_card(card, records)
    starters = read_startlist(startlist, records, race.day)
    if records.before(race.day).results[RIDER].isin(starters.riders).sum() == 0:
        raise Refusal(
            f"{card}: date = {pd.Timestamp(race.day, unit='D'):%Y-%m-%d}: no rider of the start list has a result"
            " before that day",
            f"mend the date, or name another folder than {data} with --data",
        )
    climb, said = climb_index_of(race, records, data / "course_profiles.csv")
    main = Scenario(AS_GIVEN, race, starters.riders, climb)
    others = what_ifs(main, records)
    asked = scenario_table([main, *others], records)
    strength = model(asked)
    by_name = {name: strength[(asked.keys[EVENT] == name).to_numpy()] for name in (s.name for s in (main, *others))}
    own = asked.take(np.flatnonzero((asked.keys[EVENT] == AS_GIVEN).to_numpy()))
    riders = _probabilities(by_name[AS_GIVEN], own, starters, temperature)
    favourites = list(riders[RIDER][:AWAY])
    for rider in favourites if len(main.riders) > AWAY + 1 else []:
        # Who stays away leaves the strengths of the others as they are: each gains in proportion.
        by_name[f"without {rider}"] = by_name[AS_GIVEN][(own.keys[RIDER] != rider).to_numpy()]
    why = reasons(own, list(riders[RIDER][:EXPLAINED]), model)
    names = dict(zip(riders[RIDER], riders["name"], strict=True))
    wins = wins_by_scenario(by_name, names)
    riders["reasons"] = [_told(why.get(rider, ())) for rider in riders[RIDER]]
    exhibits = (_top_ten(race, riders), _reasons(riders), told_what_ifs(wins, names))
    told = wins.drop(columns=AS_GIVEN).add_prefix("win, ").reindex(riders[RIDER]).reset_index(drop=True)
    table = pd.concat([riders, told], axis=1)
    return Forecast(race.name, table, exhibits, (*_notes(race, starters, records), *said))


def _probabilities(strength: pd.Series, own: Table, starters: Startlist, temperature: RaceTemperature) -> pd.DataFrame:
    value = strength.to_numpy(dtype=float)
    names = dict(zip(starters.riders, starters.names, strict=True))
    who = {
        RIDER: own.keys[RIDER].to_numpy(),
        "name": [names[rider] for rider in own.keys[RIDER]],
        "score": value,
    }
    frame = pd.concat([pd.DataFrame(who), chances(value, temperature)], axis=1)
    frame = frame.sort_values(["score", RIDER], ascending=[False, True], kind="stable").reset_index(drop=True)
    frame.insert(0, "place", np.arange(1, len(frame) + 1))
    return frame


def _top_ten(race: RaceCard, riders: pd.DataFrame) -> Exhibit:
    first = riders[:SHOWN]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (place, str(row["name"]), *(f"{row[chance]:.1%}" for chance in ("win", "podium", "top_10")))
        for place, (_, row) in enumerate(first.iterrows(), start=1)
    )
    rest = float(riders["win"][SHOWN:].sum())
    date = pd.Timestamp(race.day, unit="D")
    chart = Chart(
        "bar",
        tuple(
            Series(label, tuple(first["name"]), tuple(float(value) for value in first[column]))
            for label, column in (("win", "win"), ("podium", "podium"), ("first ten", "top_10"))
        ),
        y_label="probability",
    )
    return Exhibit(
        f"{race.name}, {date:%d %B %Y}",
        ("place", "rider", "win", "podium", "first ten"),
        rows,
        (f"somebody else wins with probability {rest:.2f}; {len(riders)} riders start",),
        charts=(chart,),
    )


def _told(parts: Sequence[tuple[str, float]]) -> str:
    """The largest reasons in words; empty for whom none were asked for."""
    return ", ".join(f"{told} {worth:+.2f}" for told, worth in parts[:PARTS])


def _reasons(riders: pd.DataFrame) -> Exhibit:
    rows = tuple(
        (str(row["name"]), f"{row['score']:.2f}", str(row["reasons"])) for _, row in riders[:EXPLAINED].iterrows()
    )
    note = (
        "each is what the log strength, beside the mean of the field, loses when that part of what is known of the"
        " rider is set to the field's median; they do not sum to the whole"
    )
    return Exhibit("why", ("rider", "log strength", "mostly by"), rows, (note,))


def _notes(race: RaceCard, starters: Startlist, records: Records) -> list[str]:
    notes = list(starters.notes)
    for like in race.like:
        event = records.events.loc[like]
        notes.append(f"like {event['race']} of {event['date']}")
    if len(starters.riders) < SMALL:
        notes.append(f"{len(starters.riders)} riders: most fields that were learnt from are larger, so that the"
                     " favourites of so few are told too surely")  # fmt: skip
    if starters.unknown:
        some = ", ".join(starters.unknown[:8]) + (" …" if len(starters.unknown) > 8 else "")
        notes.insert(0, f"{len(starters.unknown)} riders have no result here and count as unknown: {some}")
    last = int(records.events["day"][records.results[EVENT].unique()].max())
    if last >= race.day:
        notes.append("the run was fitted on races after this one too: this is no test of it")
    elif race.day - last > 30:
        notes.append(f"the last result is {race.day - last} days older than the race: form is out of date")
    return notes
