"""In which order members pay: forward selection by what a blend gains for its seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

Array = npt.NDArray[np.float64]

ROUNDS = 20


class Judged:
    """One set: its truth, what every candidate answers, and what it took.

    Weights are chosen on one half of the rows and scored on the other, both ways.
    """

    def __init__(self, truth: Array, answers: Mapping[str, Array], seconds: Mapping[str, float]) -> None:
        self.classifies = np.issubdtype(truth.dtype, np.integer)
        self.truth, self.seconds = truth, seconds
        self.spread = 1.0 if self.classifies else float(truth.std())
        half = np.random.default_rng(0).random(len(truth)) < 0.5
        self.halves = ((half, ~half), (~half, half))
        self.answers = [
            {name: self._tempered(answer, chosen) for name, answer in answers.items()} for chosen, _ in self.halves
        ]
        self.known: dict[frozenset[str], float] = {}

    def loss(self, names: frozenset[str]) -> float:
        """What the blend of some candidates loses: log loss, or root mean squared error in deviations."""
        if names not in self.known:
            parts = [self._blend(sorted(names), which) for which in range(len(self.halves))]
            self.known[names] = float(np.mean(parts))
        return self.known[names]

    def _blend(self, names: Sequence[str], which: int) -> float:
        (chosen, scored), answers = self.halves[which], [self.answers[which][name] for name in names]
        total, count = np.zeros_like(answers[0]), 0
        best, kept = np.inf, total
        for _ in range(ROUNDS if len(names) > 1 else 1):
            losses = [self._raw((total + answer) / (count + 1), chosen) for answer in answers]
            total, count = total + answers[int(np.argmin(losses))], count + 1
            if min(losses) < best:
                best, kept = min(losses), total / count
        return self._raw(kept, scored)

    def _raw(self, answer: Array, rows: npt.NDArray[np.bool_]) -> float:
        if not self.classifies:
            return float(np.sqrt(np.mean((answer[rows, 0] - self.truth[rows]) ** 2))) / self.spread
        true_class = answer[rows, self.truth[rows]]
        return float(-np.log(np.clip(true_class, 1e-7, 1)).mean())

    def _tempered(self, answer: Array, chosen: npt.NDArray[np.bool_]) -> Array:
        """Class probabilities at the temperature that is best on the chosen rows; values as they are."""
        if not self.classifies:
            return answer
        logits = np.log(np.clip(answer, 1e-7, 1))
        tempered = partial(_softmax, logits)
        best = minimize_scalar(lambda log: self._raw(tempered(np.exp(log)), chosen), bounds=(-1.5, 1.5))
        return tempered(float(np.exp(best.x)))


def _softmax(logits: Array, factor: float) -> Array:
    powers = np.exp(factor * (logits - logits.max(axis=1, keepdims=True)))
    return powers / powers.sum(axis=1, keepdims=True)


def relative(sets: Mapping[str, Judged], names: frozenset[str]) -> float:
    """The mean over the sets of the blend's loss over that of all candidates together."""
    ratios = []
    for judged in sets.values():
        here = frozenset(names & judged.seconds.keys())
        if here:
            ratios.append(np.log(judged.loss(here) / judged.loss(frozenset(judged.seconds))))
    return float(np.mean(ratios))


def cost(sets: Mapping[str, Judged], name: str, unit: str) -> float:
    """The geometric mean over the sets of a candidate's seconds over those of the unit."""
    ratios = [judged.seconds[name] / judged.seconds[unit] for judged in sets.values() if name in judged.seconds]
    return float(np.exp(np.mean(np.log(ratios))))


def pays(sets: Mapping[str, Judged], names: Sequence[str], unit: str) -> list[tuple[str, float, float]]:
    """The order in which candidates pay: name, relative loss of the blend with it, cost.

    The first is the best for its time alone; then always the one that lowers the loss most for the root of its cost.
    """
    chosen: list[tuple[str, float, float]] = []
    left, now = list(names), np.nan
    while left:
        have = frozenset(name for name, _, _ in chosen)
        losses = {name: relative(sets, have | {name}) for name in left}
        costs = {name: cost(sets, name, unit) for name in left}
        base = max(losses.values()) + 0.05 if not chosen else now
        best = max(left, key=lambda name: (base - losses[name]) / np.sqrt(costs[name] + 0.1))
        now = losses[best]
        chosen.append((best, now, costs[best]))
        left.remove(best)
    return chosen
