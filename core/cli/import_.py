"""podium import"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from core.cli.blend import add_joint, finish
from core.errors import Refusal

EPILOG = """\
examples:
  podium import RUN teammate --oof oof.csv --test test.csv
  podium import RUN notebook --test submission.csv --weight 0.3      no out-of-fold file: nothing validates it

Both files are CSV: the row id as in the data, and one column for each output, or the one column of predictions. Rows
may stand in any order. A column fold, as `podium folds export` writes it, is held against the folds of the run.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("run", help="a run's id or folder, or a competition for its newest finished run")
    parser.add_argument("name", help="of the new member")
    parser.add_argument("--oof", type=Path, metavar="FILE", help="its out-of-fold predictions of the train rows")
    parser.add_argument("--test", type=Path, metavar="FILE", required=True, help="its predictions of the test rows")
    parser.add_argument("--weight", type=share, metavar="W", help="in the answer, where there is no --oof")
    add_joint(parser)


def share(text: str) -> float:
    """Read a weight above 0 and below 1.

    >>> share("0.3")
    0.3
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no weight; write a number above 0 and below 1")
    return value


def main(arguments: argparse.Namespace) -> int:
    if arguments.oof is None and arguments.weight is None:
        raise Refusal(
            "without out-of-fold predictions nothing tells what weight these should have",
            "name them with --oof, or set the weight by hand: --weight 0.3",
        )
    if arguments.oof is not None and arguments.weight is not None:
        raise Refusal(
            "--oof and --weight do not go together: out-of-fold predictions tell the weight", "leave --weight out"
        )
    from core.outside.files import OutsideFiles
    from core.run import find_run

    run = find_run(arguments.submissions, arguments.run)
    outside = [OutsideFiles(arguments.name, arguments.test, arguments.oof)]
    return finish(arguments, [run], outside, arguments.weight)
