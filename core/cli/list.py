"""podium list"""

from __future__ import annotations

import argparse

from core.cli.discovery import competitions, summary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--names", action="store_true", help="names only, one a line")


def main(arguments: argparse.Namespace) -> int:
    width = max((len(slug) for slug in competitions()), default=0)
    for slug in competitions():
        print(slug if arguments.names else f"{slug:{width}}  {summary(slug)}")
    return 0
