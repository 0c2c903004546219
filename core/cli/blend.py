"""podium blend"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.common import add_submissions, competition_of
from core.errors import Refusal

if TYPE_CHECKING:
    from core.outside.files import OutsideFiles
    from core.run import RunFolder

EPILOG = """\
examples:
  podium blend RUN RUN
  podium blend RUN RUN --outside teammate oof.csv test.csv

The runs must be of the same data, edition, options and folds. Their members are blended anew, in a new run; a blend
may be blended again.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("runs", nargs="+", metavar="RUN", help="a run's id or folder")
    parser.add_argument(
        "--outside",
        nargs=3,
        action="append",
        default=[],
        metavar=("NAME", "OOF", "TEST"),
        help="a member of another make (see `podium import`); may be repeated",
    )
    add_joint(parser)


def add_joint(parser: argparse.ArgumentParser) -> None:
    """Options of every verb that blends anew."""
    parser.add_argument("--yes", action="store_true", help="take files that are only suspicious, with a note")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the competition's files (default: the run's)")
    parser.add_argument("--json", action="store_true", help="exactly one JSON object on stdout")
    add_submissions(parser)


def main(arguments: argparse.Namespace) -> int:
    from core.outside.files import OutsideFiles
    from core.run import find_run

    if len(arguments.runs) == 1 and not arguments.outside:
        raise Refusal("one run alone is blended already", "name two or more, or a member with --outside")
    runs = [find_run(arguments.submissions, name) for name in arguments.runs]
    outside = [OutsideFiles(name, Path(test), Path(oof)) for name, oof, test in arguments.outside]
    return finish(arguments, runs, outside)


def finish(
    arguments: argparse.Namespace,
    runs: Sequence[RunFolder],
    outside: Sequence[OutsideFiles],
    weight: float | None = None,
) -> int:
    """Blend, and show the new run."""
    from core.cli.console import show_run
    from core.cli.exhibits import show_extras
    from core.cli.run import summary
    from core.outside.agreement import refuse_incomplete
    from core.outside.joining import join_runs

    for run in runs:
        refuse_incomplete(run)
    found = join_runs(
        runs,
        competition_of(runs[0]),
        arguments.submissions,
        data=arguments.data,
        outside=outside,
        weight=weight,
        accept=arguments.yes,
    )
    show_run(found.record, found.path)
    show_extras(found.record)
    if arguments.json:
        print(json.dumps(summary(found.record, found.path), allow_nan=False))
    return 0
