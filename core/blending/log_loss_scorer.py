"""Log loss, from the probability of each row's true class alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.blending.scorer import Array, Rows, Scorer, gathered, slices_of
from core.metrics.classification import CLIP
from core.objective import Judge

#: Rows at a time, so that a mean and its logarithm stay in the cache.
CHUNK = 16_384
#: Rows whose probabilities sum to 1 within so much are taken to do so.
EXACT = 1e-12


def are_probabilities(members: Sequence[Array], parts: Sequence[Rows]) -> bool:
    """Whether all predictions of these rows lie in 0 to 1, so that no mean of them is clipped but at 1e-15."""
    return all(((values[rows] >= 0) & (values[rows] <= 1)).all() for rows in parts for values in members)


class LogLossScorer(Scorer):
    """The log loss of a mean of probabilities, whose rows are divided by their sums.

    Parameters
    ----------
    members: their probabilities of all score rows, (rows, classes) each.
    judge: of the log loss, without groups.
    parts: the rows of each part.

    Raises
    ------
    ValueError: values outside 0 to 1, which are clipped one mean at a time (`are_probabilities` says so beforehand).
    """

    def __init__(self, members: Sequence[Array], judge: Judge, parts: Sequence[Rows]) -> None:
        if not are_probabilities(members, parts):
            raise ValueError(f"{judge.metric.name}: predictions outside 0 to 1")
        rows = np.concatenate(parts)
        self.lengths = [len(part) for part in parts]
        codes = judge.truth[rows].astype(np.intp)
        self.own = np.empty((len(members), len(rows)))
        self.sums: Array | None = None
        for number, values in enumerate(members):
            self.own[number] = values[rows, codes]
            sums = np.asarray(sum(values[rows].T))  # column by column: much faster than by row where they are few
            if self.sums is None and np.abs(sums - 1).max(initial=0.0) > EXACT:
                self.sums = np.ones_like(self.own)
            if self.sums is not None:
                self.sums[number] = sums
        self.weight = judge.weight[rows]

    def start(self, parts: Sequence[int]) -> None:
        self._slices = slices_of(self.lengths, parts)
        weight = gathered(self.weight, self._slices)
        self._share = weight / weight.sum()
        self._even = bool(np.ptp(weight) == 0)
        self._total = np.zeros(len(weight))
        self._total_sums = None if self.sums is None else np.zeros(len(weight))
        self._buffer = np.empty(CHUNK)
        self._size = 0

    def scores(self, candidates: Sequence[int]) -> list[float]:
        return [self._with(candidate) for candidate in candidates]

    def _with(self, candidate: int) -> float:
        size, value = self._size + 1, 0.0
        for here, there in self._chunks():
            value -= self._log(self._total[here], self.own[candidate, there], here, size * CLIP)
            if self.sums is not None and self._total_sums is not None:
                value += self._log(self._total_sums[here], self.sums[candidate, there], here, 0.0)
        return value + (0.0 if self.sums is not None else float(np.log(size)))

    def _log(self, total: Array, more: Array, here: slice, least: float) -> float:
        """The weighted sum of the logarithms of total + more."""
        logs = self._buffer[: len(total)]
        np.add(total, more, out=logs)
        np.maximum(logs, least, out=logs)
        np.log(logs, out=logs)
        if self._even:
            return float(logs.sum()) * float(self._share[0])
        np.multiply(logs, self._share[here], out=logs)
        return float(logs.sum())  # no BLAS: its last bits depend on its threads

    def _chunks(self) -> list[tuple[slice, slice]]:
        """Rows of the parts that are scored, and where they lie among all."""
        found, begin = [], 0
        for one in self._slices:
            for start in range(one.start, one.stop, CHUNK):
                stop = min(start + CHUNK, one.stop)
                found.append((slice(begin, begin + stop - start), slice(start, stop)))
                begin += stop - start
        return found

    def add(self, member: int) -> None:
        for here, there in self._chunks():
            self._total[here] += self.own[member, there]
            if self.sums is not None and self._total_sums is not None:
                self._total_sums[here] += self.sums[member, there]
        self._size += 1
