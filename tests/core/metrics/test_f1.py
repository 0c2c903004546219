from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from core.metrics import (
    ACCURACY,
    F1,
    F1_MACRO,
    F1_MACRO_LABELS,
    F1_MICRO,
    F1_MICRO_LABELS,
    F1_WEIGHTED,
    F1_WEIGHTED_LABELS,
    SET_F1,
    Metric,
    set_fbeta,
)

Array = npt.NDArray[np.float64]
seeds = st.integers(0, 2**32 - 1)


def classes_example(seed: int, k: int) -> tuple[npt.NDArray[np.intp], Array, Array]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 25))
    weight = rng.choice([0.5, 1.0, 3.0], n)
    return rng.integers(0, k, n), rng.integers(0, 4, (n, k)) / 4.0, weight


def labels_example(seed: int, k: int) -> tuple[npt.NDArray[np.intp], Array, Array]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 25))
    truth = (rng.random((n, k)) < 0.3).astype(int)
    return truth, rng.integers(0, 9, (n, k)) / 8.0, rng.choice([0.5, 1.0, 3.0], n)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seeds, st.integers(2, 5))
def test_f1_of_classes_equals_scikit_learn(seed: int, k: int) -> None:
    truth, probabilities, weight = classes_example(seed, k)
    said = probabilities.argmax(axis=1)
    for metric, average in ((F1_MACRO, "macro"), (F1_MICRO, "micro"), (F1_WEIGHTED, "weighted")):
        expected = oracle.f1_score(truth, said, average=average, sample_weight=weight, zero_division=0)
        assert metric(truth, probabilities, weight) == pytest.approx(expected, abs=1e-12)
    assert F1_MICRO(truth, probabilities, weight) == pytest.approx(ACCURACY(truth, probabilities, weight), abs=1e-12)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seeds)
def test_f1_of_two_classes_equals_scikit_learn(seed: int) -> None:
    truth, probabilities, weight = classes_example(seed, 2)
    truth[0] = 1
    expected = oracle.f1_score(truth, probabilities.argmax(axis=1), sample_weight=weight, zero_division=0)
    assert F1(truth, probabilities, weight) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(seeds, st.integers(1, 5))
def test_f1_of_labels_equals_scikit_learn_above_a_half(seed: int, k: int) -> None:
    truth, probabilities, weight = labels_example(seed, k)
    truth[0, 0] = 1
    said = probabilities > 0.5
    # Of one column scikit-learn would make a task of two classes: a second, empty one keeps it a matrix of labels.
    wide, wide_said = np.column_stack([truth, 0 * truth[:, 0]]), np.column_stack([said, 0 * truth[:, 0]])
    for metric, average, empty in (
        (F1_MACRO_LABELS, "macro", np.nan),
        (F1_MICRO_LABELS, "micro", 0),
        (F1_WEIGHTED_LABELS, "weighted", 0),
    ):
        expected = oracle.f1_score(wide, wide_said, average=average, sample_weight=weight, zero_division=empty)
        assert metric(truth, probabilities, weight) == pytest.approx(expected, abs=1e-12)


def test_a_label_that_is_said_and_never_true_counts_as_nothing_found() -> None:
    truth, said = np.array([[1, 0, 0], [1, 0, 0]]), np.array([[0.9, 0.9, 0.1], [0.9, 0.1, 0.1]])
    assert F1_MACRO_LABELS(truth, said) == pytest.approx(0.5)  # 1 and 0; the third is neither true nor said


def test_a_half_is_not_said() -> None:
    assert SET_F1(np.array([[1.0]]), np.array([[0.5]])) == 0.0
    assert SET_F1(np.array([[1.0]]), np.array([[np.nextafter(0.5, 1)]])) == 1.0


@pytest.mark.parametrize("metric", [F1_MACRO_LABELS, F1_MICRO_LABELS, F1_WEIGHTED_LABELS])
def test_no_true_label_is_nan_whatever_is_said(metric: Metric) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for said in (0.1, 0.9):
            assert np.isnan(metric(np.zeros((3, 2)), np.full((3, 2), said)))


def test_no_row_of_the_second_class_is_nan_whatever_is_said() -> None:
    for said in ([0.9, 0.1], [0.1, 0.9]):
        assert np.isnan(F1(np.array([0, 0]), np.array([said, said])))


def test_three_columns_are_an_error_for_f1() -> None:
    with pytest.raises(ValueError, match="f1_macro"):
        F1(np.array([0, 1, 2]), np.eye(3))


@pytest.mark.parametrize("metric", [F1, F1_MACRO, F1_MICRO, F1_WEIGHTED])
def test_one_column_for_two_classes_is_an_error(metric: Metric) -> None:
    with pytest.raises(ValueError, match="per class"):
        metric(np.array([0, 1]), np.array([0.2, 0.9]))


def by_sets(truth: npt.NDArray[np.intp], probabilities: Array, weight: Array, beta: float) -> float:
    """The definition by precision and recall, row after row."""
    total = 0.0
    for true_row, said_row, row_weight in zip(truth, probabilities, weight, strict=True):
        true, said = set(np.flatnonzero(true_row)), set(np.flatnonzero(said_row > 0.5))
        score = 1.0 if not true and not said else 0.0
        if true & said:
            precision, recall = len(true & said) / len(said), len(true & said) / len(true)
            score = (1 + beta**2) * precision * recall / (beta**2 * precision + recall)
        total += row_weight * score
    return total / float(weight.sum())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seeds, st.integers(1, 5), st.sampled_from([0.5, 1.0, 2.0]))
def test_the_f_score_of_sets_equals_a_loop_over_rows(seed: int, k: int, beta: float) -> None:
    truth, probabilities, weight = labels_example(seed, k)
    expected = by_sets(truth, probabilities, weight, beta)
    assert set_fbeta(beta)(truth, probabilities, weight) == pytest.approx(expected, abs=1e-12)
    if beta == 1:
        assert SET_F1(truth, probabilities, weight) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seeds, st.integers(2, 5))
def test_the_f_score_of_sets_equals_the_one_over_samples_of_scikit_learn(seed: int, k: int) -> None:
    truth, probabilities, weight = labels_example(seed, k)
    for beta in (1.0, 2.0):
        expected = oracle.fbeta_score(
            truth, probabilities > 0.5, beta=beta, average="samples", sample_weight=weight, zero_division=1
        )
        assert set_fbeta(beta)(truth, probabilities, weight) == pytest.approx(expected, abs=1e-12)


def test_all_nocall_scores_the_share_of_nocall_rows() -> None:
    # BirdCLEF 2021: 1529 of 2400 rows of the training soundscapes are "nocall", a label like the others.
    truth = np.zeros((2400, 2))
    truth[:1529, 0] = 1
    truth[1529:, 1] = 1
    assert SET_F1(truth, np.tile([1.0, 0.0], (2400, 1))) == pytest.approx(1529 / 2400)


@pytest.mark.parametrize("beta", [0.0, -1.0, float("nan"), float("inf")])
def test_a_beta_that_weighs_nothing_is_an_error(beta: float) -> None:
    with pytest.raises(ValueError, match="beta"):
        set_fbeta(beta)


def test_beta_is_part_of_the_name() -> None:
    assert set_fbeta(2).name == set_fbeta(2.0).name == "set_fbeta@2"
    assert set_fbeta(0.5).name == "set_fbeta@0.5"
