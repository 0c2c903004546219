"""The search of one member's parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from core.blending.costs import PER_FAMILY
from core.cache import key_of
from core.cross_validation import Fitted, jobs_of, label_of
from core.deadline import OutOfTime
from core.dispatch import FitFailed, run_jobs
from core.fitting import Fitting
from core.jobs import Job
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
        self._known = {key_of(item.params) for item in fitted.done if item.member == member.name and item.seed == 0}
        self._walls: list[float] = []

    def take_known(self, left: Callable[[], float]) -> None:
        """Add the completed trials of earlier searches and other processes whose fits are in the cache.

        Parameters
        ----------
        left: `() -> seconds` that this may still take.
        """
        for trial in self.told():
            if trial.state != "complete" or self._is_known(trial.params):
                continue
            if left() <= 0:
                return
            try:
                item, jobs = self._jobs(trial)
            except (OutOfTime, FitFailed):  # of a member or a step that it needs
                return
            keys = tuple(job.key(self.bench) for job in jobs)
            if all(self.bench.store.get(key) is not None for key in keys):
                self._add(item, keys)

    def refit_best(self, left: Callable[[], float]) -> list[str]:
        """Fit again the best completed trials whose fits are gone, as many as a blend looks at.

        Parameters
        ----------
        left: `() -> seconds` that fits may still take.

        Returns
        -------
        The names of those that are no candidates then.
        """
        fitting, sign = self.fitting, -1 if self.bench.judge.metric.higher_is_better else 1
        done = [(sign * trial.value, trial.number, trial) for trial in self.told() if trial.value is not None]
        best = [trial for _, _, trial in sorted(done, key=lambda entry: entry[:2])[:PER_FAMILY]]
        for trial in best:
            if self._is_known(trial.params) or left() < trial.seconds / fitting.together:
                continue
            try:
                item, jobs = self._jobs(trial)
                label = f"{self.member.name}, trial {trial.number} again"
                self._add(item, run_jobs(self.bench, jobs, fitting, fitting.budget, label))
            except OutOfTime:
                break
            except FitFailed as failure:
                said = f"{label_of(self._item(trial.number, trial.params))} failed: {failure.__cause__}"
                fitting.listener.note(said[:300])
        lost = [trial for trial in best if not self._is_known(trial.params)]
        return [label_of(self._item(trial.number, trial.params)) for trial in lost]

    def _is_known(self, params: Params) -> bool:
        """Whether a candidate has these parameters; a study gives a list back for a tuple."""
        return key_of(params) in self._known

    def _jobs(self, trial: Told) -> tuple[WorkItem, list[Job]]:
        item = self._item(trial.number, trial.params)
        return item, jobs_of(self.bench, item, self.fitted, self.fitting, self.fitting.budget)

    def step(self) -> bool:
        """Work on one trial; False where there is none left, or where the budget ended first."""
        asked = self.study.ask(self.limit)
        if asked is None:
            self.at_limit = True
            return False
        if asked.error is not None:
            said = f"{type(asked.error).__name__}: {asked.error}"
            self.fitting.listener.note(f"the search space of {self.member.name} failed: {said[:200]}")
            self.study.fail(asked, said)
            return True
        label = f"{self.member.name}, trial {asked.number} of {self.limit}"
        item = self._item(asked.number, asked.params)
        began, known = self.fitting.budget.spent, self._is_known(asked.params)
        try:
            found = run_trial(self.bench, item, self.fitted, self.fitting, asked, label)
        except FitFailed as failure:
            self._walls.append(self.fitting.budget.spent - began)
            lines = str(failure.__cause__).splitlines() or ["without a word"]
            self.fitting.listener.note(f"trial {asked.number} of {self.member.name} failed: {lines[-1][:200]}")
            self.study.fail(asked, f"{type(failure.__cause__).__name__}: {failure.__cause__}")
            return True
        except OutOfTime:
            self.study.leave(asked)
            self.out_of_time = True
            return False
        except BaseException:
            self.study.leave(asked)
            raise
        if not known:  # else it took no time
            self._walls.append(self.fitting.budget.spent - began)
        if isinstance(found, Pruned):
            self.study.prune(asked, found.seconds)
            return True
        self.study.complete(asked, found.score.folds, found.score.value, found.seconds)
        if not known:
            self._add(item, found.keys)
        return True

    def _item(self, number: int, params: Params) -> WorkItem:
        defaults = key_of(params) == key_of(self.member.defaults)
        return WorkItem(self.member.name, 0, params, trial=0 if defaults else number)

    def _add(self, item: WorkItem, keys: tuple[str, ...]) -> None:
        self._known.add(key_of(item.params))
        while item.candidate in self.fitted.predictions:  # of a study whose journal was replaced
            item = replace(item, trial=item.trial + 1)
        self.fitted.add(self.bench, item, keys)
        self.after_item(self.fitted)

    def told(self) -> list[Told]:
        """Trials that have ended, as many as were asked for."""
        return [trial for trial in self.study.told() if trial.number < self.limit]

    @property
    def scores(self) -> list[float]:
        """Of completed trials, larger is better."""
        sign = 1 if self.bench.judge.metric.higher_is_better else -1
        return [sign * trial.value for trial in self.told() if trial.value is not None]

    @property
    def cost(self) -> float:
        """Seconds that a trial takes, as its fits say or the clock, by which failed ones count; 0 where none ended."""
        fits = [trial.seconds / self.fitting.together for trial in self.told() if trial.state != "failed"]
        return max((sum(seconds) / len(seconds) for seconds in (fits, self._walls) if seconds), default=0.0)
