"""The class prior of rows without labels, from the probabilities that a classifier gives them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from core.calibration import SLOPES, Calibration, log_probabilities, softmax
from core.priors.correction import correct_prior
from core.priors.prior import Prior

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
#: Real, or complex where a function is differentiated.
Values = npt.NDArray[Any]

#: A share that moves less is at rest.
TOLERANCE = 1e-8
ROUNDS = 10_000
#: Rounds of calibration and EM in turn; seldom more than ten are used.
TURNS = 50
#: A direction in which equations change so much less than in others tells nothing.
SINGULAR = 1e-7
#: Labelled rows that are made up, with the class shares of the out-of-fold rows: no class becomes impossible.
ADDED = 1.0


@dataclass(frozen=True)
class Evidence:
    """What a classifier says of labelled rows out of fold, and of the rows whose prior is asked for.

    Parameters
    ----------
    out_of_fold: (n, k), under the class shares of these very rows.
    codes: the class of each of them, 0 to k - 1, (n,); every class occurs.
    test: probabilities of the unlabelled rows, (m, k), under the same prior.
    """

    out_of_fold: Array
    codes: Codes
    test: Array

    @property
    def prior(self) -> Array:
        """The class shares of the out-of-fold rows, (k,)."""
        shares = np.bincount(self.codes, minlength=self.out_of_fold.shape[1]) / len(self.codes)
        if not shares.all():
            raise ValueError(f"a class without rows: {shares}")
        return np.asarray(shares)


def em(ratios: Array, counts: npt.ArrayLike | None = None, start: npt.ArrayLike | None = None) -> tuple[Array, Array]:
    """The prior under which unlabelled and labelled rows are likeliest (Saerens et al. 2002).

    maximise  sum_i log sum_k rho_k ratios_ik  +  sum_k counts_k log rho_k

    Each round takes the posterior of every row under the prior at hand and averages them, and looks further along
    that way (SQUAREM, Varadhan and Roland 2008), since features that tell little make such steps very small. The
    likelihood never falls.

    Parameters
    ----------
    ratios: of each unlabelled row, (m, k): p_k(x) / pi_k, proportional to the likelihood of x in class k, where p
        was learnt under the prior pi.
    counts: labelled rows of each class drawn from the same prior, (k,).
    start: where to begin, (k,), positive; even shares by default.

    Returns
    -------
    The prior (k,), and the log-likelihood at the beginning of each round, (rounds,).

    >>> em(np.array([[2.0, 0.5], [2.0, 0.5], [0.5, 2.0]]))[0].round(3)
    array([0.778, 0.222])
    """
    m, k = ratios.shape
    labelled = np.zeros(k) if counts is None else np.asarray(counts, dtype=float)
    rho = np.full(k, 1 / k) if start is None else np.asarray(start, dtype=float)
    there, likelihoods = labelled > 0, []

    def looked(rho: Array) -> tuple[float, Array]:
        """The log-likelihood of a prior, and the mean posterior under it."""
        joint = ratios * rho
        sums = joint.sum(axis=1)
        value = float(np.log(sums).sum() + labelled[there] @ np.log(rho[there]))
        return value, ((joint / sums[:, None]).sum(axis=0) + labelled) / (m + labelled.sum())

    for _ in range(ROUNDS):
        value, first = looked(rho)
        likelihoods.append(value)
        if np.abs(first - rho).max() < TOLERANCE:
            return first, np.array(likelihoods)
        value, second = looked(first)
        far = _further(rho, first, second)
        rho = far if (far[second > 0] > 0).all() and looked(far)[0] > value else second
    return rho, np.array(likelihoods)


def _further(start: Array, first: Array, second: Array) -> Array:
    """Where two steps of a slow approach lead to."""
    step = first - start
    bend = second - first - step
    length = float(np.linalg.norm(bend))
    factor = max(float(np.linalg.norm(step)) / length, 1.0) if length > 0 else 1.0
    far = start + 2 * factor * step + factor**2 * bend
    return np.asarray(far / far.sum())


def estimated_prior(classes: Sequence[str], evidence: Evidence, counts: npt.ArrayLike | None = None) -> Prior:
    """The prior of unlabelled rows, alone or together with labelled rows drawn from the same prior.

    EM on calibrated probabilities (MLLS, Alexandari et al. 2020), with one change: the calibration is fitted on
    out-of-fold rows that are weighted to the prior at hand, in turn with EM until both rest. It is then right
    where the test rows are; fitted on natural rows it follows the majority, and a learner that misses the shape
    of the classes goes far astray.

    Its covariance is that of all the estimating equations together (the sandwich form): the drawing of test rows
    and labelled rows, and the error of the calibration. That the features of a class are distributed alike in both
    (label shift) is taken for granted. One row with the class shares of the out-of-fold rows is added: where the
    features tell nothing, it alone speaks, and the prior is theirs, with an interval of nearly everything.

    Parameters
    ----------
    classes: in the order of the columns.
    counts: labelled rows of each class drawn like the test rows, (k,).
    """
    pi = evidence.prior
    labelled = np.zeros(len(pi)) if counts is None else np.asarray(counts, dtype=float)
    with threadpool_limits(1):  # sums that are split among threads differ in their last bits, and so would the prior
        calibration, rho = _in_turn(evidence, labelled + ADDED * pi)
        covariance = _Equations(evidence, labelled).covariance(pi, calibration, rho)
    rows = f"estimated from {len(evidence.test)} test rows without labels"
    more = "" if counts is None else f" and {labelled.sum():.0f} with labels"
    return Prior(tuple(classes), rho, covariance, rows + more)


def _in_turn(evidence: Evidence, added: Array) -> tuple[Calibration, Array]:
    """Calibration and prior that agree with each other, given labelled rows of each class."""
    pi = evidence.prior
    calibration = Calibration.fit(evidence.out_of_fold, evidence.codes)
    rho = em(calibration.apply(evidence.test) / pi, added)[0]
    for _ in range(TURNS):
        weighted = correct_prior(evidence.out_of_fold, pi, rho)
        calibration = Calibration.fit(weighted, evidence.codes, (rho / pi)[evidence.codes])
        answered = calibration.apply(correct_prior(evidence.test, pi, rho))
        new = em(answered / rho, added, start=rho)[0]
        moved, rho = np.abs(new - rho).max(), new
        if moved < 1e-5:
            break
    return calibration, rho


class _Equations:
    """The estimating equations that prior, calibration and class shares solve together.

    The unknowns are the class shares pi of the out-of-fold rows, the slope and the biases of the calibration, and
    the test prior rho; of pi, biases and rho the first entry follows from the others.
    """

    def __init__(self, evidence: Evidence, counts: Array) -> None:
        self.evidence = evidence
        self.logs = log_probabilities(evidence.out_of_fold)
        self.test_logs = log_probabilities(evidence.test)
        self.exact = np.eye(self.logs.shape[1])
        self.counts = counts

    def covariance(self, pi: Array, calibration: Calibration, rho: Array) -> Array:
        """Of rho, (k, k)."""
        k = len(pi)
        solved = np.r_[pi[1:], calibration.slope, calibration.bias[1:], rho[1:]]
        learnt = 2 * k - 1
        spread = np.zeros((len(solved), len(solved)))
        spread[:learnt, :learnt] = _spread(self._fits(solved))
        spread[learnt:, learnt:] = _spread(self._test(solved)) + self._spread_of_counts(pi, rho)[1:, 1:]
        slopes = _jacobian(self._sums, solved)
        if calibration.slope in SLOPES:  # at a bound it solves no equation, and is taken as it is
            spread = np.delete(np.delete(spread, k - 1, 0), k - 1, 1)
            slopes = np.delete(np.delete(slopes, k - 1, 0), k - 1, 1)
        found = _solved_spread(slopes, spread)[1 - k :, 1 - k :]
        expand = np.vstack([-np.ones(k - 1), np.eye(k - 1)])
        return np.asarray(expand @ found @ expand.T)

    def _spread_of_counts(self, pi: Array, rho: Array) -> Array:
        """Of labelled rows by class less what is expected: those drawn, and the one added as if it were Poisson."""
        drawn = self.counts.sum() * (np.diag(rho) - np.outer(rho, rho))
        apart = np.eye(len(rho)) - rho[:, None]
        return np.asarray(drawn + ADDED * (apart * pi) @ apart.T)

    def _unpacked(self, values: Values) -> tuple[Values, Any, Values, Values]:
        k = len(self.exact)
        pi, slope, bias, rho = values[: k - 1], values[k - 1], values[k : 2 * k - 1], values[2 * k - 1 :]
        return np.r_[1 - pi.sum(), pi], slope, np.r_[0.0, bias], np.r_[1 - rho.sum(), rho]

    def _sums(self, values: Values) -> Values:
        pi, _, _, rho = self._unpacked(values)
        counts = self.counts + ADDED * pi
        labelled = counts - counts.sum() * rho
        return np.r_[self._fits(values).sum(axis=0), self._test(values).sum(axis=0) + labelled[1:]]

    def _fits(self, values: Values) -> Values:
        """Of each out-of-fold row: class shares, and the gradient of its weighted loss; (n, 2 k - 1)."""
        pi, slope, bias, rho = self._unpacked(values)
        truth = self.exact[self.evidence.codes]
        scores = self.logs + np.log(rho / pi)
        scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
        gap = (softmax(slope * scores + bias) - truth) * (rho / pi)[self.evidence.codes][:, None]
        return np.column_stack([(truth - pi)[:, 1:], (gap * scores).sum(axis=1), gap[:, 1:]])

    def _test(self, values: Values) -> Values:
        """Of each test row: its posterior less the prior; (m, k - 1)."""
        pi, slope, bias, rho = self._unpacked(values)
        scores = self.test_logs + np.log(rho / pi)
        scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return np.asarray((softmax(slope * scores + bias) - rho)[:, 1:])


def _spread(terms: Array) -> Array:
    """The covariance of the sum of independent rows, (columns, columns)."""
    apart = terms - terms.mean(axis=0)
    return np.asarray(apart.T @ apart)


def _solved_spread(slopes: Array, spread: Array) -> Array:
    """The covariance of the unknowns of equations with these derivatives, whose sums have that covariance."""
    # Equations and unknowns on one scale, so that what is singular shows: a slope and biases that mean the same.
    scale = np.sqrt(np.diag(spread))
    scale[scale == 0] = 1
    units = np.linalg.norm(slopes / scale[:, None], axis=0)
    units[units == 0] = 1
    inverse = np.linalg.pinv(slopes / scale[:, None] / units, rcond=SINGULAR) / units[:, None] / scale
    return np.asarray(inverse @ spread @ inverse.T)


def _jacobian(function: Callable[[Values], Values], point: Array) -> Array:
    """By complex steps (Squire and Trapp 1998), so small that no share turns negative; exact but for rounding."""
    steps = np.eye(len(point)) * 1e-30j
    return np.column_stack([function(point + step).imag / 1e-30 for step in steps])
