"""The clock that decides what enters a plan."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from core.deadline import Deadline


class Budget:
    """Wall time that a run may spend.

    Parameters
    ----------
    seconds: None for as long as it takes.
    clock: gives seconds; a fake one in tests.
    spent_before: by an earlier attempt that was interrupted, or before this object was made.
    kept: seconds kept for the work after the fits.
    after: seconds that are not the run's own, but of what comes when it has ended, such as its report.

    >>> Budget(None).allows(1e9)
    True
    """

    #: Of the budget, kept at least for blending and writing; what is known to be needed is counted in.
    reserve = 0.05

    def __init__(
        self,
        seconds: float | None,
        clock: Callable[[], float] = time.monotonic,
        spent_before: float = 0.0,
        *,
        kept: float = 0.0,
        after: float = 0.0,
    ) -> None:
        self._clock = clock
        self._started = clock() - spent_before
        self.seconds, self.kept, self.after = seconds, kept, after

    def less(self, seconds: float) -> Budget:
        """What is left of it after an earlier attempt that took so many seconds."""
        return Budget(self.seconds, self._clock, self.spent + seconds, kept=self.kept, after=self.after)

    def of(self, seconds: float | None) -> Budget:
        """As much as named instead, what is spent by now included."""
        return Budget(seconds, self._clock, self.spent, kept=self.kept, after=self.after)

    def keep(self, seconds: float) -> None:
        """Keep as many seconds, measured by now, for the work after the fits; at most half of the budget."""
        self.kept = seconds if self.seconds is None else min(seconds, self.seconds / 2)

    @property
    def spent(self) -> float:
        return self._clock() - self._started

    @property
    def left(self) -> float:
        """Seconds left for fits."""
        if self.seconds is None:
            return math.inf
        return self.left_in_all - max(self.kept, self.seconds * self.reserve)

    @property
    def left_in_all(self) -> float:
        """Seconds left for fits and for the work after them."""
        return math.inf if self.seconds is None else self.seconds - self.after - self.spent

    def allows(self, estimate: float = 0.0) -> bool:
        """Whether work of this many seconds still fits."""
        return self.left > estimate

    def deadline(self, share: float = 1.0) -> Deadline:
        """When fits must end, by the same clock, if they may take such a share of what is left."""
        return Deadline(self._clock() + self.left * share, self._clock)
