from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm

from core.evaluation import LossInterval, expected_loss, paired_difference
from core.metrics.classification import row_losses
from core.priors import Prior

Array = npt.NDArray[np.float64]
QUICK = settings(max_examples=50, deadline=None, derandomize=True)
NAMES = ("a", "b", "c")


def counted(shares: Array, rows: int) -> Prior:
    """The prior that so many labelled rows gave."""
    return Prior(NAMES[: len(shares)], shares, (np.diag(shares) - np.outer(shares, shares)) / rows, "counted")


@st.composite
def samples(draw: st.DrawFn) -> tuple[Array, npt.NDArray[np.intp], Prior]:
    k = draw(st.integers(2, 3))
    n = draw(st.integers(2 * k, 14))
    shares = draw(arrays(float, k, elements=st.floats(0.01, 1)))
    prior = counted(shares / shares.sum(), draw(st.integers(1, 1000)))
    return draw(arrays(float, n, elements=st.floats(0, 35))), np.arange(n) % k, prior


@QUICK
@given(samples(), st.none() | st.integers(1, 500))
def test_value_and_error_are_their_formula(sample: tuple, rows: int | None) -> None:
    losses, codes, prior = sample
    parts = [losses[codes == k] for k in range(len(prior.classes))]
    mean = np.array([part.mean() for part in parts])
    value = sum(prior.shares * mean)
    variance = sum(rho**2 * part.var(ddof=1) / len(part) for rho, part in zip(prior.shares, parts, strict=True))
    variance += sum(mean[i] * prior.covariance[i, j] * mean[j] for i in range(len(parts)) for j in range(len(parts)))
    if rows is not None:
        squares = np.array([(part**2).mean() for part in parts])
        variance += (prior.shares @ squares - value**2) / rows
    got = expected_loss(losses, codes, prior, rows)
    assert got.value == pytest.approx(value, abs=1e-9)
    assert got.standard_error**2 == pytest.approx(variance, rel=1e-6, abs=1e-9)
    assert got.rows == rows


@QUICK
@given(samples())
def test_a_known_prior_gives_the_weighted_mean_and_its_stratified_error(sample: tuple) -> None:
    losses, codes, prior = sample
    known = Prior.known(prior.classes, prior.shares)
    weight = prior.shares[codes] / np.bincount(codes)[codes]
    weighted = paired_difference(losses, 0.0, weight, codes)
    got = expected_loss(losses, codes, known)
    assert got.value == pytest.approx(weighted.value, abs=1e-9)
    assert got.standard_error == pytest.approx(weighted.standard_error, abs=1e-9)


@QUICK
@given(samples(), st.none() | st.integers(1, 500), st.floats(0.5, 0.999))
def test_the_ends_hold_the_value_and_a_loss_is_never_expected_below_zero(
    sample: tuple, rows: int | None, level: float
) -> None:
    losses, codes, prior = sample
    got, wider = expected_loss(losses, codes, prior, rows, level), expected_loss(losses, codes, prior, rows, 0.9995)
    assert 0 <= got.low <= got.value <= got.high
    assert wider.low <= got.low
    assert got.high <= wider.high


def test_what_is_not_known_widens_the_interval() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(2, size=400)
    losses, shares = rng.exponential(size=400) * (1 + codes), np.array([0.8, 0.2])
    steps = [
        expected_loss(losses, codes, Prior.known(NAMES[:2], shares)),
        expected_loss(losses, codes, counted(shares, 300)),
        expected_loss(losses, codes, counted(shares, 300), rows=3000),
        expected_loss(losses, codes, counted(shares, 300), rows=100),
        expected_loss(losses, codes, counted(shares, 30), rows=100),
    ]
    assert (np.diff([step.standard_error for step in steps]) > 0).all()
    assert (np.diff([step.high - step.low for step in steps]) > 0).all()
    assert len({step.value for step in steps}) == 1


def test_the_ends_are_normal_on_the_scale_of_log_loss() -> None:
    got = expected_loss([0.1, 0.3, 1.0, 1.4], [0, 0, 1, 1], Prior.known(("no", "yes"), [0.5, 0.5]), level=0.9)
    width = norm.ppf(0.95) * got.standard_error / got.value
    assert (np.log(got.low), np.log(got.high)) == pytest.approx((np.log(got.value) - width, np.log(got.value) + width))


def test_the_ends_of_a_value_that_is_not_positive_are_normal_on_the_plain_scale() -> None:
    prior = Prior.known(("no", "yes"), [0.5, 0.5])
    nothing = expected_loss([0, 0, 0, 0], [0, 0, 1, 1], prior)
    assert (nothing.value, nothing.low, nothing.high) == (0, 0, 0)
    below = expected_loss([-1, -2, -3, -5], [0, 0, 1, 1], prior)
    assert below.value - below.low == pytest.approx(norm.ppf(0.975) * below.standard_error)
    assert below.high - below.value == pytest.approx(norm.ppf(0.975) * below.standard_error)


def test_one_row_of_a_rare_loss_leaves_the_upper_end_open() -> None:
    losses, codes = np.r_[np.zeros(400_000), 30.0, 0.0], np.r_[np.zeros(400_000, int), 1, 1]
    got = expected_loss(losses, codes, Prior.known(("no", "yes"), [1 - 1e-6, 1e-6]), rows=1)
    assert (got.low, got.high) == (0, np.inf)
    assert got.contains(30.0)


SHARES = np.array([0.75, 0.17, 0.08])


def file_losses(rng: np.random.Generator, codes: npt.NDArray[np.intp]) -> Array:
    """Losses that are small for the first class, large for the last, and skewed for each."""
    return rng.gamma(np.array([0.4, 0.8, 1.5])[codes], np.array([0.5, 1.0, 1.2])[codes])


@pytest.mark.parametrize(
    ("labelled", "rows", "train"),
    [
        (None, None, (3000, 120, 60)),  # the mean over all rows there could be
        (None, 150, (3000, 120, 60)),  # the loss of a small file
        (400, 1500, (3000, 120, 60)),  # a prior counted elsewhere
        (100, 100, (600, 30, 15)),  # a little of everything
    ],
)
def test_intervals_hold_what_they_promise(labelled: int | None, rows: int | None, train: tuple[int, ...]) -> None:
    rng, hits, repeats = np.random.default_rng(0), 0, 400
    codes = np.repeat(np.arange(3), train)
    exact = SHARES @ (np.array([0.4, 0.8, 1.5]) * np.array([0.5, 1.0, 1.2]))
    for _ in range(repeats):
        prior = Prior.known(NAMES, SHARES)
        if labelled is not None:
            prior = counted((rng.multinomial(labelled, SHARES) + 0.5) / (labelled + 1.5), labelled)
        got = expected_loss(file_losses(rng, codes), codes, prior, rows)
        met = exact if rows is None else file_losses(rng, rng.choice(3, size=rows, p=SHARES)).mean()
        hits += got.contains(met)
    assert 0.90 <= hits / repeats <= 0.985


def test_a_prior_counted_on_the_file_itself_makes_the_interval_too_wide() -> None:
    rng, hits, repeats = np.random.default_rng(0), 0, 300
    codes = np.repeat(np.arange(3), (3000, 120, 60))
    for _ in range(repeats):
        own = rng.choice(3, size=300, p=SHARES)
        prior = counted(np.bincount(own, minlength=3) / 300, 300)
        hits += expected_loss(file_losses(rng, codes), codes, prior, 300).contains(file_losses(rng, own).mean())
    assert hits / repeats > 0.96


def test_it_says_the_log_loss_of_a_file_under_another_prior() -> None:
    rng = np.random.default_rng(0)

    def drawn(size: int, shares: list[float]) -> tuple[npt.NDArray[np.intp], Array]:
        codes = rng.choice(2, size=size, p=shares)
        ups = 1 / (1 + np.exp(-rng.normal(loc=2.0 * codes - 1)))
        return codes, row_losses(codes, np.column_stack([1 - ups, ups]))

    (codes, losses), (_, met) = drawn(4000, [0.95, 0.05]), drawn(4000, [0.4, 0.6])
    got = expected_loss(losses, codes, Prior.known(("no", "yes"), [0.4, 0.6]), rows=4000)
    assert got.contains(met.mean())
    assert not got.contains(2 * met.mean())


def test_the_ends_are_inside() -> None:
    interval = LossInterval(0.5, 0.4, 0.7, 0.1, None)
    assert [interval.contains(value) for value in (0.39, 0.4, 0.5, 0.7, 0.71, np.nan)] == [0, 1, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("losses", "codes", "rows", "level", "message"),
    [
        ([0.1, 0.2, 0.3], [0, 0, 1], None, 0.95, "class yes"),
        ([0.1, 0.2], [0, 0], None, 0.95, "class yes"),
        ([], [], None, 0.95, "class no, yes"),
        ([0.1, 0.2, 0.3, 0.4], [0, 0, 1, 2], None, 0.95, "classes of the prior"),
        ([0.1, 0.2, 0.3, 0.4], [0, 0, 1, -1], None, 0.95, "classes of the prior"),
        ([0.1, 0.2, 0.3, np.nan], [0, 0, 1, 1], None, 0.95, "finite"),
        ([0.1, 0.2, 0.3], [0, 0, 1, 1], None, 0.95, "fit"),
        ([[0.1, 0.2], [0.3, 0.4]], [[0, 0], [1, 1]], None, 0.95, "fit"),
        ([0.1, 0.2, 0.3, 0.4], [0, 0, 1, 1], 0, 0.95, "1 row"),
        ([0.1, 0.2, 0.3, 0.4], [0, 0, 1, 1], None, 1.0, "level"),
        ([0.1, 0.2, 0.3, 0.4], [0, 0, 1, 1], None, 0.0, "level"),
    ],
)
def test_what_does_not_fit_is_an_error(losses: list, codes: list, rows: int | None, level: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        expected_loss(losses, codes, Prior.known(("no", "yes"), [0.5, 0.5]), rows, level)
