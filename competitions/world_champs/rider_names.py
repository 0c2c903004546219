"""Riders by the names that people write: accents, order of the parts, initials, nicknames, slips of the pen."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

import pandas as pd

#: Letters that fall apart into no plain one and an accent.
LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "đ": "d", "ł": "l", "ı": "i", "þ": "th", "ð": "d"})

#: What some riders are called.
NICKNAMES = {
    "purito": "joaquim rodriguez",
    "loulou": "julian alaphilippe",
    "bala": "alejandro valverde",
    "spartacus": "fabian cancellara",
    "gorilla": "andre greipel",
    "lo squalo": "vincenzo nibali",
    "mvdp": "mathieu van der poel",
    "wva": "wout van aert",
    "superman lopez": "miguel angel lopez",
    "pogi": "tadej pogacar",
}

#: Short forms of given names that are not their beginnings.
SHORT = {
    "tom": "thomas",
    "mike": "michael",
    "tony": "anthony",
    "dave": "david",
    "joe": "joseph",
    "bob": "robert",
    "bill": "william",
    "jim": "james",
    "eddy": "edward",
    "bert": "albert",
}

#: Two spellings are the same from this likeness on, and may be from the second on.
SAME, PERHAPS = 0.9, 0.8
#: What is said of riders who only may be meant: nobody is taken for them.
MAYBE = "perhaps another spelling"
#: A letter changes no shorter word into itself: Mora is not Moya.
LONG = 5


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in plain letters.

    >>> words_of("POGAČAR, Tadej"), words_of("Søren Kragh-Andersen")
    (('pogacar', 'tadej'), ('soren', 'kragh', 'andersen'))
    """
    plain = unicodedata.normalize("NFKD", name.casefold().translate(LETTERS)).encode("ascii", "ignore").decode()
    return tuple(re.findall(r"[a-z0-9]+", plain.replace("'", "")))


@dataclass(frozen=True)
class Found:
    """Who a name may stand for.

    Parameters
    ----------
    riders: ids, one where the name is clear.
    how: "exact", or in what way it differs: what is told of it.
    """

    riders: tuple[str, ...]
    how: str


class RiderNames:
    """All riders that may be meant.

    Parameters
    ----------
    names: by rider id.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._words = {rider: words_of(name) for rider, name in names.items()}
        self._ids = {" ".join(words_of(rider)): rider for rider in names}
        self._sorted: dict[tuple[str, ...], list[str]] = {}
        for rider, words in self._words.items():
            self._sorted.setdefault(tuple(sorted(words)), []).append(rider)

    @classmethod
    def of(cls, riders: pd.DataFrame) -> RiderNames:
        return cls(dict(zip(riders.index.astype(str), riders["name"].astype(str), strict=True)))

    def find(self, name: str) -> Found:
        """Whoever is meant by a name or an id; nobody where none is alike, several where it is not clear."""
        words = words_of(name)
        if name in self._words:
            return Found((name,), "exact")
        plain = " ".join(words)
        if plain in NICKNAMES:
            return Found(self.find(NICKNAMES[plain]).riders, "a nickname")
        if exact := self._sorted.get(tuple(sorted(words)), []):
            return Found(tuple(exact), "exact")
        if plain in self._ids:
            return Found((self._ids[plain],), "exact")
        for fits, said in ((_is_part, "a part of the name"), (_is_short, "a short form of the name")):
            if meant := [rider for rider, theirs in self._words.items() if fits(words, theirs)]:
                return Found(tuple(sorted(meant)), said)
        return self._alike(words)

    def _alike(self, words: tuple[str, ...]) -> Found:
        """Spellings that are nearly the same, whatever the order of the words."""
        asked = " ".join(sorted(words))
        scored = []
        for theirs, riders in self._sorted.items():
            matcher = SequenceMatcher(None, asked, " ".join(theirs), autojunk=False)
            if matcher.real_quick_ratio() >= PERHAPS and matcher.quick_ratio() >= PERHAPS:
                scored += [(matcher.ratio(), rider) for rider in riders]
        close = sorted(((ratio, rider) for ratio, rider in scored if ratio >= PERHAPS), reverse=True)
        surely = [rider for ratio, rider in close if ratio >= SAME and _is_slip(words, self._words[rider])]
        riders = surely if len(surely) == 1 else [rider for _, rider in close]
        said = "another spelling" if len(surely) == 1 else MAYBE
        return Found(tuple(riders), said if riders else "unknown")


def _is_part(words: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Whether all words are words of a name, or first letters of some; one longer word at least is there."""
    if not any(len(word) > 2 for word in words):
        return False
    left = list(theirs)
    for word in sorted(words, key=len, reverse=True):
        match = next((own for own in left if own == word or (len(word) == 1 and own.startswith(word))), None)
        if match is None:
            return False
        left.remove(match)
    return True


def _is_short(words: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Whether the names differ in one word alone, which is a short form of the other."""
    left, right = (sorted(set(one) - set(other)) for one, other in ((words, theirs), (theirs, words)))
    if len(words) != len(theirs) or len(words) < 2 or len(left) != 1 or len(right) != 1:
        return False
    short, long = sorted((left[0], right[0]), key=len)
    return (len(short) > 2 and long.startswith(short)) or SHORT.get(short) == long


def _is_slip(words: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Whether the words that differ are long enough for a slip of the pen."""
    return all(len(word) >= LONG for one, other in ((words, theirs), (theirs, words)) for word in set(one) - set(other))
