"""Members: what each is worth alone, beside the blend and in it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.report.evidence import MOST_MEMBERS, Evidence
from core.report.headline import paired
from core.report.markup import Cell, Html, element, heat, joined, number, paragraph, plus_minus, short, table
from core.report.pictures import BAD, GOOD, SERIES, axes, names_on_y, picture, side_by_side
from core.report.section import Section

Array = npt.NDArray[np.float64]


def members(evidence: Evidence) -> Section | None:
    """Table, weights, marginal gains, and whose errors go together."""
    if not evidence.members:
        return None
    pictures = [part for part in (_weights(evidence), _marginal(evidence)) if part]
    blend = evidence.record.get("blend", {})
    methods = evidence.result.get("methods", {})
    said = []
    if blend:
        scale = {"values": "predictions", "ranks": "ranks", "logs": "log probabilities"}.get(blend["scale"], "members")
        worth = "; ".join(f"{name} {number(value)}" for name, value in methods.items())
        said.append(
            paragraph(
                f"The blend is a weighted mean of {scale}, by the method ",
                element("em", blend["method"]),
                f". Nested score of each method: {worth}." if worth else ".",
            )
        )
    return Section("members", "Members", joined([*said, _table(evidence), side_by_side(pictures), _alike(evidence)]))


def _table(evidence: Evidence) -> Html:
    nested = evidence.result.get("nested", {}).get("folds", ())
    marginal = evidence.result.get("marginal") or {}
    weights = evidence.record.get("blend", {}).get("weights", {})
    rows: list[list[Cell]] = []
    for name, member in evidence.members.items():
        apart = paired(member.get("folds", ()), nested)
        weight = None if member.get("baseline") else float(weights.get(name, 0.0))
        rows.append(
            [
                f"{name} (baseline)" if member.get("baseline") else name,
                plus_minus(member.get("score"), member.get("standard_error")),
                plus_minus(apart.value, apart.standard_error, 3),
                "" if weight is None else f"{weight:.3f}",
                *([number(marginal[name], 3) if name in marginal else ""] if marginal else []),
                member.get("seeds"),
                number(member.get("seconds"), 3),
            ]
        )
    headings = ["member", "score ± s.e.", "minus blend, by fold", "weight"]
    headings += [*(["marginal gain"] if marginal else []), "seeds", "seconds"]
    return table(headings, rows, "Members, the best first")


def _weights(evidence: Evidence) -> Html | None:
    names = evidence.weighted[:MOST_MEMBERS]
    if not names:
        return None
    weights = evidence.record["blend"]["weights"]
    with axes(height=80 + 24 * len(names)) as (figure, ax):
        values = [weights[name] for name in names]
        ax.barh(range(len(names)), values, color=SERIES[0], height=0.6)
        for place, value in enumerate(values):
            ax.annotate(f"{value:.3f}", (max(value, 0), place), (4, 0), textcoords="offset points", va="center")
        ax.margins(x=0.15)
        names_on_y(ax, [short(name, 26) for name in names])
        more = len(weights) - len(names)
        return picture(figure, "Weights in the blend", f"{more} smaller ones are left out." if more else "")


def _marginal(evidence: Evidence) -> Html | None:
    marginal = {name: value for name, value in (evidence.result.get("marginal") or {}).items() if value is not None}
    if not marginal:
        return None
    names = sorted(marginal, key=lambda name: (-abs(marginal[name]), name))[:MOST_MEMBERS]
    names.sort(key=lambda name: -marginal[name])
    with axes(height=90 + 24 * len(names)) as (figure, ax):
        values = [marginal[name] for name in names]
        ax.barh(range(len(names)), values, color=[GOOD if value >= 0 else BAD for value in values], height=0.6)
        names_on_y(ax, [short(name, 26) for name in names])
        ax.set_xlabel(short(evidence.result["metric"]))
        ax.axvline(0, color=SERIES[0], linewidth=0.8)
        ax.locator_params(axis="x", nbins=5)  # small numbers are long
        said = "What the nested score loses without the member: to the right it helps, to the left it harms."
        return picture(figure, "Marginal gain", said)


def _alike(evidence: Evidence) -> Html:
    """Correlation of members' errors: the less alike, the more a blend gains."""
    names = [name for name in evidence.weighted[:MOST_MEMBERS] if evidence.predictions(name, "out_of_fold") is not None]
    if len(names) < 2 or evidence.task is None or not len(evidence.judged):
        return Html("")
    errors = np.stack([_errors(evidence, name) for name in names])
    values = correlations(errors, np.repeat(evidence.weight[evidence.judged], errors.shape[1] // len(evidence.judged)))
    caption = "Correlation of the members' errors, out of fold"
    shown = [[float(value) for value in line] for line in values]
    said = "Members whose errors differ (pale) add to one another; two that err alike are worth one."
    if len(evidence.weighted) > MOST_MEMBERS:
        said += f" The {MOST_MEMBERS} heaviest of {len(evidence.weighted)}."
    labels = [short(name, 24) for name in names]
    picture_of_it = heat(labels, labels, shown, caption)
    return joined([element("h3", caption), paragraph(said), picture_of_it])


def _errors(evidence: Evidence, name: str) -> Array:
    """One minus the probability of the true class, or truth minus prediction, as one line."""
    predictions, rows = evidence.predictions(name, "out_of_fold"), evidence.judged
    assert predictions is not None
    if evidence.task == "class":
        return np.asarray(1 - predictions[rows, evidence.truth[rows].astype(np.intp)])
    truth = evidence.truth[rows].astype(float).reshape(len(rows), -1)
    return np.asarray((truth - predictions[rows]).ravel())


def correlations(lines: Array, weight: Array) -> Array:
    """Weighted correlation of each two lines, (lines, lines); NaN for one that does not vary.

    Parameters
    ----------
    lines: (lines, values); values that are not finite in any of them are left out of all.
    weight: (values,).

    >>> correlations(np.array([[1.0, 2, 3], [2.0, 4, 6], [3.0, 2, 1]]), np.ones(3)).round(2).tolist()
    [[1.0, 1.0, -1.0], [1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]]
    """
    there = np.isfinite(lines).all(axis=0)
    lines, weight = lines[:, there], weight[there]
    if not weight.sum() > 0:
        return np.full((len(lines), len(lines)), np.nan)
    centred = (lines - np.average(lines, axis=1, weights=weight)[:, None]) * np.sqrt(weight)
    length = np.sqrt((centred**2).sum(axis=1))
    length[length <= 1e-12 * np.sqrt(weight.sum())] = np.nan
    return np.asarray((centred @ centred.T) / length[:, None] / length)
