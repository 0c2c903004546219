"""Rows that are copies of each other, told from rows that are alike by chance."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.checks.cells import Array, Rows
from core.checks.single import BINS, bins_of

Hashes = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

#: A row for which chance makes fewer twins than this is thin; in the widest sense first.
THIN = (0.2, 0.02)
#: So many twins among the thinnest rows alone tell nothing.
FEWEST = 5
#: A fine column has so many distinct values among its rows, as a share.
FINE = 0.5
#: Columns that are held to be independent: at most so many, chosen among so many with most values.
MOST, AMONG = 8, 16
#: How much oftener two columns may agree together than independent ones, and all of them by all pairs.
PAIR, ALL = 1.25, 3.0


@dataclass(frozen=True)
class Twins:
    """Copies that were found.

    Parameters
    ----------
    codes: a number per distinct row, (rows,).
    copies: whether a row has a twin that chance does not explain, (rows,).
    unsure: whether there are more twins, which chance may explain.
    """

    codes: Rows
    copies: Mask
    unsure: bool = False


class TwinFinder:
    """Finds rows that agree on given columns more often than chance has it.

    Tables of few or coarse columns repeat rows by themselves, so that a repeat tells of a copy only where it is a
    surprise. If some columns are independent, a row with values v has at most n Π p(v) twins by chance, where p is the
    share of a value in its column: agreeing on all columns is rarer than agreeing on those. Rows for which this bound
    is small are thin, and copies are said to exist when the thin rows have far more twins than the bounds add up to
    (five times, and three standard errors). One column alone never tells: its repeats are its nature.

    Columns are held to be independent while Pearson's mean square contingency φ² is small between all of them (at
    most 32 cells a column, bias taken off, two standard errors added): 1 + φ² is how much oftener rows drawn at random
    agree on both than independence has it. Columns with most values are asked first.

    Parameters
    ----------
    cells, hashes: (columns, rows), the values and their hashes.
    rich: columns of long texts, each as good as two independent columns of its values.
    """

    def __init__(
        self,
        cells: Array,
        hashes: Hashes,
        rng: np.random.Generator,
        rich: Collection[int] = (),
        sample: int = 2_000,
    ) -> None:
        self.hashes, self.rich, self._cells = hashes, rich, cells
        rows = hashes.shape[1]
        self._some = np.sort(rng.choice(rows, sample, replace=False)) if rows > sample else np.arange(rows)
        self._agreement: dict[int, float] = {}
        self._together: dict[tuple[int, int], float] = {}
        self._shares: dict[int, Array] = {}

    def find(self, chosen: Sequence[int]) -> Twins:
        """Rows that agree on the chosen columns, and which of them are copies."""
        codes, sizes = groups_of(joined(self.hashes, chosen))
        none = Twins(codes, np.zeros(len(codes), dtype=bool))
        has_twin = sizes > 1
        if not has_twin.any():
            return none
        independent = self.independent(chosen)
        independent += [column for column in independent if column in self.rich]
        if len(independent) < 2:
            return replace(none, unsure=self._seldom_by_halves(chosen, codes))
        bound = np.full(len(codes), float(len(codes)))
        for column in independent:
            bound *= self._share(column)
        seen = [(float((has_twin & (bound < most)).sum()), float(bound[bound < most].sum())) for most in THIN]
        sure = [count > 1 + 5 * chance + 3 * np.sqrt(5 * chance) for count, chance in seen]
        if not (sure[0] or (sure[-1] and seen[-1][0] > FEWEST)):
            return none
        # All copies are wanted, not only the most surprising ones: down to where half of the twins may be chance.
        most = next(most for most, (count, chance) in zip(THIN, seen, strict=True) if count >= 2 * chance)
        copies = has_twin & (bound < most)
        return Twins(codes, copies, unsure=bool((has_twin & ~copies).any()))

    def _seldom_by_halves(self, chosen: Sequence[int], codes: Rows) -> bool:
        """Whether rows that agree on the most telling column agree on all others too.

        For columns that hang together, of which no two tell by themselves what chance does. Rows that meet in one
        fine column by chance differ elsewhere; copies do not.
        """
        if not chosen:
            return False
        finest = min(chosen, key=self._agrees)
        values, sizes = np.unique(self.hashes[finest], return_counts=True)
        if len(values) < FINE * len(codes):
            return False
        alike, twins = (float((counts * (counts - 1.0)).sum() / 2) for counts in (sizes, np.bincount(codes)))
        return twins > FEWEST and alike - twins <= twins / 10

    def independent(self, chosen: Sequence[int]) -> list[int]:
        """Columns with many values that hang together little."""
        told: list[int] = []
        total = 1.0
        for column in sorted(chosen, key=self._agrees)[:AMONG]:
            ratios = [self._oftener(column, other) for other in told]
            product = total * float(np.prod(ratios))
            if self._agrees(column) < 1 and max(ratios, default=1.0) <= PAIR and product <= ALL:
                told.append(column)
                total = product
            if len(told) == MOST:
                break
        return told

    @cached_property
    def _bins(self) -> Rows:
        """Cells of the sampled rows, (columns, sampled)."""
        return bins_of(self._cells[:, self._some], min(BINS, max(4, len(self._some) // 40)))

    def _agrees(self, column: int) -> float:
        """How often two rows drawn at random agree on a column."""
        if column not in self._agreement:
            counts = np.bincount(pd.factorize(self.hashes[column, self._some])[0]).astype(float)
            self._agreement[column] = float((counts**2).sum() / max(1.0, counts.sum() ** 2))
        return self._agreement[column]

    def _oftener(self, one: int, other: int) -> float:
        """1 + φ² of two columns."""
        pair = (min(one, other), max(one, other))
        if pair not in self._together:
            width = int(self._bins.max()) + 1
            table = np.bincount(self._bins[one] * width + self._bins[other], minlength=width**2)
            counts = table.reshape(width, width).astype(float)
            rows, columns, n = counts.sum(axis=1), counts.sum(axis=0), counts.sum()
            counts, rows, columns = counts[rows > 0][:, columns > 0], rows[rows > 0], columns[columns > 0]
            square = float((counts**2 / np.outer(rows, columns)).sum()) - 1
            freedom = (len(rows) - 1) * (len(columns) - 1)
            by_chance, error = freedom / max(1.0, n - 1), np.sqrt(2 * freedom) / max(1.0, n)
            self._together[pair] = 1 + max(0.0, square - by_chance) + 2 * float(error)
        return self._together[pair]

    def _share(self, column: int) -> Array:
        """The share of the rows that hold each row's value."""
        if column not in self._shares:
            self._shares[column] = groups_of(self.hashes[column])[1] / self.hashes.shape[1]
        return self._shares[column]


def hash_cells(cells: Array) -> Hashes:
    """A hash of every cell that depends on its column, (columns, rows); equal numbers have equal hashes, NaN too."""
    hashes = np.empty(cells.shape, dtype=np.uint64)
    salts = np.random.default_rng(2013).integers(1, 2**63, size=len(cells), dtype=np.uint64)
    for column, values in enumerate(cells):
        bits = (values + 0.0).view(np.uint64)  # so that -0 is 0
        bits[np.isnan(values)] = 1  # one pattern for all kinds of NaN
        bits ^= salts[column]
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # splitmix64 (Vigna 2015)
            bits ^= bits >> np.uint64(shift)
            bits *= np.uint64(factor)
        hashes[column] = bits ^ (bits >> np.uint64(31))
    return hashes


def joined(hashes: Hashes, chosen: Iterable[int]) -> Hashes:
    """One hash of each row over these columns, (rows,)."""
    whole = np.zeros(hashes.shape[1], dtype=np.uint64)
    for column in chosen:
        whole += hashes[column]
    return whole


def groups_of(hashes: Hashes) -> tuple[Rows, Rows]:
    """A number for each distinct hash, and how many rows share it, both (rows,)."""
    codes = pd.factorize(hashes)[0]
    return codes, np.bincount(codes)[codes]
