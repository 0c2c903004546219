"""Everything that all jobs of a run share."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

from core.cache import Cache
from core.code_hash import code_hash
from core.dataset import Dataset
from core.edition import Edition
from core.errors import Refusal
from core.estimators.saving import trusted_packages
from core.folds import Folds
from core.member import Member, family_of, in_order
from core.objective import Judge, Objective

#: Packages whose version can change what a fit gives.
LIBRARIES = (
    "numpy",
    "pandas",
    "scipy",
    "scikit-learn",
    "lightgbm",
    "catboost",
    "imbalanced-learn",
    "torch",
    "skops",
    "xgboost",
    "xgboost-cpu",
)


class MemberSource(Protocol):
    """A competition, as far as jobs need one: picklable by its class."""

    edition: Edition
    options: dict[str, str]

    def roster(self, dataset: Dataset, objective: Objective) -> list[Member]:
        """The members and a baseline."""


@dataclass(frozen=True)
class Workbench:
    """What a job reads besides its own names and parameters; sent to each worker once.

    Parameters
    ----------
    competition: names the members.
    cache: the folder of results that all workers share.
    seed: the root of all seeds.
    threads: per fit.
    """

    competition: MemberSource
    dataset: Dataset
    folds: Folds
    objective: Objective
    cache: Path
    seed: int = 0
    threads: int = 1
    device: str = "cpu"

    def __reduce__(self) -> tuple[Any, ...]:
        # Members hold functions that no pickle can carry: a worker asks the competition for them again.
        return type(self), tuple(getattr(self, field.name) for field in fields(self))

    def with_objective(self, objective: Objective) -> Workbench:
        """The same bench for another objective."""
        return replace(self, objective=objective)

    @cached_property
    def members(self) -> dict[str, Member]:
        """By name, each after those it needs.

        Raises
        ------
        ValueError: a name like that of a trial, or a second stage on fit rows that are not score rows: nobody has
            predicted them out of fold.
        """
        members = in_order(self.competition.roster(self.dataset, self.objective))
        for member in members:
            if member.name != family_of(member.name):
                raise ValueError(f"member {member.name!r}: such a name is that of a trial")
            if member.needs and member.fit_on == "fit" and not self.dataset.fits_on_score_rows:
                raise ValueError(f"member {member.name!r} needs others: give it fit_on='score'")
        return {member.name: member for member in members}

    @cached_property
    def judge(self) -> Judge:
        return self.objective.judge(self.dataset)

    @cached_property
    def store(self) -> Cache:
        return Cache(self.cache)

    def entry(self, key: str) -> Path:
        """The folder of a result that must be in the cache.

        Raises
        ------
        Refusal: somebody removed it during the run.
        """
        folder = self.store.get(key)
        if folder is None:
            raise Refusal(f"cache entry {key[:12]} vanished during the run", "run the same command again")
        return folder

    @cached_property
    def trusted(self) -> tuple[str, ...]:
        """Packages whose classes saved models may name."""
        return trusted_packages(self.competition)

    def seed_of(self, member: str, fold: int, repeat: int) -> int:
        """The seed of one fit, from its names and never from its place in a queue; 0 to 2**31 - 1."""
        name = f"{self.seed}|{member}|{fold}|{repeat}"
        return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) >> 1

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """The part of a cache key that all jobs of this bench share."""
        return {
            "data": self.dataset.fingerprint,
            "folds": self.folds.digest(),
            "objective": self.objective.digest(),
            "root_seed": self.seed,
            "threads": self.threads,
            "device": self.device,
            "code": code_hash(["core.jobs", type(self.competition).__module__]),
            "competition": type(self.competition).__qualname__,
            "edition": self.competition.edition.name,
            "options": dict(self.competition.options),
            "versions": versions(),
        }


@cache
def versions() -> Mapping[str, str]:
    """Versions of Python, the machine and every library that can change a result."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
