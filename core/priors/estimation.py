"""The class prior of rows without labels, from the probabilities that a classifier gives them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.calibration import Calibration, log_probabilities, softmax
from core.priors.correction import correct_prior
from core.priors.prior import Prior

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

#: A share that moves less is at rest.
TOLERANCE = 1e-8
ROUNDS = 10_000
#: Rounds of calibration and EM in turn; seldom more than ten are used.
TURNS = 50
#: No share falls below, so that every class stays possible.
SMALLEST = 1e-6


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

    Each round takes the posterior of every row under the prior at hand and averages them; the likelihood never
    falls.

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
    array([0.722, 0.278])
    """
    m, k = ratios.shape
    labelled = np.zeros(k) if counts is None else np.asarray(counts, dtype=float)
    rho = np.full(k, 1 / k) if start is None else np.asarray(start, dtype=float)
    there, likelihoods = labelled > 0, []
    for _ in range(ROUNDS):
        joint = ratios * rho
        sums = joint.sum(axis=1)
        likelihoods.append(float(np.log(sums).sum() + labelled[there] @ np.log(rho[there])))
        new = ((joint / sums[:, None]).sum(axis=0) + labelled) / (m + labelled.sum())
        moved = np.abs(new - rho).max()
        rho = new
        if moved < TOLERANCE:
            break
    return rho, np.array(likelihoods)


def estimated_prior(classes: Sequence[str], evidence: Evidence, counts: npt.ArrayLike | None = None) -> Prior:
    """The prior of unlabelled rows, alone or together with labelled rows drawn from the same prior.

    EM on calibrated probabilities (MLLS, Alexandari et al. 2020), with one change: the calibration is fitted on
    out-of-fold rows that are weighted to the prior at hand, in turn with EM until both rest. It is then right
    where the test rows are; fitted on natural rows it follows the majority, and a learner that misses the shape
    of the classes goes far astray.

    Its covariance is that of all the estimating equations together (the sandwich form): the drawing of test rows
    and labelled rows, and the error of the calibration. That the features of a class are distributed alike in both
    (label shift) is taken for granted.

    Parameters
    ----------
    classes: in the order of the columns.
    counts: labelled rows of each class drawn like the test rows, (k,).
    """
    pi = evidence.prior
    labelled = None if counts is None else np.asarray(counts, dtype=float)
    calibration = Calibration.fit(evidence.out_of_fold, evidence.codes)
    rho = _floored(em(calibration.apply(evidence.test) / pi, labelled)[0])
    for _ in range(TURNS):
        weighted = correct_prior(evidence.out_of_fold, pi, rho)
        calibration = Calibration.fit(weighted, evidence.codes, (rho / pi)[evidence.codes])
        answered = calibration.apply(correct_prior(evidence.test, pi, rho))
        new = _floored(em(answered / rho, labelled, start=rho)[0])
        moved, rho = np.abs(new - rho).max(), new
        if moved < 1e-5:
            break
    covariance = _Equations(evidence, labelled).covariance(pi, calibration, rho)
    rows = f"estimated from {len(evidence.test)} test rows without labels"
    more = "" if labelled is None else f" and {labelled.sum():.0f} with labels"
    return Prior(tuple(classes), rho, covariance, rows + more)


def _floored(shares: Array) -> Array:
    raised = np.maximum(shares, SMALLEST)
    return np.asarray(raised / raised.sum())


class _Equations:
    """The estimating equations that prior, calibration and class shares solve together.

    The unknowns are the class shares pi of the out-of-fold rows, the slope and the biases of the calibration, and
    the test prior rho; of pi, biases and rho the first entry follows from the others.
    """

    def __init__(self, evidence: Evidence, counts: Array | None) -> None:
        self.evidence = evidence
        self.logs = log_probabilities(evidence.out_of_fold)
        self.test_logs = log_probabilities(evidence.test)
        self.exact = np.eye(self.logs.shape[1])
        self.counts = np.zeros(len(self.exact)) if counts is None else counts

    def covariance(self, pi: Array, calibration: Calibration, rho: Array) -> Array:
        """Of rho, (k, k)."""
        k, n = len(pi), len(self.logs)
        solved = np.r_[pi[1:], calibration.slope, calibration.bias[1:], rho[1:]]
        slopes = _jacobian(self._sums, solved)
        of_fits, of_test = self._fits(solved), self._test(solved)
        spread = np.zeros((len(solved), len(solved)))
        learnt = 2 * k - 1
        spread[:learnt, :learnt] = n * np.cov(of_fits, rowvar=False)
        spread[learnt:, learnt:] = np.atleast_2d(
            len(of_test) * np.cov(of_test, rowvar=False)
            + self.counts.sum() * (np.diag(rho[1:]) - np.outer(rho[1:], rho[1:]))
        )
        inverse = np.linalg.pinv(slopes)
        found = (inverse @ spread @ inverse.T)[learnt:, learnt:]
        expand = np.vstack([-np.ones(k - 1), np.eye(k - 1)])
        return np.asarray(expand @ found @ expand.T)

    def _unpacked(self, values: Array) -> tuple[Array, float, Array, Array]:
        k = len(self.exact)
        pi, slope, bias, rho = values[: k - 1], float(values[k - 1]), values[k : 2 * k - 1], values[2 * k - 1 :]
        return np.r_[1 - pi.sum(), pi], slope, np.r_[0.0, bias], np.r_[1 - rho.sum(), rho]

    def _sums(self, values: Array) -> Array:
        _, _, _, rho = self._unpacked(values)
        labelled = self.counts - self.counts.sum() * rho
        return np.r_[self._fits(values).sum(axis=0), self._test(values).sum(axis=0) + labelled[1:]]

    def _fits(self, values: Array) -> Array:
        """Of each out-of-fold row: class shares, and the gradient of its weighted loss; (n, 2 k - 1)."""
        pi, slope, bias, rho = self._unpacked(values)
        truth = self.exact[self.evidence.codes]
        scores = self.logs + np.log(rho / pi)
        scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
        gap = (softmax(slope * scores + bias) - truth) * (rho / pi)[self.evidence.codes][:, None]
        return np.column_stack([(truth - pi)[:, 1:], (gap * scores).sum(axis=1), gap[:, 1:]])

    def _test(self, values: Array) -> Array:
        """Of each test row: its posterior less the prior; (m, k - 1)."""
        pi, slope, bias, rho = self._unpacked(values)
        scores = self.test_logs + np.log(rho / pi)
        scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return np.asarray((softmax(slope * scores + bias) - rho)[:, 1:])


def _jacobian(function: Callable[[Array], Array], point: Array) -> Array:
    """By central differences."""
    columns = []
    for position in range(len(point)):
        step = np.zeros(len(point))
        step[position] = 1e-4 * min(max(abs(point[position]), 1e-4), 1.0)
        columns.append((function(point + step) - function(point - step)) / (2 * step[position]))
    return np.column_stack(columns)
