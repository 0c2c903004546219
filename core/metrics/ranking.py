"""Metrics of an order. They score one event (a race, a query); `Objective.per` averages them over events.

The rows of an event are what is put in order, so that their weights do not count them: a row of weight 0 is not
in the event, any other is. Tied rows stand in no order: the score is the mean over all orders that the ties
allow (McSherry and Najork 2008).
"""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from core.metrics.metric import Array, Metric, written
from core.metrics.regression import one_column
from core.metrics.top import average_precisions_at, depth

Truth = npt.NDArray[np.generic]


def _gains_at_ranks(gain: Array, score: Array, k: int) -> Array:
    """The gain met at each rank when sorted by score, where tied rows share the mean gain of their group."""
    order = np.argsort(-score, kind="stable")
    gain, score = gain[order], score[order]
    group = np.cumsum(np.r_[0, score[1:] != score[:-1]])
    shared = np.bincount(group, weights=gain) / np.bincount(group)
    return np.asarray(shared[group][:k])


def _ndcg(k: int, truth: Truth, predictions: Array, weight: Array) -> float:
    gain = truth.astype(float)
    if (gain < 0).any():
        raise ValueError("a gain is never negative")
    discount = 1 / np.log2(np.arange(2, min(k, len(gain)) + 2))
    best = float(np.sort(gain)[::-1][:k] @ discount)
    if best == 0:
        return float("nan")
    return float(_gains_at_ranks(gain, one_column(predictions), k) @ discount) / best


def ndcg(k: int) -> Metric:
    """Normalised discounted cumulative gain of the first k (Järvelin and Kekäläinen 2002).

    0 to 1. The truth is the gain of each row (0 or more), the discount 1 / log2(rank + 1). An event without any
    gain has no best order: its score is NaN and it is left out of a mean over events. Expedia (Kaggle 2013).
    """
    return Metric(f"ndcg@{written(depth(k))}", partial(_ndcg, k), True, truth="value", only_order=True)


def _relevant(truth: Truth) -> npt.NDArray[np.bool_]:
    return np.asarray(truth.astype(float) > 0)


def _average_precision_at(k: int, truth: Truth, predictions: Array, weight: Array) -> float:
    return float(average_precisions_at(k, _relevant(truth)[None, :], one_column(predictions)[None, :])[0])


def map_at(k: int) -> Metric:
    """Average precision of the first k: the precision at each relevant rank, summed and divided by min(k, relevant).

    0 to 1; a row is relevant where its truth is above 0; NaN without one. H&M Recommendations (Kaggle 2022), Outbrain
    (Kaggle 2016), both with 12, averaged per customer or display.
    """
    return Metric(f"map@{written(depth(k))}", partial(_average_precision_at, k), True, truth="value", only_order=True)


def _best_group(truth: Truth, predictions: Array) -> tuple[int, int, int]:
    """Of the rows tied with the best relevant one: how many stand above them, how many are they, and relevant."""
    relevant, score = _relevant(truth), one_column(predictions)
    best = score[relevant].max()
    tied = score == best
    return int((score > best).sum()), int(tied.sum()), int((tied & relevant).sum())


def _none_of_first(tied: int, relevant: int, steps: int) -> Array:
    """The probability that none of the first 0, 1, …, steps of a tied group is relevant, its order drawn by lot."""
    drawn = np.arange(steps)
    return np.r_[1.0, np.cumprod((tied - relevant - drawn) / (tied - drawn))]


def _reciprocal_rank(truth: Truth, predictions: Array, weight: Array) -> float:
    """1 / rank of the first relevant row (truth above 0).

    Above 0 to 1; NaN without a relevant row. The mean reciprocal rank when averaged per query: RecSys Challenge
    2019 (trivago).
    """
    if not _relevant(truth).any():
        return float("nan")
    above, tied, relevant = _best_group(truth, predictions)
    misses = _none_of_first(tied, relevant, tied - relevant)
    place = np.arange(tied - relevant + 1)
    return float((misses * relevant / (tied - place) / (above + place + 1)).sum())


def _hit_rate(k: int, truth: Truth, predictions: Array, weight: Array) -> float:
    if not _relevant(truth).any():
        return float("nan")
    above, tied, relevant = _best_group(truth, predictions)
    slots = min(max(k - above, 0), tied - relevant + 1)  # with one more than the misses, a hit is certain
    return float(1 - _none_of_first(tied, relevant, slots)[-1])


def hit_rate(k: int) -> Metric:
    """Whether a relevant row (truth above 0) is among the first k.

    0 or 1, between them with ties; NaN without a relevant row. FlightRank (Aeroclub RecSys Cup,
    Kaggle 2025) with 3.
    """
    return Metric(f"hit_rate@{written(depth(k))}", partial(_hit_rate, k), True, truth="value", only_order=True)


MRR = Metric("mrr", _reciprocal_rank, True, truth="value", only_order=True)
