"""What a run says of the prior, the strategies, the expected loss, calibration and thresholds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from competitions.class_imbalance.validation import is_validation
from core.evaluation import (
    LABEL_METRICS,
    LossInterval,
    calibration_noise,
    expected_calibration_error,
    expected_loss,
    nested_thresholds,
    rank,
    reliability,
)
from core.exhibit import Exhibit
from core.log_linear import effective_rows
from core.metrics.classification import row_losses
from core.outcome import Outcome
from core.priors import Prior, class_shares

Array = npt.NDArray[np.float64]

BLEND = "blend, nested"


def explain(outcome: Outcome) -> list[Exhibit]:
    """Everything a reader of the score asks next; the first three after every run."""
    exhibits = [_priors(outcome), _strategies(outcome), _expected(outcome), _reliability(outcome)]
    return [*exhibits, _thresholds(outcome)] if len(outcome.fitted) > 1 else exhibits


def _priors(outcome: Outcome) -> Exhibit:
    """The class shares of the fitted rows, and of the test as it is known in different ways."""
    classes, fit = outcome.dataset.outputs, outcome.dataset.fit
    own = fit.labels()[~is_validation(fit)]
    rows = [("train", *(f"{share:.4f}" for share in class_shares(own, classes)))]
    for number, prior in enumerate(outcome.objective.priors):
        used = "test, used" if number == 0 and outcome.objective.weight is not None else "test"
        ends = prior.interval()
        cells = [f"{share:.3f} ({low:.3f}–{high:.3f})" for share, (low, high) in zip(prior.shares, ends, strict=True)]
        rows.append((f"{used}: {prior.source}", *cells))
    return Exhibit("class shares (95 % interval)", ("of", *classes), tuple(rows))


def _codes(outcome: Outcome) -> npt.NDArray[np.intp]:
    return outcome.judge.truth[outcome.rows].astype(np.intp)


def _strategies(outcome: Outcome) -> Exhibit:
    """Members and blend by loss, ranked only where two paired standard errors tell them apart."""
    rows, codes = outcome.rows, _codes(outcome)
    predictions = {name: values for name, values in outcome.members.items() if np.isfinite(values[rows]).all()}
    losses = {name: row_losses(codes, values[rows]) for name, values in predictions.items()}
    losses[BLEND] = row_losses(codes, outcome.nested[rows])
    weight = outcome.judge.weight[rows]
    cells = tuple(
        (
            standing.rank,
            standing.name,
            round(standing.loss, 5),
            round(standing.standard_error, 5),
            round(standing.behind, 5),
            round(standing.behind_error, 5),
        )
        for standing in rank(losses, weight, strata=codes)
    )
    notes = (
        "one rank: less than two paired standard errors apart from the first of the rank, which is noise",
        f"weighted to the test, {len(rows)} rows tell as much as {effective_rows(weight):.0f} equal ones; the"
        " log-linear blend is drawn towards equal weights accordingly",
    )
    columns = ("rank", "strategy", "log loss", "± s.e. over rows", "behind the best", "± paired s.e.")
    return Exhibit("strategies, out of fold under the test prior", columns, cells, notes)


def _expected(outcome: Outcome) -> Exhibit:
    """The loss of the answer on test rows, and whether the labelled validation rows agree."""
    rows, codes = outcome.rows, _codes(outcome)
    losses = row_losses(codes, outcome.nested[rows])
    prior, checked = _prior(outcome), is_validation(outcome.dataset.score)[rows]
    count = len(outcome.dataset.test)
    columns = ("of", "log loss", "95 % interval")
    every: list[tuple[str, str, str | None]] = [
        ("any number of test rows", *_said(expected_loss(losses, codes, prior))),
        (f"these {count} test rows", *_said(expected_loss(losses, codes, prior, rows=count))),
    ]
    if not checked.any():
        return Exhibit("expected on the test", columns, tuple(every))
    # Rows of train alone say what to expect of the validation rows: both are out of fold, and share no row.
    found = float(losses[checked].mean())
    for_file = expected_loss(losses[~checked], codes[~checked], prior, rows=int(checked.sum()))
    every += [
        (f"{checked.sum()} validation rows, expected from train", *_said(for_file)),
        (f"{checked.sum()} validation rows, found out of fold", f"{found:.4f}", None),
    ]
    inside = for_file.contains(found)
    verdict = "inside the interval" if inside else "OUTSIDE the interval: trust the score on test the less"
    note = f"the loss on the labelled validation rows is {verdict}"
    return Exhibit("expected on the test", columns, tuple(every), (note,))


def _prior(outcome: Outcome) -> Prior:
    """The prior that the score counts by: that of the fitted rows where nothing is corrected."""
    if outcome.objective.weight is not None:
        return outcome.objective.priors[0]
    classes = outcome.dataset.outputs
    return Prior.known(classes, class_shares(outcome.dataset.score.labels(), classes))


def _said(interval: LossInterval) -> tuple[str, str]:
    return f"{interval.value:.4f}", f"{interval.low:.4f}–{interval.high:.4f}"


def _reliability(outcome: Outcome) -> Exhibit:
    """Predicted and observed shares in ten bins of each class, under the test prior."""
    rows, codes = outcome.rows, _codes(outcome)
    cells, notes = [], []
    for curve in reliability(outcome.nested[rows], codes, outcome.judge.weight[rows]):
        name = outcome.dataset.outputs[curve.output]
        for part in curve.bins:
            error = None if np.isnan(part.standard_error) else round(part.standard_error, 4)
            cells.append((name, round(part.predicted, 4), round(part.observed, 4), error, part.rows))
        error, noise = expected_calibration_error(curve), calibration_noise(curve)
        notes.append(f"{name}: calibration error {error:.4f}; perfect probabilities would show {noise:.4f}")
    columns = ("class", "predicted", "observed", "± s.e.", "rows")
    return Exhibit(
        "reliability of the blend, out of fold under the test prior", columns, tuple(cells), tuple(notes), brief=False
    )


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
    return Exhibit("thresholds for label metrics under the test prior", columns, tuple(cells), brief=False)
