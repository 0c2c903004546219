"""podium run"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli.common import add_choice, add_storage, add_submissions, competition_for, sample_folder
from core.errors import Refusal

if TYPE_CHECKING:
    from core.competition import Competition
    from core.run import RunFolder

#: Kept of a budget for the report, a tenth of it at most.
REPORT_SECONDS = 5.0
#: What a report takes, mostly less; where less is left, there is none.
LEAST_SECONDS = 2.5

EPILOG = """\
examples:
  podium run class-imbalance --data DIR --budget 5m
  podium run class-imbalance --data DIR --budget 5m --more 10m      go on with it for ten minutes
  podium run class-imbalance --fraction 0.1 --fold 0      a quick look
  podium run class-imbalance --members lightgbm,catboost --trials 20

The same command after a kill goes on where it stopped; a finished run returns at once (--fresh repeats it).
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("competition")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the competition's files (default: sample data)")
    parser.add_argument("--budget", metavar="TIME", type=seconds, help="wall time, such as 90s, 5m or 1h")
    parser.add_argument("--more", metavar="TIME", type=seconds, help="go on with the finished run of this command")
    parser.add_argument("--members", metavar="A,B", help="these members and those they need (default: all)")
    parser.add_argument("--fold", type=int, metavar="N", help="this fold only, counted from 0")
    parser.add_argument("--fraction", type=fraction, metavar="F", help="a share of the rows, such as 0.1")
    parser.add_argument("--refit", choices=["full", "folds"], help="predict by one refit on all rows or by fold models")
    parser.add_argument("--seed", type=root, default=0, metavar="N", help="root of all seeds")
    parser.add_argument("--seeds", type=positive, metavar="N", help="repeats of each member (default: 1; more if a"
                        " budget has time)")  # fmt: skip
    parser.add_argument("--trials", type=positive, metavar="N", help="tune each member in N trials; 1 for none"
                        " (default: as a share of the budget has time for)")  # fmt: skip
    add_storage(parser)
    parser.add_argument("--schemes", action="store_true", help="score one member under every scheme too")
    parser.add_argument("--executor", default="serial", metavar="WHERE", help="serial, processes or processes:N")
    parser.add_argument("--threads", type=positive, metavar="N", help="per fit (default: cores / workers)")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--plan", type=Path, metavar="FILE", help="repeat this plan.json, whatever the clock says")
    parser.add_argument("--fresh", action="store_true", help="a new run; fit everything again")
    parser.add_argument("--no-report", action="store_true", help="write no report.html (podium report does so later)")
    parser.add_argument("--json", action="store_true", help="exactly one JSON object on stdout")
    add_choice(parser)
    add_submissions(parser)


def seconds(text: str) -> float:
    """Read 90, 90s, 5m or 1h.

    >>> seconds("1.5m")
    90.0
    """
    unit = {"s": 1, "m": 60, "h": 3600}.get(text[-1:])
    try:
        value = float(text if unit is None else text[:-1]) * (unit or 1)
    except ValueError:
        value = math.nan
    if not (0 < value <= 366 * 24 * 3600):
        raise argparse.ArgumentTypeError(f"{text!r} is no time up to a year; write 90s, 5m or 1h")
    return value


def since_start() -> float:
    """Seconds since this process began: a budget is what a user waits for, imports and sample data included."""
    try:
        with open("/proc/self/stat", encoding="utf-8") as file:
            ticks = float(file.read().rpartition(")")[2].split()[19])
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))
    except (OSError, ValueError, IndexError, AttributeError):  # not on Linux
        return 0.0


def fraction(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (0 < value <= 1):
        raise argparse.ArgumentTypeError(f"{text!r} is no share; write a number above 0, at most 1")
    return value


def root(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 to {2**32 - 1}")
    return int(text)


def positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of 1 or more")
    return int(text)


def main(arguments: argparse.Namespace) -> int:
    from core.cli.console import ConsoleListener, console, show_run
    from core.cli.exhibits import show_extras
    from core.road import run
    from core.settings import Settings

    data = arguments.data
    if data is None:
        data = sample_folder(arguments.competition, arguments.submissions)
        console.print(f"no --data given: using sample data in {data}", markup=False, soft_wrap=True)
    competition = competition_for(arguments.competition, data, arguments.edition, arguments.option)
    members = None
    if arguments.members is not None:
        members = tuple(name.strip() for name in arguments.members.split(",") if name.strip())
        if not members:
            raise Refusal("--members names none", "write member names with commas between them")
    refuse_absent(arguments.device)
    settings = Settings(
        members=members,
        **{field.name: getattr(arguments, field.name) for field in fields(Settings) if field.name != "members"},
    )
    for name in ("fresh", "plan"):
        if settings.more is not None and getattr(settings, name):
            raise Refusal(f"--more and --{name} do not go together", "leave one of them out")
    granted = settings.more or settings.budget
    kept = 0.0 if granted is None or arguments.no_report else min(REPORT_SECONDS, 0.1 * granted)
    with ConsoleListener() as listener:
        found = run(competition, data, settings, arguments.submissions, listener, since_start(), kept)
    show_run(found.record, found.path)
    show_extras(found.record)
    if not arguments.no_report:
        in_time = granted is None or granted - since_start() >= LEAST_SECONDS
        report(found, competition, in_time=in_time, anew=listener.steps != ["load"])
    if listener.steps == ["load"]:
        console.print("(this run was finished before; --fresh repeats it)")
    if arguments.json:
        print(json.dumps(summary(found.record, found.path), allow_nan=False))
    return 0


def report(run: RunFolder, competition: Competition, *, in_time: bool, anew: bool) -> None:
    """Write the page of a run, where there is time for it; a page that cannot be written costs the run nothing."""
    from core.cli.console import console
    from core.report import REPORT, write_report

    path = run.path / REPORT
    if anew or not path.exists():
        if not in_time:
            path.unlink(missing_ok=True)  # a page of the run as it was before would be taken for that of this answer
            console.print(f"no time for the report: podium report {run.run_id} writes it", markup=False, soft_wrap=True)
            return
        try:
            write_report(run, competition)
        except OSError as error:
            console.print(f"the report could not be written ({error.strerror}): podium report {run.run_id}",
                          markup=False, soft_wrap=True)  # fmt: skip
            return
    console.print(f"report      {path}", markup=False, soft_wrap=True)


def summary(record: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What `--json` prints."""
    result = record["result"]
    scores = {
        name: {part: member[part] for part in ("score", "standard_error")} for name, member in result["members"].items()
    }
    nested = {part: result["nested"][part] for part in ("score", "standard_error")}
    scores["blend"] = nested
    return {
        "run_id": record["run_id"],
        "competition": record["competition"],
        "edition": record["request"]["edition"],
        "folder": str(folder),
        "submission": str(folder / "submission.csv"),
        "metric": result["metric"],
        "higher_is_better": result["higher_is_better"],
        "scores": scores,
        "nested": nested,
        "selection": result["selection"],
        "baseline": result["baseline"],
        "weights": record["blend"]["weights"],
        "priors": record.get("priors", []),
        "tuning": record.get("tuning", []),
        "extras": record.get("extras", []),
        "notes": record["notes"],
        "left_out": record.get("left_out", []),
        "findings": record.get("findings", []),
        "seconds": result["seconds"],
        "fits": result.get("fits"),
    }


def refuse_absent(device: str) -> None:
    """Refuse a device that this machine has not got."""
    if device == "cuda" and not Path("/proc/driver/nvidia/version").exists():
        raise Refusal("--device cuda: this machine has no NVIDIA driver", "leave the option out")
