"""podium show"""

from __future__ import annotations

import argparse
import json

from core.cli.common import add_submissions
from core.errors import Refusal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="a run's id or folder, or a competition for its newest finished run")
    parser.add_argument("--all", action="store_true", help="every table of the competition")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout, the tables on stderr")
    add_submissions(parser)


def main(arguments: argparse.Namespace) -> int:
    from core.cli.console import answer_screen, console, show_run
    from core.cli.exhibits import show_extras
    from core.cli.run import summary
    from core.run import find_run

    run = find_run(arguments.submissions, arguments.run)
    if not run.finished:
        raise Refusal(f"run {run.run_id} is not finished", "run its command again to finish it")
    screen = console if arguments.json else answer_screen()
    show_run(run.record, run.path, screen)
    show_extras(run.record, screen, everything=arguments.all)
    if arguments.json:
        print(json.dumps(summary(run.record, run.path), allow_nan=False))
    return 0
