"""The study of one member: ask for trials, tell what they gave, take over what a killed process left."""

from __future__ import annotations

import hashlib
import platform
import warnings
from dataclasses import dataclass, field
from typing import IO, Any

from core.cache import key_of
from core.member import Member
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
    reported: steps whose scores a killed process has reported.
    """

    number: int
    params: Params
    trial: Any = field(repr=False)
    reported: frozenset[int] = frozenset()
    lock: IO[str] | None = field(default=None, repr=False)


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

        with self.studies.asking():
            trials = self.study.get_trials(deepcopy=False)
            for found in trials:
                elsewhere = found.user_attrs.get("host", platform.node()) != platform.node()
                if found.state != TrialState.RUNNING or elsewhere:
                    continue
                lock = self.studies.hold(self._lock_name(found.number))
                if lock is not None:
                    self.study.sampler = self._sampler(found.number)
                    return self._asked(Trial(self.study, found._trial_id), lock, frozenset(found.intermediate_values))
            begun = [found for found in trials if found.state != TrialState.WAITING]
            if len(begun) >= limit:
                return None
            if not trials:
                self.study.enqueue_trial(dict(self.member.defaults))
            self.study.sampler = self._sampler(len(begun))
            lock = self.studies.hold(self._lock_name(len(begun)))
            trial = self.study.ask()
            return self._asked(trial, lock)

    def _asked(self, trial: Any, lock: IO[str] | None, reported: frozenset[int] = frozenset()) -> Asked:
        assert self.member.search is not None
        trial.set_user_attr("host", platform.node())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # defaults may lie outside the search space
            found = self.member.search(trial)
        params = dict(self.member.defaults) if trial.number == 0 else {**self.member.defaults, **found}
        trial.set_user_attr("params", params)
        return Asked(trial.number, params, trial, reported, lock)

    def _sampler(self, number: int) -> Any:
        import optuna

        digest = hashlib.sha256(f"{self.seed}|{self.member.name}|trial {number}".encode()).digest()
        return optuna.samplers.TPESampler(seed=int.from_bytes(digest[:4]), multivariate=True)

    def _lock_name(self, number: int) -> str:
        return f"{hashlib.sha256(self.name.encode()).hexdigest()[:16]}-{number}"

    def complete(self, asked: Asked, folds: tuple[float, ...], value: float, seconds: float) -> None:
        """The trial was fitted on every fold."""
        asked.trial.set_user_attr("folds", list(folds))
        asked.trial.set_user_attr("seconds", seconds)
        self._tell(asked, value)

    def prune(self, asked: Asked, seconds: float) -> None:
        """The trial was given up as worse than the best."""
        from optuna.trial import TrialState

        asked.trial.set_user_attr("seconds", seconds)
        self._tell(asked, state=TrialState.PRUNED)

    def fail(self, asked: Asked, error: str) -> None:
        """The trial cannot be fitted with its parameters."""
        from optuna.trial import TrialState

        asked.trial.set_user_attr("error", error)
        self._tell(asked, state=TrialState.FAIL)

    def _tell(self, asked: Asked, value: float | None = None, state: Any = None) -> None:
        self.study.tell(asked.trial, value, state=state)
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
