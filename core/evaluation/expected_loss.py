"""The loss to expect on rows of another prior, with an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from core.priors.prior import Prior

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LossInterval:
    """A loss that is expected, and between which ends.

    Parameters
    ----------
    value: the expected loss.
    low, high: the ends.
    standard_error: of what is expected.
    rows: of the file whose loss is expected; None for the mean over all rows there could be.
    """

    value: float
    low: float
    high: float
    standard_error: float
    rows: int | None

    def contains(self, value: float) -> bool:
        """Whether a loss lies between the ends, the ends among them."""
        return self.low <= value <= self.high


def expected_loss(
    losses: npt.ArrayLike, codes: npt.ArrayLike, prior: Prior, rows: int | None = None, level: float = 0.95
) -> LossInterval:
    """The mean loss on rows that have the class shares of a prior, from losses out of fold.

    value = sum_k rho_k m_k, with m_k the mean loss of class k. It holds when only the prior changes (label shift).
    Its variance adds up what is not known:

    - the mean of each class, from its n_k rows: sum_k rho_k² s_k² / n_k;
    - the prior: m' Cov(rho) m;
    - with `rows`, which rows the file happens to hold: (sum_k rho_k E_k[l²] - value²) / rows.

    The interval is normal on the scale of log loss (delta method), because losses are skewed and their mean is not
    negative; on the plain scale where the value is not positive.

    Where the prior was counted on the very file whose loss is compared, the interval is conservative (too wide): the
    class shares of that file are then known, yet both the second and the third term let them vary.

    Parameters
    ----------
    losses: of each row, out of fold, (n,).
    codes: class of each row, (n,), 0..k-1 in the order of `prior.classes`.
    prior: of the rows whose loss is expected.
    rows: how many these are, where the loss of one file is meant.
    level: how often the interval is to hold the loss.

    Raises
    ------
    ValueError: lengths that do not fit, losses that are not finite, codes that are none of the classes, a class with
        fewer than 2 rows, fewer than 1 row to expect, a level that is not between 0 and 1.

    >>> prior = Prior.known(("no", "yes"), [0.5, 0.5])
    >>> expected = expected_loss([0.1, 0.3, 0.2, 1.0, 1.4], [0, 0, 0, 1, 1], prior)
    >>> round(expected.value, 3), round(expected.low, 3), round(expected.high, 3)
    (0.7, 0.523, 0.937)
    """
    if not 0 < level < 1 or (rows is not None and rows < 1):
        raise ValueError(f"a level between 0 and 1 and at least 1 row, not {level} and {rows}")
    mean, variance, counts = _by_class(np.asarray(losses, dtype=float), np.asarray(codes), prior)
    rho = prior.shares
    value = float(rho @ mean)
    # Divided by n - 1: with the variance divided by n that is s² / n. E_k[l²] is a plain mean of squares.
    total = float(rho**2 @ (variance / (counts - 1))) + max(float(mean @ prior.covariance @ mean), 0.0)
    if rows is not None:
        total += float(rho @ (variance + (mean - value) ** 2)) / rows
    error = float(np.sqrt(total))
    low, high = _ends(value, error, float(norm.ppf(0.5 + level / 2)))
    return LossInterval(value, low, high, error, rows)


def _by_class(losses: Array, codes: npt.NDArray[np.generic], prior: Prior) -> tuple[Array, Array, Array]:
    """Mean, variance (divided by n) and number of rows of each class, each (k,)."""
    if losses.ndim != 1 or codes.shape != losses.shape:
        raise ValueError(f"losses of shape {losses.shape} and codes of shape {codes.shape} do not fit")
    if not np.isfinite(losses).all():
        raise ValueError("losses are one finite number per row")
    k, place = len(prior.classes), codes.astype(np.intp)
    if ((place < 0) | (place >= k)).any():
        raise ValueError(f"codes are 0 to {k - 1}, the classes of the prior")
    counts = np.bincount(place, minlength=k).astype(float)
    if (counts < 2).any():
        few = [name for name, count in zip(prior.classes, counts, strict=True) if count < 2]
        raise ValueError(f"fewer than 2 rows of class {', '.join(few)}")
    mean = np.bincount(place, weights=losses, minlength=k) / counts
    variance = np.bincount(place, weights=(losses - mean[place]) ** 2, minlength=k) / counts
    return mean, variance, counts


def _ends(value: float, error: float, width: float) -> tuple[float, float]:
    if value <= 0:
        return value - width * error, value + width * error
    with np.errstate(over="ignore"):  # an error of many times the value leaves the upper end open
        factor = np.exp(width * error / value)
    return float(value / factor), float(value * factor)
