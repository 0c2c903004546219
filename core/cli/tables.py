"""Tables of tuning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table

from core.cli.console import error, number

if TYPE_CHECKING:
    from core.tuning import NestedScore


def tuning_table(tuning: Sequence[dict[str, Any]], metric: str, higher_is_better: bool) -> Table:
    """Members, their trials and what came of them."""
    table = _table("tuning", metric, higher_is_better)
    for heading in ("member", "trials", "pruned", "failed", "defaults", "best", "by others"):
        table.add_column(heading, justify="left" if heading == "member" else "right")
    for tuned in tuning:
        trials = tuned["trials"]
        count = {state: sum(trial["state"] == state for trial in trials) for state in ("pruned", "failed")}
        default = next((trial["value"] for trial in trials if trial["number"] == 0), None)
        table.add_row(
            tuned["member"],
            str(len(trials)),
            str(count["pruned"]),
            str(count["failed"]),
            number(default),
            number(tuned["best_value"]),
            number(tuned["chosen_apart"]),
        )
    table.caption = "by others: on each fold the score of the trial that is best on the other folds"
    return table


def best_trials(tuning: Sequence[dict[str, Any]]) -> list[str]:
    """A line for each member: its best parameters, the most important first."""
    return [f"{tuned['member']}: best is trial {_best(tuned)}" for tuned in tuning]


def nested_table(nested: Sequence[NestedScore], metric: str, higher_is_better: bool) -> Table:
    """What tuning gains on folds that the search never saw."""
    table = _table("tuned anew without each fold, scored there", metric, higher_is_better)
    for heading in ("member", "defaults", "tuned", "gain", "± s.e."):
        table.add_column(heading, justify="left" if heading == "member" else "right")
    for each in nested:
        table.add_row(
            each.member,
            number(each.defaults.value),
            number(each.tuned.value),
            number(each.better(higher_is_better)),
            error(each.gain.standard_error),
        )
    return table


def _table(title: str, metric: str, higher_is_better: bool) -> Table:
    arrow = "higher is better" if higher_is_better else "lower is better"
    return Table(title=f"{title} · {metric} ({arrow})", title_justify="left")


def _best(tuned: dict[str, Any]) -> str:
    found = next((trial for trial in tuned["trials"] if trial["number"] == tuned["best"]), None)
    if found is None:
        return "none"
    if found["number"] == 0:
        return "0 (defaults)"
    params, ranked = found["params"], list(tuned["importances"]) or list(found["params"])
    shown = [name for name in ranked if name in params]
    said = ", ".join(f"{name} {_value(params[name])}" for name in shown)
    return f"{found['number']}: {said}"


def _value(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
