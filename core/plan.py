"""The list of work a run did or will do, and the clock that decides what enters it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from core.budget import Budget
from core.ensembling import ROUNDS
from core.errors import Refusal
from core.member import Member, candidate_of
from core.writing import write_text


@dataclass(frozen=True)
class WorkItem:
    """One member with one seed and its parameters: a fit on every fold.

    An item that must be done (a baseline, or one that an earlier attempt did) asks no clock.

    Parameters
    ----------
    folds: those that were fitted, where the clock ended the first candidate of a blend; None for all.
    trial: of tuning, that found the parameters; 0 for the defaults.
    """

    member: str
    seed: int
    params: Mapping[str, Any] = field(default_factory=dict)
    must: bool = False
    folds: tuple[int, ...] | None = None
    trial: int = 0

    @property
    def candidate(self) -> str:
        """The name of its predictions: each trial of a member stands beside it."""
        return candidate_of(self.member, self.trial)

    @property
    def names(self) -> tuple[str, int]:
        """What tells it from other work."""
        return self.candidate, self.seed


@dataclass(frozen=True)
class Plan:
    """Work in the order it was done. Equal plan, equal bytes.

    Parameters
    ----------
    items: finished work; what failed or ran out of time is not among them.
    seconds: wall time spent on them, over all attempts.
    lasting: notes of what is not done again when the plan is, such as a pilot.
    notes: all that the reader of the scores must know of this work.
    left_out: what the clock had no time for.
    complete: whether nothing more enters.
    rounds: of greedy selection in the blend, fewer than usual where the clock had no time for more.
    """

    items: tuple[WorkItem, ...] = ()
    seconds: float = 0.0
    complete: bool = False
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    rounds: int = ROUNDS
    lasting: tuple[str, ...] = ()

    @property
    def kept(self) -> list[WorkItem]:
        """What an attempt that goes on with it begins with.

        Work that the clock left unfinished is begun again where more may enter; what it has is in the cache.
        """
        return [item for item in self.items if self.complete or item.folds is None]

    def now(
        self, done: Sequence[WorkItem], seconds: float, notes: Sequence[str] = (), left_out: Sequence[str] = ()
    ) -> Plan:
        """The plan with all work that is done by now; what an earlier attempt did and this one has not yet stays."""
        again = {item.names for item in done}
        rest = [item for item in self.items if item.names not in again]
        items, seconds = (*done, *rest), self.seconds + seconds
        return replace(self, items=items, seconds=seconds, notes=tuple(notes), left_out=tuple(left_out))

    def work(self) -> dict[str, Any]:
        """What determines the bytes of a run, without times and notes."""
        state = asdict(self)
        return {name: state[name] for name in ("items", "rounds")}

    def save(self, path: Path) -> None:
        write_text(path, json.dumps(asdict(self), indent=1))

    @classmethod
    def load(cls, path: Path) -> Plan:
        """Read a plan.

        Raises
        ------
        Refusal: no such file, or no plan in it.
        """
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
            items = tuple(_item(entry) for entry in state["items"])
            notes, left_out, lasting = (_texts(state.get(name, [])) for name in ("notes", "left_out", "lasting"))
            seconds, complete, rounds = (
                float(state["seconds"]),
                bool(state["complete"]),
                int(state.get("rounds", ROUNDS)),
            )
            return cls(items, seconds, complete, notes, left_out, rounds, lasting)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise Refusal(f"{path}: no plan can be read ({error})", "name the plan.json of a run") from None


def _item(entry: Mapping[str, Any]) -> WorkItem:
    folds = entry.get("folds")
    some = None if folds is None else tuple(int(number) for number in folds)
    trial = int(entry.get("trial", 0))
    return WorkItem(entry["member"], int(entry["seed"]), {**entry["params"]}, must=True, folds=some, trial=trial)


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("notes are no list")
    return tuple(map(str, value))


def schedule(
    plan: Plan,
    members: Sequence[Member],
    budget: Budget,
    given_up: Callable[[str], bool] = lambda member: False,
    already: Collection[WorkItem] = (),
) -> Iterator[WorkItem]:
    """Work in the order it should be done: the plan, then every member once with its defaults, baselines first.

    A member always enters: what it costs is not known, it may be in the cache, and where the clock ends it the run
    says so. Where time is left when all have been tried, those that were given up enter once more: what they have
    is in the cache, and a machine that was busy with something else may be no longer.

    Parameters
    ----------
    plan: work of an earlier attempt, done again first; nothing else where it is complete.
    given_up: `(member) -> whether` the clock ended it.
    already: work that is done.
    """
    done = {item.names for item in already}
    yield from (item for item in plan.kept if item.names not in done)
    if plan.complete:
        return
    done |= {item.names for item in plan.kept}
    first = [WorkItem(member.name, 0, member.defaults, must=member.baseline) for member in members]
    yield from (item for item in first if item.names not in done)
    yield from (item for item in first if given_up(item.member) and budget.allows())
