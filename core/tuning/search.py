"""The search of one member's parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.cross_validation import FitFailed, Fitted, jobs_of
from core.deadline import OutOfTime
from core.fitting import Fitting
from core.member import Member
from core.plan import WorkItem
from core.tuning.studies import Studies
from core.tuning.study import MemberStudy, Params, Told
from core.tuning.trial import Pruned, run_trial
from core.workbench import Workbench


class Search:
    """Works through the trials of one member's study, and adds completed ones to what is fitted.

    Parameters
    ----------
    limit: trials of the study at most, those of other processes and earlier searches included.
    after_item: called when a trial was added.
    apart, pruner: of the study.

    Attributes
    ----------
    at_limit: there is no trial left.
    out_of_time: the budget ended in the middle of one.
    """

    def __init__(
        self,
        bench: Workbench,
        member: Member,
        fitting: Fitting,
        fitted: Fitted,
        studies: Studies,
        limit: int,
        after_item: Callable[[Fitted], None],
        apart: str = "",
        pruner: Any = None,
    ) -> None:
        self.bench, self.member, self.fitting, self.fitted = bench, member, fitting, fitted
        self.limit, self.after_item = limit, after_item
        self.study = MemberStudy(studies, bench, member, apart, pruner)
        self.at_limit = self.out_of_time = False
        self._known: list[Params] = []
        self._walls: list[float] = []

    def take_known(self) -> None:
        """Add the completed trials of earlier searches whose fits are in the cache."""
        for trial in self.told():
            if trial.state != "complete" or trial.params in self._known:
                continue
            item = self._item(trial.number, trial.params)
            jobs = jobs_of(self.bench, item, self.fitted, self.fitting, self.fitting.budget)
            keys = tuple(job.key(self.bench) for job in jobs)
            if all(self.bench.store.get(key) is not None for key in keys):
                self._add(item, keys)

    def step(self) -> bool:
        """Work on one trial; False where there is none left, or where the budget ended first."""
        asked = self.study.ask(self.limit)
        if asked is None:
            self.at_limit = True
            return False
        began = self.fitting.budget.spent
        label = f"{self.member.name}, trial {asked.number} of {self.limit}"
        item = self._item(asked.number, asked.params)
        try:
            found = run_trial(self.bench, item, self.fitted, self.fitting, asked, label)
        except FitFailed as failure:
            said = str(failure.__cause__).splitlines()
            self.fitting.listener.note(
                f"trial {asked.number} of {self.member.name} failed: {said[-1][:200] if said else 'without a word'}"
            )
            self.study.fail(asked, f"{type(failure.__cause__).__name__}: {failure.__cause__}")
            return True
        except OutOfTime:
            self.study.leave(asked)
            self.out_of_time = True
            return False
        except BaseException:
            self.study.leave(asked)
            raise
        self._walls.append(self.fitting.budget.spent - began)
        if isinstance(found, Pruned):
            self.study.prune(asked, found.seconds)
            return True
        self.study.complete(asked, found.score.folds, found.score.value, found.seconds)
        if asked.params not in self._known:
            self._add(item, found.keys)
        return True

    def _item(self, number: int, params: Params) -> WorkItem:
        defaults = params == dict(self.member.defaults)
        return WorkItem(self.member.name, 0, params, trial=0 if defaults else number)

    def _add(self, item: WorkItem, keys: tuple[str, ...]) -> None:
        self._known.append(dict(item.params))
        if item.candidate not in self.fitted.predictions:
            self.fitted.add(self.bench, item, keys)
            self.after_item(self.fitted)

    def told(self) -> list[Told]:
        """Trials that have ended."""
        return self.study.told()

    @property
    def scores(self) -> list[float]:
        """Of completed trials, larger is better."""
        sign = 1 if self.bench.judge.metric.higher_is_better else -1
        return [sign * trial.value for trial in self.told() if trial.value is not None]

    @property
    def cost(self) -> float:
        """Seconds that a trial takes, pruned ones included, as its fits say or the clock; 0 where none has ended."""
        fits = [trial.seconds / self.fitting.executor.workers for trial in self.told() if trial.state != "failed"]
        return max((sum(seconds) / len(seconds) for seconds in (fits, self._walls) if seconds), default=0.0)
