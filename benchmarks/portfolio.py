"""The evidence for the portfolio: which members pay, in which order, and with which parameters.

Every candidate answers every set out of fold once; what is made is kept below `.bench/portfolio`, so that a run that
was ended goes on. Then members enter one by one, each time the one whose entry lowers the loss of the blend most for
the root of its seconds. Bar: the blend of the first six members loses at most 2 % more than that of all candidates.

Environment: PODIUM_BENCH_BUDGET, seconds of wall time for new cells; PODIUM_BENCH_CANDIDATES and PODIUM_BENCH_SETS,
names with commas.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pandas as pd

from benchmarks.portfolio_parts.candidates import VARIANTS, candidates
from benchmarks.portfolio_parts.cells import Cell, cell, place
from benchmarks.portfolio_parts.order import Judged, pays
from benchmarks.portfolio_parts.sets import SETS, Set

HOME = Path(__file__).parent.parent / ".bench" / "portfolio"

FIRST, BAR = 6, 0.02


def measure() -> bool:
    until = time.monotonic() + float(os.environ.get("PODIUM_BENCH_BUDGET", "inf"))
    only, wanted = listed("PODIUM_BENCH_CANDIDATES"), listed("PODIUM_BENCH_SETS")
    sets, missing = {}, 0
    for name, make in SETS.items():
        if wanted and name not in wanted:
            continue
        one = make()
        found = cells(one, until, only)
        missing += sum(entry is None for entry in found.values())
        known = {member: entry for member, entry in found.items() if entry is not None}
        if known:
            sets[name] = judged(one, known)
    if missing:
        print(f"{missing} cells are missing: run the same command again\n")
    return bool(sets) and report(sets, complete=not missing)


def listed(variable: str) -> set[str]:
    """The names in a variable of the environment."""
    return {name for name in os.environ.get(variable, "").split(",") if name}


def cells(one: Set, until: float, only: set[str]) -> dict[str, Cell | None]:
    """Of every candidate, or None where it was not made in time."""
    found: dict[str, Cell | None] = {}
    for name, member in candidates(one.dataset(), one.metric).items():
        if not only or name in only:
            due = time.monotonic() < until or place(HOME, one, member).exists()
            found[name] = cell(HOME, one, member) if due else None
    return found


def judged(one: Set, known: dict[str, Cell]) -> Judged:
    truth = pd.factorize(one.y, sort=True)[0] if one.classifies else one.y.to_numpy(dtype=float)
    return Judged(truth, {name: c.out_of_fold for name, c in known.items()}, {n: c.seconds for n, c in known.items()})


def report(sets: dict[str, Judged], complete: bool) -> bool:
    names = sorted({name for judged in sets.values() for name in judged.seconds})
    table = {
        name: {n: judged.loss(frozenset([n])) for n in names if n in judged.seconds} for name, judged in sets.items()
    }
    losses = pd.DataFrame(table)
    losses["rank"] = losses.rank().mean(axis=1)
    print(losses.sort_values("rank").round(3).to_string(), "\n")
    print(pd.DataFrame({name: judged.seconds for name, judged in sets.items()}).round(1).to_string(), "\n")
    unit = "lightgbm" if "lightgbm" in names else names[0]
    for kind in ("all", "classes", "values"):
        some = {n: j for n, j in sets.items() if kind == "all" or j.classifies == (kind == "classes")}
        if some:
            print(f"order in which members pay on {kind}: name, loss over that of all candidates, cost over {unit}")
            order = pays(some, [n for n in names if any(n in j.seconds for j in some.values())], unit)
            print("\n".join(f"  {n:18s} {100 * loss:+6.2f} %  {cost:5.2f}" for n, loss, cost in order), "\n")
    members = [name for name in names if name not in VARIANTS]
    order = pays(sets, members, unit)
    reached = order[min(FIRST, len(order)) - 1][1]
    met = complete and reached <= BAR
    said = "met" if met else "MISSED"
    print(f"the first {FIRST} members lose {100 * reached:+.2f} %, bar {100 * BAR:.0f} %: {said}\n")
    return met
