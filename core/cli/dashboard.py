"""podium dashboard"""

from __future__ import annotations

import argparse
from pathlib import Path

from core.cli.common import add_submissions, competition_of
from core.errors import Refusal

EPILOG = """\
examples:
  podium dashboard air-quality                     of the newest finished run, beside its report
  podium dashboard air-quality --run RUN --out map.html

One file that asks for nothing: it can be sent by mail, and opens without a network.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("of", metavar="RUN", help="a run's id or folder, or a competition for its newest finished run")
    parser.add_argument("--run", metavar="RUN", help="the run, where a competition was named")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the run's data, where they have moved")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write (default: dashboard.html of the run)")
    add_submissions(parser)


def main(arguments: argparse.Namespace) -> int:
    from core.cli.console import console
    from core.dashboard import write_dashboard
    from core.run import find_run

    run = find_run(arguments.submissions, arguments.run or arguments.of)
    if not run.finished:
        raise Refusal(f"run {run.run_id} is not finished", "run the same command again to finish it")
    folder = arguments.data or Path(run.record["data_folder"])
    if not folder.is_dir():
        raise Refusal(f"{folder}: the data of this run are gone", "name their folder with --data")
    out = arguments.out or run.path / "dashboard.html"
    write_dashboard(run, competition_of(run), folder, out)
    console.print(out.resolve().as_uri(), markup=False, soft_wrap=True)
    print(out)
    return 0
