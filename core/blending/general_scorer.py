"""Any metric, by asking for its score of every mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from core.blending.scorer import Array, Rows, Scorer
from core.objective import Judge


class GeneralScorer(Scorer):
    """The way that suits every metric, also one that is averaged over groups.

    Parameters
    ----------
    members: their predictions of all score rows, (rows, outputs) each.
    parts: the rows of each part.
    """

    def __init__(self, members: Sequence[Array], judge: Judge, parts: Sequence[Rows]) -> None:
        self.members, self.judge, self.parts = members, judge, parts
        self._started: tuple[int, ...] | None = None
        self._data: list[Array] = []
        self._score: Callable[[Array], float] = lambda _: float("nan")

    def start(self, parts: Sequence[int]) -> None:
        if self._started != tuple(parts):  # bags begin anew on the same rows
            rows = np.concatenate([self.parts[part] for part in parts])
            self._data = []  # before others are made: there is never more than one copy
            self._data = [values[rows] for values in self.members]
            self._score = self.judge.of(rows)
            self._started = tuple(parts)
        self._total = np.zeros_like(self._data[0], dtype=float)
        self._mean = np.empty_like(self._total)
        self._size = 0

    def scores(self, candidates: Sequence[int]) -> list[float]:
        return [self._with(candidate) for candidate in candidates]

    def _with(self, candidate: int) -> float:
        np.add(self._total, self._data[candidate], out=self._mean)
        np.divide(self._mean, self._size + 1, out=self._mean)
        return self._score(self._mean)

    def add(self, member: int) -> None:
        self._total += self._data[member]
        self._size += 1
