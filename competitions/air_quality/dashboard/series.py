"""Numbers of many places and days as short text."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

#: All that can stand in a JSON string within HTML as it is.
ALPHABET = "".join(chr(code) for code in range(33, 127) if chr(code) not in "\"\\<>&'")
BASE = len(ALPHABET)
#: Whole numbers below these take one, two and three letters; the rest takes four.
ONE, TWO = 64, 22
LIMITS = (ONE, ONE + TWO * BASE, ONE + TWO * BASE + BASE**2, ONE + TWO * BASE + BASE**2 + BASE**3)
#: Tenths of a unit that a value may have at most, so that all differences can be written.
MOST = 80_000

Integers = NDArray[np.int64]


def packed(numbers: Integers, ends: Integers) -> list[str]:
    """Whole numbers from 0 on as text, a text for each stretch that ends before one of `ends`.

    The first letter says how many follow: none, one, two or three (digits to base 88).
    """
    if len(numbers) and not 0 <= numbers.min() <= numbers.max() < LIMITS[-1]:
        raise ValueError(f"{numbers.min()} to {numbers.max()} cannot be packed")
    letters = np.zeros((len(numbers), 4), dtype=np.int64)
    length = np.searchsorted(np.array(LIMITS[:3]), numbers, side="right") + 1
    letters[:, 0] = numbers
    for long in (2, 3, 4):
        rows = np.flatnonzero(length == long)
        rest = numbers[rows] - LIMITS[long - 2]
        for place in range(long - 1, 0, -1):
            letters[rows, place] = rest % BASE
            rest = rest // BASE
        letters[rows, 0] = ONE + rest if long == 2 else ONE + TWO + long - 3
    codes = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)[letters]
    text = codes[np.arange(4) < length[:, None]].tobytes().decode()
    stops = [0, *np.concatenate([[0], np.cumsum(length)])[ends].tolist()]
    return [text[start:stop] for start, stop in itertools.pairwise(stops)]


def differences(tenths: Integers, known: NDArray[np.bool_], first: NDArray[np.bool_]) -> Integers:
    """Each value's difference to the last known one of its place, with the sign in the last bit, plus 1; 0: none.

    Parameters
    ----------
    first: where a place begins.
    """
    row = np.arange(len(tenths))
    last = np.maximum.accumulate(np.where(known, row, -1))
    before = np.concatenate([[-1], last[:-1]])
    start = np.maximum.accumulate(np.where(first, row, 0))
    base = np.where(before >= start, tenths[before], 0)
    change = tenths - base
    return np.where(known, np.where(change < 0, -2 * change - 1, 2 * change) + 1, 0)


def runs(days: Integers, first: NDArray[np.bool_]) -> tuple[Integers, Integers]:
    """Days as stretches: days left out, days there, in turn.

    Returns
    -------
    The numbers, and how many of them each row of the series closes a place with (cumulated, per place).
    """
    step = np.diff(days, prepend=0)
    opens = first | (step != 1)
    start = np.flatnonzero(opens)
    skipped = np.where(first, days, step - 1)[start]
    length = np.diff(np.append(start, len(days)))
    ends = np.append(np.flatnonzero(first)[1:], len(days))
    return np.column_stack([skipped, length]).ravel(), 2 * np.searchsorted(start, ends)


def series_of(rows: pd.DataFrame, columns: Sequence[str]) -> list[dict[str, str]]:
    """The packed series of each place: `d` its days, and the first letter of each column.

    Parameters
    ----------
    rows: by place (0, 1, …) and day, both ascending, no day twice; `columns` in tenths, NaN where not known.
        The low and the high end are written as distances from the prediction.
    """
    place = rows["number"].to_numpy()
    first = np.diff(place, prepend=-1) != 0
    ends = np.append(np.flatnonzero(first)[1:], len(rows))
    numbers, stops = runs(rows["day"].to_numpy(dtype=np.int64), first)
    texts = {"d": packed(numbers, stops)}
    for column in columns:
        values = rows[column].to_numpy(dtype=np.float64)
        known = ~np.isnan(values)
        if column in ("low", "high"):
            values = (values - rows["prediction"].to_numpy(dtype=np.float64)) * (1 if column == "high" else -1)
        tenths = np.where(known, values, 0).astype(np.int64)
        texts[column[0]] = packed(differences(tenths, known, first), ends)
    # A column that a place has nothing of is left out.
    empty = ALPHABET[0]
    return [
        {key: found[k] for key, found in texts.items() if key == "d" or found[k].strip(empty)} for k in range(len(ends))
    ]
