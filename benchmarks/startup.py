"""`podium --help` against `python -c pass`, whole processes. Bar: 8 times."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.ratio import compare


def measure() -> bool:
    podium = Path(sys.executable).with_name("podium")

    def run(*command: str) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    return compare(
        "podium --help / python -c pass",
        lambda: [run(str(podium), "--help") for _ in range(10)],
        lambda: [run(sys.executable, "-c", "pass") for _ in range(10)],
        bar=8,
        repeats=5,
    )
