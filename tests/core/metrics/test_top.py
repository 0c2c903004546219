from __future__ import annotations

import itertools
import warnings

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.metrics import ACCURACY, map_classes, map_labels
from core.metrics.top import average_precisions_at

Array = npt.NDArray[np.float64]
seeds = st.integers(0, 2**32 - 1)


def over_all_orders(relevant: npt.NDArray[np.bool_], score: Array, k: int) -> float:
    """The definition for ties: the mean over every order that the scores allow, of the usual loop."""
    found = []
    for order in itertools.permutations(range(len(score))):
        if all(score[a] >= score[b] for a, b in itertools.pairwise(order)):
            hits, total = 0, 0.0
            for rank, item in enumerate(order[:k], start=1):
                if relevant[item]:
                    hits += 1
                    total += hits / rank
            found.append(total / min(k, relevant.sum()))
    return float(np.mean(found))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 2)), min_size=1, max_size=6), st.integers(1, 7))
def test_average_precision_is_the_mean_over_all_orders_of_ties(items: list[tuple[bool, int]], k: int) -> None:
    relevant, score = np.array([flag for flag, _ in items]), np.array([value for _, value in items], dtype=float)
    got = average_precisions_at(k, relevant[None, :], score[None, :])
    expected = over_all_orders(relevant, score, k) if relevant.any() else float("nan")
    assert got == pytest.approx([expected], abs=1e-12, nan_ok=True)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seeds, st.integers(2, 5), st.integers(1, 6))
def test_both_metrics_are_weighted_means_over_rows(seed: int, columns: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    labels, scores = rng.integers(0, 2, (6, columns)), rng.integers(0, 3, (6, columns)) / 2
    weight = rng.choice([0.5, 1.0, 3.0], 6)
    known = [row for row in range(6) if labels[row].any()]
    each = [over_all_orders(labels[row] == 1, scores[row], k) for row in known]
    expected = np.average(each, weights=weight[known]) if known else float("nan")
    assert map_labels(k)(labels, scores, weight) == pytest.approx(expected, abs=1e-12, nan_ok=True)
    codes = rng.integers(0, columns, 6)
    each = [over_all_orders(np.arange(columns) == codes[row], scores[row], k) for row in range(6)]
    assert map_classes(k)(codes, scores, weight) == pytest.approx(np.average(each, weights=weight), abs=1e-12)


def test_the_true_class_at_ranks_one_three_and_below() -> None:
    probabilities = np.array([[0.6, 0.3, 0.1], [0.6, 0.3, 0.1], [0.6, 0.3, 0.1]])
    assert map_classes(3)(np.array([0, 1, 2]), probabilities) == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert map_classes(2)(np.array([0, 1, 2]), probabilities) == pytest.approx((1 + 1 / 2) / 3)


def test_the_first_alone_is_the_accuracy_where_nothing_is_tied() -> None:
    rng = np.random.default_rng(0)
    truth, probabilities = rng.integers(0, 4, 50), rng.dirichlet(np.ones(4), 50)
    assert map_classes(1)(truth, probabilities) == pytest.approx(ACCURACY(truth, probabilities))


def test_a_constant_answer_gains_nothing_from_the_order_of_columns() -> None:
    constant = np.full((3, 3), 1 / 3)
    scores = [map_classes(2)(np.full(3, code), constant) for code in range(3)]
    assert scores == pytest.approx([(1 + 1 / 2) / 3] * 3)


def test_rows_without_a_label_alone_are_nan_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(map_labels(3)(np.zeros((2, 3)), np.ones((2, 3))))


@pytest.mark.parametrize("factory", [map_classes, map_labels])
def test_the_depth_is_in_the_name_and_at_least_one(factory) -> None:
    assert factory(3).name.endswith("@3")
    with pytest.raises(ValueError, match="1 or more"):
        factory(0)


def test_one_column_for_two_classes_is_an_error() -> None:
    with pytest.raises(ValueError, match="per class"):
        map_classes(1)(np.array([0, 1]), np.array([0.2, 0.9]))
