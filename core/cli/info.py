"""podium info"""

from __future__ import annotations

import argparse
import inspect

from core.cli.discovery import load_competition


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("competition")


def main(arguments: argparse.Namespace) -> int:
    kind = load_competition(arguments.competition)
    print(f"{kind.slug}: {inspect.getdoc(kind)}")
    if kind.host.host != "none":
        print(f"\nhost  {kind.host.host}: {kind.host.slug}")
    for edition in kind.editions:
        better = "higher" if edition.metric.higher_is_better else "lower"
        rules = edition.rules
        print(f"\nedition {edition.name}")
        print(f"  metric   {edition.metric.name} ({better} is better)")
        print(f"  files    {', '.join(edition.files)}")
        if rules.minimum is not None or rules.maximum is not None:
            print(f"  values   from {rules.minimum} to {rules.maximum}")
        if rules.row_sum is not None:
            print(f"  rows     sum to {rules.row_sum:g}")
    for name, option in kind.settings.items():
        print(f"\n--option {name}=…\n  {option.help}")
    return 0
