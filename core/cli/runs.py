"""podium runs"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.cli.common import add_submissions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("competition", nargs="?", help="only its runs")
    parser.add_argument("--json", action="store_true", help="a JSON list on stdout")
    add_submissions(parser)


def main(arguments: argparse.Namespace) -> int:
    from rich.table import Table

    from core.cli.console import answer_screen, error, number
    from core.ledger import Ledger

    root = arguments.submissions
    runs = Ledger(root).runs(arguments.competition)
    if arguments.json:
        print(json.dumps([{**run, "status": now(run, root)} for run in runs]))
        return 0
    if not runs:
        print("no runs yet; `podium run COMPETITION` makes one")
        return 0
    table = Table()
    for heading in ("run", "competition", "metric", "status"):
        table.add_column(heading, no_wrap=heading == "run", overflow="fold")
    for heading in ("nested", "± s.e.", "baseline", "seconds"):
        table.add_column(heading, justify="right", no_wrap=True)
    for run in runs:
        seconds = "–" if run["seconds"] is None else f"{run['seconds']:.0f}"
        scores = [number(run["score"]), error(run["standard_error"]), number(run["baseline"])]
        table.add_row(run["run_id"], run["competition"], run["metric"], standing(run, root), *scores, seconds)
    answer_screen().print(table)
    return 0


def standing(run: Mapping[str, Any], root: Path) -> str:
    """What the table says of a row of the ledger."""
    status = now(run, root)
    return f"{status}, unvalidated" if status == "finished" and run["unvalidated"] else status


def now(run: Mapping[str, Any], root: Path) -> str:
    """The status of a row of the ledger, as it is now: a run that nobody holds any more was stopped."""
    from core.errors import Refusal
    from core.run import RunFolder

    if run["status"] != "running":
        return str(run["status"])
    try:
        folder = RunFolder.open(root / run["competition"] / run["run_id"])
        held = not folder.lock()
    except Refusal:
        return "gone"
    folder.unlock()
    return "running" if held else "stopped"
