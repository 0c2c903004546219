"""podium backtest"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from core.cli.common import add_choice, add_submissions, competition_for, sample_folder
from core.errors import Refusal

EPILOG = """\
examples:
  podium backtest world-champs                     sample data
  podium backtest world-champs --data DIR --out backtest.csv
  podium backtest world-champs --members lambdarank,regression      the quick ones alone

Nothing is kept of the fits: a back-test is made anew every time.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("competition", help="see `podium list`")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the competition's files (default: sample data)")
    parser.add_argument("--members", metavar="A,B", help="only these; see the competition's page (default: its choice)")
    parser.add_argument("--seed", type=int, default=0, help="of everything random (default: 0)")
    parser.add_argument("--threads", type=int, metavar="N", help="for each fit (default: all cores)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write (default: backtest.csv)")
    add_choice(parser)
    add_submissions(parser)


def main(arguments: argparse.Namespace) -> int:
    from core.cli.console import ConsoleListener, console
    from core.cli.predict import write_answer

    if arguments.threads is not None and arguments.threads < 1:
        raise Refusal(f"--threads {arguments.threads}", "give a whole number of 1 or more")
    data = arguments.data or sample_folder(arguments.competition, arguments.submissions)
    if arguments.data is None:
        console.print(f"no --data given: using sample data in {data}", markup=False, soft_wrap=True)
    competition = competition_for(arguments.competition, data, arguments.edition, arguments.option)
    threads = arguments.threads or os.cpu_count() or 1
    with ConsoleListener() as listener:
        members = tuple(filter(None, (arguments.members or "").split(",")))
        found = competition.backtest(data, members=members, seed=arguments.seed, threads=threads, listener=listener)
    return write_answer(found, "back-test", arguments.out or Path("backtest.csv"))
