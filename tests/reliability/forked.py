"""A run in a process of its own that a test may end, or deny the disk, at any failpoint."""

from __future__ import annotations

import errno
import os
import signal
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from core.failpoints import armed

#: How a child ended that was killed, refused by the disk, or went through.
KILLED, FULL, WELL = "killed", "full", "well"


def in_child(work: Callable[[], object], action: Callable[[str], None] | None = None) -> str:
    """Do some work in a forked process with a failpoint action, and say how it ended."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with armed(action or (lambda name: None)):
                work()
            status = 0
        except OSError as error:
            status = 28 if error.errno == errno.ENOSPC else 1
        finally:
            if status == 1:
                traceback.print_exc()
            os._exit(status)
    how = _ended(child)
    if os.WIFSIGNALED(how):
        assert os.WTERMSIG(how) == signal.SIGKILL
        return KILLED
    assert os.WEXITSTATUS(how) in (0, 28), "the run ended with a traceback"
    return WELL if os.WEXITSTATUS(how) == 0 else FULL


def _ended(child: int, seconds: float = 120.0) -> int:
    """The status of a child; one that hangs is killed, and the test with it."""
    for _ in range(int(seconds / 0.02)):
        ended, how = os.waitpid(child, os.WNOHANG)
        if ended:
            return how
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise AssertionError("the child hangs")


def kills() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fills() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def at(name: str, number: int, act: Callable[[], None]) -> Callable[[str], None]:
    """An action for the failpoint of this name when it is met for the number-th time, counted from 1."""
    met = 0

    def action(here: str) -> None:
        nonlocal met
        met += here == name
        if here == name and met == number:
            act()

    return action


def writes_to(path: Path) -> Callable[[str], None]:
    """An action that keeps the names it is told in a file."""

    def action(name: str) -> None:
        with path.open("a") as file:
            file.write(name + "\n")

    return action
