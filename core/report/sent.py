"""The submission: what is predicted for the test beside what was predicted out of fold."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.report.evidence import Evidence
from core.report.markup import Cell, Html, joined, number, paragraph, percent, short, table
from core.report.pictures import SERIES, axes, picture, side_by_side
from core.report.section import Section

Array = npt.NDArray[np.float64]

#: Outputs with a picture.
MOST_PICTURES = 6


def sent(evidence: Evidence) -> Section | None:
    """Distributions of each output, out of fold and on the test."""
    if evidence.tested is None or evidence.blended is None or not len(evidence.judged):
        return None
    if evidence.nested and evidence.record.get("decision") is not None and not evidence.decided:
        said = (
            "The decision after the blend cannot be taken here: what was sent cannot be shown beside what was scored."
        )
        return Section("submission", "The submission", paragraph(said))
    seen, weight = evidence.blended[evidence.judged], evidence.weight[evidence.judged]
    test = evidence.tested
    outputs = [evidence.outputs[k] if k < len(evidence.outputs) else str(k) for k in range(test.shape[1])]
    said = (
        f"{len(test)} test rows. Where test rows are like the scored ones"
        + (", weighted to the test" if evidence.result.get("weighted") else "")
        + ", both distributions agree but for chance."
    )
    apart = [_distance(seen[:, k], weight, test[:, k]) for k in range(test.shape[1])]
    # Of two classes one picture says it all.
    choice = (
        [1] if len(outputs) == 2 and evidence.task == "class" else list(np.argsort(-np.array(apart), kind="stable"))
    )
    shown = sorted(int(k) for k in choice[:MOST_PICTURES])
    if len(shown) < len(choice):
        said += f" The {len(shown)} of {len(outputs)} outputs that are furthest apart are drawn."
    if (mixed := evidence.record.get("mixed")) is not None:
        said += f" What was mixed in by hand, {mixed['name']}, is not in them."
    pictures = [_picture(outputs[k], seen[:, k], weight, test[:, k], apart[k]) for k in shown]
    return Section(
        "submission",
        "The submission",
        joined([paragraph(said), side_by_side(pictures), _table(evidence, outputs, seen, weight, apart)]),
    )


def _distance(seen: Array, weight: Array, test: Array) -> float:
    """The largest difference of the two cumulative distributions (Kolmogorov and Smirnov), weighted."""
    at = np.unique(np.concatenate([seen, test]))
    order = np.argsort(seen, kind="stable")
    below = np.concatenate([[0.0], np.cumsum(weight[order])])
    left = below[np.searchsorted(seen[order], at, side="right")] / below[-1]
    right = np.searchsorted(np.sort(test), at, side="right") / len(test)
    return float(np.abs(left - right).max())


def _picture(name: str, seen: Array, weight: Array, test: Array, apart: float) -> Html:
    low, high = float(min(seen.min(), test.min())), float(max(seen.max(), test.max()))
    edges = np.linspace(low, high if high > low else low + 1, 41)
    with axes(400, 280) as (figure, ax):
        for label, values, w, colour in (
            ("out of fold", seen, weight / weight.sum(), SERIES[0]),
            ("test", test, np.full(len(test), 1 / len(test)), SERIES[1]),
        ):
            heights = np.histogram(values, edges, weights=w)[0]
            ax.stairs(heights, edges, color=colour, fill=True, alpha=0.18)
            ax.stairs(heights, edges, color=colour, linewidth=1.8, label=label)
        ax.set_xlabel("predicted")
        ax.set_ylabel("share of rows")
        figure.legend(loc="outside upper left", ncols=2)
        said = f"Largest distance of the cumulative distributions {apart:.3f}."
        return picture(figure, short(name), said)


def _table(evidence: Evidence, outputs: list[str], seen: Array, weight: Array, apart: list[float]) -> Html:
    assert evidence.tested is not None
    test, shares = evidence.tested, evidence.task == "class"
    top_seen, top_test = seen.argmax(axis=1), test.argmax(axis=1)
    rows: list[list[Cell]] = []
    for k, name in enumerate(outputs):
        cells: list[Cell] = [name, number(float(np.average(seen[:, k], weights=weight)), 4)]
        cells += [number(float(test[:, k].mean()), 4), number(apart[k], 3)]
        if shares:
            top = float(weight[top_seen == k].sum() / weight.sum())
            cells += [percent(top), percent(float((top_test == k).mean()))]
        rows.append(cells)
    headings = ["output", "mean out of fold", "mean on the test", "distance"]
    headings += ["likeliest out of fold", "likeliest on the test"] if shares else []
    return table(headings, rows, "Each output, out of fold and on the test")
