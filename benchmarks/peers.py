"""Equal minutes: Podium against AutoGluon tabular (`best_quality`) and FLAML, the same rows, the same two cores.

Bars: first on average rank; not behind AutoGluon by more than two standard errors on any set; on grouped and shifted
sets our own estimate is within two standard errors of the held-out score.

Every tool is a process of its own, whose clock starts with it: imports count. Peers live in environments under
`.bench`, made by the first run; a cell (a tool on a set under a seed) is kept there too, and a second run goes on where
the first was killed. PODIUM_BENCH_MINUTES is what a cell has (1), PODIUM_BENCH_SEEDS how many splits of each set there
are (3), PODIUM_BENCH_BUDGET the seconds of the whole run: what fits is run, and 0 prints what is there. PODIUM_SETS
names further data folders, or folders of them, with colons between. `docs/benchmarks.md` says more.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from benchmarks.peers_parts.cells import CHECKOUT, Cell, Store, Tool, sweep
from benchmarks.peers_parts.environments import PACKAGES, environment
from benchmarks.peers_parts.report import report
from benchmarks.peers_parts.schedule import blocks, has_room, in_turn
from benchmarks.peers_parts.sets import Draw, all_sets
from core.errors import Refusal
from core.workbench import versions

ROOT = CHECKOUT / ".bench"

#: What a cell may use.
CORES = 2


def measure() -> bool:
    try:
        minutes = _number("PODIUM_BENCH_MINUTES", 1.0)
        seeds = int(_number("PODIUM_BENCH_SEEDS", 3))
        budget = _number("PODIUM_BENCH_BUDGET", float("inf"))
        sets = all_sets(os.environ.get("PODIUM_SETS", ""))
        with _alone(ROOT), _two_cores():
            began = time.monotonic()
            tools = _tools()
            cells = run(tools, sets, range(seeds), minutes, budget - (time.monotonic() - began))
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return False
    said, met = report(cells, [tool.name for tool in tools])
    print(f"{said}\npeers: {'met' if met else 'MISSED'}\n")
    return met


def run(
    tools: Sequence[Tool], sets: Mapping[str, Draw], seeds: Sequence[int], minutes: float, budget: float
) -> list[Cell]:
    """All cells that are there, those that the budget had room for among them.

    Parameters
    ----------
    budget: seconds.
    """
    began, store, cells, left_out = time.monotonic(), Store(ROOT / "cells"), [], 0
    sweep(store.folder)
    by_name = {tool.name: tool for tool in tools}
    for count, (name, seed) in enumerate(blocks(list(sets), seeds)):
        task = sets[name](seed)
        found = {tool.name: store.find(tool, task, minutes) for tool in tools}
        missing = [tool for tool in in_turn(list(by_name), count) if found[tool] is None]
        if not has_room(len(missing), minutes, budget - (time.monotonic() - began)):
            left_out += len(missing)
            missing = []
        for tool in missing:
            cell = found[tool] = store.run(by_name[tool], task, minutes)
            said = "failed" if cell.failed else f"{cell.metric} {cell.judged.score:.4f}"
            print(f"{name}, seed {seed}, {tool}: {said}, {cell.seconds:.0f} s ({cell.said})", flush=True)
        cells += [cell for cell in found.values() if cell is not None]
    if left_out:
        print(f"{left_out} cells did not fit the budget; a second run goes on with them", flush=True)
    return cells


def _tools() -> list[Tool]:
    ours = Tool("podium", Path(sys.executable), {"podium": version("podium"), **versions()})
    peers = []
    for name, package in PACKAGES.items():
        python, known = environment(name, ROOT, CHECKOUT / "constraints.txt")
        peers.append(Tool(name, python, {name: known[package], **known}))
    return [ours, *peers]


def _number(name: str, default: float) -> float:
    text = os.environ.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        value = -1.0
    if not value >= 0:
        raise Refusal(f"{name}: {text!r} is no number of 0 or more", "give a plain number, or leave it out")
    return value


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder: two comparisons at once would share the cores."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal(f"{folder}: another comparison is running", "wait until it ends") from None
        yield


@contextmanager
def _two_cores() -> Iterator[None]:
    """Whatever is started here has two cores, however many the machine has (where the system can say so)."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(all_cores)[:CORES])
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_cores)
