"""Classes: whether probabilities mean what they say, what they tell apart, what is taken for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation import Curve, calibration_noise, expected_calibration_error, reliability
from core.metrics.classification import row_losses
from core.report.evidence import Evidence
from core.report.markup import Cell, Html, element, heat, joined, number, paragraph, percent, short, table
from core.report.pictures import MUTED, SERIES, axes, interval, picture, side_by_side

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

#: Classes with a reliability curve of their own, and those that a confusion matrix has room for.
MOST_CURVES, MOST_CLASSES = 6, 30
#: Pairs that are named where the matrix has no room, and points of a drawn curve.
MOST_PAIRS, MOST_POINTS = 20, 400


@dataclass(frozen=True)
class Judged:
    """Predictions of the rows that count, with their truth.

    Parameters
    ----------
    predicted: (rows, classes).
    codes: (rows,).
    weight: (rows,).
    """

    classes: tuple[str, ...]
    predicted: Array
    codes: Codes
    weight: Array


def of_classes(evidence: Evidence) -> Html:
    """Everything on classes that the predictions allow: ranks tell an order alone."""
    rows = evidence.judged
    assert evidence.blended is not None
    codes, weight = evidence.truth[rows].astype(np.intp), evidence.weight[rows]
    blend = Judged(evidence.outputs, evidence.blended[rows], codes, weight)
    parts = []
    if len(blend.classes) == 2 and len(np.unique(codes)) == 2:
        parts += [side_by_side([_roc(blend), _precision_recall(blend)])]
    subject, whose = blend, "the blend"
    if not evidence.are_probabilities and (name := evidence.best_single) is not None:
        predicted = evidence.predictions(name, "out_of_fold")
        if predicted is not None and np.isfinite(predicted[rows]).all():
            subject, whose = Judged(evidence.outputs, predicted[rows], codes, weight), f"{name}, the heaviest member"
            parts.append(paragraph(f"The blend's values are no probabilities; what follows is of {whose}."))
    if is_probability(subject.predicted):
        parts.append(_reliability(subject))
    parts += [element("h3", f"By class, {whose}"), _class_table(subject), _confusion(subject)]
    return joined(parts)


def is_probability(predicted: Array) -> bool:
    """Whether rows lie between 0 and 1 and sum to 1."""
    inside = ((predicted >= 0) & (predicted <= 1)).all()
    return bool(inside and (np.abs(predicted.sum(axis=1) - 1) < 1e-4).all())


def _reliability(judged: Judged) -> Html:
    curves = reliability(judged.predicted, judged.codes, judged.weight)
    if len(curves) == 2:
        curves = curves[1:]
    beyond = {c.output: expected_calibration_error(c) - calibration_noise(c) for c in curves}
    shown = sorted(sorted(curves, key=lambda c: -beyond[c.output])[:MOST_CURVES], key=lambda c: c.output)
    said = (
        "A point is a tenth of the rows: predicted beside observed share, with 95 % intervals. On the diagonal,"
        " probabilities mean what they say."
    )
    if len(shown) < len(curves):
        said += f" The {len(shown)} classes furthest from it beyond chance, of {len(curves)}."
    pictures = [_curve(curve, judged.classes[curve.output]) for curve in shown]
    return joined([element("h3", "Reliability"), paragraph(said), side_by_side(pictures)])


def _curve(curve: Curve, name: str) -> Html:
    x, y = (np.array([getattr(part, field) for part in curve.bins]) for field in ("predicted", "observed"))
    error = np.array([max(part.standard_error, part.error_if_calibrated) for part in curve.bins])
    error = np.where(np.isfinite(error), error, 0)
    with axes(340, 280) as (figure, ax):
        top = min(1.0, 1.08 * max(x.max(), (y + 1.96 * error).max()))
        ax.plot([0, top], [0, top], color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        interval(ax, x, y, np.clip(y - 1.96 * error, 0, 1), np.clip(y + 1.96 * error, 0, 1), SERIES[0])
        ax.plot(x, y, "o-", color=SERIES[0], linewidth=1.6, markersize=5)
        ax.set_xlim(-0.02 * top, 1.02 * top)
        ax.set_ylim(-0.02 * top, 1.02 * top)
        ax.set_xlabel("predicted")
        ax.set_ylabel("observed")
        found, noise = expected_calibration_error(curve), calibration_noise(curve)
        said = f"Calibration error {found:.4f}; perfect probabilities would show {noise:.4f}."
        return picture(figure, name, said)


def _roc(judged: Judged) -> Html:
    from sklearn.metrics import roc_auc_score, roc_curve

    positive, score = judged.codes == 1, judged.predicted[:, 1]
    x, y, _ = roc_curve(positive, score, sample_weight=judged.weight)
    area = roc_auc_score(positive, score, sample_weight=judged.weight)
    with axes(380, 320) as (figure, ax):
        ax.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        ax.plot(*thinned(x, y), color=SERIES[0], linewidth=2)
        ax.set_xlabel("false positives, share of negatives")
        ax.set_ylabel("true positives, share of positives")
        said = f"Area {area:.4f}; the dashed line is chance."
        return picture(figure, f"ROC curve of {judged.classes[1]}", said)


def _precision_recall(judged: Judged) -> Html:
    from sklearn.metrics import average_precision_score, precision_recall_curve

    positive, score = judged.codes == 1, judged.predicted[:, 1]
    precision, recall, _ = precision_recall_curve(positive, score, sample_weight=judged.weight)
    area = average_precision_score(positive, score, sample_weight=judged.weight)
    share = float(judged.weight[positive].sum() / judged.weight.sum())
    with axes(380, 320) as (figure, ax):
        ax.axhline(share, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        ax.plot(*thinned(recall[::-1], precision[::-1]), color=SERIES[1], linewidth=2)
        ax.set_xlabel("recall")
        ax.set_ylabel("precision")
        ax.set_ylim(0, 1.03)
        said = f"Average precision {area:.4f}; the dashed line is chance, {percent(share)}."
        return picture(figure, f"Precision and recall of {judged.classes[1]}", said)


def thinned(x: Array, y: Array) -> tuple[Array, Array]:
    """At most so many points as a picture shows, the ends among them."""
    if len(x) <= MOST_POINTS:
        return x, y
    along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
    at = np.unique(np.searchsorted(along, np.linspace(0, along[-1], MOST_POINTS)).clip(0, len(x) - 1))
    return x[at], y[at]


def _class_table(judged: Judged) -> Html:
    from sklearn.metrics import roc_auc_score

    losses = row_losses(judged.codes, judged.predicted) if is_probability(judged.predicted) else None
    said, total = judged.predicted.argmax(axis=1), judged.weight.sum()
    rows: list[list[Cell]] = []
    for code, name in enumerate(judged.classes):
        own, called = judged.codes == code, said == code
        w = judged.weight
        caught = w[own & called].sum()
        loss = None if losses is None or not own.any() else float(np.average(losses[own], weights=w[own]))
        known = own.any() and not own.all()
        rows.append(
            [
                name,
                int(own.sum()),
                percent(w[own].sum() / total),
                percent(float(np.average(judged.predicted[:, code], weights=w))) if losses is not None else None,
                loss,
                percent(loss * w[own].sum() / float(losses @ w)) if loss is not None and losses is not None else None,
                float(roc_auc_score(own, judged.predicted[:, code], sample_weight=w)) if known else None,
                percent(caught / w[own].sum()) if own.any() else None,
                percent(caught / w[called].sum()) if called.any() else None,
            ]
        )
    headings = ["class", "rows", "share", "mean predicted", "log loss", "share of loss", "AUC", "recall", "precision"]
    return table(headings, rows, "Each class: AUC against the rest; recall and precision of the likeliest class")


def confusion(codes: Codes, said: Codes, weight: Array, classes: int) -> Array:
    """Weight of each pair of true and predicted class, each true class summing to 1; NaN for one without rows.

    >>> confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), np.ones(3), 2).tolist()
    [[0.5, 0.5], [0.0, 1.0]]
    """
    counts = np.bincount(codes * classes + said, weights=weight, minlength=classes**2).reshape(classes, classes)
    total = counts.sum(axis=1, keepdims=True)
    return np.asarray(counts / np.where(total > 0, total, np.nan))


def _confusion(judged: Judged) -> Html:
    shares = confusion(judged.codes, judged.predicted.argmax(axis=1), judged.weight, len(judged.classes))
    head = element("h3", "Confusion: a row is a true class, and sums to 1")
    if len(judged.classes) <= MOST_CLASSES:
        names = [short(name, 24) for name in judged.classes]
        caption = "Share of each true class that is taken for each class"
        return joined([head, heat(names, names, shares.tolist(), caption, "true \\ said")])
    return joined([head, _pairs(shares, judged.classes)])


def _pairs(shares: Array, classes: Sequence[str]) -> Html:
    apart = np.nan_to_num(shares)
    np.fill_diagonal(apart, 0)
    order = np.argsort(-apart, axis=None, kind="stable")[:MOST_PAIRS]
    pairs = [(int(place) // len(classes), int(place) % len(classes)) for place in order]
    rows: list[list[Cell]] = [[classes[a], classes[b], number(apart[a, b], 3)] for a, b in pairs if apart[a, b] > 0]
    caption = f"The pairs most often confused, of {len(classes)} classes"
    return table(["true class", "taken for", "share of the true class"], rows, caption)
