"""A race that somebody describes by hand."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from competitions.world_champs.identity import likeness, words_of
from competitions.world_champs.records import Records
from competitions.world_champs.scoring import FITTED_CLASSES, SCORED_CLASSES
from core.errors import Refusal

#: How classes of races end that few mean: under 23, of nations, championships of a nation.
OTHER_RANKS = ("U", "Ncup", "NC")
KNOWN = ("name", "date", "distance_km", "climbing_m", "class", "like")
#: How a day may be written as text. 10/09/2022 is another day elsewhere.
DATES = ("%Y-%m-%d", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%d.%m.%Y")
EXAMPLE = 'name = "World Championships - Road Race", date = 2022-09-25, distance_km = 266.9, class = "WC"'


@dataclass(frozen=True)
class RaceCard:
    """A race to come.

    Parameters
    ----------
    name: of the race; earlier editions are found by it.
    day: whole days since 1970.
    distance_km: NaN where it is not known.
    race_class: such as "1.UWT".
    climbing_m: metres of climbing; NaN where they are not known.
    like: events (the latest edition of each) that the race is like, in place of its own earlier editions.
    """

    name: str
    day: int
    distance_km: float
    race_class: str
    climbing_m: float
    like: tuple[str, ...]


def read_race_card(path: Path, records: Records) -> RaceCard:
    """Read a race card in TOML: date, and as far as known name, distance_km, climbing_m, class, like = ["Amstel Gold"].

    Raises
    ------
    Refusal: no TOML, an unknown key, no date, a value of another kind, a race in `like` that no result is of.
    """
    try:
        with path.open("rb") as file:
            card = tomllib.load(file)
    except FileNotFoundError:
        raise Refusal(f"{path}: no such file", "write a race card", expected=EXAMPLE) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise Refusal(f"{path}: no TOML ({error})", "write key = value in each line", expected=EXAMPLE) from None
    unknown = [key for key in card if key not in KNOWN]
    if unknown:
        raise Refusal(f"{path}: unknown key {unknown[0]!r}", "use one of those", expected=", ".join(KNOWN))
    day = _day(path, card)
    like = card.get("like", [])
    names = [like] if isinstance(like, str) else like
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Refusal(f"{path}: like = {like!r}", "name races in brackets", expected='like = ["Amstel Gold"]')
    race_class = str(card.get("class", "1.UWT"))
    if race_class not in FITTED_CLASSES and race_class not in set(records.events["race_class"].astype(str)):
        raise Refusal(f"{path}: class = {race_class!r}", "write it as the data do", expected=", ".join(FITTED_CLASSES))
    return RaceCard(
        name=str(card.get("name", names[0] if names else "race")),
        day=day,
        distance_km=_number(path, card, "distance_km", 20, 400),
        race_class=race_class,
        climbing_m=_number(path, card, "climbing_m", 50, 10_000),
        like=tuple(latest_edition(name, records, day, str(path)) for name in names),
    )


def latest_edition(name: str, records: Records, day: int, where: str) -> str:
    """The event id of the last one-day race before a day whose name holds these words: of the name that is most like
    them, of the first rank before others. Races of under 23 and of nations are meant only by their very names.

    Raises
    ------
    Refusal: no race of such a name; some that come near are told.
    """
    events = records.events
    held = events[(events["kind"] == "one_day") & (events["day"] < day)]
    words = set(words_of(name))
    alike = np.array([_fit(words, race) for race in held["race"].astype(str)])
    if len(alike) and alike.max() >= 0.99:
        meant = held[alike >= 0.99]
        closest = np.array([likeness(words, words_of(race)) for race in meant["race"].astype(str)])
        usual = ~meant["race_class"].astype(str).str.endswith(OTHER_RANKS).to_numpy()
        first = meant["race_class"].isin(SCORED_CLASSES).to_numpy()
        last = np.lexsort((meant["day"], first, closest, usual | (closest > 0.99)))[-1]
        return str(meant.index[last])
    near = held["race"].astype(str).to_numpy()[np.argsort(-alike, kind="stable")[:200]]
    some = ", ".join(dict.fromkeys(near))[:200]
    raise Refusal(f"{where}: no race like {name!r} before that day", "name one of the data", expected=some or None)


def _fit(words: set[str], race: str) -> float:
    """1 where all words are in the name of a race."""
    theirs = set(words_of(race))
    return 1.0 if words and words <= theirs else likeness(words, theirs)


def _day(path: Path, card: Mapping[str, Any]) -> int:
    found = card.get("date")
    if isinstance(found, str):
        tried = (pd.to_datetime(found, errors="coerce", format=way) for way in DATES)
        found = next((day for day in tried if not pd.isna(day)), None)
    if isinstance(found, datetime.datetime):  # a Timestamp is one, and NaT too
        found = None if pd.isna(found) else found.date()
    if not isinstance(found, datetime.date):
        raise Refusal(f"{path}: date = {card.get('date')!r}", "write the day of the race", expected="date = 2022-09-25")
    return (found - datetime.date(1970, 1, 1)).days


def _number(path: Path, card: Mapping[str, Any], key: str, least: float, most: float) -> float:
    value = card.get(key, float("nan"))
    if isinstance(value, bool) or not isinstance(value, int | float) or not (least <= value <= most or key not in card):
        unit = "metres" if key.endswith("_m") else "kilometres"
        raise Refusal(f"{path}: {key} = {value!r}", f"write a number of {unit}", expected=f"{least:g} to {most:g}")
    return float(value)
