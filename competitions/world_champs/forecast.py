"""The forecast of a race to come: probabilities, reasons and what would be otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.world_champs.course import climb_index_of
from competitions.world_champs.history import History
from competitions.world_champs.plackett_luce import top_counts
from competitions.world_champs.race_card import RaceCard, read_race_card
from competitions.world_champs.race_temperature import PLACES, RaceTemperature
from competitions.world_champs.reasons import reasons
from competitions.world_champs.records import EVENT, RIDER, Records
from competitions.world_champs.scenarios import Scenario, scenario_table
from competitions.world_champs.startlist import Startlist, read_startlist
from core.chart import Chart, Series
from core.exhibit import Exhibit
from core.forecast import Forecast
from core.table import Table

Array = npt.NDArray[np.float64]
Model = Callable[[Table], "pd.Series"]

#: Races that are drawn for each scenario.
SAMPLES = 100_000
SHOWN, EXPLAINED, PARTS = 10, 10, 3
#: No field of fewer riders is scored, and few are learnt from.
SMALL = 60
#: What would be otherwise: so many favourites stay away, the race is so much longer, or like one of so many others.
AWAY, LONGER = 3, 1.2
LIKE = 5
#: Classes of the races that everybody knows.
FIRST_RANK = ("1.UWT", "WT")
AS_GIVEN = "as given"


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
    climb, said = climb_index_of(race, records, data / "course_profiles.csv")
    main = Scenario(AS_GIVEN, race, starters.riders, climb)
    others = what_ifs(main, records)
    table = scenario_table([main, *others], records)
    strength = model(table)
    by_name = {name: strength[(table.keys[EVENT] == name).to_numpy()] for name in (s.name for s in (main, *others))}
    own = table.take(np.flatnonzero((table.keys[EVENT] == AS_GIVEN).to_numpy()))
    riders = _probabilities(by_name[AS_GIVEN], own, starters, temperature)
    favourites = list(riders[RIDER][:AWAY])
    away = [
        replace(main, name=f"without {rider}", riders=tuple(r for r in main.riders if r != rider))
        for rider in favourites
    ]
    away_table = scenario_table(away, records) if len(main.riders) > AWAY + 1 else None
    if away_table is not None:
        gone = model(away_table)
        for scenario in away:
            by_name[scenario.name] = gone[(away_table.keys[EVENT] == scenario.name).to_numpy()]
    why = reasons(own, list(riders[RIDER][:EXPLAINED]), model)
    names = dict(zip(riders[RIDER], riders["name"], strict=True))
    exhibits = (
        _top_ten(race, riders),
        _reasons(riders, why),
        _what_ifs(by_name, names, favourites),
    )
    return Forecast(race.name, riders, exhibits, (*_notes(race, starters, records), *said))


def what_ifs(main: Scenario, records: Records) -> list[Scenario]:
    """The race longer, and like races that everybody knows."""
    found = []
    if np.isfinite(main.card.distance_km):
        longer = replace(main.card, distance_km=main.card.distance_km * LONGER)
        found.append(replace(main, name=f"{LONGER - 1:.0%} longer", card=longer))
    for event in unlike_races(records, main.card.day) if not main.card.like else ():
        card, name = replace(main.card, like=(event,)), records.events["race"][event]
        found.append(replace(main, name=f"like {name}", card=card, climb_index=float("nan")))
    return found


def unlike_races(records: Records, day: int) -> list[str]:
    """Events of the first rank, the last editions of races from the hilliest to the flattest that were held before."""
    known = records.before(day)
    history = History.of(known)
    held = (known.events["kind"] == "one_day") & known.events["race_class"].isin(FIRST_RANK)
    frame = pd.DataFrame({"race": history.race_of_event, "climb": history.climb_of_event}, index=known.events.index)
    frame = frame[held.to_numpy() & frame["climb"].notna().to_numpy()]
    races = frame.groupby("race")["climb"].agg(["mean", "size"])
    races = races[races["size"] > 1].sort_values("mean", kind="stable")
    places = (
        np.unique(np.linspace(0, len(races) - 1, LIKE).round().astype(int)) if len(races) else np.zeros(0, dtype=int)
    )
    chosen = races.index[places]
    return [str(frame.index[(frame["race"] == race).to_numpy()][-1]) for race in chosen]


def _probabilities(strength: pd.Series, own: Table, starters: Startlist, temperature: RaceTemperature) -> pd.DataFrame:
    value = strength.to_numpy(dtype=float)
    chances = {}
    for places in PLACES:
        drawn = top_counts(temperature.restated(value, places), (places,), SAMPLES)
        chances[places] = drawn[:, 0] / SAMPLES
    names = dict(zip(starters.riders, starters.names, strict=True))
    frame = pd.DataFrame(
        {
            RIDER: own.keys[RIDER].to_numpy(),
            "name": [names[rider] for rider in own.keys[RIDER]],
            "score": value,
            "win": chances[1],
            # Each is drawn under a temperature of its own; whoever wins is on the podium.
            "podium": np.maximum(chances[3], chances[1]),
            "top_10": np.maximum.reduce([chances[10], chances[3], chances[1]]),
        }
    )
    return frame.sort_values(["score", RIDER], ascending=[False, True], kind="stable").reset_index(drop=True)


def _top_ten(race: RaceCard, riders: pd.DataFrame) -> Exhibit:
    first = riders[:SHOWN]
    rows = tuple(
        (place, str(row["name"]), float(row["win"]), float(row["podium"]), float(row["top_10"]))
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


def _reasons(riders: pd.DataFrame, why: Mapping[str, Sequence[tuple[str, float]]]) -> Exhibit:
    rows = []
    for _, row in riders[:EXPLAINED].iterrows():
        parts = [f"{told} {worth:+.2f}" for told, worth in why.get(row[RIDER], ())[:PARTS]]
        rows.append((str(row["name"]), float(row["score"]), ", ".join(parts)))
    note = (
        "each is what the log strength, beside the mean of the field, loses when that part of what is known of the"
        " rider is set to the field's median; they do not sum to the whole"
    )
    return Exhibit("why", ("rider", "log strength", "mostly by"), tuple(rows), (note,))


def _what_ifs(strengths: Mapping[str, pd.Series], names: Mapping[str, str], favourites: Sequence[str]) -> Exhibit:
    """The three most probable winners of every scenario."""
    rows = []
    for name, strength in strengths.items():
        value = strength.to_numpy(dtype=float)
        share = np.exp(value - value.max())
        share /= share.sum()
        riders = [id_.rsplit("|", 1)[1] for id_ in strength.index]
        first = np.argsort(-share, kind="stable")[:3]
        said = name
        for rider in favourites:
            said = said.replace(f"without {rider}", f"without {names[rider]}")
        rows.append((said, ", ".join(f"{names[riders[k]]} {share[k]:.0%}" for k in first)))
    return Exhibit("what if", ("the race", "wins most probably"), tuple(rows))


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
