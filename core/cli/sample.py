"""podium sample"""

from __future__ import annotations

import argparse
from pathlib import Path

from core.cli.common import add_submissions, sample_folder
from core.cli.discovery import load_competition
from core.errors import Refusal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("competition")
    parser.add_argument("--out", type=Path, metavar="DIR", help="a new or empty folder (default: below submissions)")
    parser.add_argument("--seed", type=int, default=0)
    add_submissions(parser)


def main(arguments: argparse.Namespace) -> int:
    kind = load_competition(arguments.competition)
    if arguments.out is None:
        print(sample_folder(kind.slug, arguments.submissions, arguments.seed))
        return 0
    if arguments.out.exists() and (not arguments.out.is_dir() or any(arguments.out.iterdir())):
        raise Refusal(f"--out {arguments.out}: there is something already", "name a new or empty folder")
    arguments.out.mkdir(parents=True, exist_ok=True)
    kind().sample(arguments.out, arguments.seed)
    print(arguments.out)
    return 0
