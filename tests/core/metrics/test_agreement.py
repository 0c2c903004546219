from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from core.metrics import MCC, QWK, Metric, qwk_values

Array = npt.NDArray[np.float64]
seeds = st.integers(0, 2**32 - 1)


def example(seed: int, k: int) -> tuple[npt.NDArray[np.intp], Array, Array]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 30))
    truth = rng.integers(0, k, n)
    truth[:2] = 0, 1
    return truth, rng.random((n, k)), rng.choice([0.5, 1.0, 3.0], n)


def kappa_by_matrix(true: Array, said: Array, weight: Array, grades: range) -> float:
    """The definition: a confusion matrix, one expected by chance, and squared differences."""
    observed = dict.fromkeys(itertools.product(grades, grades), 0.0)
    for a, b, w in zip(true, said, weight, strict=True):
        observed[int(a), int(b)] += w
    total = weight.sum()
    top = bottom = 0.0
    for (a, b), seen in observed.items():
        rows = sum(observed[a, other] for other in grades)
        columns = sum(observed[other, b] for other in grades)
        top += (a - b) ** 2 * seen
        bottom += (a - b) ** 2 * rows * columns / total
    return float(1 - top / bottom)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seeds, st.integers(2, 6))
def test_quadratic_kappa_equals_the_matrix_and_scikit_learn(seed: int, k: int) -> None:
    truth, probabilities, weight = example(seed, k)
    said = probabilities.argmax(axis=1)
    got = QWK(truth, probabilities, weight)
    assert got == pytest.approx(kappa_by_matrix(truth, said, weight, range(k)), abs=1e-12)
    expected = oracle.cohen_kappa_score(truth, said, weights="quadratic", sample_weight=weight, labels=range(k))
    assert got == pytest.approx(expected, abs=1e-12)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seeds, st.sampled_from([(1, 6), (0, 4), (-2, 2)]))
def test_kappa_of_values_rounds_and_clips(seed: int, bounds: tuple[int, int]) -> None:
    low, high = bounds
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 30))
    truth = rng.integers(low, high + 1, n)
    truth[:2] = low, high
    values = rng.normal(np.mean(bounds), high - low, n)
    weight = rng.choice([0.5, 1.0, 3.0], n)
    said = [min(max(round(value), low), high) for value in values.tolist()]
    grades = range(low, high + 1)  # without them scikit-learn closes the gap of a grade that is absent
    expected = oracle.cohen_kappa_score(truth, said, weights="quadratic", sample_weight=weight, labels=grades)
    assert qwk_values(low, high)(truth.astype(float), values, weight) == pytest.approx(expected, abs=1e-12)


def test_a_half_is_rounded_to_the_even_side() -> None:
    truth = np.array([1.0, 2.0, 4.0, 6.0])
    assert qwk_values(1, 6)(truth, np.array([0.5, 2.5, 3.5, 6.5])) == 1.0


def test_kappa_of_sure_classes_is_the_kappa_of_their_grades() -> None:
    truth, probabilities, weight = example(5, 4)
    said = probabilities.argmax(axis=1).astype(float)
    got = qwk_values(0, 3)(truth.astype(float), said, weight)
    assert got == pytest.approx(QWK(truth, probabilities, weight), abs=1e-12)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seeds, st.integers(2, 5))
def test_matthews_correlation_equals_scikit_learn(seed: int, k: int) -> None:
    truth, probabilities, weight = example(seed, k)
    expected = oracle.matthews_corrcoef(truth, probabilities.argmax(axis=1), sample_weight=weight)
    assert MCC(truth, probabilities, weight) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("metric", [QWK, MCC])
def test_a_constant_answer_is_worth_nothing_and_a_constant_truth_has_no_score(metric: Metric) -> None:
    constant = np.tile([0.1, 0.7, 0.2], (4, 1))
    assert metric(np.array([0, 1, 2, 1]), constant) == pytest.approx(0.0, abs=1e-15)
    assert np.isnan(metric(np.array([1, 1, 1, 1]), constant))
    assert np.isnan(metric(np.array([1, 1]), np.eye(3)[:2]))


def test_a_constant_value_is_worth_nothing_and_a_constant_truth_has_no_score() -> None:
    assert qwk_values(1, 6)(np.array([1.0, 4.0]), np.array([3.2, 2.9])) == pytest.approx(0.0, abs=1e-15)
    assert np.isnan(qwk_values(1, 6)(np.array([4.0, 4.0]), np.array([1.0, 4.0])))


def test_a_class_of_hardly_any_weight_does_not_cancel_to_a_division_by_zero() -> None:
    said = np.eye(2)[[0, 0, 1]]
    assert -1 <= MCC(np.array([0, 1, 1]), said, np.array([1.0, 1.0, 1e-20])) <= 1


@pytest.mark.parametrize("truth", [[1.0, 2.5], [0.0, 3.0], [1.0, 7.0]])
def test_truth_that_is_no_grade_is_an_error(truth: list[float]) -> None:
    with pytest.raises(ValueError, match="from 1 to 6"):
        qwk_values(1, 6)(np.array(truth), np.array([1.0, 2.0]))


@pytest.mark.parametrize("bounds", [(3, 3), (4, 1)])
def test_bounds_that_leave_no_grades_are_an_error(bounds: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="lower bound"):
        qwk_values(*bounds)


@pytest.mark.parametrize("metric", [QWK, MCC])
def test_one_column_for_two_classes_is_an_error(metric: Metric) -> None:
    with pytest.raises(ValueError, match="per class"):
        metric(np.array([0, 1]), np.array([0.2, 0.9]))
