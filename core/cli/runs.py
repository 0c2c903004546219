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
    from rich.console import Console
    from rich.table import Table

    from core.cli.console import error, number
    from core.ledger import Ledger

    root = arguments.submissions
    runs = Ledger(root).runs(arguments.competition)
    if arguments.json:
        print(json.dumps(runs))
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
    screen = Console()
    # A pipe has no width to keep to.
    (screen if screen.is_terminal else Console(width=140)).print(table)
    return 0


def standing(run: Mapping[str, Any], root: Path) -> str:
    """The status of a row of the ledger, as it is now: a run that nobody holds any more was stopped."""
    from core.errors import Refusal
    from core.run import RunFolder

    if run["status"] == "running":
        try:
            folder = RunFolder.open(root / run["competition"] / run["run_id"])
            held = not folder.lock()
        except Refusal:
            return "gone"
        folder.unlock()
        return "running" if held else "stopped"
    return f"{run['status']}, unvalidated" if run["unvalidated"] else str(run["status"])
