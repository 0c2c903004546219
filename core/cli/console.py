"""What people see: bars while a run goes, a table at its end. All of it on stderr, but what a verb is for."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from core.cache import DamagedEntry
from core.listener import Listener
from core.member import family_of
from core.scheme_rows import SCHEME_COLUMNS, scheme_rows

if TYPE_CHECKING:
    from core.checks import Finding

#: What is said beside the answer of a verb; stdout is for that.
console = Console(stderr=True, highlight=False)

#: Columns where output has no terminal: a pipe has no width to keep to.
WIDE = 140


def answer_screen() -> Console:
    """Stdout, for tables that a verb is there to show."""
    screen = Console(highlight=False)
    return screen if screen.is_terminal else Console(highlight=False, width=WIDE)


class ConsoleListener(Listener):
    """A bar per member on a terminal; a line per member elsewhere."""

    def __init__(self) -> None:
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: Any = None
        self.steps: list[str] = []

    def step(self, text: str) -> None:
        self.steps.append(text)

    def __enter__(self) -> ConsoleListener:
        self._shown_before = warnings.showwarning
        warnings.showwarning = self._show_warning
        self.progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.progress.stop()
        warnings.showwarning = self._shown_before

    def _show_warning(self, message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        """A damaged cache entry is news for the user; any other warning goes the usual way."""
        if issubclass(category, DamagedEntry):
            self.note(str(message))
        else:
            self._shown_before(message, category, *where, **more)

    def fits_begin(self, label: str, total: int) -> None:
        if self._task is not None:
            self.progress.remove_task(self._task)
        self._task = self.progress.add_task(label, total=total)
        if not console.is_terminal:
            console.print(f"fitting {label} ({total} fits)", markup=False)

    def fit_done(self, label: str, *, cached: bool) -> None:
        if self._task is not None:
            said = f"{label} [dim](from the cache)[/dim]" if cached else label
            self.progress.update(self._task, advance=1, description=said)

    def found(self, finding: Finding) -> None:
        """At once what makes the score lie; the rest stands at the end."""
        if finding.severity == "leak":
            console.print(f"leak: {finding.message}", markup=False)

    def note(self, text: str) -> None:
        console.print(f"note: {text}", markup=False)


def number(value: float | None, digits: int = 5) -> str:
    """So many digits that count, or a dash."""
    return "–" if value is None or math.isnan(value) else f"{value:.{digits}g}"


def error(value: float | None) -> str:
    """A standard error: two digits say all there is to know."""
    return number(value, 2)


def score_table(record: dict[str, Any]) -> Table:
    """Members, blend and baseline of a finished run."""
    result = record["result"]
    arrow = "higher is better" if result["higher_is_better"] else "lower is better"
    how = (", rows weighted to the test" if result["weighted"] else "") + (
        f", mean per {result['per']}" if result["per"] else ""
    )
    table = Table(title=f"{record['competition']} · {result['metric']} ({arrow}{how})", title_justify="left")
    for heading in ("member", "score", "± s.e.", "weight", "seeds", "seconds"):
        table.add_column(heading, justify="left" if heading == "member" else "right")
    sign = -1 if result["higher_is_better"] else 1
    ranked = sorted(result["members"].items(), key=_standing(sign))
    shown = [(name, member) for name, member in ranked if name == family_of(name) or member["weight"]]
    if len(shown) < len(ranked):
        table.caption = f"{len(ranked) - len(shown)} trials without weight are not shown"
    for name, member in shown:
        said = f"{name} (baseline)" if member["baseline"] else name
        weight = "" if member["baseline"] else f"{member['weight']:.3f}"
        seconds = f"{member['seconds']:.1f}"
        table.add_row(
            said, number(member["score"]), error(member["standard_error"]), weight, str(member["seeds"]), seconds
        )
    table.add_section()
    nested, blend = result["nested"], record["blend"]
    table.add_row(
        f"[bold]blend ({blend['method']}), nested[/bold]",
        f"[bold]{number(nested['score'])}[/bold]",
        error(nested["standard_error"]),
        "",
        "",
        f"{result['seconds']:.1f}",
    )
    table.add_row("[dim]blend, not nested[/dim]", f"[dim]{number(result['selection'])}[/dim]")
    return table


def _standing(sign: int) -> Callable[[tuple[str, dict[str, Any]]], tuple[bool, bool, float]]:
    """Baselines first, then the best; those whose score is undefined last."""

    def place(item: tuple[str, dict[str, Any]]) -> tuple[bool, bool, float]:
        score = item[1]["score"]
        return not item[1]["baseline"], score is None, 0.0 if score is None else sign * score

    return place


def show_run(record: dict[str, Any], folder: object, screen: Console = console) -> None:
    """The table of a run and what stands around it."""
    folds, rows = record["folds"], record["rows"]
    screen.print()
    screen.print(score_table(record))
    screen.print(
        f"{_folds_said(folds)}, {folds['scheme']}: {folds['imitates']}; {folds['rows_scored']} rows scored out of fold"
        f" ({rows['fit']} to fit), {rows['test']} predicted",
        markup=False,
    )
    if share := record["request"]["settings"]["fraction"]:
        screen.print(f"a quick look: {share:.0%} of the rows", markup=False)
    if more := record.get("more"):
        screen.print(f"extended by {more:.0f} s in all (--more)", markup=False)
    if left_out := record.get("left_out"):
        screen.print(f"left out when the budget ended: {'; '.join(left_out)} (--more TIME goes on)", markup=False)
    for note in record["notes"]:
        screen.print(f"note: {note}", markup=False)
    show_findings(record, screen)
    if record["schemes"]:
        screen.print(scheme_table(record))
    screen.print(f"submission  {folder}/submission.csv", markup=False, soft_wrap=True)


def show_findings(record: dict[str, Any], screen: Console = console) -> None:
    """Leaks and warnings of the checks, and how many notes there are besides."""
    findings = record.get("findings", [])
    for finding in findings:
        if finding["severity"] != "note":
            screen.print(f"{finding['severity']}: {finding['message']}\n  → {finding['advice']}", markup=False)
    notes = sum(finding["severity"] == "note" for finding in findings)
    if notes:
        said = "1 finding is a note" if notes == 1 else f"{notes} findings are notes"
        screen.print(f"{said}: podium show {record['run_id']} --json, under findings, or its report.html", markup=False,
                      soft_wrap=True)  # fmt: skip


def _folds_said(folds: dict[str, Any]) -> str:
    if len(folds["fitted"]) == folds["number"]:
        return f"{folds['number']} folds (means ± standard error)"
    return f"a quick look: only fold {folds['fitted'][0]} of {folds['number']}, so nothing was chosen by its score"


def scheme_table(record: dict[str, Any]) -> Table:
    """The score of one member under each scheme, how much more hopeful each is than the first, and how unlike its sides
    are."""
    table = Table(title="one member under each scheme", title_justify="left")
    for heading in SCHEME_COLUMNS:
        table.add_column(heading, justify="left" if heading in ("scheme", "") else "right")
    for row in scheme_rows(record):
        table.add_row(*(number(cell) if isinstance(cell, float) else cell for cell in row))
    return table
