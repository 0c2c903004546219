"""Which scorer suits a metric."""

from __future__ import annotations

from collections.abc import Sequence

from core.blending.area_scorer import AreaScorer
from core.blending.general_scorer import GeneralScorer
from core.blending.log_loss_scorer import LogLossScorer, are_probabilities
from core.blending.scorer import Array, Rows, Scorer
from core.blending.squared_scorer import SquaredScorer
from core.objective import Judge


def scorer_of(members: Sequence[Array], judge: Judge, parts: Sequence[Rows]) -> Scorer:
    """The fastest scorer of a judge's metric; none of them copies more than all predictions once.

    Parameters
    ----------
    members: their predictions of all score rows, (rows, outputs) each.
    parts: the rows of each part.
    """
    name, outputs = judge.metric.name, members[0].shape[1]
    if judge.groups is None:
        if SquaredScorer.suits(judge.metric, outputs):
            return SquaredScorer(members, judge, parts)
        if name == "roc_auc" and outputs == 2:
            return AreaScorer(members, judge, parts)
        if name == "log_loss" and outputs > 1 and are_probabilities(members, parts):
            return LogLossScorer(members, judge, parts)
    return GeneralScorer(members, judge, parts)
