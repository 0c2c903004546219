"""podium predict"""

from __future__ import annotations

import argparse
from pathlib import Path

from core.cli.common import add_submissions, competition_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", help="a run's id or folder, or a competition for its newest finished run")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="a folder with the rows to predict")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write (default: predictions.csv)")
    add_submissions(parser)


def main(arguments: argparse.Namespace) -> int:
    from core.cli.console import console
    from core.predict import predict
    from core.run import find_run
    from core.submission import write_submission

    run = find_run(arguments.submissions, arguments.run)
    frame, layout = predict(run, competition_of(run), arguments.data)
    out = arguments.out or Path("predictions.csv")
    write_submission(frame, layout, out)
    console.print(f"{len(frame)} rows predicted by run {run.run_id}", markup=False)
    print(out)
    return 0
