from __future__ import annotations

import itertools
import warnings

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from core.metrics import MRR, Metric, hit_rate, map_at, ndcg

Array = npt.NDArray[np.float64]


def discounted(gain: Array, k: int) -> float:
    return float(sum(value / np.log2(rank + 2) for rank, value in enumerate(gain[:k])))


def ndcg_over_all_orders(gain: Array, score: Array, k: int) -> float:
    """The definition for ties: the mean over every order that the scores allow."""
    allowed = [
        discounted(gain[list(order)], k)
        for order in itertools.permutations(range(len(gain)))
        if all(score[a] >= score[b] for a, b in itertools.pairwise(order))
    ]
    return float(np.mean(allowed)) / discounted(np.sort(gain)[::-1], k)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=6), st.integers(1, 7))
def test_tied_rows_get_the_mean_over_all_their_orders(rows: list[tuple[int, int]], k: int) -> None:
    gain, score = np.array(rows, dtype=float).T
    got = ndcg(k)(gain, score)
    if gain.sum() == 0:
        assert np.isnan(got)
    else:
        assert got == pytest.approx(ndcg_over_all_orders(gain, score, k), abs=1e-12)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(2, 40), st.integers(1, 45), st.integers(2, 50), st.integers(0, 2**32 - 1))
def test_ndcg_equals_the_one_of_scikit_learn(n: int, k: int, values: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    gain, score = rng.integers(0, 5, n).astype(float), rng.integers(0, values, n) / values
    gain[0] = 2.0
    assert ndcg(k)(gain, score) == pytest.approx(oracle.ndcg_score([gain], [score], k=k), abs=1e-12)


def test_the_order_of_rows_does_not_break_ties() -> None:
    gain, score = np.array([3.0, 0.0, 0.0, 1.0]), np.zeros(4)
    assert ndcg(2)(gain, score) == pytest.approx(ndcg(2)(gain[::-1], score), abs=1e-15)


def test_an_event_without_gain_is_nan_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(ndcg(3)(np.zeros(4), np.arange(4.0)))


def test_an_event_of_one_row_is_perfect() -> None:
    assert ndcg(10)(np.array([2.0]), np.array([0.1])) == 1.0


def test_a_negative_gain_is_an_error() -> None:
    with pytest.raises(ValueError, match="negative"):
        ndcg(3)(np.array([1.0, -1.0]), np.array([0.1, 0.2]))


def test_the_depth_is_part_of_the_name() -> None:
    # Names enter cache keys, so two depths must not share one.
    assert ndcg(5).name == "ndcg@5"
    assert ndcg(5).higher_is_better


@pytest.mark.parametrize("factory", [ndcg, map_at, hit_rate])
@pytest.mark.parametrize("k", [0, -1])
def test_a_depth_of_nothing_is_an_error(factory, k: int) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        factory(k)


def average_precision(relevant: list[bool], k: int) -> float:
    precisions = [sum(relevant[:rank]) / rank for rank in range(1, min(k, len(relevant)) + 1) if relevant[rank - 1]]
    return sum(precisions) / min(k, sum(relevant))


def reciprocal_rank(relevant: list[bool], k: int) -> float:
    return 1 / (relevant.index(True) + 1)


def hit(relevant: list[bool], k: int) -> float:
    return float(any(relevant[:k]))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=6), st.integers(1, 7))
def test_scores_of_relevant_rows_are_means_over_all_orders_of_ties(rows: list[tuple[int, int]], k: int) -> None:
    truth, score = np.array(rows, dtype=float).T
    orders = [
        [bool(truth[row] > 0) for row in order]
        for order in itertools.permutations(range(len(rows)))
        if all(score[a] >= score[b] for a, b in itertools.pairwise(order))
    ]
    for metric, definition in ((map_at(k), average_precision), (MRR, reciprocal_rank), (hit_rate(k), hit)):
        got = metric(truth, score)
        if truth.any():
            assert got == pytest.approx(np.mean([definition(order, k) for order in orders]), abs=1e-12)
        else:
            assert np.isnan(got)


@pytest.mark.parametrize("metric", [map_at(3), MRR, hit_rate(3), ndcg(3)])
def test_a_row_without_weight_is_not_in_the_event(metric: Metric) -> None:
    # The row that stands first and is not relevant weighs nothing: the relevant one is then first.
    assert metric(np.array([0.0, 1.0, 0.0]), np.array([3.0, 2.0, 1.0]), np.array([0.0, 1.0, 5.0])) == 1.0


def test_many_tied_rows_stay_within_the_bounds() -> None:
    truth = np.zeros(5000)
    truth[:3] = 1
    for metric in (map_at(12), MRR, hit_rate(12)):
        assert 0 < metric(truth, np.zeros(5000)) < 0.02
