"""The study of one member: ask for trials, tell what they gave, take over what a killed process left."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import dataclass, field
from typing import IO, Any

from core.cache import key_of
from core.member import Member
from core.tuning.defaults import fitting_defaults, settings_of
from core.tuning.studies import Studies, quiet_optuna
from core.workbench import Workbench

Params = dict[str, Any]


@dataclass
class Asked:
    """A trial that this process works on.

    Parameters
    ----------
    number: of the trial; 0 has the member's defaults.
    params: all parameters of the member.
    reported: folds whose scores a killed process has reported.
    error: what the search space of the member raised, which fails the trial.
    """

    number: int
    params: Params
    trial: Any = field(repr=False)
    reported: frozenset[int] = frozenset()
    lock: IO[str] | None = field(default=None, repr=False)
    error: Exception | None = None


@dataclass(frozen=True)
class Told:
    """A trial that has ended.

    Parameters
    ----------
    state: "complete", "pruned" or "failed".
    value: the score, the mean over folds; None where it was not completed.
    folds: the score on each fold.
    seconds: of its fits.
    """

    number: int
    state: str
    value: float | None
    params: Params
    folds: tuple[float, ...] = ()
    seconds: float = 0.0


class MemberStudy:
    """An Optuna study, found by what its scores depend on: data, folds, objective, member, code, seed.

    Trial 0 has the defaults; the others are drawn by multivariate TPE (Bergstra et al. 2011). The sampler of each
    trial is seeded by its number alone, so that a study that was killed goes on as if it had not been.

    Parameters
    ----------
    apart: tells further studies of the same member from it, such as those of nested tuning.
    pruner: Optuna's, asked when one fold, two, four, … are reported; `FoldHalving` by default.
    """

    def __init__(self, studies: Studies, bench: Workbench, member: Member, apart: str = "", pruner: Any = None) -> None:
        import optuna

        from core.tuning.halving import FoldHalving

        quiet_optuna()
        assert member.search is not None
        self.studies, self.member, self.seed = studies, member, bench.seed
        apart = "/".join(filter(None, (studies.apart, apart)))
        identity = {"bench": bench.identity, "defaults": dict(member.defaults), "apart": apart}
        slug = getattr(bench.competition, "slug", type(bench.competition).__name__)
        self.name = "/".join(filter(None, (slug, member.name, apart, key_of(identity)[:12])))
        higher = bench.objective.metric.higher_is_better
        try:
            self.study = optuna.create_study(
                study_name=self.name,
                storage=studies.storage,
                direction="maximize" if higher else "minimize",
                pruner=pruner or FoldHalving(),
                load_if_exists=True,
            )
        except (KeyError, ValueError) as error:  # a line of the journal that is none
            raise studies.refusal(error) from None

    def ask(self, limit: int) -> Asked | None:
        """The next trial, or one that a process left when it was killed; None where there are as many as that."""
        from optuna.trial import Trial, TrialState

        assert self.member.search is not None
        with self.studies.asking():
            trials = self.study.get_trials(deepcopy=False)
            for found in trials:
                if found.state != TrialState.RUNNING or self._is_foreign(found):
                    continue
                lock = self.studies.hold(self._lock_name(found.number))
                if lock is None:
                    continue
                if self._state(found.number) != TrialState.RUNNING:  # ended by the process that held it
                    self.studies.forget(self._lock_name(found.number))
                    lock.close()
                    continue
                self.study.sampler = self._sampler(found.number)
                return self._asked(Trial(self.study, found._trial_id), lock, frozenset(found.intermediate_values))
            begun = [found for found in trials if found.state != TrialState.WAITING]
            if len(begun) >= limit:
                return None
            if not trials and (known := fitting_defaults(self.member.search, settings_of(self.member))):
                self.study.enqueue_trial(known)
            self.study.sampler = self._sampler(len(begun))
            trial = self.study.ask()
            return self._asked(trial, self.studies.hold(self._lock_name(trial.number)))

    def _is_foreign(self, trial: Any) -> bool:
        """Whether another machine works on a trial; where machines share a database, whoever did not say so yet."""
        shared = None if self.studies.url is None else ""
        host = trial.user_attrs.get("host", shared)
        return host is not None and host != self._host

    @property
    def _host(self) -> str:
        """Whose locks tell whether a trial is worked on: this machine's, and for a database those of one folder."""
        return platform.node() if self.studies.url is None else f"{platform.node()}:{self.studies.locks.resolve()}"

    def _state(self, number: int) -> Any:
        return next(found.state for found in self.study.get_trials(deepcopy=False) if found.number == number)

    def _asked(self, trial: Any, lock: IO[str] | None, reported: frozenset[int] = frozenset()) -> Asked:
        assert self.member.search is not None
        trial.set_user_attr("host", self._host)
        params, failed = dict(self.member.defaults), None
        try:
            found = {**params, **self.member.search(trial)}
            key_of(found)  # what no key can tell can be neither kept nor fitted
        except Exception as error:
            failed = error
        else:
            params = params if trial.number == 0 else found
        if trial.number == 0:  # the defaults need no space
            failed = None
        trial.set_user_attr("params", json.loads(json.dumps(params, default=str)))
        return Asked(trial.number, params, trial, reported, lock, failed)

    def _sampler(self, number: int) -> Any:
        import optuna

        digest = hashlib.sha256(f"{self.seed}|{self.member.name}|trial {number}".encode()).digest()
        return optuna.samplers.TPESampler(seed=int.from_bytes(digest[:4]), multivariate=True)

    def _lock_name(self, number: int) -> str:
        place = f"{self.studies.url or ''}|{self.name}"
        return f"{hashlib.sha256(place.encode()).hexdigest()[:16]}-{number}"

    def complete(self, asked: Asked, folds: tuple[float, ...], value: float, seconds: float) -> None:
        """The trial was fitted on every fold."""
        self._tell(asked, {"folds": list(folds), "seconds": seconds}, value)

    def prune(self, asked: Asked, seconds: float) -> None:
        """The trial was given up as its pruner said."""
        from optuna.trial import TrialState

        self._tell(asked, {"seconds": seconds}, state=TrialState.PRUNED)

    def fail(self, asked: Asked, error: str) -> None:
        """The trial cannot be fitted with its parameters."""
        from optuna.trial import TrialState

        self._tell(asked, {"error": error}, state=TrialState.FAIL)

    def _tell(self, asked: Asked, facts: dict[str, Any], value: float | None = None, state: Any = None) -> None:
        """End a trial; what another process has told of it already holds."""
        if not self._state(asked.number).is_finished():
            for name, fact in facts.items():
                asked.trial.set_user_attr(name, fact)
            self.study.tell(asked.trial, value, state=state, skip_if_finished=True)
        self.studies.forget(self._lock_name(asked.number))
        self.leave(asked)

    def leave(self, asked: Asked) -> None:
        """Let go of a trial: one that is not finished is taken over by whoever asks next."""
        if asked.lock is not None:
            asked.lock.close()
            asked.lock = None

    def told(self) -> list[Told]:
        """Trials that have ended, by number."""
        from optuna.trial import TrialState

        states = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}
        return [
            Told(
                number=trial.number,
                state=states[trial.state],
                value=trial.value if trial.state == TrialState.COMPLETE else None,
                params=dict(trial.user_attrs.get("params", trial.params)),
                folds=tuple(trial.user_attrs.get("folds", ())),
                seconds=float(trial.user_attrs.get("seconds", 0.0)),
            )
            for trial in self.study.get_trials(deepcopy=False)
            if trial.state in states
        ]

    def importances(self) -> dict[str, float]:
        """The share of each parameter in how scores vary (fANOVA, Hutter et al. 2014); none of a few trials."""
        import optuna

        if sum(trial.state == "complete" for trial in self.told()) < FEWEST_TO_EXPLAIN:
            return {}
        try:
            evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
            found = optuna.importance.get_param_importances(self.study, evaluator=evaluator)
        except (ValueError, RuntimeError):  # parameters or scores that never vary
            return {}
        return {name: float(share) for name, share in found.items()}


#: Completed trials from which on parameters are ranked by what they change.
FEWEST_TO_EXPLAIN = 8
