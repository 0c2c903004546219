"""Metrics of an order. They score one event (a race, a query); `Objective.per` averages them over events."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from core.metrics.metric import Array, Metric


def _gains_at_ranks(gain: Array, score: Array, k: int) -> Array:
    """The gain met at each rank when sorted by score, where tied rows share the mean gain of their group."""
    order = np.argsort(-score, kind="stable")
    gain, score = gain[order], score[order]
    group = np.cumsum(np.r_[0, score[1:] != score[:-1]])
    shared = np.bincount(group, weights=gain) / np.bincount(group)
    return np.asarray(shared[group][:k])


def _ndcg(k: int, truth: npt.NDArray[np.generic], predictions: Array, weight: Array) -> float:
    gain = truth.astype(float)
    if (gain < 0).any():
        raise ValueError("a gain is never negative")
    discount = 1 / np.log2(np.arange(2, min(k, len(gain)) + 2))
    best = float(np.sort(gain)[::-1][:k] @ discount)
    if best == 0:
        return float("nan")
    return float(_gains_at_ranks(gain, predictions[:, 0], k) @ discount) / best


def ndcg(k: int) -> Metric:
    """Normalised discounted cumulative gain of the first k (Järvelin and Kekäläinen 2002).

    The truth is the gain of each row (0 or more), the discount 1 / log2(rank + 1). An event without any
    gain has no best order: its score is NaN and it is left out of a mean over events.
    """

    return Metric(f"ndcg@{k}", partial(_ndcg, k), True, truth="value", only_order=True)
