"""What the processes of peers share: reading a task, and writing an answer. Imports nothing else of Podium.

A cell's process is called with the folder of the task, the time at which it was started (seconds since the epoch) and
the seconds that it has, all counted from there: imports and reading are part of them.
"""

from __future__ import annotations

import ctypes
import json
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

ID, TARGET, GROUP, WEIGHT = "row_id", "target", "group", "weight"


@dataclass(frozen=True)
class Read:
    """A task as it lies in its folder.

    Parameters
    ----------
    told: metric, kind, outputs, shares and seed.
    train, test: with every column but the row id.
    deadline: seconds since the epoch.
    """

    folder: Path
    told: dict[str, Any]
    train: pd.DataFrame
    test: pd.DataFrame
    deadline: float

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self.deadline - time.time()


def work(answer: Callable[[Read], dict[str, Any]]) -> None:
    """Read the task that the command line names, and write what a tool answers, as answer.json."""
    die_with_parent()
    folder, began, seconds = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    told = json.loads((folder / "task.json").read_text())
    text = {ID: str} if told["metric"] == "rmse" else {ID: str, TARGET: str}
    train, test = (pd.read_csv(folder / f"{part}.csv", dtype=text).drop(columns=ID) for part in ("train", "test"))
    found = answer(Read(folder, told, train, test, began + seconds))
    (folder / "answer.json").write_text(json.dumps(found))


def die_with_parent() -> None:
    """A cell whose comparison was killed must not go on and take cores from the next one (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
