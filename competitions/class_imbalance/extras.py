"""What a run says of the prior, the strategies, the expected loss, calibration and thresholds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from competitions.class_imbalance.prior import contradicted
from competitions.class_imbalance.validation import is_validation
from core.chart import Chart, Series
from core.evaluation import (
    LABEL_METRICS,
    Curve,
    LossInterval,
    calibration_noise,
    expected_calibration_error,
    expected_loss,
    nested_thresholds,
    rank,
    reliability,
)
from core.exhibit import EXPECTED, Exhibit
from core.log_linear import effective_rows
from core.metrics.classification import row_losses
from core.outcome import Outcome
from core.priors import Prior, class_shares

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

BLEND = "blend, nested"
#: Classes with a picture of their reliability.
MOST_CHARTS = 8
#: No probability that is sent is smaller, so that no loss is larger than this one's.
SMALLEST = 1e-6
LARGEST = -float(np.log(SMALLEST))

DOUBTFUL = (
    "either chance, or the validation rows were not drawn like train and test; run once more without that file, and"
    " compare"
)
SECOND_ORDER = (
    "the threshold of a fold is chosen on other folds, whose blends were fitted on labels of this one too: a nested"
    " value may be a little optimistic"
)


def as_sent(probabilities: Array) -> Array:
    """Probabilities clipped to 1e-6 and rescaled, since log loss forgives no zero: those of an answer."""
    clipped = np.clip(probabilities, SMALLEST, None)
    return np.asarray(clipped / clipped.sum(axis=1, keepdims=True))


def explain(outcome: Outcome, *, grouped: bool = False) -> list[Exhibit]:
    """Everything a reader of the score asks next; the first three after every run.

    Parameters
    ----------
    grouped: whether rows of one class count unlike. What to expect of other rows is then not said: the formula
        knows classes alone.
    """
    exhibits = [_priors(outcome), _strategies(outcome), *([] if grouped else [_expected(outcome)])]
    exhibits.append(_reliability(outcome))
    return [*exhibits, _thresholds(outcome)] if len(outcome.fitted) > 1 else exhibits


def _priors(outcome: Outcome) -> Exhibit:
    """The class shares of the fitted rows, and of the test as it is known in different ways."""
    classes, fit = outcome.dataset.outputs, outcome.dataset.fit
    shares = class_shares(fit.labels()[~is_validation(fit)], classes)
    rows, bars = [("train", *(f"{share:.3f}" for share in shares))], [Series("train", classes, _numbers(shares))]
    for number, prior in enumerate(outcome.objective.priors):
        used = "test, used" if number == 0 and outcome.objective.weight is not None else "test"
        cells = [f"{share:.3f}" for share in prior.shares]
        low, high = prior.interval().T if prior.covariance.any() else ((), ())
        bars.append(Series(f"{used}: {prior.source}", classes, _numbers(prior.shares), _numbers(low), _numbers(high)))
        if prior.covariance.any():
            cells = [
                f"{cell} ({low:.3f}–{high:.3f})" for cell, (low, high) in zip(cells, prior.interval(), strict=True)
            ]
        rows.append((f"{used}: {prior.source}", *cells))
    chart = Chart("bar", tuple(bars), y_label="share of the rows", title="Class shares with 95 % intervals")
    return Exhibit("class shares (95 % interval)", ("of", *classes), tuple(rows), charts=(chart,))


def _numbers(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in values)


def _codes(outcome: Outcome) -> Codes:
    return outcome.judge.truth[outcome.rows].astype(np.intp)


def _strategies(outcome: Outcome) -> Exhibit:
    """Members and blend by loss, ranked only where two paired standard errors tell them apart."""
    rows, codes = outcome.rows, _codes(outcome)
    predictions = {name: values for name, values in outcome.members.items() if np.isfinite(values[rows]).all()}
    losses = {name: row_losses(codes, as_sent(values[rows])) for name, values in predictions.items()}
    losses[BLEND] = row_losses(codes, as_sent(outcome.nested[rows]))
    weight = outcome.judge.weight[rows]
    cells = tuple(
        (
            standing.rank,
            standing.name,
            _rounded(standing.loss, 5),
            _rounded(standing.standard_error, 5),
            _rounded(standing.behind, 5),
            _rounded(standing.behind_error, 5),
        )
        for standing in rank(losses, weight, strata=codes)
    )
    notes = [
        "behind: the best, by so much on the same rows; losses and standard errors are over all rows together, where"
        " the table of members has means of folds",
        "one rank: less than two paired standard errors apart from the first of the rank, which is noise",
    ]
    if outcome.objective.weight is not None:
        notes.append(
            f"weighted to the test, {len(rows)} rows tell as much as {effective_rows(weight):.0f} equal ones: the"
            " fewer, the more a log-linear blend is drawn towards equal weights"
        )
    columns = ("rank", "strategy", "log loss", "± s.e.", "behind", "± s.e.")
    return Exhibit("strategies, out of fold under the test prior", columns, cells, tuple(notes))


def _expected(outcome: Outcome) -> Exhibit:
    """The loss of the answer on test rows, and whether the labelled validation rows agree."""
    rows, codes = outcome.rows, _codes(outcome)
    losses = row_losses(codes, as_sent(outcome.nested[rows]))
    prior, count = _prior(outcome), len(outcome.dataset.test)
    every = [
        ("any number of test rows", *_said(_interval(losses, codes, prior))),
        (
            f"these {count} test rows" if count > 1 else "this one test row",
            *_said(_interval(losses, codes, prior, count)),
        ),
    ]
    notes = []
    if is_validation(outcome.dataset.score)[rows].any():
        for_file, found, size = validation_check(outcome)
        every += [
            (f"{size} validation rows, expected from train", *_said(for_file)),
            (f"{size} validation rows, found out of fold", f"{found:.4f}", None),
        ]
        if for_file is not None:
            inside = for_file.contains(found)
            verdict = "inside the interval" if inside else f"OUTSIDE the interval: {DOUBTFUL}"
            notes.append(f"the loss on the labelled validation rows is {verdict}")
    if contradicted(outcome.objective.priors):
        notes.append(
            "the two ways to know the prior contradict each other: all this holds only if the one used is right"
        )
    if any(loss is None for _, loss, _ in every):
        notes.append("–: some class has fewer than two scored rows")
    return Exhibit(EXPECTED, ("of", "log loss", "95 % interval"), tuple(every), tuple(notes))


def validation_check(outcome: Outcome) -> tuple[LossInterval | None, float, int]:
    """What the rows of train lead to expect of the labelled validation rows, what these lose, and how many they are.

    Both are out of fold, and share no row.
    """
    rows, codes = outcome.rows, _codes(outcome)
    losses, checked = row_losses(codes, as_sent(outcome.nested[rows])), is_validation(outcome.dataset.score)[rows]
    size = int(checked.sum())
    return _interval(losses[~checked], codes[~checked], _prior(outcome), size), float(losses[checked].mean()), size


def _prior(outcome: Outcome) -> Prior:
    """The prior that the score counts by: that of the fitted rows where nothing is corrected.

    It is then as unsure as the estimate whose interval holds it.
    """
    priors, classes = outcome.objective.priors, outcome.dataset.outputs
    if outcome.objective.weight is not None:
        return priors[0]
    natural = Prior.known(classes, class_shares(outcome.dataset.score.labels(), classes))
    return replace(natural, covariance=priors[0].covariance) if priors else natural


def _interval(losses: Array, codes: Codes, prior: Prior, rows: int | None = None) -> LossInterval | None:
    """What to expect; None where a class has too few rows to say."""
    if np.bincount(codes, minlength=len(prior.classes)).min() < 2:
        return None
    return expected_loss(losses, codes, prior, rows)


def _said(interval: LossInterval | None) -> tuple[str | None, str | None]:
    if interval is None:
        return None, None
    high = min(interval.high, LARGEST)
    return f"{interval.value:.4f}", f"{interval.low:.4f}–{high:.4f}"


def _rounded(value: float, digits: int) -> float | None:
    """For run.json, which knows no NaN: None where a number is unknown."""
    return round(value, digits) if np.isfinite(value) else None


def _reliability(outcome: Outcome) -> Exhibit:
    """Predicted and observed shares in ten bins of each class, under the test prior."""
    rows, codes = outcome.rows, _codes(outcome)
    cells, notes, charts = [], [], []
    for curve in reliability(outcome.nested[rows], codes, outcome.judge.weight[rows]):
        name = outcome.dataset.outputs[curve.output]
        for part in curve.bins:
            error = _rounded(part.standard_error, 4)
            cells.append((name, round(part.predicted, 4), round(part.observed, 4), error, part.rows))
        found, noise = expected_calibration_error(curve), calibration_noise(curve)
        notes.append(f"{name}: calibration error {found:.4f}; perfect probabilities would show {noise:.4f}")
        charts.append(_chart(curve, name))
    columns = ("class", "predicted", "observed", "± s.e.", "rows")
    title = "reliability of the blend, out of fold under the test prior"
    return Exhibit(title, columns, tuple(cells), tuple(notes), brief=False, charts=tuple(charts[:MOST_CHARTS]))


def _chart(curve: Curve, name: str) -> Chart:
    """The curve with 95 % intervals, beside that of perfect probabilities."""
    predicted, observed = (_numbers(getattr(part, field) for part in curve.bins) for field in ("predicted", "observed"))
    reach = [1.96 * part.standard_error for part in curve.bins]
    low, high = (
        tuple(_rounded(min(max(y + sign * width, 0), 1), 4) for y, width in zip(observed, reach, strict=True))
        for sign in (-1, 1)
    )
    end = max(*predicted, *observed)
    series = (Series("blend", predicted, observed, low, high), Series("perfect", (0.0, end), (0.0, end)))
    return Chart("line", series, "predicted", "observed", name)


def _thresholds(outcome: Outcome) -> Exhibit:
    """Where to cut each class's probability for label metrics under the test prior."""
    classes, cells = outcome.dataset.outputs, []
    # Of two classes one threshold says it all: the class that is rarer among the fitted rows.
    shares = class_shares(outcome.dataset.fit.labels(), classes)
    chosen = [int(np.argmin(shares))] if len(classes) == 2 else range(len(classes))
    for column in chosen:
        positive = outcome.judge.truth == column
        for metric in LABEL_METRICS:
            found = nested_thresholds(outcome.nested[:, column], positive, outcome.judge.weight, outcome.scored, metric)
            cells.append(
                (
                    classes[column],
                    metric,
                    round(found.final.threshold, 4),
                    round(found.value, 4),
                    round(found.at_half, 4),
                )
            )
    columns = ("class against the rest", "metric", "threshold", "nested value", "value at 0.5")
    title = "thresholds for label metrics under the test prior"
    return Exhibit(title, columns, tuple(cells), (SECOND_ORDER,), brief=False)
