"""The list of work a run did or will do, and the clock that decides what enters it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from core.budget import Budget
from core.errors import Refusal
from core.member import Member
from core.writing import write_text


@dataclass(frozen=True)
class WorkItem:
    """One member with one seed and its parameters: a fit on every fold.

    An item that must be done (a baseline, or one that an earlier attempt did) asks no clock.
    """

    member: str
    seed: int
    params: Mapping[str, Any] = field(default_factory=dict)
    must: bool = False


@dataclass(frozen=True)
class Plan:
    """Work in the order it was done. Equal plan, equal bytes.

    Parameters
    ----------
    items: finished work; what failed or ran out of time is not among them.
    params: parameters by member, tuned or default.
    seconds: wall time spent on them, over all attempts.
    notes: what the reader of the scores must know of this work.
    complete: whether nothing more enters.
    """

    items: tuple[WorkItem, ...] = ()
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    seconds: float = 0.0
    complete: bool = False
    notes: tuple[str, ...] = ()

    def now(self, done: Sequence[WorkItem], seconds: float, notes: Sequence[str]) -> Plan:
        """The plan with all work that is done by now; what an earlier attempt did and this one has not yet stays."""
        again = {(item.member, item.seed) for item in done}
        rest = [item for item in self.items if (item.member, item.seed) not in again]
        return replace(self, items=(*done, *rest), seconds=self.seconds + seconds, notes=tuple(notes))

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
            items = tuple(WorkItem(i["member"], int(i["seed"]), {**i["params"]}, must=True) for i in state["items"])
            params = {name: {**state["params"][name]} for name in {**state["params"]}}
            notes = state.get("notes", [])
            if not isinstance(notes, list):
                raise TypeError("notes are no list")
            return cls(items, params, float(state["seconds"]), bool(state["complete"]), tuple(map(str, notes)))
        except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
            raise Refusal(f"{path}: no plan can be read ({error})", "name the plan.json of a run") from None


def schedule(
    plan: Plan, members: Sequence[Member], seeds: int, budget: Budget, cost: Callable[[str], float]
) -> Iterator[WorkItem]:
    """Work in the order it should be done: the plan, baselines, every member once, then further seeds.

    A member's first seed always enters: what it costs is not known, it may be in the cache, and where the
    clock ends it the run says so. A further seed enters only where the cost of the first fits.

    Parameters
    ----------
    plan: work of an earlier attempt, done again first; nothing else where it is complete.
    seeds: how many for each member that depends on its seed.
    cost: `(member) -> seconds` of one seed: infinite when the member was dropped.
    """
    yield from plan.items
    done = {(item.member, item.seed) for item in plan.items}
    for seed in range(0 if plan.complete else seeds):
        for member in members:
            if (member.name, seed) in done or (seed and (member.baseline or not member.seeded)):
                continue
            if seed == 0 or budget.allows(cost(member.name)):
                params = plan.params.get(member.name, member.defaults)
                yield WorkItem(member.name, seed, params, must=member.baseline)
