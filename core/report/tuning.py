"""Tuning: how the search went, what mattered, what was found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from core.report.evidence import Evidence
from core.report.headline import known
from core.report.markup import Cell, Html, element, joined, number, paragraph, short, table, unfolding
from core.report.pictures import BAD, MUTED, SERIES, axes, names_on_y, picture, side_by_side
from core.report.section import Section

#: Studies with pictures, trials that are drawn of each, trials in a table.
MOST_STUDIES, MOST_TRIALS, MOST_ROWS = 8, 400, 100


def tuning(evidence: Evidence) -> Section | None:
    """One part for each member that was tuned."""
    studies = evidence.record.get("tuning") or []
    if not studies:
        return None
    shown = [_study(study, evidence, drawn=place < MOST_STUDIES) for place, study in enumerate(studies)]
    return Section("tuning", "Tuning", joined(shown))


def _study(study: Mapping[str, Any], evidence: Evidence, *, drawn: bool) -> Html:
    trials = study.get("trials", [])
    best, value, apart = study.get("best"), known(study.get("best_value")), known(study.get("chosen_apart"))
    there = known(study.get("best_apart"))  # the best on the same folds: where they go forward the first has no choice
    states = [trial.get("state") for trial in trials]
    said = f"{len(trials)} trials: {states.count('complete')} complete, {states.count('pruned')} pruned,"
    said += f" {states.count('failed')} failed."
    if math.isfinite(value):
        said += f" Trial {best} is the best, {number(value)}, on the folds that chose it."
    if math.isfinite(apart) and math.isfinite(there):
        gained = there - apart if evidence.higher else apart - there
        said += f" On folds that others choose for it has {number(there)}, and what they choose {number(apart)}:"
        said += f" the search flatters its best by {number(gained, 2)}."
    pictures = [_history(trials, evidence), _importances(study.get("importances") or {})] if drawn else []
    params: Mapping[str, Any] = next((trial.get("params", {}) for trial in trials if trial.get("number") == best), {})
    rows: list[list[Cell]] = [[name, _said(setting)] for name, setting in params.items()]
    table_of_best = table(["parameter", "best"], rows, "Parameters of the best trial") if rows else ""
    pictures = [part for part in pictures if part]
    head = element("h3", study.get("member", "a member"))
    return joined([head, paragraph(said), side_by_side(pictures), table_of_best, _trials(trials)])


def _history(trials: Sequence[Mapping[str, Any]], evidence: Evidence) -> Html:
    complete = [trial for trial in trials if _is_complete(trial)]
    ended = [trial for trial in trials if not _is_complete(trial)]
    if not complete:
        return Html("")
    pick = max if evidence.higher else min
    with axes(height=300) as (figure, ax):
        step = -(-len(complete) // MOST_TRIALS)
        points = [(trial["number"], trial["value"]) for trial in complete[::step]]
        ax.plot(*zip(*points, strict=True), "o", color=SERIES[0], markersize=5, alpha=0.75, label="complete")
        best: list[tuple[int, float]] = []
        for trial in complete:
            value = float(trial["value"]) if not best else pick(best[-1][1], float(trial["value"]))
            if not best or value != best[-1][1]:
                best.append((trial["number"], value))
        best.append((complete[-1]["number"], best[-1][1]))
        ax.step(*zip(*best, strict=True), where="post", color=SERIES[1], linewidth=2, label="best so far")
        _near(ax, [float(trial["value"]) for trial in complete], evidence.higher)
        for state, mark, colour in (("pruned", "x", BAD), ("failed", "s", MUTED)):
            at = [trial["number"] for trial in ended[:: -(-len(ended) // MOST_TRIALS) or 1] if trial["state"] == state]
            if at:  # without a score, on the lower edge
                ax.plot(at, [0.02] * len(at), mark, color=colour, markersize=4, alpha=0.75, label=state,
                        transform=ax.get_xaxis_transform())  # fmt: skip
        ax.set_xlabel("trial")
        ax.set_ylabel(short(evidence.result.get("metric", "score")))
        figure.legend(loc="outside upper left", ncols=4, columnspacing=1.0)
        said = "Trials far off are outside; those that ended without a score stand on the lower edge."
        if step > 1:
            said += f" One complete trial in {step} is drawn."
        return picture(figure, "History", said)


def _is_complete(trial: Mapping[str, Any]) -> bool:
    return trial.get("state") == "complete" and math.isfinite(known(trial.get("value")))


def _near(axes: Any, values: Sequence[float], higher: bool) -> None:
    """Show the better three quarters, since one bad trial would press all others together."""
    import numpy as np

    good = max(values) if higher else min(values)
    bad = float(np.quantile(values, 0.25 if higher else 0.75))
    room = abs(bad - good) * 0.6 or abs(good) * 0.05 or 1.0
    axes.set_ylim(min(good, bad) - room, max(good, bad) + room)


def _importances(importances: Mapping[str, float]) -> Html:
    if not importances:
        return Html("")
    names = sorted(importances, key=lambda name: -known(importances[name]))[:12]
    with axes(400, 80 + 24 * len(names)) as (figure, ax):
        ax.barh(range(len(names)), [known(importances[name]) for name in names], color=SERIES[2], height=0.6)
        names_on_y(ax, [short(name, 26) for name in names])
        return picture(figure, "What mattered", "Share of the variation among trials that each parameter accounts for.")


def _trials(trials: Sequence[Mapping[str, Any]]) -> Html:
    if not trials:
        return Html("")
    names = list(dict.fromkeys(name for trial in trials for name in trial.get("params", {})))
    rows: list[list[Cell]] = []
    for trial in trials[:MOST_ROWS]:
        params = trial.get("params", {})
        cells: list[Cell] = [str(trial.get("number", "")), str(trial.get("state", "")), known(trial.get("value"))]
        rows.append([*cells, number(trial.get("seconds"), 3), *(_said(params.get(name)) for name in names)])
    headings = ["trial", "state", "value", "seconds", *names]
    more = f"the first {MOST_ROWS} of {len(trials)} trials" if len(trials) > MOST_ROWS else f"all {len(trials)} trials"
    return unfolding(more, table(headings, rows, more, most=MOST_ROWS))


def _said(setting: object) -> Cell:
    if isinstance(setting, bool) or not isinstance(setting, int | float | None):
        return str(setting)
    return setting
