from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import balanced_accuracy_score, f1_score, matthews_corrcoef

from core.evaluation import LABEL_METRICS, best_threshold, nested_thresholds, value_at

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
QUICK = settings(max_examples=60, deadline=None, derandomize=True)
METRICS = list(LABEL_METRICS)
ORACLES: dict[str, Callable[..., float]] = {
    "f1": f1_score,
    "mcc": matthews_corrcoef,
    "balanced accuracy": balanced_accuracy_score,
}


def oracle(metric: str, said: Flags, positive: Flags, weight: Array) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sklearn warns where a side is absent
        return float(ORACLES[metric](positive, said, sample_weight=weight))


@st.composite
def samples(draw: st.DrawFn, rows: int = 1) -> tuple[Array, Flags, Array]:
    """Probabilities with ties, 0 and 1 among them, truth that may lack a side, weights that add up exactly."""
    n = draw(st.integers(rows, 12))
    p = draw(arrays(float, n, elements=st.integers(0, 8).map(lambda step: step / 8) | st.floats(0, 1)))
    weight = draw(arrays(float, n, elements=st.integers(1, 64).map(lambda step: step / 8)))
    return p, draw(arrays(bool, n)), weight


@QUICK
@given(st.sampled_from(METRICS), samples(), st.floats(-0.1, 1.1), st.booleans())
def test_values_are_those_of_sklearn(
    metric: str, sample: tuple[Array, Flags, Array], threshold: float, exactly: bool
) -> None:
    p, positive, weight = sample
    cut = p[0] if exactly else threshold  # a row at the threshold is said to be positive
    expected = oracle(metric, p >= cut, positive, weight)
    assert value_at(p, positive, weight, metric, cut) == pytest.approx(expected, abs=1e-9)


def every_cut(p: Array) -> list[float]:
    """Every threshold there is to choose from."""
    levels = sorted(set(p.tolist()))
    cuts = [(levels[0] + 0) / 2]
    for low, high in pairwise(levels):
        middle = (low + high) / 2
        cuts.append(middle if middle > low else high)
    last = (levels[-1] + 1) / 2
    return [*cuts, last if last > levels[-1] else np.nextafter(levels[-1], 2)]


@QUICK
@given(st.sampled_from(METRICS), samples())
def test_no_cut_is_better_and_of_the_best_the_nearest_to_half_is_taken(
    metric: str, sample: tuple[Array, Flags, Array]
) -> None:
    p, positive, weight = sample
    values = {cut: value_at(p, positive, weight, metric, cut) for cut in every_cut(p)}
    best = [cut for cut, value in values.items() if value >= max(values.values()) - 1e-12]
    got = best_threshold(p, positive, weight, metric)
    assert got.metric == metric
    assert got.threshold == min(best, key=lambda cut: (round(abs(cut - 0.5), 12), cut))
    assert got.value == pytest.approx(max(values.values()), abs=1e-9)


@QUICK
@given(st.sampled_from(METRICS), samples(), st.integers(0, 1000))
def test_the_value_is_that_at_the_threshold_and_no_threshold_beats_it(
    metric: str, sample: tuple[Array, Flags, Array], seed: int
) -> None:
    got = best_threshold(*sample, metric)
    assert value_at(*sample, metric, got.threshold) == pytest.approx(got.value, abs=1e-12)
    for other in np.random.default_rng(seed).uniform(-0.2, 1.2, size=20):
        assert value_at(*sample, metric, other) <= got.value + 1e-12


@QUICK
@given(st.sampled_from(METRICS), samples())
def test_a_weight_is_a_repetition(metric: str, sample: tuple[Array, Flags, Array]) -> None:
    p, positive, weight = sample
    times = (8 * weight).astype(int)
    repeated = best_threshold(np.repeat(p, times), np.repeat(positive, times), np.ones(times.sum()), metric)
    got = best_threshold(p, positive, weight, metric)
    assert got.threshold == repeated.threshold
    assert got.value == pytest.approx(repeated.value, abs=1e-12)


@QUICK
@given(st.sampled_from(METRICS), samples(), st.floats(1e-6, 1e6), st.randoms())
def test_neither_scale_nor_order_of_rows_nor_rows_without_weight_matter(
    metric: str, sample: tuple[Array, Flags, Array], scale: float, random: object
) -> None:
    p, positive, weight = sample
    order = list(range(len(p)))
    random.shuffle(order)
    got = best_threshold(
        np.append(p[order], [np.nan, 0.3]),
        np.append(positive[order], [True, False]),
        np.append(scale * weight[order], [0, 0]),
        metric,
    )
    expected = best_threshold(p, positive, weight, metric)
    assert got.threshold == expected.threshold
    assert got.value == pytest.approx(expected.value, abs=1e-12)


@pytest.mark.parametrize(
    ("p", "positive", "metric", "threshold", "value"),
    [
        ([0.2, 0.6], [False, False], "f1", 0.4, 0.0),  # nothing to find: every cut is worth 0
        ([0.2, 0.6], [False, False], "mcc", 0.4, 0.0),
        ([0.2, 0.6], [False, False], "balanced accuracy", 0.8, 1.0),  # nothing is said
        ([0.2, 1.0], [False, False], "balanced accuracy", np.nextafter(1.0, 2.0), 1.0),
        ([0.2, 0.6], [True, True], "balanced accuracy", 0.1, 1.0),  # all is said
        ([0.2, 0.6], [True, True], "f1", 0.1, 1.0),
        ([0.0, 0.6], [True, True], "f1", 0.0, 1.0),
        ([0.6, 0.2], [False, True], "mcc", 0.8, 0.0),  # the wrong way round: 0.8 is nearer to a half than 0.1
        ([0.5, 0.5], [False, True], "f1", 0.25, 2 / 3),  # ties stay together
        ([0.3, 0.7], [False, True], "f1", 0.5, 1.0),
        ([0.2, 0.2, 0.8, 0.8], [0, 1, 0, 1], "balanced accuracy", 0.5, 0.5),
        ([1.0], [True], "f1", 0.5, 1.0),
    ],
)
def test_degenerate_rows(p: list[float], positive: list, metric: str, threshold: float, value: float) -> None:
    got = best_threshold(p, positive, np.ones(len(p)), metric)
    assert (got.threshold, got.value) == (pytest.approx(threshold, abs=1e-15), pytest.approx(value))
    assert value_at(p, positive, np.ones(len(p)), metric, got.threshold) == pytest.approx(value)


@pytest.mark.parametrize("low", [0.5, 0.1, 0.0, 1e-310, 1 - 1e-16])
def test_neighbours_with_no_number_between_them_are_cut(low: float) -> None:
    high = np.nextafter(low, 2.0)
    got = best_threshold([low, high], [False, True], [1, 1], "mcc")
    assert (got.threshold, got.value) == (high, pytest.approx(1.0))


def test_rounding_settles_no_tie() -> None:
    # 0.3 and 0.7 are as far from a half, though not by their bits.
    even = best_threshold([0.25, 0.35, 0.65, 0.75], [False, True, False, True], np.ones(4), "balanced accuracy")
    assert even.threshold == pytest.approx(0.3)
    # F1 is 0.8 at 0.1875 and at 0.5625: 2.4 / 3 and 1.6 / 2 in tenths, whose sums are not exact.
    positive, weight = [False, True, True, False, True, True], [0.6, 0.1, 0.3, 0.6, 0.5, 0.3]
    assert best_threshold(np.arange(1, 7) / 8, positive, weight, "f1").threshold == 0.5625


def test_weights_move_the_threshold_of_f1() -> None:
    rng = np.random.default_rng(0)
    positive = rng.random(5000) < 0.3
    p = 1 / (1 + np.exp(-rng.normal(loc=2.0 * positive - 1)))
    rare, common = (best_threshold(p, positive, np.where(positive, share, 1), "f1").threshold for share in (0.05, 5.0))
    assert rare > common + 0.2


def test_many_rows_take_a_moment() -> None:
    rng = np.random.default_rng(0)
    p, weight = rng.random(200_000), rng.random(200_000)
    start = time.perf_counter()
    best_threshold(p, rng.random(200_000) < p, weight, "mcc")
    assert time.perf_counter() - start < 2  # a second look at each cut would take hours


# Nested


def problem(n: int = 90, seed: int = 0) -> tuple[Array, Flags, Array, list[npt.NDArray[np.intp]]]:
    rng = np.random.default_rng(seed)
    positive = rng.random(n) < 0.3
    p = np.round(1 / (1 + np.exp(-rng.normal(loc=1.5 * positive - 1.5))), 2)
    return p, positive, np.where(positive, 2.0, 0.5), np.array_split(rng.permutation(n), 5)


@pytest.mark.parametrize("metric", METRICS)
def test_each_fold_is_cut_where_the_others_say(metric: str) -> None:
    p, positive, weight, folds = problem()
    got = nested_thresholds(p, positive, weight, folds, metric)
    said = np.zeros(len(p), dtype=bool)
    for fold, threshold in zip(folds, got.per_fold, strict=True):
        others = np.setdiff1d(np.arange(len(p)), fold)
        assert threshold == best_threshold(p[others], positive[others], weight[others], metric).threshold
        said[fold] = p[fold] >= threshold
    assert got.value == pytest.approx(oracle(metric, said, positive, weight))
    assert got.at_half == pytest.approx(oracle(metric, p >= 0.5, positive, weight))
    assert got.final == best_threshold(p, positive, weight, metric)
    assert (got.metric, len(set(got.per_fold)) > 1) == (metric, True)


@pytest.mark.parametrize("metric", METRICS)
def test_labels_of_a_fold_do_not_reach_its_threshold(metric: str) -> None:
    p, positive, weight, folds = problem()
    turned = positive.copy()
    turned[folds[2]] = ~turned[folds[2]]
    before, after = (nested_thresholds(p, truth, weight, folds, metric) for truth in (positive, turned))
    assert before.per_fold[2] == after.per_fold[2]
    assert before.per_fold != after.per_fold


def test_choosing_is_not_rewarded_where_there_is_nothing_to_choose() -> None:
    rng, nested, final = np.random.default_rng(0), [], []
    for _ in range(60):
        p, positive = rng.random(60), rng.random(60) < 0.5
        got = nested_thresholds(p, positive, np.ones(60), np.array_split(np.arange(60), 5), "mcc")
        nested.append(got.value)
        final.append(got.final.value)
    assert np.mean(final) > 0.15
    assert np.mean(nested) < 0.05


def test_rows_of_no_fold_are_not_looked_at_and_folds_without_rows_are_left_out() -> None:
    p, positive, weight, folds = problem()
    expected = nested_thresholds(p, positive, weight, folds, "f1")
    more = np.append(p, np.nan), np.append(positive, True), np.append(weight, 5.0)
    assert nested_thresholds(*more, [*folds, []], "f1") == expected


@pytest.mark.parametrize("folds", [[], [[0, 1, 2]], [[0, 1], []], [[0, 1], [1, 2]], [[0, 0], [1, 2]]])
def test_folds_that_are_too_few_or_share_rows_are_an_error(folds: list) -> None:
    with pytest.raises(ValueError, match="folds"):
        nested_thresholds([0.1, 0.2, 0.3], [False, True, True], [1, 1, 1], folds, "f1")


@pytest.mark.parametrize(
    ("p", "positive", "weight", "metric", "message"),
    [
        ([0.5], [True], [1], "accuracy", "none of f1, mcc, balanced accuracy"),
        ([1.5], [True], [1], "f1", "probability"),
        ([np.nan], [True], [1], "f1", "probability"),
        ([[0.5, 0.5]], [True], [1], "f1", "probability"),
        ([0.5], [2], [1], "f1", "code of a class"),
        ([0.5], [True, False], [1], "f1", "fit"),
        ([0.5], [True], [1, 1], "f1", "fit"),
        ([0.5], [True], [-1], "f1", "weights"),
        ([0.5], [True], [0], "f1", "weights"),
        ([], [], [], "f1", "weights"),
    ],
)
def test_what_does_not_fit_is_an_error(p: list, positive: list, weight: list, metric: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        best_threshold(p, positive, weight, metric)
    with pytest.raises(ValueError, match=message):
        value_at(p, positive, weight, metric, 0.5)
