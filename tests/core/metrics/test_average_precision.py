from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from core.metrics import (
    AVERAGE_PRECISION,
    MACRO_AVERAGE_PRECISION,
    MACRO_AVERAGE_PRECISION_LABELS,
    padded_cmap,
)

Array = npt.NDArray[np.float64]


def labels_example(seed: int, k: int, n: int, values: int) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(seed)
    weight = rng.choice([0.0, 0.25, 1.0, 3.0], n)
    weight[0] = 1.0
    truth = (rng.random((n, k)) < rng.choice([0.1, 0.5])).astype(float)
    return truth, rng.integers(0, values, (n, k)) / values, weight


def by_thresholds(positive: npt.NDArray[np.bool_], score: Array, weight: Array) -> float:
    """The definition: for each threshold from above, precision times how much recall it adds."""
    total = weight[positive].sum()
    area = recall = 0.0
    for threshold in sorted(set(score), reverse=True):
        said = score >= threshold
        found = weight[said & positive].sum()
        if weight[said].sum() > 0:
            area += found / weight[said].sum() * (found / total - recall)
        recall = found / total
    return float(area)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.sampled_from([2, 5, 1000]))
def test_average_precision_equals_scikit_learn_and_the_loop_with_ties_and_weights(
    seed: int, n: int, values: int
) -> None:
    truth, score, weight = (part[:, 0] if part.ndim == 2 else part for part in labels_example(seed, 1, n, values))
    truth[0] = 1
    got = AVERAGE_PRECISION(truth, np.column_stack([1 - score, score]), weight)
    assert got == pytest.approx(by_thresholds(truth == 1, score, weight), abs=1e-12)
    assert got == pytest.approx(oracle.average_precision_score(truth, score, sample_weight=weight), abs=1e-12)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(2, 30), st.sampled_from([2, 5, 1000]))
def test_macro_average_precision_skips_labels_without_a_positive_row(seed: int, k: int, n: int, values: int) -> None:
    truth, scores, weight = labels_example(seed, k, n, values)
    each = [
        oracle.average_precision_score(truth[:, c], scores[:, c], sample_weight=weight)
        for c in range(k)
        if weight[truth[:, c] == 1].sum() > 0
    ]
    got = MACRO_AVERAGE_PRECISION_LABELS(truth, scores, weight)
    assert got == pytest.approx(np.mean(each) if each else float("nan"), abs=1e-12, nan_ok=True)


def test_macro_average_precision_of_classes_is_one_against_the_rest() -> None:
    rng = np.random.default_rng(0)
    truth, probabilities = rng.integers(0, 3, 40), rng.dirichlet(np.ones(4), 40)  # nobody is of class 3
    each = [oracle.average_precision_score(truth == k, probabilities[:, k]) for k in range(3)]
    assert MACRO_AVERAGE_PRECISION(truth, probabilities) == pytest.approx(np.mean(each), abs=1e-12)


def host(solution: Array, submission: Array, padding: int) -> float:
    """As the host of BirdCLEF 2023 scores: rows of ones below both, then scikit-learn."""
    ones = np.ones((padding, solution.shape[1]))
    return float(
        oracle.average_precision_score(np.vstack([solution, ones]), np.vstack([submission, ones]), average="macro")
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(2, 8), st.integers(1, 30), st.sampled_from([1, 5]))
def test_padded_cmap_is_the_score_of_the_host(seed: int, k: int, n: int, padding: int) -> None:
    truth, scores, _ = labels_example(seed, k, n, 4)
    scores[0] = 1.0  # as high as the rows of ones
    assert padded_cmap(padding)(truth, scores) == pytest.approx(host(truth, scores, padding), abs=1e-12)


def test_a_padded_row_weighs_as_much_as_a_row_of_weight_one() -> None:
    truth, scores, _ = labels_example(3, 4, 12, 4)
    times = np.random.default_rng(3).integers(1, 4, 12)
    rows = np.repeat(np.arange(12), times)
    expected = host(truth[rows], scores[rows], 5)
    assert padded_cmap(5)(truth, scores, times.astype(float)) == pytest.approx(expected, abs=1e-12)


def test_absent_species_are_counted_by_the_padding() -> None:
    # Three rows that say 0.9 stand below the rows of ones, so that the absent species scores 1.
    assert padded_cmap(5)(np.zeros((3, 2)), np.full((3, 2), 0.9)) == 1.0
    # A certain false alarm is level with them: 5 of 6.
    assert padded_cmap(5)(np.zeros((1, 1)), np.ones((1, 1))) == pytest.approx(5 / 6)


@pytest.mark.parametrize("padding", [0, -1])
def test_no_padding_is_an_error(padding: int) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        padded_cmap(padding)


def test_nothing_positive_is_nan_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(AVERAGE_PRECISION(np.array([0, 0]), np.full((2, 2), 0.5)))
        assert np.isnan(MACRO_AVERAGE_PRECISION_LABELS(np.zeros((2, 2)), np.full((2, 2), 0.5)))


def test_three_columns_are_an_error_for_average_precision() -> None:
    with pytest.raises(ValueError, match="macro_average_precision"):
        AVERAGE_PRECISION(np.array([0, 1, 2]), np.eye(3))
