"""The command as a user runs it: a process of its own, its output read back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def podium(
    *arguments: object, submissions: Path | None = None, checkout: Path = CHECKOUT
) -> subprocess.CompletedProcess[str]:
    """Run `podium` in a checkout, with one thread, and return what it said."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1", "COLUMNS": "120"}
    if submissions is not None:
        environment["PODIUM_SUBMISSIONS"] = str(submissions)
    command = [sys.executable, "-m", "core.cli", *map(str, arguments)]
    return subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
