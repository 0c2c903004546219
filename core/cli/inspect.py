"""podium inspect"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.common import add_choice, add_submissions, competition_for, sample_folder

if TYPE_CHECKING:
    from rich.table import Table

    from core.checks import Finding, Inspection

EPILOG = """\
examples:
  podium inspect class-imbalance --data DIR
  podium inspect class-imbalance --data DIR --json

A leak makes the validation score lie; a warning is worth a look before the deadline; a note is good to know. Nothing is
written. The exit code is 0 whatever is found.
"""

#: Rows that a check samples per table: ten times those of `podium run`.
ROWS = 20_000

COLOURS = {"leak": "bold white on red", "warning": "bold yellow", "note": "dim"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("competition")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the competition's files (default: sample data)")
    parser.add_argument("--json", action="store_true", help="exactly one JSON object on stdout")
    add_choice(parser)
    add_submissions(parser)


def main(arguments: argparse.Namespace) -> int:
    from core.checks import inspect
    from core.cli.console import console

    began = time.monotonic()
    data = arguments.data
    if data is None:
        data = sample_folder(arguments.competition, arguments.submissions)
        console.print(f"no --data given: using sample data in {data}", markup=False, soft_wrap=True)
    competition = competition_for(arguments.competition, data, arguments.edition, arguments.option)
    with console.status("reading", spinner="dots"):
        dataset = competition.load(data)
        schemes = competition.schemes(dataset)
        for scheme in schemes:
            scheme.check(dataset)
    with console.status("checking", spinner="dots"):
        found = inspect(dataset, schemes, rows=ROWS)
    sizes = f"{len(dataset.fit):,} rows to fit, {len(dataset.test):,} to predict, {dataset.fit.X.shape[1]} columns"
    console.print(f"\n{competition.slug} · {competition.edition.name} · {sizes}", markup=False)
    show(found, time.monotonic() - began)
    if arguments.json:
        said = {"competition": competition.slug, "edition": competition.edition.name, "data": str(data)}
        print(json.dumps({**said, **found.to_json()}, allow_nan=False))
    return 0


def show(found: Inspection, seconds: float) -> None:
    """Findings, worst first; how the schemes resemble the test; a verdict."""
    from core.cli.console import console

    if found.findings:
        console.print()
        console.print(finding_table(found.findings))
    if found.resemblance.test is not None:
        console.print()
        console.print(resemblance_table(found))
    console.print()
    console.print(f"{verdict(found)} ({seconds:.1f} s)", markup=False)


def finding_table(findings: tuple[Finding, ...]) -> Table:
    """One row a finding: how bad, what, and below it the way out."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for number, finding in enumerate(findings):
        text = Text(finding.check, style="bold")
        text.append(f"\n{finding.message}", style="not bold")
        text.append(f"\n→ {finding.advice}", style="not bold italic")
        table.add_row(Text(f" {finding.severity} ", style=COLOURS[finding.severity]), text)
        if number < len(findings) - 1:
            table.add_row()
    return table


def resemblance_table(found: Inspection) -> Table:
    """How well a model tells the sides of each scheme, beside how well it tells test from train."""
    from rich.markup import escape
    from rich.table import Table

    test = found.resemblance.test
    assert test is not None
    title = "telling two sides apart: area under the curve (0.5: a guess)"
    table = Table(title=title, title_justify="left")
    for heading, justify in (("sides", "left"), ("area", "right"), ("± s.e.", "right"), ("", "left")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    table.add_row("[bold]train and test[/bold]", f"[bold]{test.area:.3f}[/bold]", f"{test.error:.3f}", "the real thing")
    table.add_section()
    for number, told in enumerate(found.resemblance.schemes):
        said = ["headline"] if number == 0 else []
        said += ["closest to test"] if told.name == found.resemblance.closest else []
        table.add_row(escape(f"scheme {told.name}"), f"{told.area:.3f}", f"{told.error:.3f}", ", ".join(said))
    return table


def verdict(found: Inspection) -> str:
    """One line."""
    counts = {name: sum(finding.severity == name for finding in found.findings) for name in COLOURS}
    made = f"{len(found.checks)} kinds of checks" if len(found.checks) > 1 else "1 kind of checks"
    rest = ", ".join(f"{counts[name]} {name}{'s' if counts[name] != 1 else ''}" for name in ("warning", "note"))
    if counts["leak"]:
        leaks = "1 leak" if counts["leak"] == 1 else f"{counts['leak']} leaks"
        return f"{leaks} found by {made}: do not trust the validation score yet; {rest}"
    return f"no leak found by {made}; {rest}"
