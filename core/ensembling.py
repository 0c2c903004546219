"""Choose a blend, and say what it is worth by a score that the choice has not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.blend import Blend
from core.blending.chooser import Chooser
from core.blending.greedy import ROUNDS
from core.decision import Decision
from core.folds import Folds
from core.objective import Judge, Score

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

__all__ = ["ROUNDS", "Ensemble", "ensemble"]


@dataclass(frozen=True)
class Ensemble:
    """A blend and what is known about it.

    Parameters
    ----------
    blend: fitted on all scored rows.
    decision: fitted after the blend on all scored rows, or None.
    nested: the score on each fold of a blend and decision chosen and fitted on the other folds.
    nested_predictions: those that `nested` scores, (score rows, outputs); NaN where no fold scores the row.
    nested_decisions: by fold, those that made them; None where there were no other rows to fit one on.
    selection: the score of the final blend and decision on the rows they were fitted on (optimistic).
    methods: nested score of each blender by itself, for the table.
    marginal: by member of `blend`, what the nested score loses when the member is taken out of the blends that
        `nested` scores, their other weights scaled up to the same sum: positive where the member helps, whichever
        way the metric goes, in its unit. The blends have not seen the rows, so this is honest; they are not fitted
        anew, so a member that others could stand in for looks somewhat better than it is. Where a blend holds
        nothing else, the next best or the mean of the other candidates takes its place. Empty with one candidate alone.
    """

    blend: Blend
    decision: Decision | None
    nested: Score
    nested_predictions: Array = field(compare=False)
    selection: float
    methods: Mapping[str, float]
    marginal: Mapping[str, float] = field(default_factory=dict)
    nested_decisions: Mapping[int, Decision | None] = field(default_factory=dict, compare=False)

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
    families: Mapping[str, str] | None = None,
    regime: pd.Series | None = None,
) -> Ensemble:
    """Fit the blenders that suit the metric, choose one by its nested score, fit the decision.

    Choosing is itself nested: for each fold the method is chosen, and the weights and the decision are
    fitted, on other folds only (on earlier ones where folds follow time forward), so that neither has seen
    the rows `nested` is taken on. Where there is no such fold, it is the score of the plain mean
    of the families, each with its defaults.

    Parameters
    ----------
    predictions: out of fold, by member, (score rows, outputs).
    keys: of the score rows.
    fitted: positions of the folds that were fitted. One alone is scored, and sent, as that mean.
    decision: gives a new, unfitted decision, or None.
    rounds: of greedy selection; 0 for none of it.
    families: by candidate: wherever weights are fitted, only the best three of each family on these very rows take
        part. A candidate that is not named is a family of its own.
    regime: of each score row by position, such as whether its group is known; its name is the key that holds it for
        new rows. A blender with weights of their own for regimes then competes too.
    """
    chooser = Chooser(
        predictions,
        judge,
        folds,
        keys,
        fitted=fitted,
        seed=seed,
        rounds=rounds,
        families=families or {},
        regime=regime,
    )
    nested_predictions = np.full_like(next(iter(predictions.values())), np.nan, dtype=float)
    blends: dict[int, Blend] = {}
    decisions: dict[int, Decision | None] = {}
    for fold in fitted:
        others, rows = chooser.before(fold, fitted), folds.folds[fold].score
        blends[fold] = chooser.choose(others)
        decisions[fold] = _decide(decision, chooser, blends[fold], chooser.rows(others))
        nested_predictions[rows] = chooser.decided(blends[fold], rows, decisions[fold])
    nested = judge.over_folds(nested_predictions, folds, fitted)
    alone = len(fitted) == 1  # nothing can be chosen or fitted apart from the rows that are scored, so nothing is
    blend = chooser.choose([] if alone else list(fitted))
    rows = chooser.rows(list(fitted))
    settled = None if alone else _decide(decision, chooser, blend, rows)
    return Ensemble(
        blend=blend,
        decision=settled,
        nested=nested,
        nested_predictions=nested_predictions,
        selection=nested.value if alone else chooser.score(blend, rows, settled),
        methods={blend.method: nested.value} if alone else chooser.method_scores(list(fitted)),
        marginal=_marginal(chooser, blend, blends, decisions, nested),
        nested_decisions=decisions,
    )


def _decide(make: Callable[[], Decision | None], chooser: Chooser, blend: Blend, rows: Rows) -> Decision | None:
    decision = make()
    if decision is None or not len(rows):
        return None
    judge, keys = chooser.judge, chooser.keys
    blended = chooser.decided(blend, rows)
    return decision.fit(blended, judge.truth[rows], judge.weight[rows], keys.iloc[rows])


def _marginal(
    chooser: Chooser,
    blend: Blend,
    blends: Mapping[int, Blend],
    decisions: Mapping[int, Decision | None],
    nested: Score,
) -> dict[str, float]:
    """What the nested score loses without each member of the final blend.

    Parameters
    ----------
    blends, decisions: those that each fold is scored by.
    nested: their score.
    """
    if len(chooser.names) == 1:
        return {}
    sign = 1.0 if chooser.judge.metric.higher_is_better else -1.0
    found = {}
    for member in sorted(blend.weights):
        each = []
        for (fold, whole), score in zip(blends.items(), nested.folds, strict=True):
            if member not in whole.weights:
                each.append(score)
                continue
            rest = chooser.without(whole, member, chooser.before(fold, list(blends)))
            each.append(chooser.score(rest, chooser.rows([fold]), decisions[fold]))
        found[member] = sign * (nested.value - Score(tuple(each)).value)
    return found
