"""A run as a process of its own, with worker processes: `python -m tests.reliability.launch DATA ROOT [PLAN]`.

Prints how many fits this process has had made.
"""

from __future__ import annotations

import sys
from pathlib import Path

from core.road import run
from core.settings import Settings
from tests.reliability.busy import Busy
from tests.support.small import Notes


def main() -> None:
    data, root, *plan = map(Path, sys.argv[1:])
    settings = Settings(threads=1, seeds=4, executor="processes:2", plan=plan[0] if plan else None)
    notes = Notes()
    run(Busy(), data, settings, root, notes)
    print(notes.fitted)


if __name__ == "__main__":
    main()
