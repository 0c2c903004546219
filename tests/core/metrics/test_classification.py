from __future__ import annotations

import itertools
import warnings

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from core.metrics import (
    ACCURACY,
    BALANCED_ACCURACY,
    BRIER,
    LOG_LOSS,
    MACRO_ROC_AUC,
    MACRO_ROC_AUC_LABELS,
    ROC_AUC,
    Metric,
)
from core.metrics.classification import binary_auc, normalised

Array = npt.NDArray[np.float64]
Example = tuple[npt.NDArray[np.intp], Array, Array]


@st.composite
def examples(draw: st.DrawFn, classes: int | None = None) -> Example:
    """Truth with every class, probabilities with many ties, and weights of which some are zero."""
    k = draw(st.integers(2, 4)) if classes is None else classes
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = k + draw(st.integers(1, 30))
    truth = np.r_[np.arange(k), rng.integers(0, k, n - k)]
    probabilities = rng.integers(1, draw(st.sampled_from([3, 20])), (n, k)).astype(float)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    weight = rng.choice([0.25, 1.0, 3.5], n)
    weight[k:] *= rng.integers(0, 2, n - k)
    order = rng.permutation(n)
    return truth[order], probabilities[order], weight[order]


def area_by_pairs(positive: npt.NDArray[np.bool_], score: Array, weight: Array) -> float:
    """The definition: how often a positive row stands above a negative one, a tie counted half."""
    won = total = 0.0
    for i, j in itertools.product(np.flatnonzero(positive), np.flatnonzero(~positive)):
        pair = weight[i] * weight[j]
        won += pair * (1.0 if score[i] > score[j] else 0.5 if score[i] == score[j] else 0.0)
        total += pair
    return won / total


@settings(max_examples=60, deadline=None, derandomize=True)
@given(examples())
def test_log_loss_equals_the_one_of_scikit_learn(example: Example) -> None:
    truth, probabilities, weight = example
    expected = oracle.log_loss(truth, probabilities, sample_weight=weight, labels=range(probabilities.shape[1]))
    assert LOG_LOSS(truth, probabilities, weight) == pytest.approx(expected, rel=1e-12)


def test_log_loss_clips_a_certain_mistake_and_normalises_rows() -> None:
    truth = np.array([0, 1])
    sure = np.array([[0.0, 1.0], [0.0, 1.0]])
    assert LOG_LOSS(truth, sure) == pytest.approx(-np.log(1e-15) / 2, rel=1e-9)
    assert LOG_LOSS(truth, np.array([[0.2, 0.2], [0.1, 0.3]])) == pytest.approx(-np.log([0.5, 0.75]).mean(), rel=1e-12)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(examples())
def test_brier_equals_the_weighted_mean_of_squared_distances(example: Example) -> None:
    truth, probabilities, weight = example
    total = 0.0
    for row, k in itertools.product(range(len(truth)), range(probabilities.shape[1])):
        total += weight[row] * (probabilities[row, k] - (truth[row] == k)) ** 2
    assert BRIER(truth, probabilities, weight) == pytest.approx(total / weight.sum(), rel=1e-12)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(examples(classes=2))
def test_brier_of_two_classes_is_twice_the_one_of_scikit_learn(example: Example) -> None:
    truth, probabilities, weight = example
    expected = oracle.brier_score_loss(truth, probabilities[:, 1], sample_weight=weight)
    assert BRIER(truth, probabilities, weight) == pytest.approx(2 * expected, rel=1e-12, abs=1e-15)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(examples())
def test_accuracies_equal_those_of_scikit_learn(example: Example) -> None:
    truth, probabilities, weight = example
    said = probabilities.argmax(axis=1)
    assert ACCURACY(truth, probabilities, weight) == pytest.approx(
        oracle.accuracy_score(truth, said, sample_weight=weight), abs=1e-12
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a class that is predicted and never true
        expected = oracle.balanced_accuracy_score(truth, said, sample_weight=weight)
    assert BALANCED_ACCURACY(truth, probabilities, weight) == pytest.approx(expected, abs=1e-12)


def test_balanced_accuracy_leaves_out_a_class_whose_rows_all_weigh_nothing() -> None:
    truth, weight = np.array([0, 0, 1]), np.array([1.0, 3.0, 0.0])
    predictions = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    assert BALANCED_ACCURACY(truth, predictions, weight) == pytest.approx(0.25)


@pytest.mark.parametrize("metric", [ACCURACY, BALANCED_ACCURACY, BRIER, LOG_LOSS, ROC_AUC])
def test_one_column_of_probabilities_for_two_classes_is_an_error(metric: Metric) -> None:
    # The index of the largest of one column is always 0: an accuracy would be wrong without a word.
    with pytest.raises(ValueError, match=r"two classes|per class"):
        metric(np.array([0, 1, 0]), np.array([0.1, 0.9, 0.2]))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(examples(classes=2))
def test_auc_equals_scikit_learn_and_the_count_of_pairs_with_weights_and_ties(example: Example) -> None:
    truth, probabilities, weight = example
    score = probabilities[:, 1]
    got = ROC_AUC(truth, probabilities, weight)
    assert got == pytest.approx(area_by_pairs(truth == 1, score, weight), abs=1e-12)
    assert got == pytest.approx(oracle.roc_auc_score(truth, score, sample_weight=weight), abs=1e-12)


def test_auc_of_equal_scores_is_a_half() -> None:
    assert binary_auc(np.array([True, False, True]), np.zeros(3), np.array([1.0, 5.0, 2.0])) == 0.5


@pytest.mark.parametrize("truth", [[0, 0, 0], [1, 1, 1]])
def test_auc_of_one_class_is_nan_without_a_warning(truth: list[int]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(ROC_AUC(np.array(truth), np.full((3, 2), 0.5)))


def test_auc_of_a_class_that_weighs_nothing_is_nan() -> None:
    assert np.isnan(ROC_AUC(np.array([0, 1, 1]), np.full((3, 2), 0.5), np.array([0.0, 1.0, 1.0])))


def test_auc_of_three_columns_is_an_error() -> None:
    with pytest.raises(ValueError, match="macro_roc_auc"):
        ROC_AUC(np.array([0, 1, 2]), np.eye(3))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(examples())
def test_macro_auc_is_the_mean_of_one_against_rest_areas(example: Example) -> None:
    truth, probabilities, weight = example
    columns = range(probabilities.shape[1])
    expected = np.mean([area_by_pairs(truth == k, probabilities[:, k], weight) for k in columns])
    assert MACRO_ROC_AUC(truth, probabilities, weight) == pytest.approx(expected, abs=1e-12)
    labels = np.eye(probabilities.shape[1])[truth]
    assert MACRO_ROC_AUC_LABELS(labels, probabilities, weight) == pytest.approx(expected, abs=1e-12)


def test_macro_auc_equals_scikit_learn_one_against_rest() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 60)
    probabilities = rng.dirichlet(np.ones(3), 60)
    expected = oracle.roc_auc_score(truth, probabilities, multi_class="ovr", average="macro")
    assert MACRO_ROC_AUC(truth, probabilities) == pytest.approx(expected, abs=1e-12)


def test_macro_auc_skips_a_label_without_both_kinds_of_rows() -> None:
    labels = np.array([[1, 0, 1], [0, 0, 1], [1, 0, 1], [0, 0, 1]])
    scores = np.array([[0.9, 0.5, 0.1], [0.2, 0.4, 0.3], [0.1, 0.3, 0.2], [0.1, 0.2, 0.4]])
    only = area_by_pairs(labels[:, 0] == 1, scores[:, 0], np.ones(4))
    assert MACRO_ROC_AUC_LABELS(labels, scores) == pytest.approx(only)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(MACRO_ROC_AUC_LABELS(np.ones((4, 3)), scores))


@pytest.mark.parametrize("metric", [ROC_AUC, MACRO_ROC_AUC])
def test_a_metric_of_order_ignores_a_monotone_transform(metric: Metric) -> None:
    rng = np.random.default_rng(1)
    truth, scores = rng.integers(0, 2, 50), rng.integers(0, 9, (50, 2)) / 9.0
    assert metric.only_order
    assert metric(truth, scores) == pytest.approx(metric(truth, np.exp(3 * scores) - 5), abs=1e-15)


@pytest.mark.parametrize("columns", [1, 2, 3, 7, 8, 9, 30])
def test_rows_are_normalised_to_the_bit_as_numpy_adds_them_up(columns):
    values = np.random.default_rng(columns).random((500, columns))
    assert np.array_equal(normalised(values), values / values.sum(axis=1, keepdims=True))
