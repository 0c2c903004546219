"""Whether probabilities mean what they say: reliability curves and their error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation.comparison import counted, standard_error

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Bin:
    """Rows whose predicted probabilities of a class are alike.

    Parameters
    ----------
    predicted: mean predicted probability, weighted.
    observed: share of the class among the rows, weighted.
    standard_error: of the observed share, from the rows themselves; 0 where all or none are of the class, NaN for
        a single row.
    error_if_calibrated: the standard error that observed minus predicted has where the predictions are right.
    rows: how many.
    share: of the total weight.
    """

    predicted: float
    observed: float
    standard_error: float
    error_if_calibrated: float
    rows: int
    share: float


@dataclass(frozen=True)
class Curve:
    """The reliability curve of one class: bins by rising probability.

    Parameters
    ----------
    output: position of the class among the outputs.
    bins: those that hold rows.
    """

    output: int
    bins: tuple[Bin, ...]


def reliability(
    probabilities: npt.ArrayLike, codes: npt.ArrayLike, weight: npt.ArrayLike, bins: int = 10
) -> list[Curve]:
    """The reliability curve of each class against the rest (Murphy and Winkler 1977).

    Bins hold equal shares of the weight: a row is in bin floor(bins · share of the weight below its probability).
    Equal probabilities stay together, so there may be fewer bins. Where weights move rows to another prior,
    predictions are to be right under that prior. Rows of weight 0 do not count.

    Parameters
    ----------
    probabilities: (n, k), rows sum to 1.
    codes: class of each row, (n,), 0..k-1.
    weight: how often each row counts, (n,); its scale does not matter.
    bins: how many at most.

    Raises
    ------
    ValueError: shapes that do not fit, rows that are not probabilities, codes without a column, weights that are
        negative or all zero, fewer than 1 bin.

    >>> probabilities = [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.2, 0.8]]
    >>> for part in reliability(probabilities, [0, 1, 1, 1], weight=[1, 1, 1, 1], bins=2)[1].bins:
    ...     print(round(part.predicted, 3), part.observed, part.rows)
    0.15 0.5 2
    0.75 1.0 2
    """
    p, truth, w = np.asarray(probabilities, dtype=float), np.asarray(codes), np.asarray(weight, dtype=float)
    keep = counted(w, p, truth)
    p, truth, w = p[keep], truth[keep].astype(np.intp), w[keep]
    if p.ndim != 2 or not ((p >= 0) & (p <= 1)).all() or not (np.abs(p.sum(axis=1) - 1) < 1e-4).all():
        raise ValueError("probabilities lie between 0 and 1, and rows sum to 1")
    if truth.ndim != 1 or ((truth < 0) | (truth >= p.shape[1])).any() or bins < 1:
        raise ValueError(f"codes of shape {truth.shape} for {p.shape[1]} columns, {bins} bins")
    noise = _variance_if_calibrated(p, truth, w)
    return [
        Curve(output, _bins(p[:, output], (truth == output).astype(float), w, noise[:, output], bins))
        for output in range(p.shape[1])
    ]


def expected_calibration_error(curve: Curve) -> float:
    """The mean distance of predicted and observed, weighted by the shares of the bins (Naeini et al. 2015).

    It is above 0 for perfect predictions too; `calibration_noise` says by how much.
    """
    return float(sum(part.share * abs(part.predicted - part.observed) for part in curve.bins))


def calibration_noise(curve: Curve) -> float:
    """The expected calibration error that perfectly calibrated predictions would have on such rows.

    The distance in each bin is then half-normal, with mean sqrt(2 / pi) · standard error, the standard error being
    that of calibrated predictions. Bins of a few rows are further from normal, so this is a yardstick and no test.
    """
    return float(np.sqrt(2 / np.pi) * sum(part.share * part.error_if_calibrated for part in curve.bins))


def _bins(predicted: Array, hit: Array, weight: Array, noise: Array, bins: int) -> tuple[Bin, ...]:
    number, parts = _bin_numbers(predicted, weight, bins), []
    for rows in (np.flatnonzero(number == which) for which in np.unique(number)):
        w, total = weight[rows], weight[rows].sum()
        parts.append(
            Bin(
                predicted=float(w @ predicted[rows] / total),
                observed=float(w @ hit[rows] / total),
                standard_error=standard_error(hit[rows], w),
                error_if_calibrated=float(np.sqrt(noise[rows].sum()) / total),
                rows=len(rows),
                share=float(total / weight.sum()),
            )
        )
    return tuple(parts)


def _bin_numbers(predicted: Array, weight: Array, bins: int) -> Codes:
    _, place = np.unique(predicted, return_inverse=True)
    tied = np.bincount(place, weights=weight)
    below = np.concatenate([[0.0], np.cumsum(tied)[:-1]])
    number = np.floor(bins * below / tied.sum() + 1e-9)  # a sum that rounds below an edge lies on it
    return np.asarray(np.minimum(number, bins - 1).astype(np.intp)[place])


def _variance_if_calibrated(p: Array, codes: Codes, weight: Array) -> Array:
    """The variance of w · (hit - p) of each row and class where the weighted rows follow p, (n, k).

    The weight of a row hangs on its class, so it is drawn with it. Rows that count w_k times if of class k and then
    follow p were drawn with the chances q_k = p_k s / w_k, where 1 / s = sum_j p_j / w_j. The mean of w (hit - p) is
    then 0, and its variance s · (p_c w_c (1 - p_c)² + p_c² sum_{k≠c} p_k w_k). With one weight for all classes that is
    the known w² p (1 - p).
    """
    k = p.shape[1]
    rows = np.bincount(codes, minlength=k)
    of_class = np.bincount(codes, weights=weight, minlength=k) / np.maximum(rows, 1)
    of_class = np.where(rows > 0, of_class, weight.mean())  # nobody knows what an absent class would count
    own = weight / of_class[codes]  # 1 where weights are fixed by class; what else they hold does not hang on it
    scale = 1 / (p / of_class).sum(axis=1, keepdims=True)
    part = p * of_class
    rest = np.clip(part.sum(axis=1, keepdims=True) - part, 0, None)
    return np.asarray(own[:, None] ** 2 * scale * (part * (1 - p) ** 2 + p**2 * rest))
