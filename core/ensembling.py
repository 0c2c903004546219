"""Choose a blend, and say what it is worth by a score that the choice has not seen."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.blend import Blend, Scale, scaled
from core.decision import Decision
from core.folds import Folds
from core.log_linear import fit_log_linear
from core.metrics import Metric
from core.objective import Judge, Score

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

#: Rounds of greedy selection; more than 25 seldom help.
ROUNDS = 25
#: Bags of greedy selection, where there are members enough to draw from.
BAGS = 5
#: Members from which on they are drawn for bags.
FEWEST_TO_BAG = 4
#: Weight under which a member is dropped, since noise chose it.
SMALLEST_WEIGHT = 0.01


@dataclass(frozen=True)
class Ensemble:
    """A blend and what is known about it.

    Parameters
    ----------
    blend: fitted on all scored rows.
    decision: fitted after the blend on all scored rows, or None.
    nested: the score on each fold of a blend and decision chosen and fitted on the other folds.
    nested_predictions: those that `nested` scores, (score rows, outputs); NaN where no fold scores the row.
    selection: the score of the final blend and decision on the rows they were fitted on (optimistic).
    methods: nested score of each blender by itself, for the table.
    """

    blend: Blend
    decision: Decision | None
    nested: Score
    nested_predictions: Array = field(compare=False)
    selection: float
    methods: Mapping[str, float]

    def answer(self, predictions: Mapping[str, Array], keys: pd.DataFrame) -> Array:
        """Blended and decided predictions of rows whose members predict (n, outputs) each."""
        blended = self.blend.apply(predictions, keys)
        return blended if self.decision is None else self.decision.apply(blended, keys)


def ensemble(
    predictions: Mapping[str, Array],
    judge: Judge,
    folds: Folds,
    keys: pd.DataFrame,
    *,
    fitted: Sequence[int],
    decision: Callable[[], Decision | None] = lambda: None,
    seed: int = 0,
    rounds: int = ROUNDS,
) -> Ensemble:
    """Fit the blenders that suit the metric, choose one by its nested score, fit the decision.

    Choosing is itself nested: for each fold the method is chosen, and the weights and the decision are
    fitted, on other folds only (on earlier ones where folds follow time forward), so that neither has seen
    the rows `nested` is taken on. Where there is no such fold, it is the score of the plain mean.

    Parameters
    ----------
    predictions: out of fold, by member, (score rows, outputs).
    keys: of the score rows.
    fitted: positions of the folds that were fitted. One alone is scored, and sent, as the plain mean.
    decision: gives a new, unfitted decision, or None.
    rounds: of greedy selection; 0 for none of it.
    """
    chooser = _Chooser(predictions, judge, folds, keys, seed, rounds)
    nested_predictions = np.full_like(next(iter(predictions.values())), np.nan)
    for fold in fitted:
        others, rows = chooser.before(fold, fitted), folds.folds[fold].score
        blend = chooser.choose(others)
        settled = _decide(decision, chooser, blend, chooser.rows(others))
        nested_predictions[rows] = chooser.decided(blend, rows, settled)
    nested = judge.over_folds(nested_predictions, folds, fitted)
    if len(fitted) == 1:  # nothing can be chosen or fitted apart from the rows that are scored, so nothing is
        blend = chooser.choose([])
        return Ensemble(blend, None, nested, nested_predictions, nested.value, {blend.method: nested.value})
    blend = chooser.choose(list(fitted))
    rows = chooser.rows(list(fitted))
    settled = _decide(decision, chooser, blend, rows)
    return Ensemble(
        blend=blend,
        decision=settled,
        nested=nested,
        nested_predictions=nested_predictions,
        selection=chooser.score(blend, rows, settled),
        methods=chooser.method_scores(list(fitted)),
    )


def _decide(make: Callable[[], Decision | None], chooser: _Chooser, blend: Blend, rows: Rows) -> Decision | None:
    decision = make()
    if decision is None or not len(rows):
        return None
    judge, keys = chooser.judge, chooser.keys
    blended = chooser.decided(blend, rows)
    return decision.fit(blended, judge.truth[rows], judge.weight[rows], keys.iloc[rows])


class _Chooser:
    """Blends of the members at hand, fitted on some folds and scored on others."""

    def __init__(
        self,
        predictions: Mapping[str, Array],
        judge: Judge,
        folds: Folds,
        keys: pd.DataFrame,
        seed: int,
        rounds: int,
    ) -> None:
        self.names = sorted(predictions)
        self.judge, self.folds, self.keys, self.seed, self.rounds = judge, folds, keys, seed, rounds
        groups = None if judge.per is None else keys[judge.per]
        scales = scales_of(judge.metric, next(iter(predictions.values())).shape[1])
        if pools(judge.metric, len(self.names)):
            scales.append("logs")
        self.scaled = {
            scale: {name: scaled(predictions[name], scale, groups) for name in self.names} for scale in scales
        }
        self._blends: dict[tuple[str, tuple[int, ...]], Blend] = {}

    @property
    def methods(self) -> list[str]:
        if len(self.names) == 1:
            return ["single"]
        blenders = ["mean", "greedy"] if self.rounds else ["mean"]
        ranks = [f"rank {method}" for method in blenders] if "ranks" in self.scaled else []
        return ["best single", *blenders, *ranks, *(["log-linear"] if "logs" in self.scaled else [])]

    def before(self, fold: int, fitted: Sequence[int]) -> list[int]:
        """Folds that a blend scored on this one may be fitted on."""
        if self.folds.ordered is not None and self.folds.forward_only:
            return [k for k in fitted if k < fold]
        return [k for k in fitted if k != fold]

    def rows(self, folds: Sequence[int]) -> Rows:
        parts = [self.folds.folds[k].score for k in folds]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.intp)

    def fit(self, method: str, folds: Sequence[int]) -> Blend:
        """The weights that a method finds on some folds; equal ones without any."""
        key = (method, tuple(folds))
        if key not in self._blends and method == "log-linear" and folds:
            self._blends[key] = self._pooled(self.rows(folds))
        elif key not in self._blends:
            scale: Scale = "ranks" if method.startswith("rank ") else "values"
            members = self.scaled[scale]
            rows = self.rows(folds)
            if method == "best single" and len(rows):
                weights = {self._best(members, rows): 1.0}
            elif method.endswith("greedy") and len(rows):
                weights = greedy(members, self.judge, rows, rounds=self.rounds, seed=self.seed)
            else:
                weights = dict.fromkeys(self.names, 1 / len(self.names))
            self._blends[key] = Blend(method, weights, scale, self.judge.per if scale == "ranks" else None)
        return self._blends[key]

    def _pooled(self, rows: Rows) -> Blend:
        logs = np.stack([self.scaled["logs"][name][rows] for name in self.names])
        codes, weight = self.judge.truth[rows].astype(np.intp), self.judge.weight[rows]
        weights, bias = fit_log_linear(logs, codes, weight)
        kept = {name: float(value) for name, value in zip(self.names, weights, strict=True) if value > 0}
        return Blend("log-linear", kept or {self.names[0]: 0.0}, "logs", bias=tuple(bias.tolist()))

    def choose(self, folds: Sequence[int]) -> Blend:
        """The method with the best nested score on these folds, fitted on all of them; the simplest of equals."""
        if len(self.methods) == 1 or not folds:
            return self.fit(self.methods[0] if len(self.methods) == 1 else "mean", folds)
        scores = self.method_scores(folds)
        best = self.methods[0]
        for method in self.methods[1:]:
            if self.judge.metric.better(scores[method], scores[best]):
                best = method
        return self.fit(best, folds)

    def method_scores(self, folds: Sequence[int]) -> dict[str, float]:
        """The nested score of each method on these folds; with one fold alone, its score there."""
        found = {}
        for method in self.methods:
            if len(folds) == 1:
                found[method] = self.score(self.fit(method, folds), self.rows(folds))
                continue
            each = [
                self.score(self.fit(method, others), self.folds.folds[k].score)
                for k in folds
                if (others := self.before(k, folds))
            ]
            found[method] = Score(tuple(each)).value
        return found

    def decided(self, blend: Blend, rows: Rows, decision: Decision | None = None) -> Array:
        """The blend's predictions of some rows, after the decision."""
        members = self.scaled[blend.scale]
        blended = blend.join({name: members[name][rows] for name in blend.weights})
        return blended if decision is None else decision.apply(blended, self.keys.iloc[rows])

    def score(self, blend: Blend, rows: Rows, decision: Decision | None = None) -> float:
        return self.judge.score(self.decided(blend, rows, decision), rows)

    def _best(self, members: Mapping[str, Array], rows: Rows) -> str:
        best, value = self.names[0], self.judge.metric.worst
        for name in self.names:
            score = self.judge.score(members[name][rows], rows)
            if self.judge.metric.better(score, value):
                best, value = name, score
        return best


def greedy(
    members: Mapping[str, Array], judge: Judge, rows: Rows, *, rounds: int = ROUNDS, bags: int = BAGS, seed: int = 0
) -> dict[str, float]:
    """Greedy selection with replacement and bagging (Caruana et al. 2004).

    Each round adds the member whose addition to the running mean scores best; the best prefix of all rounds
    counts. With four members or more this is done on random halves of them, and the weights are averaged.

    Returns
    -------
    Weights by member, positive, summing to 1.
    """
    names = sorted(members)
    data, score = {name: members[name][rows] for name in names}, judge.of(rows)
    rng = np.random.default_rng(seed)
    draws = [names]
    if len(names) >= FEWEST_TO_BAG:
        draws = [sorted(rng.choice(names, size=_bag_size(len(names)), replace=False)) for _ in range(bags)]
        draws.append(names)
    totals = dict.fromkeys(names, 0.0)
    for draw in draws:
        for name, count in _greedy_counts(data, draw, judge.metric, score, rounds).items():
            totals[name] += count / len(draws)
    kept = {name: weight for name, weight in totals.items() if weight >= SMALLEST_WEIGHT}
    return {name: weight / sum(kept.values()) for name, weight in kept.items()}


def _bag_size(members: int) -> int:
    return max(2, (members + 1) // 2)


def scales_of(metric: Metric, outputs: int) -> list[Scale]:
    """On which scales members are blended: ranks too, where only the order counts."""
    # Ranks of three or more classes are no probabilities: their rows do not sum to 1.
    return ["values", "ranks"] if metric.only_order and (metric.truth != "class" or outputs < 3) else ["values"]


def pools(metric: Metric, members: int) -> bool:
    """Whether members are pooled on the scale of logarithms too: for the log loss of classes."""
    return metric.name == "log_loss" and members > 1


def fits_asked_for(folds: int) -> int:
    """How many times the weights of a method are fitted: without each pair of folds, without each, on all."""
    return math.comb(folds, 2) + folds + 1


def scores_asked_for(members: int, folds: int, scales: int = 1) -> int:
    """How many times choosing a blend asks for a score, greedy selection in full."""
    in_bags = BAGS * _bag_size(members) if members >= FEWEST_TO_BAG else 0
    return 0 if members < 2 else fits_asked_for(folds) * ROUNDS * (in_bags + members) * scales


def _greedy_counts(
    data: Mapping[str, Array], names: Sequence[str], metric: Metric, score: Callable[[Array], float], rounds: int
) -> dict[str, float]:
    better = metric.better
    total = np.zeros_like(data[names[0]])
    picks: list[str] = []
    best_prefix, best_value = 0, metric.worst
    for size in range(1, rounds + 1):
        pick, value = names[0], metric.worst
        # Members already in the mean come first, so that a tie brings in no new one.
        for name in sorted(names, key=lambda name: name not in picks):
            found = score((total + data[name]) / size)
            if better(found, value):
                pick, value = name, found
        picks.append(pick)
        total = total + data[pick]
        if better(value, best_value):
            best_prefix, best_value = size, value
    chosen = picks[: max(1, best_prefix)]
    return {name: chosen.count(name) / len(chosen) for name in names}
