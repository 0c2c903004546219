from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from core.metrics import BALANCED_LOG_LOSS, LOG_LOSS, LOG_LOSS_LABELS, balanced_log_loss, weighted_log_loss

Array = npt.NDArray[np.float64]


def example(seed: int, classes: int, n: int = 25) -> tuple[npt.NDArray[np.intp], Array, Array]:
    rng = np.random.default_rng(seed)
    truth = np.r_[np.arange(classes), rng.integers(0, classes, n - classes)]
    return truth, rng.dirichlet(np.ones(classes), n), rng.choice([0.5, 1.0, 3.0], n)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_log_loss_of_labels_is_the_mean_of_the_binary_ones_of_scikit_learn(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    truth, probabilities = rng.integers(0, 2, (20, k)), rng.random((20, k))
    weight = rng.choice([0.0, 1.0, 2.5], 20)
    weight[0] = 1.0
    each = [oracle.log_loss(truth[:, c], probabilities[:, c], sample_weight=weight, labels=[0, 1]) for c in range(k)]
    assert LOG_LOSS_LABELS(truth, probabilities, weight) == pytest.approx(np.mean(each), rel=1e-12)


def test_log_loss_of_labels_clips_certain_mistakes_on_both_sides() -> None:
    got = LOG_LOSS_LABELS(np.array([[1, 0]]), np.array([[0.0, 1.0]]))
    assert got == pytest.approx((-np.log(1e-15) - np.log(1 - (1 - 1e-15))) / 2, rel=1e-12)
    assert LOG_LOSS_LABELS(np.array([[0, 1]]), np.array([[0.0, 1.0]])) == pytest.approx(1e-15, rel=0.2)


@pytest.mark.parametrize("seed", range(10))
def test_balanced_log_loss_is_the_formula_of_its_host(seed: int) -> None:
    # ICR: (-1/N0 sum y0 log p0 - 1/N1 sum y1 log p1) / 2.
    truth, probabilities, _ = example(seed, 2)
    zero, one = truth == 0, truth == 1
    expected = (
        -np.log(probabilities[zero, 0]).sum() / zero.sum() / 2 - np.log(probabilities[one, 1]).sum() / one.sum() / 2
    )
    assert BALANCED_LOG_LOSS(truth, probabilities) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_balanced_log_loss_weighs_rows_inside_a_class_only(seed: int) -> None:
    truth, probabilities, weight = example(seed, 3)
    each = [LOG_LOSS(truth[truth == k], probabilities[truth == k], weight[truth == k]) for k in range(3)]
    assert BALANCED_LOG_LOSS(truth, probabilities, weight) == pytest.approx(np.mean(each), rel=1e-12)
    twice = np.where(truth == 1, 2 * weight, weight)
    assert BALANCED_LOG_LOSS(truth, probabilities, twice) == pytest.approx(np.mean(each), rel=1e-12)
    # PLAsTiCC: the mean over classes, weighted by class.
    got = balanced_log_loss(1, 2, 0.5)(truth, probabilities, weight)
    assert got == pytest.approx(np.average(each, weights=[1, 2, 0.5]), rel=1e-12)


def test_an_absent_class_is_left_out_of_the_balance_and_of_its_weights() -> None:
    truth, probabilities = np.array([0, 2, 2]), np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [0.3, 0.3, 0.4]])
    first, last = -np.log(0.5), -np.log([0.8, 0.4]).mean()
    assert BALANCED_LOG_LOSS(truth, probabilities) == pytest.approx((first + last) / 2, rel=1e-12)
    assert balanced_log_loss(1, 9, 3)(truth, probabilities) == pytest.approx((first + 3 * last) / 4, rel=1e-12)
    absent_last = np.array([0, 1, 1])
    assert np.isfinite(balanced_log_loss(1, 9, 3)(absent_last, probabilities))


@pytest.mark.parametrize("seed", range(10))
def test_weighted_log_loss_equals_scikit_learn_with_weights_by_class(seed: int) -> None:
    truth, probabilities, weight = example(seed, 3)
    by_class = np.array([1.0, 2.0, 4.0])
    expected = oracle.log_loss(truth, probabilities, sample_weight=weight * by_class[truth], labels=[0, 1, 2])
    assert weighted_log_loss(1, 2, 4)(truth, probabilities, weight) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("factory", [balanced_log_loss, weighted_log_loss])
def test_class_weights_are_named_and_equal_ones_do_nothing(factory) -> None:
    assert factory(1, 2.0, 0.25).name.endswith("@1,2,0.25")
    truth, probabilities, weight = example(0, 3)
    plain = {balanced_log_loss: BALANCED_LOG_LOSS, weighted_log_loss: LOG_LOSS}[factory]
    assert factory(7, 7, 7)(truth, probabilities, weight) == pytest.approx(plain(truth, probabilities, weight))


@pytest.mark.parametrize("factory", [balanced_log_loss, weighted_log_loss])
def test_rows_of_classes_without_weight_alone_are_nan(factory) -> None:
    assert np.isnan(factory(0, 1)(np.array([0, 0]), np.full((2, 2), 0.5)))


@pytest.mark.parametrize("factory", [balanced_log_loss, weighted_log_loss])
@pytest.mark.parametrize("weights", [(), (1,), (0, 0), (1, -1), (1, float("nan")), (1, float("inf"))])
def test_class_weights_that_cannot_count_are_an_error(factory, weights: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="weight per class"):
        factory(*weights)


@pytest.mark.parametrize("factory", [balanced_log_loss, weighted_log_loss])
def test_other_columns_than_class_weights_are_an_error(factory) -> None:
    with pytest.raises(ValueError, match="3 class weights for 2 columns"):
        factory(1, 2, 3)(np.array([0, 1]), np.full((2, 2), 0.5))
