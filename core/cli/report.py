"""podium report"""

from __future__ import annotations

import argparse
from pathlib import Path

from core.cli.common import add_submissions, competition_of
from core.cli.run import seconds
from core.errors import Refusal

EPILOG = """\
examples:
  podium report class-imbalance                    the newest finished run
  podium report RUN --importance 2m                more time for permutation importance
  podium report RUN --no-importance                what the run has left alone, in a few seconds

Permutation importance is kept in run.json, and made anew only where more time would bring more columns.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("run", help="a run's id or folder, or a competition for its newest finished run")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the run's data, where they have moved")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--importance", metavar="TIME", type=seconds, default=30.0,
                     help="for permutation importance, such as 2m (default: 30s)")  # fmt: skip
    how.add_argument("--no-importance", action="store_true", help="leave permutation importance out")
    add_submissions(parser)


def main(arguments: argparse.Namespace) -> int:
    from core.cli.console import console
    from core.report import write_report
    from core.run import find_run

    run = find_run(arguments.submissions, arguments.run)
    try:
        competition = competition_of(run)
    except (Refusal, KeyError) as error:
        console.print(f"note: without the competition less can be said ({error})", markup=False)
        competition = None
    granted = 0.0 if arguments.no_importance else arguments.importance
    path = write_report(run, competition, data=arguments.data, seconds=granted)
    console.print(path.resolve().as_uri(), markup=False, soft_wrap=True)
    print(path)
    return 0
