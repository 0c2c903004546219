"""A race to come, and the same race with something else: all as starters with features, in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from competitions.world_champs.race_card import RaceCard
from competitions.world_champs.records import EVENT, RIDER, Records
from competitions.world_champs.starter_table import table_of
from core.table import Table

#: Between the name of a scenario and the number of the race that it is like.
PART = "#"


@dataclass(frozen=True)
class Scenario:
    """One way that the race may be.

    Parameters
    ----------
    name: unique.
    card: the race.
    riders: who starts.
    climb_index: how hilly it is (see `History.climb_of_event`), NaN where earlier editions tell.
    """

    name: str
    card: RaceCard
    riders: tuple[str, ...]
    climb_index: float = float("nan")


def scenario_table(scenarios: Sequence[Scenario], records: Records) -> Table:
    """Starters of all scenarios, the event of each being its scenario's name.

    Of a scenario that is like several races the numbers are the means over these. All are on one day.
    """
    events, starters = [], []
    for scenario in scenarios:
        for number, like in enumerate(scenario.card.like or ("",)):
            event = f"{scenario.name}{PART}{number}"
            events.append(_event(event, scenario, like))
            starters.append(pd.DataFrame({EVENT: event, RIDER: list(scenario.riders)}))
    riders = dict.fromkeys(rider for scenario in scenarios for rider in scenario.riders)
    everything = _with(records, pd.DataFrame(events).set_index(EVENT), list(riders))
    table = table_of(everything, pd.concat(starters, ignore_index=True))
    return _merged(table)


def _event(event: str, scenario: Scenario, like: str) -> dict[str, object]:
    card = scenario.card
    return {
        EVENT: event,
        "race": card.name,
        "parent_race": "",
        "race_class": card.race_class,
        "kind": "one_day",
        "distance_km": card.distance_km,
        "day": card.day,
        "start": card.day,
        "same_as": like,
        "climb_index": scenario.climb_index,
    }


def _with(records: Records, events: pd.DataFrame, riders: Sequence[str]) -> Records:
    """What is known before the race, with further events and, where they are not known, riders.

    An event of the race's own day or later is no part of it: it may be the very race that the card is an edition of.
    """
    first = events.index[0]
    records = records.before(int(events["day"].min()))
    alone = events["same_as"] == ""
    events.loc[alone & (events.index != first), "same_as"] = first if events["same_as"][first] == "" else ""
    known = records.events.assign(same_as="", climb_index=np.nan)
    together = pd.concat([known, events]).sort_values("day", kind="stable")
    new = [rider for rider in riders if rider not in records.riders.index]
    added = pd.DataFrame({"name": new, "nationality": ""}, index=pd.Index(new, dtype=object, name=RIDER))
    people = pd.concat([records.riders, added.reindex(columns=records.riders.columns)]) if new else records.riders
    return replace(records, events=together, riders=people)


def _merged(table: Table) -> Table:
    """One row for each rider of a scenario: the means of numbers, the first of names."""
    scenario = table.keys[EVENT].str.rsplit(PART, n=1).str[0]
    ids = pd.Index(scenario + "|" + table.keys[RIDER], name=table.ids.name)
    if ids.is_unique:
        keys = table.keys.assign(**{EVENT: scenario}).set_axis(ids, axis=0)
        return Table(table.X.set_axis(ids, axis=0), None, keys)
    numbers = table.X.select_dtypes("number").columns
    X = table.X.set_axis(ids, axis=0)
    keys = table.keys.assign(**{EVENT: scenario}).set_axis(ids, axis=0)
    first = ~ids.duplicated()
    merged = X[first].copy()
    merged[numbers] = X[numbers].groupby(level=0, sort=False).mean().reindex(merged.index)
    return Table(merged, None, keys[first])
