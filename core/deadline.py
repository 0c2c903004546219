"""The moment a fit must end, and the alarm that ends it there."""

from __future__ import annotations

import math
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any


class OutOfTime(BaseException):
    """The budget ended in the middle of work. No `Exception`, so that no estimator swallows it."""


@dataclass(frozen=True)
class Deadline:
    """A moment of a clock.

    Parameters
    ----------
    at: seconds of the clock; infinity for never.
    clock: gives seconds; a fake one in tests.

    >>> Deadline.never().passed
    False
    """

    at: float
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def never(cls) -> Deadline:
        return cls(math.inf)

    @classmethod
    def within(cls, seconds: float, since: float | None = None) -> Deadline:
        """So many seconds from now, or since a moment of `time.time()`."""
        gone = 0.0 if since is None else max(0.0, time.time() - since)
        return cls(time.monotonic() + seconds - gone)

    @property
    def left(self) -> float:
        return self.at - self.clock()

    @property
    def passed(self) -> bool:
        return self.left <= 0

    def check(self) -> None:
        """For loops of an estimator: end here when it is time.

        Raises
        ------
        OutOfTime: the moment has passed.
        """
        if self.passed:
            raise OutOfTime

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process, perhaps on another machine, has another clock: what is left is what travels.
        return Deadline.within, (self.left, time.time())


#: How often the alarm rings again, should something have swallowed it, or an import been under way.
AGAIN_SECONDS = 0.2


def _imports(frame: FrameType | None, block: FrameType) -> bool:
    """Whether an import is under way in the block: Python's own code of imports is among the callers inside it."""
    while frame is not None and frame is not block:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


@contextmanager
def stopped_at(deadline: Deadline) -> Iterator[None]:
    """End the block with OutOfTime when the moment comes, wherever Python code runs in it.

    The alarm is a signal that Python looks at between two of its instructions: loops of scikit-learn, SciPy,
    LightGBM and torch end within milliseconds, and CatBoost's too; one long call that stays inside C (a
    support vector machine) ends first. Signals reach the main thread only; elsewhere nothing rings, and a fit
    ends early only where it asks its deadline. An import goes on to its end: a module that is half there breaks
    whatever reads it later in the process.

    Raises
    ------
    OutOfTime: the moment came before the end of the block, or had passed when it began.
    """
    deadline.check()
    if math.isinf(deadline.at) or threading.current_thread() is not threading.main_thread():
        yield
        return
    armed, rang = True, False
    block = sys._getframe(2)  # behind the context manager's own

    def ring(number: int, frame: FrameType | None) -> None:
        nonlocal rang
        if armed and deadline.passed and not _imports(frame, block):
            rang = True
            raise OutOfTime

    before, timer = signal.signal(signal.SIGALRM, ring), (0.0, 0.0)
    try:
        timer = signal.setitimer(signal.ITIMER_REAL, max(deadline.left, 1e-6), AGAIN_SECONDS)
        yield
        if rang:  # somebody swallowed it: what the block has done is cut short
            raise OutOfTime
    except (Exception, KeyboardInterrupt):
        if rang:  # a library made an error of its own of it (CatBoost: KeyboardInterrupt)
            raise OutOfTime from None
        raise
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if timer[0]:  # somebody else's alarm
            signal.setitimer(signal.ITIMER_REAL, *timer)
