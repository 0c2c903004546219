from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import softmax
from sklearn.calibration import calibration_curve

from core.evaluation import Curve, calibration_noise, expected_calibration_error, reliability, standard_error

Array = npt.NDArray[np.float64]
QUICK = settings(max_examples=30, deadline=None, derandomize=True)


def pair(ups: npt.ArrayLike) -> Array:
    """Two classes, from the probability of the second."""
    return np.column_stack([1 - np.asarray(ups, dtype=float), ups])


def column(curve: Curve, name: str) -> list:
    return [getattr(part, name) for part in curve.bins]


@st.composite
def samples(draw: st.DrawFn) -> tuple[Array, npt.NDArray[np.intp], Array, int]:
    """Probabilities with many ties, codes, whole weights and a number of bins."""
    k, n = draw(st.integers(2, 4)), draw(st.integers(1, 25))
    p = draw(arrays(float, (n, k), elements=st.integers(0, 4).map(float)))
    p[:, 0] += 1
    codes = draw(arrays(np.intp, n, elements=st.integers(0, k - 1)))
    weight = draw(arrays(float, n, elements=st.integers(1, 5).map(float)))
    return p / p.sum(axis=1, keepdims=True), codes, weight, draw(st.integers(1, 12))


@QUICK
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 1000))
def test_equal_weights_without_ties_give_the_curve_of_sklearn(bins: int, each: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    ups, codes = rng.random(bins * each), rng.integers(2, size=bins * each)
    curve = reliability(pair(ups), codes, np.full(len(ups), 0.1), bins)[1]
    observed, predicted = calibration_curve(codes, ups, pos_label=1, n_bins=bins, strategy="quantile")
    assert column(curve, "predicted") == pytest.approx(predicted, abs=1e-12)
    assert column(curve, "observed") == pytest.approx(observed, abs=1e-12)


@QUICK
@given(samples())
def test_a_weight_is_a_repetition(sample: tuple) -> None:
    p, codes, weight, bins = sample
    times = weight.astype(int)
    weighted = reliability(p, codes, weight, bins)
    repeated = reliability(np.repeat(p, times, axis=0), np.repeat(codes, times), np.ones(times.sum()), bins)
    for a, b in zip(weighted, repeated, strict=True):
        for name in ("predicted", "observed", "share"):
            assert column(a, name) == pytest.approx(column(b, name), abs=1e-12)
        assert expected_calibration_error(a) == pytest.approx(expected_calibration_error(b), abs=1e-12)


@QUICK
@given(samples())
def test_repeated_rows_that_fill_bins_evenly_give_the_curve_of_sklearn(sample: tuple) -> None:
    p, codes, weight, bins = sample
    times = weight.astype(int) * bins  # so that no quantile falls between rows
    curve = reliability(p, codes, weight, bins)[1]
    observed, predicted = calibration_curve(
        np.repeat(codes == 1, times), np.repeat(p[:, 1], times), pos_label=True, n_bins=bins, strategy="quantile"
    )
    # Equal probabilities are interpolated by sklearn, and may so fall beside themselves: what counts is the content.
    assert column(curve, "predicted") == pytest.approx(predicted, abs=1e-9)
    assert column(curve, "observed") == pytest.approx(observed, abs=1e-9)


@QUICK
@given(samples())
def test_bins_follow_their_definition_row_by_row(sample: tuple) -> None:
    p, codes, weight, bins = sample
    for output, curve in enumerate(reliability(p, codes, weight, bins)):
        of_bin: dict[int, list[int]] = {}
        for row, own in enumerate(p[:, output]):
            below = sum(w for w, other in zip(weight, p[:, output], strict=True) if other < own)
            of_bin.setdefault(int(bins * below // weight.sum()), []).append(row)
        assert curve.output == output
        assert column(curve, "rows") == [len(of_bin[number]) for number in sorted(of_bin)]
        for part, number in zip(curve.bins, sorted(of_bin), strict=True):
            rows = of_bin[number]
            hit = (codes[rows] == output).astype(float)
            assert part.predicted == pytest.approx(np.average(p[rows, output], weights=weight[rows]))
            assert part.observed == pytest.approx(np.average(hit, weights=weight[rows]))
            assert part.share == pytest.approx(weight[rows].sum() / weight.sum())
            assert part.standard_error == pytest.approx(standard_error(hit, weight[rows]), nan_ok=True)


@QUICK
@given(samples(), st.floats(1e-3, 1e3))
def test_bins_add_up_and_the_scale_of_weights_does_not_matter(sample: tuple, scale: float) -> None:
    p, codes, weight, bins = sample
    for output, (curve, scaled) in enumerate(
        zip(reliability(p, codes, weight, bins), reliability(p, codes, scale * weight, bins), strict=True)
    ):
        share = np.array(column(curve, "share"))
        assert sum(column(curve, "rows")) == len(p)
        assert len(curve.bins) <= bins
        assert share.sum() == pytest.approx(1)
        assert share @ column(curve, "predicted") == pytest.approx(np.average(p[:, output], weights=weight))
        assert share @ column(curve, "observed") == pytest.approx(np.average(codes == output, weights=weight))
        assert (np.diff(column(curve, "predicted")) > 0).all()
        assert column(curve, "rows") == column(scaled, "rows")
        assert calibration_noise(curve) == pytest.approx(calibration_noise(scaled), abs=1e-12)


def test_equal_probabilities_share_one_bin() -> None:
    curve = reliability(pair([0.2] * 9 + [0.9]), [0] * 9 + [1], np.ones(10))[1]
    assert (column(curve, "predicted"), column(curve, "rows")) == (pytest.approx([0.2, 0.9]), [9, 1])
    assert np.isnan(curve.bins[1].standard_error)
    assert curve.bins[0].standard_error == 0


def test_a_last_row_of_hardly_any_weight_stands_in_the_last_bin() -> None:
    curve = reliability(pair([0.1, 0.4, 0.8, 0.9]), [0, 1, 1, 1], [1, 1, 1, 1e-13], bins=3)[1]
    assert column(curve, "rows") == [1, 1, 2]


def test_two_classes_mirror_each_other() -> None:
    rng = np.random.default_rng(0)
    ups, codes = rng.random(100), rng.integers(2, size=100)
    no, yes = reliability(pair(ups), codes, np.array([0.5, 3.0])[codes], bins=1)
    assert no.bins[0].observed == pytest.approx(1 - yes.bins[0].observed)
    assert no.bins[0].standard_error == pytest.approx(yes.bins[0].standard_error)
    assert no.bins[0].error_if_calibrated == pytest.approx(yes.bins[0].error_if_calibrated)
    assert expected_calibration_error(no) == pytest.approx(expected_calibration_error(yes))


def test_the_error_is_the_mean_distance() -> None:
    curve = reliability(pair([0.1, 0.1, 0.6, 0.6]), [0, 1, 1, 1], [1, 1, 3, 3], bins=2)[1]
    assert expected_calibration_error(curve) == pytest.approx(0.25 * 0.4 + 0.75 * 0.4)


def test_rows_without_weight_do_not_count() -> None:
    p, codes = pair([0.1, 0.3, 0.6, 0.7, np.nan]), [0, 1, 1, 0, 1]
    assert reliability(p, codes, [1, 1, 1, 1, 0], 2) == reliability(p[:-1], codes[:-1], [1, 1, 1, 1], 2)


def test_equal_weights_give_the_binomial_error_of_calibrated_predictions() -> None:
    ups = np.array([0.1, 0.4, 0.45, 0.9])
    curve = reliability(pair(ups), [0, 0, 1, 1], np.full(4, 2.0), bins=1)[1]
    assert curve.bins[0].error_if_calibrated == pytest.approx(np.sqrt((ups * (1 - ups)).sum()) / 4)


def calibrated(rng: np.random.Generator, n: int, of_class: Array) -> tuple[Array, npt.NDArray[np.intp], Array]:
    """Rows that follow their probabilities once each counts as often as its class does, and other weights beside."""
    p = softmax(rng.normal(scale=1.5, size=(n, len(of_class))) - 2.0 * np.arange(len(of_class)), axis=1)
    chance = p / of_class
    chance /= chance.sum(axis=1, keepdims=True)
    codes = np.minimum((chance.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1), len(of_class) - 1)
    return p, codes, of_class[codes] * rng.choice([0.5, 1.5], size=n)


@pytest.mark.parametrize("of_class", [[1.0, 1.0, 1.0], [0.5, 2.0, 12.0], [4.0, 1.0, 0.3]])
def test_calibration_noise_is_the_error_of_calibrated_predictions(of_class: list[float]) -> None:
    rng, met, expected, distance = np.random.default_rng(0), [], [], []
    for _ in range(120):
        curves = reliability(*calibrated(rng, 1500, np.array(of_class)), bins=5)
        met.append([expected_calibration_error(curve) for curve in curves])
        expected.append([calibration_noise(curve) for curve in curves])
        middle = [curve.bins[2] for curve in curves]
        distance.append([(part.observed - part.predicted) / part.error_if_calibrated for part in middle])
    assert np.mean(expected, axis=0) == pytest.approx(np.mean(met, axis=0), rel=0.1)
    assert np.std(distance, axis=0) == pytest.approx(np.ones(3), rel=0.15)


def test_miscalibration_stands_out_of_the_noise() -> None:
    p, codes, weight = calibrated(np.random.default_rng(0), 20_000, np.array([0.5, 2.0, 12.0]))
    sharp = p**2 / (p**2).sum(axis=1, keepdims=True)
    for right, wrong in zip(reliability(p, codes, weight), reliability(sharp, codes, weight), strict=True):
        assert expected_calibration_error(right) < 2 * calibration_noise(right)
        assert expected_calibration_error(wrong) > 3 * calibration_noise(wrong)


def test_a_class_without_rows_and_one_without_chances_are_counted() -> None:
    p = np.array([[0.5, 0.5, 0.0], [0.2, 0.8, 0.0], [0.9, 0.1, 0.0]])
    curves = reliability(p, [0, 1, 0], [1, 2, 1])
    assert column(curves[2], "observed") == [0.0]
    assert [expected_calibration_error(curves[2]), calibration_noise(curves[2])] == [0, 0]
    absent = reliability(p, [1, 1, 1], [2, 2, 2])[0]
    assert calibration_noise(absent) == pytest.approx(
        np.sqrt(2 / np.pi) * np.sqrt([0.25, 0.16, 0.09]).sum() / 3
    )  # as if it counted like the rows there are


@pytest.mark.parametrize(
    ("p", "codes", "weight", "bins"),
    [
        ([[0.5, 0.6]], [0], [1], 10),
        ([[1.5, -0.5]], [0], [1], 10),
        ([[np.nan, 0.5]], [0], [1], 10),
        ([0.5], [0], [1], 10),
        ([[0.5, 0.5]], [2], [1], 10),
        ([[0.5, 0.5]], [-1], [1], 10),
        ([[0.5, 0.5]], [[0]], [1], 10),
        ([[0.5, 0.5]], [0], [1], 0),
        ([[0.5, 0.5]], [0, 1], [1], 10),
        ([[0.5, 0.5]], [0], [1, 1], 10),
        ([[0.5, 0.5]], [0], [-1], 10),
        ([[0.5, 0.5]], [0], [0], 10),
    ],
)
def test_what_does_not_fit_is_an_error(p: list, codes: list, weight: list, bins: int) -> None:
    with pytest.raises(ValueError, match=r"probabilities|codes|fit|weights"):
        reliability(p, codes, weight, bins)
