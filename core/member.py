"""Who takes part in an ensemble."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import optuna


@dataclass(frozen=True)
class Pretrain:
    """A step fitted once on inputs, never on truth, and shared by members that name it.

    Parameters
    ----------
    name: of the step.
    sees: tables whose X it learns from: "fit", "score", "test" or the name of an extra table. The run says
        aloud when "test" is among them.
    build: `(seed) -> estimator` with `fit(X)`, where X is the tables' X, one below the other.
    """

    name: str
    sees: tuple[str, ...]
    build: Callable[[int], Any]


@dataclass(frozen=True)
class Member:
    """A model that takes part: what to build and what it may read.

    Parameters
    ----------
    name: unique in the competition; also a folder name.
    build: `(parameters, seed) -> estimator`, scikit-learn-shaped; `fit` and `predict` may ask for a `context`.
    defaults: parameters of the untuned member (also trial 0 of a study).
    search: `(trial) -> parameters`: the search space, or None where nothing is tuned.
    fit_on: whether it learns from the fit rows, or from score rows (second stages).
    needs: members whose out-of-fold predictions it reads, through the context.
    pretrain: a shared step whose result it reads, through the context.
    baseline: a trivial answer: it stands beside every score and never enters the blend.
    blended: whether it may enter the blend; others stand in the table for comparison.
    seeded: whether another seed gives another model.
    """

    name: str
    build: Callable[[Mapping[str, Any], int], Any]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    search: Callable[[optuna.Trial], dict[str, Any]] | None = None
    fit_on: Literal["fit", "score"] = "fit"
    needs: tuple[str, ...] = ()
    pretrain: Pretrain | None = None
    baseline: bool = False
    blended: bool = True
    seeded: bool = True


#: Between a member and the number of a trial, in the name of a candidate of the blend.
TRIAL = "~"


def candidate_of(member: str, trial: int) -> str:
    """The name of a trial's predictions among the candidates of a blend: that of its member for the defaults.

    >>> candidate_of("lightgbm", 0), candidate_of("lightgbm", 7)
    ('lightgbm', 'lightgbm~7')
    """
    return member if trial == 0 else f"{member}{TRIAL}{trial}"


def family_of(candidate: str) -> str:
    """The member that a candidate is a trial of.

    >>> family_of("lightgbm~7")
    'lightgbm'
    """
    return candidate.partition(TRIAL)[0]


def in_order(members: Iterable[Member]) -> list[Member]:
    """Sort members so that each comes after those it needs, baselines first, else as given.

    Raises
    ------
    ValueError: a name that occurs twice, a need that is not there, or needs that run in a circle.
    """
    waiting = sorted(members, key=lambda member: not member.baseline)
    names = [member.name for member in waiting]
    if len(set(names)) < len(names):
        raise ValueError(f"two members have one name: {names}")
    done: list[Member] = []
    while waiting:
        ready = [m for m in waiting if set(m.needs) <= {d.name for d in done}]
        if not ready:
            raise ValueError(f"needs that are missing or run in a circle: {[(m.name, m.needs) for m in waiting]}")
        done.append(ready[0])
        waiting.remove(ready[0])
    return done


def with_needs(chosen: Sequence[str], members: Mapping[str, Member]) -> list[str]:
    """The chosen names and everything they need, in working order."""
    wanted = set(chosen)
    while extra := {need for name in wanted for need in members[name].needs} - wanted:
        wanted |= extra
    return [member.name for member in in_order(members.values()) if member.name in wanted]
