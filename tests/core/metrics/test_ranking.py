from __future__ import annotations

import itertools
import warnings

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from core.metrics import ndcg

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
