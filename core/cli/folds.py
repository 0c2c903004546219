"""podium folds"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from core.cli.common import add_submissions, competition_of
from core.errors import Refusal

EPILOG = """\
examples:
  podium folds export class-imbalance --out folds.csv      folds of the newest finished run
  podium folds export RUN --format npz                     the rows to fit too, for folds that follow time

Whoever trains on these folds predicts each row by the model of the other folds, and `podium import` takes that in.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("action", choices=("export",), metavar="ACTION", help="export: write them to a file")
    parser.add_argument("run", help="a run's id or folder, or a competition for its newest finished run")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write (default: folds.csv or folds.npz)")
    parser.add_argument("--format", choices=("csv", "npz"), help="npz holds the rows to fit too (default: by --out)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the competition's files (default: the run's)")
    parser.add_argument("--yes", action="store_true", help="replace the file that is there")
    add_submissions(parser)


def main(arguments: argparse.Namespace) -> int:
    from core.cli.console import console
    from core.outside.agreement import refuse_incomplete
    from core.outside.fold_table import beyond_the_table, write_folds
    from core.outside.ground import ground_of
    from core.run import find_run

    def say(text: str) -> None:
        console.print(text, markup=False, soft_wrap=True)

    out, kind = place_of(arguments.out, arguments.format)
    run = find_run(arguments.submissions, arguments.run)
    refuse_incomplete(run)
    ground = ground_of(run, competition_of(run), arguments.data)
    scored = write_folds(ground, out, kind, replace=arguments.yes)
    say(f"{len(ground.folds)} folds of run {run.run_id}, {ground.folds.name}: {scored} rows scored")
    beyond = beyond_the_table(ground)
    if beyond is not None:
        way = "fit on fit_0, fit_1, … of this file" if kind == "npz" else "--format npz writes the rows to fit"
        say(f"note: {beyond}; {way}")
    else:
        say("fit on all rows of other folds, predict the rows of the fold, and so for each fold")
    words = [run.run_id, "NAME", "--oof", "oof.csv", "--test", "test.csv"]
    say(f"then  podium import {shlex.join(words)}")
    print(out)
    return 0


def place_of(out: Path | None, kind: str | None) -> tuple[Path, str]:
    """Where to write, and as what."""
    kind = kind or ("npz" if out is not None and out.suffix.lower() == ".npz" else "csv")
    out = out or Path(f"folds.{kind}")
    if (out.suffix.lower() == ".npz") != (kind == "npz"):
        raise Refusal(f"--out {out} and --format {kind} do not go together", f"let the name end in .{kind}")
    if out.is_dir():
        raise Refusal(f"--out {out}: a folder, not a file", f"name a file in it, such as {out / f'folds.{kind}'}")
    return out, kind
