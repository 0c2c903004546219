"""What tuning is worth on folds that the whole search never saw."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from core.cross_validation import Fitted, NothingFitted, cross_validate
from core.deadline import OutOfTime
from core.errors import Refusal
from core.fitting import Fitting
from core.member import Member
from core.objective import Score
from core.plan import WorkItem
from core.tuning.search import Search
from core.tuning.studies import Studies
from core.tuning.study import Params
from core.tuning.summary import best_of
from core.workbench import Workbench


@dataclass(frozen=True)
class NestedScore:
    """A member tuned anew for each fold, on the other folds alone.

    Parameters
    ----------
    tuned: on each fold the score of the parameters that were found without it.
    defaults: on each fold the score of the defaults.
    """

    member: str
    tuned: Score
    defaults: Score

    @property
    def gain(self) -> Score:
        """The difference on each fold, tuned less defaults."""
        return Score(tuple(new - old for new, old in zip(self.tuned.folds, self.defaults.folds, strict=True)))

    def better(self, higher_is_better: bool) -> float:
        """The mean gain, positive where tuning is better."""
        return self.gain.value if higher_is_better else -self.gain.value


def tune_nested(
    bench: Workbench, members: list[Member], fitting: Fitting, studies: Studies, *, trials: int
) -> list[NestedScore]:
    """Tune each member once for each fold, by the scores of the other folds, and score what is found on that fold.

    This costs as many searches as there are folds. Models of the other folds did learn from the fold's rows, as in
    any k-fold tuning; no choice was made by their scores there. Where folds follow time forward, only earlier folds
    choose; what has fewer than two of them is not scored.

    Raises
    ------
    Refusal: fewer than two folds choose for any. OutOfTime: the budget of the fits ended first.
    """
    forward = bench.folds.ordered is not None and bench.folds.forward_only
    choosing = {
        fold: tuple(number for number in fitting.folds if (number < fold if forward else number != fold))
        for fold in fitting.folds
    }
    choosing = {fold: others for fold, others in choosing.items() if len(others) >= (2 if forward else 1)}
    if not choosing:
        raise Refusal(
            f"--nested: of {len(fitting.folds)} folds none is left that others could choose for",
            "leave --nested out, or validate on more folds",
        )
    found = []
    for member in members:
        tuned, defaults = [], []
        for fold, others in choosing.items():
            apart = replace(fitting, folds=others, test_by="folds")  # no refit is needed to choose
            search = Search(bench, member, apart, Fitted(), studies, trials, lambda _: None, f"without-fold-{fold}")
            while search.step():
                pass
            if search.out_of_time:
                raise OutOfTime
            told = search.told()
            if len(told) < trials:
                fitting.listener.left_out(
                    f"{trials - len(told)} of {trials} trials of {member.name} without fold {fold}, which another"
                    " process works on"
                )
            best = best_of(told, bench.judge.metric)
            params = dict(member.defaults) if best is None else best.params
            pair = [_score(bench, member, choice, fitting, fold) for choice in (params, dict(member.defaults))]
            if any(map(math.isnan, pair)):  # a fold on which one failed compares nothing
                pair = [math.nan, math.nan]
            tuned.append(pair[0])
            defaults.append(pair[1])
        found.append(NestedScore(member.name, Score(tuple(tuned)), Score(tuple(defaults))))
    return found


def _score(bench: Workbench, member: Member, params: Params, fitting: Fitting, fold: int) -> float:
    fitted = Fitted()
    try:
        alone = replace(fitting, folds=(fold,), test_by="folds")
        cross_validate(bench, [WorkItem(member.name, 0, params)], alone, fitted=fitted)
    except NothingFitted:
        if not fitted.failures:
            raise OutOfTime from None
        return math.nan
    return bench.judge.over_folds(fitted.predictions[member.name].mean_out_of_fold, bench.folds, [fold]).folds[0]
