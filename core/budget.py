"""The clock that decides what enters a plan."""

from __future__ import annotations

import time
from collections.abc import Callable


class Budget:
    """Wall time that a run may spend.

    Parameters
    ----------
    seconds: None for as long as it takes.
    clock: gives seconds; a fake one in tests.
    spent_before: by an earlier attempt that was interrupted.

    >>> Budget(None).allows(1e9)
    True
    """

    #: Of the budget, kept for blending and writing.
    reserve = 0.05

    def __init__(
        self, seconds: float | None, clock: Callable[[], float] = time.monotonic, spent_before: float = 0.0
    ) -> None:
        self._clock = clock
        self._started = clock() - spent_before
        self.seconds = seconds

    def less(self, seconds: float) -> Budget:
        """What is left of it after an earlier attempt that took so many seconds."""
        return Budget(self.seconds, self._clock, self.spent + seconds)

    @property
    def spent(self) -> float:
        return self._clock() - self._started

    @property
    def left(self) -> float:
        """Seconds left for fits."""
        return float("inf") if self.seconds is None else self.seconds * (1 - self.reserve) - self.spent

    def allows(self, estimate: float = 0.0) -> bool:
        """Whether work of this many seconds still fits."""
        return self.left > estimate
