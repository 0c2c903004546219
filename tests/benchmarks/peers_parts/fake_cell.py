"""A tool that does on a task what the environment variable FAKE says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.peers_parts.peer_side import die_with_parent


def main() -> None:
    die_with_parent()
    folder, what = Path(sys.argv[1]), os.environ["FAKE"]
    notes = Path(os.environ["FAKE_NOTES"])
    (notes / f"{os.getpid()}.pid").write_text(what)
    told = json.loads((folder / "task.json").read_text())
    rows = len((folder / "test.csv").read_text().splitlines()) - 1
    if what == "sleep":
        child = subprocess.Popen(["sleep", "600"])
        (notes / f"{child.pid}.pid").write_text("child")
        time.sleep(600)
    if what == "raise" or (what == "raise once" and len(list(notes.iterdir())) == 1):
        raise RuntimeError("nothing can be fitted")
    if what == "silent":
        return
    value = float("nan") if what == "nan" else 1 / len(told["outputs"])
    answer = {"predictions": [[value] * len(told["outputs"])] * rows, "estimate": 0.7, "said": "fake"}
    (folder / "answer.json").write_text(json.dumps(answer))


if __name__ == "__main__":
    main()
