"""How fits are run."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.budget import Budget
from core.executors import Executor
from core.folds.fold import TestBy
from core.listener import Listener


@dataclass(frozen=True)
class Fitting:
    """Where fits run, on which folds, until when, and who is told.

    Parameters
    ----------
    folds: positions of the folds to fit.
    test_by: whether fold models or one refit predict the test set.
    """

    executor: Executor
    folds: tuple[int, ...]
    test_by: TestBy
    budget: Budget = field(default_factory=lambda: Budget(None))
    listener: Listener = field(default_factory=Listener)

    @property
    def together(self) -> int:
        """How many fits of one member run at the same time."""
        return min(self.executor.workers, len(self.folds))
