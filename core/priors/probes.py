"""The class prior of the rows that a leaderboard scores, solved from the scores of constant submissions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.errors import Refusal
from core.priors.prior import Prior

Array = npt.NDArray[np.float64]

#: What a probe leaves to all classes but its own, at most.
REST = 0.01

#: How far numbers may be off by computing alone.
SLACK = 1e-9

#: No share is smaller: a class that no scored row has can still be among other rows.
SMALLEST = 1e-6

WAY_OUT = (
    "is the metric of the leaderboard log loss, in natural logarithms? are these the scores of the probes, in their"
    " order, with as many digits as are shown?"
)


def probe_constants(classes: Sequence[str]) -> Array:
    """The constants of the k - 1 probes: almost all on one class, a little on each of the others.

    Probe j has h on class j and l elsewhere, and scores -ln l - share_j ln(h / l). The share so has the error of the
    score divided by ln(h / l): 4.6 for two classes, 6.9 for three to eleven. The numbers have few decimals, so that
    a file holds them as they are.

    Returns
    -------
    (k - 1, k), positive; the rows sum to 1. The last class has no probe of its own.

    Raises
    ------
    ValueError: fewer than two classes.

    >>> probe_constants(["a", "b", "c"]).tolist()
    [[0.998, 0.001, 0.001], [0.001, 0.998, 0.001]]
    """
    others = len(classes) - 1
    if others < 1:
        raise ValueError(f"a probe needs two or more classes, not {len(classes)}")
    digits = math.ceil(math.log10(others / REST))
    constants = np.full((others, others + 1), round(10.0**-digits, digits))
    np.fill_diagonal(constants, round(1 - others * 10.0**-digits, digits))
    return constants


def solve_probes(
    classes: Sequence[str],
    constants: npt.ArrayLike,
    scores: Sequence[float],
    decimals: int,
    rows: int | None = None,
) -> Prior:
    """The class prior under which constant submissions have these log losses.

    Every row of a submission being c, its log loss is -sum_k share_k ln c_k: linear in the shares, which sum to 1.
    More probes than classes less one are solved by least squares. A score is taken to be rounded to the nearest
    unit u of its last digit, so that its error is uniform, of variance u² / 12; the covariance follows by the linear
    map. It tells the error of rounding alone: rows that are not scored have another prior by chance.

    Parameters
    ----------
    classes: their names, in the order of the columns of `constants`.
    constants: of the probes, (m, k), positive, rows sum to 1: k - 1 of them independent (`probe_constants`).
    scores: of the probes, in nats, in their order.
    decimals: digits after the point that the leaderboard shows.
    rows: how many rows it scores. Where the scores leave one way to count them by class, the shares are these counts
        and have no error, a class without a row counted half a row; otherwise `rows` changes nothing.

    Raises
    ------
    Refusal: scores that are too few or too many, no numbers, impossible or in contradiction, or so roughly rounded
        that a share could be anything.
    ValueError: constants that do not fit or do not suffice, decimals below 0, rows below 1.

    >>> prior = solve_probes(["no", "yes"], [[0.99, 0.01]], [1.39], decimals=2)
    >>> prior.shares.round(3).tolist(), prior.errors.round(4).tolist()
    ([0.7, 0.3], [0.0006, 0.0006])
    """
    probes = np.asarray(constants, dtype=float)
    if probes.ndim != 2 or probes.shape[1] != len(classes):
        raise ValueError(f"{len(classes)} classes and constants of shape {probes.shape} do not fit")
    if not (probes > 0).all() or np.abs(probes.sum(axis=1) - 1).max() > SLACK:
        raise ValueError(f"constants must be positive and sum to 1: {probes}")
    if decimals < 0 or (rows is not None and rows < 1):
        raise ValueError(f"decimals below 0 or rows below 1: {decimals}, {rows}")
    losses, half = -np.log(probes), 0.5 * 10.0**-decimals
    values = _possible(scores, losses, half)
    shares, from_scores = _solved(losses, values, half)
    worst = half * np.abs(from_scores).sum(axis=1)
    _refuse_impossible(classes, shares, worst, decimals)
    said = f"solved from {_many(len(values), 'probe')}"
    counts = None if rows is None else _whole_counts(shares, worst, rows, losses, values, half)
    if counts is not None:
        return Prior.known(classes, np.maximum(counts, 0.5), f"{said}, in whole counts of {rows} rows")
    # A class that rounding could have made disappear has half of what it could have.
    shares = np.maximum(shares, np.maximum(worst / 2, SMALLEST))
    covariance = half**2 / 3 * from_scores @ from_scores.T
    return Prior(tuple(classes), shares / shares.sum(), covariance, said)


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _possible(scores: Sequence[float], losses: Array, half: float) -> Array:
    """The scores as an array, each between the losses that a probe has on rows of one class."""
    values = np.asarray(scores, dtype=float)
    if values.shape != (len(losses),):
        raise Refusal(
            f"{_many(values.size, 'score')} for {_many(len(losses), 'probe')}",
            "give one score for each probe, in their order, with a point as decimal mark",
            expected=",".join(f"score-{number}" for number in range(1, min(len(losses), 4) + 1))
            + (",…" if len(losses) > 4 else ""),
        )
    for number, (value, own) in enumerate(zip(values, losses, strict=True), 1):
        if not np.isfinite(value):
            raise Refusal(f"score {number} is no finite number: {value}", "type it as the leaderboard shows it")
        if value < 0:
            raise Refusal(
                f"score {number} is negative: {value:.10g}; no log loss is",
                "leave out a minus that the leaderboard puts before every loss, or find out what its metric is",
            )
        if not (own.min() - half - SLACK <= value <= own.max() + half + SLACK):
            raise Refusal(
                f"score {number} cannot be: {value:.10g} is no log loss of probe {number}",
                WAY_OUT,
                expected=f"a number from {own.min():.5f} to {own.max():.5f}",
            )
    return values


def _solved(losses: Array, values: Array, half: float) -> tuple[Array, Array]:
    """Shares that sum to 1, (k,), not yet positive; and how they change with each score, (k, m)."""
    design = losses[:, :-1] - losses[:, -1:]  # the last share is 1 less all others
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError(f"{len(losses)} probes do not tell {losses.shape[1]} classes apart")
    inverse = np.linalg.pinv(design)
    from_scores = np.vstack([inverse, -inverse.sum(axis=0)])
    shares = from_scores @ (values - losses[:, -1])
    shares[-1] += 1
    # Rounding alone leaves no more than this of a score unexplained; nothing where the probes are k - 1.
    allowed = half * np.abs(np.eye(len(losses)) - design @ inverse).sum(axis=1) + SLACK
    off = np.abs(losses @ shares - values) - allowed
    if (off > 0).any():
        number = int(off.argmax())
        raise Refusal(
            f"score {number + 1} contradicts the others: they tell {(losses @ shares)[number]:.6f},"
            f" not {values[number]:.10g}",
            WAY_OUT,
        )
    return shares, from_scores


def _refuse_impossible(classes: Sequence[str], shares: Array, worst: Array, decimals: int) -> None:
    wide = int(worst.argmax())
    if worst[wide] >= 0.5:
        raise Refusal(
            f"scores with {decimals} decimals do not tell the share of class {classes[wide]!r}: it could be anything"
            " from 0 to 1",
            "type all digits that the leaderboard shows; where the last are zeros, say how many with --decimals",
        )
    short = shares + worst
    least = int(short.argmin())
    if short[least] < -SLACK:
        raise Refusal(
            f"the scores cannot all be: together they leave class {classes[least]!r} a share of {shares[least]:.4f}",
            WAY_OUT,
            expected="shares of 0 or more",
        )


def _whole_counts(
    shares: Array, worst: Array, rows: int, losses: Array, values: Array, half: float
) -> npt.NDArray[np.int_] | None:
    """The only rows by class that have these scores, (k,); None where there are none or, perhaps, several.

    Every way to count them has each class within the worst rounding of its share. Where that leaves all classes but
    one a single whole number, it leaves a single way.
    """
    low = np.ceil(np.maximum(rows * (shares - worst - SLACK), 0))
    settled = low == np.floor(rows * (shares + worst + SLACK))
    if settled.sum() < len(shares) - 1:
        return None
    counts = np.where(settled, low, 0)
    if not settled.all():
        counts[~settled] = rows - counts.sum()
    fits = np.abs(losses @ counts / rows - values) <= half + SLACK
    if counts.min() < 0 or counts.sum() != rows or not fits.all():
        return None
    return counts.astype(int)
