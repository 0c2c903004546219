"""One cell: a tool on a task for some minutes, in a process of its own, kept as one file."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers_parts.scores import Judged
from benchmarks.peers_parts.task import TARGET, WEIGHT, Task
from core.cache import key_of
from core.code_hash import code_hash
from core.metrics.catalogue import named
from core.writing import write_text

#: What a process is killed after: so many times its minutes, and seconds on top.
KILL_FACTOR, KILL_SECONDS = 1.5, 60.0

#: A cell that failed is tried again once.
TRIES = 2

#: What would tell a process how many threads to take; the tools are told two cores and decide by themselves.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_WAIT_POLICY")

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Tool:
    """A tool as this machine has it.

    Parameters
    ----------
    python: that runs its cells.
    versions: of everything that can change what it answers.
    """

    name: str
    python: Path
    versions: Mapping[str, str]

    @property
    def module(self) -> str:
        """What runs a cell."""
        return f"benchmarks.peers_parts.{self.name}_cell"


@dataclass(frozen=True)
class Cell:
    """What a tool came to on a task.

    Parameters
    ----------
    key: a hash of everything that determines it.
    tool, set, seed, minutes, metric, kind: what it is of.
    version: of the tool.
    seconds: of wall time, from the start of the process to its end.
    errors: of each try that failed, what the process said last; the cell has failed where there are no predictions.
    said: by the tool about its answer, in a few words.
    estimate, standard_error: what the tool expected on rows like the test rows; None where it does not say.
    truth, predictions, clusters: of the test rows, as `scores.Judged` has them.
    """

    key: str
    tool: str
    set: str
    seed: int
    minutes: float
    metric: str
    kind: str
    version: str
    seconds: float
    errors: list[str] = field(default_factory=list)
    said: str = ""
    estimate: float | None = None
    standard_error: float | None = None
    truth: list[float] = field(default_factory=list)
    predictions: list[list[float]] = field(default_factory=list)
    clusters: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether no try left predictions."""
        return not self.predictions

    @property
    def judged(self) -> Judged:
        """Its predictions beside the truth."""
        return Judged(self.metric, np.array(self.truth), np.array(self.predictions), np.array(self.clusters))

    @property
    def limit(self) -> float:
        """Its seconds."""
        return self.minutes * 60


class Store:
    """Cells in a folder, each in a file that is there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, tool: Tool, task: Task, minutes: float) -> Path:
        """Where the cell is kept."""
        key = key_of_cell(tool, task, minutes)
        return self.folder / f"{tool.name}-{task.name}-{task.seed}-{minutes:g}m-{key[:12]}.json"

    def find(self, tool: Tool, task: Task, minutes: float) -> Cell | None:
        """The cell, where it is there; one that failed only when it was tried often enough."""
        cell = self._read(self.path(tool, task, minutes))
        return cell if cell is not None and not _to_try(cell) else None

    def run(self, tool: Tool, task: Task, minutes: float) -> Cell:
        """Run the cell, twice where it fails, and keep it after each time."""
        path = self.path(tool, task, minutes)
        cell = self._read(path)
        while cell is None or _to_try(cell):
            cell = run_cell(tool, task, minutes, self.folder, cell.errors if cell is not None else [])
            write_text(path, json.dumps(asdict(cell)) + "\n")
        return cell

    def _read(self, path: Path) -> Cell | None:
        return Cell(**json.loads(path.read_text())) if path.exists() else None


def _to_try(cell: Cell) -> bool:
    return cell.failed and len(cell.errors) < TRIES


def key_of_cell(tool: Tool, task: Task, minutes: float) -> str:
    """A hash of the tool, its versions and the code that calls it (for Podium: all its code), the task and the time."""
    return key_of(
        {
            "tool": tool.name,
            "versions": dict(tool.versions),
            "code": code_hash([tool.module]),
            "task": [task.name, task.seed, task.fingerprint],
            "minutes": minutes,
            "kept": list(Cell.__dataclass_fields__),
        }
    )


def run_cell(tool: Tool, task: Task, minutes: float, folder: Path, errors: Sequence[str] = ()) -> Cell:
    """Run a tool on a task once, in a process that is killed when it takes far too long.

    Parameters
    ----------
    folder: in which it works, in a folder of its own.
    errors: of earlier tries.
    """
    what: dict[str, Any] = {
        "key": key_of_cell(tool, task, minutes),
        "tool": tool.name,
        "set": task.name,
        "seed": task.seed,
        "minutes": minutes,
        "metric": task.metric,
        "kind": task.kind,
        "version": tool.versions[tool.name],
    }
    folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=WORK, dir=folder)).resolve()
    try:
        task.write(work)
        seconds, error = _process(tool, work, minutes * 60)
        answer = work / "answer.json"
        if error is None and not answer.exists():
            error = "the process ended well, but left no answer"
        if error is not None:
            return Cell(**what, seconds=seconds, errors=[*errors, error])
        return _answered(what | {"errors": list(errors)}, seconds, json.loads(answer.read_text()), task)
    finally:
        shutil.rmtree(work, ignore_errors=True)


#: How the names of the folders begin in which cells work.
WORK = ".work-"


def sweep(folder: Path) -> None:
    """Remove the folders of cells that were killed; nobody else may run cells here meanwhile."""
    for left in folder.glob(f"{WORK}*"):
        shutil.rmtree(left, ignore_errors=True)


def _process(tool: Tool, work: Path, limit: float) -> tuple[float, str | None]:
    """Seconds until the process ended or was killed, and what went wrong."""
    environment = {name: value for name, value in os.environ.items() if name not in THREADS}
    environment |= {"PYTHONPATH": str(CHECKOUT), "HF_HUB_OFFLINE": "1"}
    deadline = limit * KILL_FACTOR + KILL_SECONDS
    log = work / "log.txt"
    began = time.monotonic()
    command = [str(tool.python.absolute()), "-m", tool.module, str(work), repr(time.time()), repr(limit)]
    with log.open("wb") as said:
        process = subprocess.Popen(
            command,
            stdout=said,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=work,
            env=environment,
            start_new_session=True,
        )
        try:
            code = process.wait(deadline)
        except subprocess.TimeoutExpired:
            said_last = _end_of(log)
            verdict = f"killed after {deadline:.0f} s, with {limit:.0f} s to use"
            return time.monotonic() - began, f"{said_last}\n{verdict}".strip()
        finally:
            seconds = time.monotonic() - began
            _kill_group(process)
    return seconds, None if code == 0 else f"exit code {code}: {_end_of(log)}"


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """End whatever the process has left behind, and itself; the group has its id, since it leads a session."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # it ended well, with all that it started
    process.wait()


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace").strip()[-1500:]


def _answered(what: dict[str, Any], seconds: float, answer: Mapping[str, Any], task: Task) -> Cell:
    predictions = np.array(answer["predictions"], dtype=float)
    if predictions.shape != (len(task.test), len(task.outputs)) or not np.isfinite(predictions).all():
        said = f"predictions of shape {predictions.shape}, {int((~np.isfinite(predictions)).sum())} of them not finite"
        return Cell(**what | {"errors": [*what["errors"], said]}, seconds=seconds)
    error = answer.get("standard_error")
    if error is None and "out_of_fold" in answer:
        error = _own_error(task, np.array(answer["out_of_fold"], dtype=float))
    return Cell(
        **what,
        seconds=seconds,
        said=answer["said"],
        estimate=answer["estimate"],
        standard_error=error,
        truth=_coded(task, task.truth).tolist(),
        predictions=predictions.tolist(),
        clusters=task.clusters,
    )


def _own_error(task: Task, out_of_fold: np.ndarray) -> float:
    """The standard error of a tool's own estimate, from its out-of-fold predictions of the train rows."""
    known = np.isfinite(out_of_fold).all(axis=1)
    train = task.train[known]
    weight = train[WEIGHT].to_numpy() if WEIGHT in train else None
    clusters = task.clusters_of(train)
    judged = Judged(task.metric, _coded(task, train[TARGET]), out_of_fold[known], np.array(clusters), weight)
    return judged.estimate().error


def _coded(task: Task, target: Any) -> np.ndarray:
    return named(task.metric).encode(target, task.outputs).astype(float)
