"""Strategies compared by their losses on the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Two strategies closer than so many standard errors of their paired difference share a rank.
ERRORS_APART = 2.0

#: A difference below this share of the loss is rounding, however small its standard error.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Difference:
    """A weighted mean over rows, mostly of one loss minus another, and its standard error.

    The error is NaN where rows are too few to know it.
    """

    value: float
    standard_error: float


@dataclass(frozen=True)
class Standing:
    """Where a strategy stands among others.

    Parameters
    ----------
    name: of the strategy.
    loss: its weighted mean loss.
    standard_error: of that loss, over rows.
    behind: how much more it loses than the best of all, row by row; 0 for the best.
    behind_error: the standard error of that paired difference.
    rank: from 1; strategies of one rank cannot be told apart from the first of it.
    """

    name: str
    loss: float
    standard_error: float
    behind: float
    behind_error: float
    rank: int


def paired_difference(
    a: npt.ArrayLike, b: npt.ArrayLike, weight: npt.ArrayLike, strata: npt.ArrayLike | None = None
) -> Difference:
    """The weighted mean of a - b and its standard error; rows are independent draws.

    With strata, each is a sample of its own and its share W of the total weight is fixed:
    value = sum_k W_k mean_k, variance = sum_k W_k² s_k² / n_k (Cochran 1977, chapter 5). So it is where weights move
    the classes to another prior. Without, the weights are drawn with the rows, and the variance is that of a
    linearised ratio: n / (n - 1) · sum w² (d - value)² / (sum w)² (the same book, chapter 6), which is also what is
    taken inside a stratum whose weights differ. Rows of weight 0 do not count.

    Parameters
    ----------
    a, b: loss of each row, (n,). The mean over seeds is taken before.
    weight: how often each row counts, (n,); its scale does not matter.
    strata: what each row was drawn as, mostly its class, (n,).

    Raises
    ------
    ValueError: lengths that do not fit, losses that are not finite, weights that are negative or all zero.

    >>> paired_difference([0.3, 0.5, 0.9], [0.2, 0.5, 0.5], weight=[1, 1, 2], strata=["no", "no", "yes"])
    Difference(value=0.225, standard_error=nan)
    >>> round(paired_difference([0.3, 0.5, 0.9, 0.7], 0, weight=[1, 1, 2, 2], strata=[0, 0, 1, 1]).standard_error, 3)
    0.075
    """
    losses, baseline = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if baseline.ndim and baseline.shape != losses.shape:
        raise ValueError(f"losses of shape {losses.shape} and {baseline.shape} do not fit")
    d = losses - baseline
    place = (
        np.zeros(d.shape, dtype=np.intp) if strata is None else np.unique(np.asarray(strata), return_inverse=True)[1]
    )
    keep = counted(weight, d, place)
    if d.ndim != 1 or not np.isfinite(d[keep]).all():
        raise ValueError("losses are one finite number per row")
    return _stratified(d[keep], np.asarray(weight, dtype=float)[keep], place[keep])


def standard_error(losses: npt.ArrayLike, weight: npt.ArrayLike, strata: npt.ArrayLike | None = None) -> float:
    """The standard error of a weighted mean loss over rows; see `paired_difference`."""
    return paired_difference(losses, 0.0, weight, strata).standard_error


def rank(
    losses: Mapping[str, npt.ArrayLike], weight: npt.ArrayLike, strata: npt.ArrayLike | None = None
) -> list[Standing]:
    """Strategies, best first, in ranks that refuse to order what two paired standard errors cannot tell apart.

    The best opens rank 1. Down the list, each is compared with the first of the current rank; one that is two
    standard errors or more behind it opens the next rank and is what the next ones are compared with. Where the
    error is unknown (NaN) nothing is ordered; equal losses come in the order of the names.

    Ranks are groups, not an order that carries over: the last of rank 1 may be nearer to the first of rank 2 than to
    the best, and a strategy whose losses vary much may stand in rank 2 though it is less than two of its own
    errors behind the best. `behind` and `behind_error` tell.

    Raises
    ------
    ValueError: as `paired_difference`.

    >>> table = rank({"raw": [0.9, 0.8, 0.9, 0.8], "corrected": [0.1, 0.2, 0.2, 0.1]}, weight=[1, 1, 1, 1])
    >>> [(standing.name, standing.rank, round(standing.behind, 2)) for standing in table]
    [('corrected', 1, 0.0), ('raw', 2, 0.7)]
    """
    own = {name: paired_difference(values, 0.0, weight, strata) for name, values in losses.items()}
    order = sorted(own, key=lambda name: (own[name].value, name))
    table: list[Standing] = []
    number, first = 1, order[0] if order else ""
    for name in order:
        behind = paired_difference(losses[name], losses[order[0]], weight, strata)
        if _apart(paired_difference(losses[name], losses[first], weight, strata), own[first].value):
            number, first = number + 1, name
        mean = own[name]
        table.append(Standing(name, mean.value, mean.standard_error, behind.value, behind.standard_error, number))
    return table


def _apart(difference: Difference, loss: float) -> bool:
    """Whether a difference is more than rounding and at least two standard errors; never where these are unknown."""
    beyond_rounding = difference.value > ROUNDING * abs(loss)
    return beyond_rounding and difference.value >= ERRORS_APART * difference.standard_error


def _stratified(d: Array, weight: Array, place: npt.NDArray[np.intp]) -> Difference:
    place = np.unique(place, return_inverse=True)[1]  # strata without a row that counts are gone
    rows, total = np.bincount(place), np.bincount(place, weights=weight)
    mean = np.bincount(place, weights=weight * d) / total
    spread = np.bincount(place, weights=(weight * (d - mean[place])) ** 2) / total**2
    variance = spread * np.where(rows > 1, rows / np.maximum(rows - 1, 1), np.nan)  # of one row nothing is known
    share = total / total.sum()
    return Difference(float(share @ mean), float(np.sqrt(share**2 @ variance)))


def clustered_error(values: Array, clusters: npt.NDArray[np.generic], weight: Array | None = None) -> float:
    """The standard error of a weighted mean over rows that come in clusters; NaN for a single cluster.

    The linearised ratio of cluster totals (Cochran 1977, chapter 6): the root of
    m / (m - 1) · sum over clusters (sum w (x - mean))² / (sum w)².

    >>> round(clustered_error(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 1, 2, 3])), 4)  # sd / root of 4
    0.6455
    """
    counted = np.ones(len(values)) if weight is None else weight
    mean = np.average(values, weights=counted)
    place = np.unique(clusters, return_inverse=True)[1]
    totals = np.bincount(place, weights=counted * (values - mean))
    if len(totals) < 2:
        return float("nan")
    return float(np.sqrt(len(totals) / (len(totals) - 1) * (totals**2).sum()) / counted.sum())


def counted(weight: npt.ArrayLike, *columns: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    """The rows that count, (n,): those whose weight is above 0.

    Raises
    ------
    ValueError: no rows, columns that do not have a row per weight, weights that are negative, not finite or all zero.
    """
    values = np.asarray(weight, dtype=float)
    if values.ndim != 1 or any(column.shape[:1] != values.shape for column in columns):
        shapes = ", ".join(str(column.shape) for column in columns)
        raise ValueError(f"weights of shape {values.shape} do not fit columns of shape {shapes}")
    if not np.isfinite(values).all() or (values < 0).any() or values.sum() <= 0:
        raise ValueError("weights are negative, not finite or all zero")
    return np.asarray(values > 0)
