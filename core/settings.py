"""What a user asks of a run besides the data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.folds.fold import TestBy
from core.plan import Plan

#: Seeds that a budget may fill when their number is not given, and those that extensions may.
MOST_SEEDS = 5
MOST_SEEDS_EXTENDED = 20


@dataclass(frozen=True)
class Settings:
    """How to run.

    Parameters
    ----------
    budget: seconds of wall time, or None.
    more: seconds that a finished run goes on for, from where it ended.
    members: names to take part, with those they need; None for all.
    fold: fit this fold only, for a quick look.
    fraction: share of the rows to fit and score, for a quick look.
    refit: predict the test set by fold models ("folds") or one refit ("full"); None: as the scheme says.
    seed: the root of all seeds.
    seeds: how many for each member; None: 1, or as many as a budget has time for, up to 5.
    trials: of tuning for each member, the defaults included; below 2 nothing is tuned. None: as many as a share of
        the budget has time for, and none without one.
    storage: of the studies: the URL of a database or the path of a journal; None: a journal beside the runs.
    threads: per fit; None: cores divided by workers.
    executor: "serial", "processes" or "processes:N".
    device: "cpu" or "cuda".
    schemes: also score the first member on the diagnostic schemes.
    fresh: start a new run and fit everything again.
    plan: a plan.json to repeat; no clock then decides anything.
    """

    budget: float | None = None
    more: float | None = None
    members: tuple[str, ...] | None = None
    fold: int | None = None
    fraction: float | None = None
    refit: TestBy | None = None
    seed: int = 0
    seeds: int | None = None
    trials: int | None = None
    storage: str | None = None
    threads: int | None = None
    executor: str = "serial"
    device: str = "cpu"
    schemes: bool = False
    fresh: bool = False
    plan: Path | None = None

    def number_of_seeds(self, extending: bool = False) -> int:
        """How many seeds a member may have, in a run or in the extension of a finished one."""
        if self.seeds is not None:
            return self.seeds
        if extending:
            return MOST_SEEDS_EXTENDED
        return MOST_SEEDS if self.budget is not None else 1

    def request(self) -> dict[str, Any]:
        """What makes two runs the same, where it runs left out."""
        asked = asdict(self)
        for name in ("fresh", "executor", "threads", "more", "storage"):
            del asked[name]
        # By the work that is in it, not by its name: an edited plan is another request.
        asked["plan"] = None if self.plan is None else Plan.load(self.plan).work()
        return asked
