"""Which events of several years are one race: classes, sponsors and spelling change in its name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

#: Words that tell no race from another.
COMMON = frozenset(
    re.findall(
        r"\w+",
        """a au and by classic classica classics cup d da de dei den del della der des di dl do door du el en et for gp
        gran grand grote group in international internationale koerse l la le les loop marathon me men memorial nc of
        one open p path pour preis prijs prix pro race road rr s stage t the tour trofeo trophee u um v van via voor
        weekend y
        """,
    )
)

#: Races that took another name, by the words that are left of the old and of the new one.
ALIASES = {
    "ouest france plouay": "bretagne ouest france",
    "e3 vlaanderen harelbeke": "e3",
    "e3 harelbeke": "e3",
    "record bank e3 harelbeke": "e3",
    "e3 binckbank": "e3",
    "e3 saxo bank": "e3",
    "rund finanzplatz eschborn frankfurt": "eschborn frankfurt",
    "eschborn frankfurt rund finanzplatz": "eschborn frankfurt",
    "vattenfall cyclassics": "cyclassics hamburg",
    "euroeyes cyclassics hamburg": "cyclassics hamburg",
    "bemer cyclassics": "cyclassics hamburg",
    "clasica ciclista san sebastian": "donostia san sebastian klasikoa",
    "omloop het nieuwsblad elite": "omloop het nieuwsblad",
    "giro lombardia": "lombardia",
    "royal bernard drome": "drome",
    "valence drome": "drome",
    "plumelec morbihan": "morbihan",
    "impanis petegem": "primus",
    "primus impanis petegem": "primus",
    "doubs conseil general": "doubs",
    "besancon doubs": "besancon",
    "handzame": "bredene koksijde",
}

#: Two names are one race from this share of common words on, if their days of the year lie so close, or from the second
#: share on at any time of the year.
ALIKE, APART, SURELY = 0.5, 45, 0.7
#: A race is not held again within so many days, or half of them under the very same name.
SOONEST = 120
YEAR = 365
#: Kinds of events that are held again.
HELD_AGAIN = ("one_day", "itt")


@cache
def words_of(name: str) -> tuple[str, ...]:
    """The words of a race's name that tell it from others.

    >>> words_of("57th Driedaagse Brugge - De Panne ME (1.UWT)"), words_of("E3 Harelbeke (WT)")
    (('driedaagse', 'brugge', 'panne'), ('e3',))
    """
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    plain = re.sub(r"\([^)]*\)|\b\d+(st|nd|rd|th|e|er|a|o)?\b", " ", plain)
    words = [word for word in re.split(r"[^a-z0-9]+", plain) if word and word not in COMMON]
    return tuple(ALIASES.get(" ".join(words), " ".join(words)).split())


def likeness(one: Iterable[str], other: Iterable[str]) -> float:
    """The share of the words of both that both have.

    >>> likeness(["brugge", "panne"], ["driedaagse", "brugge", "panne"])
    0.6666666666666666
    """
    first, second = set(one), set(other)
    return len(first & second) / len(first | second) if first | second else 0.0


class Register:
    """Races known so far: what they were called, and when they were held."""

    def __init__(self) -> None:
        self._names: list[set[tuple[str, ...]]] = []
        self._days: list[list[int]] = []
        self._by_word: dict[str, set[int]] = {}

    def number(self, words: tuple[str, ...], day: int) -> int:
        """The number of the race that an event of these words is an edition of, a new one where there is none."""
        rivals = sorted(set().union(*(self._by_word.get(word, ()) for word in words)))
        fitting = [(fit, self._days[race][-1], race) for race in rivals if (fit := self._fit(race, words, day)) > 0]
        race = max(fitting)[2] if fitting else len(self._days)
        if not fitting:
            self._names.append(set())
            self._days.append([])
        self._names[race].add(words)
        self._days[race].append(day)
        for word in words:
            self._by_word.setdefault(word, set()).add(race)
        return race

    def _fit(self, race: int, words: tuple[str, ...], day: int) -> float:
        """How well an event fits a race: 0 for not at all, 2 for the same words at the same time of the year."""
        gap = day - self._days[race][-1]
        near = any(abs((day - held + YEAR // 2) % YEAR - YEAR // 2) <= APART for held in self._days[race])
        if words in self._names[race]:
            return 0.0 if gap < SOONEST // 2 else 1.0 + near
        alike = max(likeness(words, name) for name in self._names[race])
        return alike + near if gap >= SOONEST and alike >= (ALIKE if near else SURELY) else 0.0


def identities(events: pd.DataFrame) -> npt.NDArray[np.int64]:
    """A number for each event, the same for editions of one race; -1 for stages, which are never held again.

    Events are looked at in order of time, and each is compared to earlier ones alone, so that no later event changes
    what is known of an earlier one.

    Parameters
    ----------
    events: in order of time, with `race`, `race_class`, `kind` and `day`.
    """
    registers: dict[tuple[bool, bool], Register] = {}
    numbers: dict[tuple[bool, bool, int], int] = {}
    found = np.full(len(events), -1, dtype=np.int64)
    rows = zip(events["race"], events["race_class"], events["kind"], events["day"], strict=True)
    for number, (race, race_class, kind, day) in enumerate(rows):
        if kind in HELD_AGAIN:
            # A time trial, and the race of those under 23, often bears the name of another on the same days.
            sort = kind == "itt", str(race_class).endswith(("U", "Ncup"))
            race_number = registers.setdefault(sort, Register()).number(words_of(str(race)), int(day))
            found[number] = numbers.setdefault((*sort, race_number), len(numbers))
    return found


def race_numbers(events: pd.DataFrame) -> npt.NDArray[np.int64]:
    """`identities`; an event with `same_as`, the id of another one, is of that one's race, whatever it is called."""
    if "same_as" not in events.columns:
        return identities(events)
    given = (events["same_as"] != "").to_numpy()
    found = np.full(len(events), -1, dtype=np.int64)
    found[~given] = identities(events[~given])
    found[given] = found[events.index.get_indexer(pd.Index(events["same_as"][given]))]
    return found
