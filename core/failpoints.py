"""Places between two steps that write, at which a test may end the process or fill the disk.

Nothing but a test arms them: in a run they cost one comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Every place by name; a test holds that the source has these and no others, and dies at each.
NAMES = (
    "cache: begun",
    "cache: filled",
    "cache: sealed",
    "cache: entered",
    "file: begun",
    "file: written",
    "file: replaced",
    "ledger: written",
    "model: copied",
    "model: renamed",
    "run: made",
    "run: locked",
    "run: begun",
    "item: planned",
    "item: answered",
    "plan: settled",
    "finish: planned",
    "finish: answered",
    "finish: predictions kept",
    "finish: models kept",
    "finish: recorded",
    "finish: cleaned",
)

_action: Callable[[str], None] | None = None


def failpoint(name: str) -> None:
    """The work so far is done, what comes next is not."""
    if _action is not None:
        _action(name)


@contextmanager
def armed(action: Callable[[str], None]) -> Iterator[None]:
    """Let an action be called at every failpoint of this process: to end it, or to raise."""
    global _action  # noqa: PLW0603 (one process, one switch)
    before, _action = _action, action
    try:
        yield
    finally:
        _action = before
