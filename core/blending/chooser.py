"""Blends of the members at hand, fitted on some folds and scored on others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from core.blend import Blend, Scale, as_text, scaled
from core.blending.costs import PER_FAMILY
from core.blending.greedy import greedy_weights
from core.blending.least_squares import fit_least_squares
from core.blending.methods import BY_REGIME, in_regimes, methods_of, scale_of
from core.blending.scorer import Array, Rows, Scorer
from core.blending.scorers import scorer_of
from core.blending.singles import Singles
from core.blending.squared_scorer import SquaredScorer
from core.decision import Decision
from core.folds import Folds
from core.log_linear import effective_rows, fit_log_linear
from core.objective import Judge, Score

#: Rows, counted by weight, from which on a regime has weights of its own.
ROWS_OF_A_REGIME = 200


class Chooser:
    """Fits each blender on any choice of folds, and chooses among them by nested scores.

    Parameters
    ----------
    predictions: out of fold, by candidate, (score rows, outputs).
    keys: of the score rows.
    fitted: positions of the folds that are known.
    rounds: of greedy selection; 0 for none of it.
    families: of candidates, by name; one that is not named is a family of its own. Those that take part nowhere,
        with no choice of folds (`PER_FAMILY`), are left out before anything is copied.
    regime: of each score row, named as its key is; None for no blends by regime.
    """

    def __init__(
        self,
        predictions: Mapping[str, Array],
        judge: Judge,
        folds: Folds,
        keys: pd.DataFrame,
        *,
        fitted: Sequence[int],
        seed: int,
        rounds: int,
        families: Mapping[str, str],
        regime: pd.Series | None,
    ) -> None:
        self.judge, self.folds, self.keys, self.seed, self.rounds = judge, folds, keys, seed, rounds
        self.regime = regime
        # What is summed up once for all choices of folds: the rows of a fold, or of a regime in it.
        self._texts = np.full(len(keys), None, dtype=object) if regime is None else as_text(regime)
        self.regimes: list[str] = sorted({text for text in self._texts.tolist() if text is not None})
        self._parts: dict[tuple[int, str | None], Rows] = {}
        for fold in fitted:
            rows = folds.folds[fold].score
            for value in (None, *self.regimes):
                self._parts[fold, value] = rows[self._texts[rows] == value]
        self._number = {key: number for number, key in enumerate(self._parts)}
        parts = list(self._parts.values())
        choices = self._choices(list(fitted)) if len(predictions) > 1 else set()
        self.names = sorted(predictions)
        self.families = [families.get(name, name) for name in self.names]
        self._singles = Singles([predictions[name] for name in self.names], judge, parts, choices)
        # Copies are made of those alone that take part somewhere, or stand for a family where nothing may be looked at.
        kept = sorted({member for choice in choices for member in self._taking_part(choice)} | {*self._defaults()})
        self.names, self.families = [self.names[k] for k in kept], [self.families[k] for k in kept]
        self._singles = self._singles.only(kept)
        self._members = {name: predictions[name] for name in self.names}
        members = list(self._members.values())
        self.methods = methods_of(judge, members, parts, rounds=rounds, regimes=regime is not None)
        self._ranks: dict[str, Array] = {}
        self._scorers: dict[Scale, Scorer] = {}
        self._blends: dict[tuple[str, tuple[int, ...], str | None], Blend] = {}

    def _choices(self, fitted: list[int]) -> set[tuple[int, ...]]:
        """The parts of all rows that weights are fitted on: without each pair of folds, without each one, and all."""
        if len(fitted) == 1:  # it is scored, so that nothing is chosen on it
            return set()
        first = [self.before(fold, fitted) for fold in fitted]
        second = [self.before(fold, others) for others in first for fold in others]
        return {
            tuple(self._parts_of(folds, value))
            for folds in (fitted, *first, *second)
            if folds
            for value in (None, *self._regimes_of_their_own(folds))
        }

    def before(self, fold: int, fitted: Sequence[int]) -> list[int]:
        """Folds that a blend scored on this one may be fitted on."""
        if self.folds.ordered is not None and self.folds.forward_only:
            return [k for k in fitted if k < fold]
        return [k for k in fitted if k != fold]

    def rows(self, folds: Sequence[int], regime: str | None = None) -> Rows:
        """The scored rows of some folds, or of one regime in them."""
        if regime is not None:
            parts = [self._parts[fold, regime] for fold in folds]
        else:
            parts = [self.folds.folds[fold].score for fold in folds]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.intp)

    def fit(self, method: str, folds: Sequence[int], regime: str | None = None) -> Blend:
        """The weights that a method finds on some folds, or on one regime of them.

        Without any fold nothing may be looked at: the members have equal weights, with their defaults.
        """
        key = (method, tuple(folds), regime)
        if key not in self._blends:
            self._blends[key] = self._fit(method, folds, regime)
        return self._blends[key]

    def _fit(self, method: str, folds: Sequence[int], regime: str | None) -> Blend:
        scale = scale_of(method)
        if not folds:
            names = [self.names[member] for member in self._defaults()]
            weights = dict.fromkeys(names, 1 / len(names))
            return Blend(method, weights, scale, self.judge.per if scale == "ranks" else None)
        if method == BY_REGIME:
            return self._by_regime(folds)
        parts = self._parts_of(folds, regime)
        among = self._taking_part(parts)
        names = [self.names[member] for member in among]
        bias: tuple[float, ...] = ()
        if method == "log-linear":
            rows = self.rows(folds, regime)
            logs = np.stack([self._on_scale(name, "logs", rows) for name in names])
            found, biases = fit_log_linear(logs, self.judge.truth[rows].astype(np.intp), self.judge.weight[rows])
            weights, bias = dict(zip(names, found.tolist(), strict=True)), tuple(biases.tolist())
        elif method in ("least squares", "stacking"):
            found, biases = self._least_squares(parts, among, shrink=method == "stacking")
            weights = dict(zip(names, found.tolist(), strict=True))
            bias = tuple(biases.tolist()) if method == "stacking" else ()
        elif method.endswith("greedy"):
            weights = greedy_weights(
                self.scorer(scale),
                self.names,
                parts,
                self.judge.metric,
                rounds=self.rounds,
                seed=self.seed,
                among=among,
            )
        elif method == "best single":
            weights = {self.names[self._singles.ranked(parts, among)[0]]: 1.0}
        elif method in ("mean", "rank mean", "single"):
            weights = dict.fromkeys(names, 1 / len(names))
        else:
            raise ValueError(f"no blend is called {method!r}")
        kept = {name: weight for name, weight in weights.items() if weight > 0} or {names[0]: 0.0}
        return Blend(method, kept, scale, self.judge.per if scale == "ranks" else None, bias)

    def _least_squares(self, parts: Sequence[int], among: Sequence[int], *, shrink: bool) -> tuple[Array, Array]:
        scorer = self.scorer("values")
        assert isinstance(scorer, SquaredScorer)  # the method is offered where it is one
        columns = [*among, len(self.names), len(self.names) + 1]
        gram = scorer.gram(parts)[:, columns][:, :, columns]
        return fit_least_squares(gram, scorer.origins, scorer.effective_rows(parts), shrink=shrink)

    def _by_regime(self, folds: Sequence[int]) -> Blend:
        """Weights of their own for regimes with rows enough in every fold; those of all rows elsewhere."""
        method = in_regimes(self.methods)
        overall = self.fit(method, folds)
        inside = {value: self.fit(method, folds, value) for value in self._regimes_of_their_own(folds)}
        if not inside or self.regime is None:
            return replace(overall, method=BY_REGIME)
        used = dict.fromkeys(sorted({name for blend in inside.values() for name in blend.weights}), 0.0)
        return replace(
            overall,
            method=BY_REGIME,
            weights={**used, **overall.weights},
            regime=str(self.regime.name),
            regimes=inside,
        )

    def _regimes_of_their_own(self, folds: Sequence[int]) -> list[str]:
        """Those with rows in each of some folds, and enough of them in all."""
        return [
            value
            for value in self.regimes
            if all(len(self._parts[fold, value]) for fold in folds)
            and effective_rows(self.judge.weight[self.rows(folds, value)]) >= ROWS_OF_A_REGIME
        ]

    def scorer(self, scale: Scale) -> Scorer:
        """The scorer of all candidates on a scale, made when it is first asked for."""
        if scale not in self._scorers:
            members = [self._on_scale(name, scale) for name in self.names]
            self._scorers[scale] = scorer_of(members, self.judge, list(self._parts.values()))
        return self._scorers[scale]

    def _on_scale(self, name: str, scale: Scale, rows: Rows | slice = slice(None)) -> Array:
        """A candidate's predictions of some rows; ranks are taken among all rows, and kept."""
        if scale != "ranks":
            return scaled(self._members[name][rows], scale)
        if name not in self._ranks:
            groups = None if self.judge.per is None else self.keys[self.judge.per]
            self._ranks[name] = scaled(self._members[name], "ranks", groups)
        return self._ranks[name][rows]

    def _parts_of(self, folds: Sequence[int], regime: str | None) -> list[int]:
        """Numbers of the parts of some folds, or of one regime in them."""
        return [number for (fold, value), number in self._number.items() if fold in folds and regime in (None, value)]

    def _taking_part(self, parts: Sequence[int]) -> list[int]:
        """The best of each family on these rows, in the order of their names."""
        everyone = range(len(self.names))
        if len(set(self.families)) == len(self.names):
            return list(everyone)
        chosen: dict[str, list[int]] = {}
        for member in self._singles.ranked(parts, everyone):
            chosen.setdefault(self.families[member], []).append(member)
        return sorted(member for family in chosen.values() for member in family[:PER_FAMILY])

    def _defaults(self) -> list[int]:
        """The candidate of each family that bears its name, or else the earliest trial, in the order of their names."""
        chosen: dict[str, int] = {}
        for member in sorted(range(len(self.names)), key=lambda member: (len(self.names[member]), self.names[member])):
            family = self.families[member]
            if family not in chosen or self.names[member] == family:
                chosen[family] = member
        return sorted(chosen.values())

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
                self.score(self.fit(method, others), self.rows([k])) for k in folds if (others := self.before(k, folds))
            ]
            found[method] = Score(tuple(each)).value
        return found

    def decided(self, blend: Blend, rows: Rows, decision: Decision | None = None) -> Array:
        """The blend's predictions of some rows, after the decision."""
        members = {name: self._on_scale(name, blend.scale, rows) for name in blend.weights}
        blended = blend.join(members, self._texts[rows])
        return blended if decision is None else decision.apply(blended, self.keys.iloc[rows])

    def score(self, blend: Blend, rows: Rows, decision: Decision | None = None) -> float:
        """The score of the blend on some rows, after the decision."""
        return self.judge.score(self.decided(blend, rows, decision), rows)

    def without(self, blend: Blend, member: str, folds: Sequence[int]) -> Blend:
        """A blend that was fitted on some folds less one member: where it stood alone, what comes next in its place.

        Of a best single member that is the next best of the folds, else the mean of the others.

        Raises
        ------
        ValueError: there is no other member.
        """
        if (rest := blend.without(member)) is not None:
            return rest
        others = [name for name in self.fit("mean", folds).weights if name != member]
        others = others or [name for name in self.names if name != member]
        if not others:
            raise ValueError(f"without {member!r} there is no member")
        if blend.method == "best single":
            among = [self.names.index(name) for name in others]
            return Blend(blend.method, {self.names[self._singles.ranked(self._parts_of(folds, None), among)[0]]: 1.0})
        return Blend("mean", dict.fromkeys(others, 1 / len(others)))
