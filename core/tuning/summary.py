"""What a search came to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from core.metrics import Metric
from core.tuning.study import MemberStudy, Told


@dataclass(frozen=True)
class Tuned:
    """The trials of one member, and how hopeful their best score is.

    Parameters
    ----------
    trials: that have ended, by number; 0 has the defaults.
    best: the number of the best completed one, or None.
    best_value: its score, on the very folds that it was chosen by.
    chosen_apart: the mean over folds of the score of the trial that is best on the other folds. What the best value
        is ahead of it is the optimism of choosing; that of where the search looked is on top (see `tune_nested`).
    importances: share of each parameter in how scores vary, or nothing where there are few trials.
    default_apart, best_apart: the scores of the defaults and of the best on the folds that `chosen_apart` is taken on.
    """

    member: str
    trials: tuple[Told, ...]
    best: int | None
    best_value: float | None
    chosen_apart: float | None
    importances: Mapping[str, float] = field(default_factory=dict)
    higher_is_better: bool = False
    default_apart: float | None = None
    best_apart: float | None = None

    @classmethod
    def of(cls, study: MemberStudy, metric: Metric, *, forward: bool = False, limit: float = math.inf) -> Tuned:
        """What a study holds by now.

        Parameters
        ----------
        forward: whether a choice for a fold may only look at earlier ones.
        limit: of how many trials, the first ones.
        """
        trials = [trial for trial in study.told() if trial.number < limit]
        done = [trial for trial in trials if trial.value is not None]
        best = best_of(done, metric)
        return cls(
            member=study.member.name,
            trials=tuple(trials),
            best=None if best is None else best.number,
            best_value=None if best is None else best.value,
            chosen_apart=chosen_apart(done, metric, forward=forward),
            importances=study.importances(),
            higher_is_better=metric.higher_is_better,
            default_apart=chosen_apart([trial for trial in done if trial.number == 0], metric, forward=forward),
            best_apart=chosen_apart([] if best is None else [best], metric, forward=forward),
        )

    @property
    def default(self) -> float | None:
        """The score of the defaults."""
        return next((trial.value for trial in self.trials if trial.number == 0), None)

    @property
    def _worse_apart(self) -> bool:
        if self.chosen_apart is None or self.default_apart is None:
            return False
        gain = self.chosen_apart - self.default_apart
        return gain < 0 if self.higher_is_better else gain > 0

    def count(self, state: str) -> int:
        return sum(trial.state == state for trial in self.trials)

    @property
    def said(self) -> str:
        """One sentence for people."""
        ended = [f"{number} {state}" for state in ("pruned", "failed") if (number := self.count(state))]
        counts = ", ".join([f"{len(self.trials)} trials", *ended])
        if self.best is None or self.best_value is None:
            return f"{self.member}: {counts}; none was completed"
        apart = "" if self.chosen_apart is None else f"; chosen on other folds {self.chosen_apart:.5g}"
        if self.best_apart is not None and not math.isclose(self.best_apart, self.best_value):
            apart += f" where the best has {self.best_apart:.5g}"
        if self._worse_apart:
            apart += ", worse than the defaults: what the search gained may be chance"
        start = "" if self.default is None else f", defaults {self.default:.5g}"
        return f"{self.member}: {counts}; best {self.best_value:.5g} (trial {self.best}{start}){apart}"

    def to_json(self) -> dict[str, Any]:
        """For a record: what is not finite is null there."""
        state: dict[str, Any] = _finite(asdict(self))
        return state


def best_of(trials: Sequence[Told], metric: Metric) -> Told | None:
    """The best of completed trials, the earliest of equals."""
    best: Told | None = None
    for trial in trials:
        if trial.value is not None and (best is None or best.value is None or metric.better(trial.value, best.value)):
            best = trial
    return best


def chosen_apart(trials: Sequence[Told], metric: Metric, *, forward: bool = False) -> float | None:
    """The score on each fold of the trial that is best on all others, averaged; None with fewer than two folds.

    Parameters
    ----------
    forward: whether only earlier folds may choose; the first fold is then left out.
    """
    whole = [trial for trial in trials if len(trial.folds) > 1]
    if not whole or len({len(trial.folds) for trial in whole}) > 1:
        return None
    scores = np.array([[math.nan if value is None else value for value in trial.folds] for trial in whole], dtype=float)
    known = ~np.isnan(scores).any(axis=0)
    scores = scores[:, known] * (1 if metric.higher_is_better else -1)
    if scores.shape[1] < 2:
        return None
    if forward:
        others, scores = scores.cumsum(axis=1)[:, :-1], scores[:, 1:]
    else:
        others = scores.sum(axis=1, keepdims=True) - scores
    picked = scores[others.argmax(axis=0), np.arange(scores.shape[1])]
    return float(picked.mean()) * (1 if metric.higher_is_better else -1)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
