"""What would be otherwise: the race longer, or like another one, or without a favourite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from competitions.world_champs.history import History
from competitions.world_champs.plackett_luce import win_probabilities
from competitions.world_champs.records import Records
from competitions.world_champs.scenarios import Scenario
from core.exhibit import Exhibit

AS_GIVEN = "as given"
#: The race is so much longer, or like one of so many others.
LONGER, LIKE = 1.2, 5
#: Classes of the races that everybody knows.
FIRST_RANK = ("1.UWT", "WT")
#: A chance that changes by less is told as unchanged.
LEAST_TOLD = 0.001


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


def wins_by_scenario(strengths: Mapping[str, pd.Series], names: Mapping[str, str]) -> pd.DataFrame:
    """Probabilities to win, a row for each rider and a column for each scenario; NaN for who stays away.

    Parameters
    ----------
    strengths: log strengths for the win by scenario, of starters by "scenario|rider".
    names: by rider; scenarios named "without RIDER" are called by them.
    """
    found = {}
    for scenario, strength in strengths.items():
        away = scenario.removeprefix("without ")
        called = f"without {names[away]}" if away != scenario and away in names else scenario
        called = f"{called} ({away})" if called in found else called  # two riders of one name
        riders = [str(id_).rsplit("|", 1)[1] for id_ in strength.index]
        found[called] = pd.Series(win_probabilities(strength.to_numpy(dtype=float)), index=riders)
    return pd.DataFrame(found)


def told_what_ifs(wins: pd.DataFrame, names: Mapping[str, str]) -> Exhibit:
    """The three most probable winners of every scenario, and whose chance changes most."""
    rows = []
    given = wins[AS_GIVEN]
    for scenario in wins.columns:
        chance = wins[scenario].sort_values(ascending=False, kind="stable")
        first = ", ".join(f"{names[str(rider)]} {share:.0%}" for rider, share in chance[:3].items())
        moved = (wins[scenario] - given).dropna()
        most = list(map(str, moved.abs().sort_values(ascending=False, kind="stable").index[:2]))
        told = [f"{names[rider]} {moved[rider] * 100:+.1f}" for rider in most if abs(moved[rider]) >= LEAST_TOLD]
        rows.append((scenario, first, ", ".join(told) or ("" if scenario == AS_GIVEN else "as before")))
    notes = (
        "changes are in percentage points; a rider who stays away leaves the others as strong as they are",
        "length and likeness change what is read of the riders, and the models say by how much: what they learnt of"
        " length alone is little",
    )
    return Exhibit("what if", ("the race", "wins most probably", "most changed"), tuple(rows), notes)
