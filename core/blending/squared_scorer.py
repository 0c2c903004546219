"""Squared losses, by sums of products of errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from core.blending.scorer import Array, Rows, Scorer
from core.metrics import Metric
from core.objective import Judge

#: Rows whose products are summed at a time, so that they stay in the cache.
CHUNK = 2048


def _first(squares: Array, variances: Array) -> Array:
    return squares[0]


def _root(squares: Array, variances: Array) -> Array:
    return np.sqrt(squares[0])


def _mean_root(squares: Array, variances: Array) -> Array:
    return np.sqrt(squares).mean(axis=0)


def _explained(squares: Array, variances: Array) -> Array:
    if not variances[0] > 0:
        return np.full_like(squares[0], np.nan)
    return 1 - squares[0] / variances[0]


#: The metric from the mean squared errors (groups, members) and the variances of the truth (groups,), by its name.
SQUARED: dict[str, Callable[[Array, Array], Array]] = {
    "rmse": _root,
    "r2": _explained,
    "mcrmse": _mean_root,
    "brier": _first,
}


class SquaredScorer(Scorer):
    """Metrics of mean squares: the mean square of a mean of members is a sum over pairs of them.

    With errors e_m of member m, n rows and counts c that sum to s, it is c'Gc / (s² n) with G_ij = e_i'e_j, so that
    rows are read once and every score after that is a few additions. The products of errors, not of predictions,
    lose no digits where the truth is far from 0. Members whose predictions are equal to the last bit share their
    sums, so that a tie stays one.

    Parameters
    ----------
    members: their predictions of all score rows, (rows, outputs) each.
    judge: of a metric in `SQUARED`, without groups.
    parts: the rows of each part.

    Raises
    ------
    ValueError: predictions that are not finite.

    Attributes
    ----------
    grams: weighted sums of products, (parts, groups, members + 2, members + 2). The last two columns are the truth
        less `origins` and ones. A group is an output, or all of them for the Brier score.
    origins: of each group, (groups,): near the truth, but not computed from it.
    weights, weight_squares: sums of the weights of each part and of their squares, (parts,).
    """

    def __init__(self, members: Sequence[Array], judge: Judge, parts: Sequence[Rows]) -> None:
        self.metric = judge.metric
        outputs = members[0].shape[1]
        self.groups = 1 if self.metric.name == "brier" else outputs
        count = len(members)
        self.twins = first_equals(members, parts)
        read = np.flatnonzero(self.twins == np.arange(count))
        place = np.r_[np.searchsorted(read, self.twins), len(read), len(read) + 1]
        self.grams = np.zeros((len(parts), self.groups, count + 2, count + 2))
        self.origins = np.zeros(self.groups)
        if self.metric.name != "brier":
            self.origins = np.mean([members[0][rows].mean(axis=0) for rows in parts if len(rows)], axis=0)
        self.weights = np.array([judge.weight[rows].sum() for rows in parts])
        self.weight_squares = np.array([(judge.weight[rows] ** 2).sum() for rows in parts])
        self.lowest = np.full((len(parts), self.groups), np.inf)
        self.highest = np.full((len(parts), self.groups), -np.inf)
        with threadpool_limits(1):  # sums that are split among threads differ in their last bits
            for number, rows in enumerate(parts):
                sums = np.zeros((self.groups, len(read) + 2, len(read) + 2))
                for start in range(0, len(rows), CHUNK):
                    self._sum(sums, [members[one] for one in read.tolist()], judge, rows[start : start + CHUNK], number)
                self.grams[number] = sums[:, place][:, :, place]

    @staticmethod
    def suits(metric: Metric, outputs: int) -> bool:
        """Whether the metric is one of mean squares."""
        return metric.name in SQUARED and (outputs == 1 or metric.truth != "value")

    def _sum(self, sums: Array, members: Sequence[Array], judge: Judge, rows: Rows, part: int) -> None:
        """Add the products of some rows."""
        outputs = members[0].shape[1]
        weight = judge.weight[rows]
        if self.metric.name == "brier":
            truth = np.eye(outputs)[judge.truth[rows].astype(np.intp)].reshape(1, -1)
            weight = np.repeat(weight, outputs)
        else:
            truth = judge.truth[rows].astype(float).reshape(len(rows), -1).T
        roots = np.sqrt(weight)
        columns = np.empty((self.groups, len(members) + 2, truth.shape[1]))
        for number, values in enumerate(members):
            columns[:, number] = values[rows].T if self.groups == outputs else values[rows].reshape(1, -1)
        if not np.isfinite(columns[:, :-2]).all():
            raise ValueError(f"{self.metric.name}: predictions hold NaN or infinity")
        columns[:, :-2] -= truth[:, None]
        columns[:, -2] = truth - self.origins[:, None]
        columns[:, -1] = 1.0
        columns *= roots
        for group in range(self.groups):
            sums[group] += columns[group] @ columns[group].T
            counted = truth[group, weight > 0]
            if len(counted):
                self.lowest[part, group] = min(self.lowest[part, group], counted.min())
                self.highest[part, group] = max(self.highest[part, group], counted.max())

    def gram(self, parts: Sequence[int]) -> Array:
        """The sums of products over some parts, divided by the sum of weights, (groups, members + 2, members + 2)."""
        chosen = list(parts)
        return np.asarray(self.grams[chosen].sum(axis=0) / self.weights[chosen].sum())

    def effective_rows(self, parts: Sequence[int]) -> float:
        """How many equal rows tell as much as those of some parts (Kish)."""
        chosen = list(parts)
        return float(self.weights[chosen].sum() ** 2 / self.weight_squares[chosen].sum())

    def start(self, parts: Sequence[int]) -> None:
        chosen = list(parts)
        sums = self.grams[chosen].sum(axis=0)
        self._weight = self.weights[chosen].sum()
        self._sums = sums[:, :-2, :-2]  # divided in the end alone, so that whole numbers add up without rounding
        self._own = np.diagonal(self._sums, axis1=1, axis2=2)
        constant = self.lowest[chosen].min(axis=0) == self.highest[chosen].max(axis=0)
        variances = sums[:, -2, -2] / self._weight - (sums[:, -2, -1] / self._weight) ** 2
        self._variances = np.where(constant, 0.0, variances)
        self._with_all = np.zeros(self._sums.shape[:2])
        self._square = np.zeros(self.groups)
        self._size = 0

    def scores(self, candidates: Sequence[int]) -> list[float]:
        some = list(candidates)
        squares = self._square[:, None] + 2 * self._with_all[:, some] + self._own[:, some]
        means = np.maximum(squares, 0.0) / ((self._size + 1) ** 2 * self._weight)
        return list(SQUARED[self.metric.name](means, self._variances).tolist())

    def add(self, member: int) -> None:
        self._square = self._square + 2 * self._with_all[:, member] + self._own[:, member]
        self._with_all = self._with_all + self._sums[:, member]
        self._size += 1


def first_equals(members: Sequence[Array], parts: Sequence[Rows]) -> Rows:
    """For each member the first whose predictions of these rows are the same, (members,)."""
    found = np.arange(len(members))
    by_sum: dict[float, list[int]] = {}
    for number, values in enumerate(members):
        total = float(sum(values[rows].sum() for rows in parts))
        rivals = by_sum.setdefault(total, [])
        same = (k for k in rivals if all(np.array_equal(members[k][rows], values[rows]) for rows in parts))
        found[number] = next(same, number)
        if found[number] == number:
            rivals.append(number)
    return found
