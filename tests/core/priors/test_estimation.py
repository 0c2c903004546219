from __future__ import annotations

import itertools
import warnings

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize
from scipy.special import softmax

from core.priors import Evidence, Prior, estimated_prior, estimation
from core.priors.estimation import em

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
QUICK = settings(max_examples=50, deadline=None, derandomize=True)
NAMES = ("ant", "bee", "cat")


@st.composite
def problems(draw: st.DrawFn) -> tuple[Array, Array]:
    """Ratios of some rows, and labelled rows of each class, often none."""
    k = draw(st.integers(2, 4))
    ratios = draw(arrays(float, (draw(st.integers(1, 10)), k), elements=st.floats(1e-4, 10)))
    counts = draw(arrays(float, k, elements=st.sampled_from([0.0, 0.0, 0.5, 3.0, 40.0])))
    return ratios, counts


def likelihood(rho: Array, ratios: Array, counts: Array) -> float:
    labelled = counts > 0
    return float(np.log(ratios @ rho).sum() + counts[labelled] @ np.log(rho[labelled]))


def plain_em(ratios: Array, counts: Array, rounds: int) -> Array:
    """Saerens' definition, a step at a time."""
    rho = np.full(ratios.shape[1], 1 / ratios.shape[1])
    for _ in range(rounds):
        posteriors = ratios * rho / (ratios @ rho)[:, None]
        rho = (posteriors.sum(axis=0) + counts) / (len(ratios) + counts.sum())
    return rho


# EM


@settings(QUICK, max_examples=100)
@given(problems())
def test_the_likelihood_never_falls(problem: tuple[Array, Array]):
    ratios, counts = problem
    rho, likelihoods = em(ratios, counts)
    assert (np.diff(likelihoods) >= -1e-9 * (1 + np.abs(likelihoods[1:]))).all()
    even = np.full(len(rho), 1 / len(rho))
    assert likelihoods[0] == pytest.approx(likelihood(even, ratios, counts))
    assert likelihood(rho, ratios, counts) >= likelihoods[-1] - 1e-9 * (1 + abs(likelihoods[-1]))


@QUICK
@given(problems())
def test_the_prior_is_the_mean_posterior_under_itself(problem: tuple[Array, Array]):
    ratios, counts = problem
    rho, _ = em(ratios, counts)
    assert rho.sum() == pytest.approx(1)
    assert (rho >= 0).all()
    posteriors = ratios * rho / (ratios @ rho)[:, None]
    expected = (posteriors.sum(axis=0) + counts) / (len(ratios) + counts.sum())
    np.testing.assert_allclose(rho, expected, atol=1e-7)


@pytest.mark.parametrize("seed", range(6))
def test_no_other_prior_is_likelier(seed: int):
    rng = np.random.default_rng(seed)
    k = 2 + seed % 3
    ratios = rng.gamma(0.5, size=(40, k)) + 1e-3
    counts = rng.integers(0, 4, k).astype(float) if seed % 2 else np.zeros(k)
    rho, _ = em(ratios, counts)

    def loss(scores: Array) -> float:
        return -likelihood(softmax(np.r_[0.0, scores]), ratios, counts)

    oracle = minimize(loss, np.zeros(k - 1), method="BFGS", options={"gtol": 1e-8})
    assert likelihood(rho, ratios, counts) >= -oracle.fun - 1e-6
    if rho.min() > 1e-3:
        np.testing.assert_allclose(rho, softmax(np.r_[0.0, oracle.x]), atol=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_it_comes_to_where_plain_steps_lead(seed: int):
    rng = np.random.default_rng(seed)
    ratios, counts = rng.gamma(1.0, size=(30, 3)) + 0.1, np.array([1.0, 2.0, 0.0])
    np.testing.assert_allclose(em(ratios, counts)[0], plain_em(ratios, counts, 5000), atol=1e-6)


def test_features_that_tell_little_take_few_rounds():
    """Plain steps creep: a thousand of them do not come near."""
    rng = np.random.default_rng(0)
    ratios = np.exp(0.05 * rng.normal(size=(2000, 2)))
    ratios[:, 1] *= np.exp(0.05 * rng.normal(size=2000)) + 0.002
    counts = np.array([1.0, 0.0])
    rho, likelihoods = em(ratios, counts)
    assert len(likelihoods) < 100
    grid = np.linspace(1e-4, 1 - 1e-4, 2001)
    best = grid[np.argmax([likelihood(np.array([share, 1 - share]), ratios, counts) for share in grid])]
    assert rho[0] == pytest.approx(best, abs=2e-3)
    assert abs(plain_em(ratios, counts, 1000)[0] - best) > 0.01


@QUICK
@given(arrays(float, 3, elements=st.sampled_from([0.0, 0.5, 2.0, 7.0])))
def test_counts_alone_are_the_prior(counts: Array):
    counts[0] += 1
    rho, _ = em(np.empty((0, 3)), counts)
    np.testing.assert_allclose(rho, counts / counts.sum(), rtol=1e-12)


@QUICK
@given(problems(), st.randoms(use_true_random=False))
def test_another_order_of_the_classes_gives_the_same_prior(problem: tuple[Array, Array], random: object):
    ratios, counts = problem
    order = list(range(len(counts)))
    random.shuffle(order)
    counts = counts + 0.1  # so that there is one best prior
    found, turned = em(ratios, counts)[0], em(ratios[:, order], counts[order])[0]
    np.testing.assert_allclose(turned, found[order], atol=1e-5)


@pytest.mark.parametrize("counts", [None, [0.0, 0.0, 0.0], [0.0, 3.0, 1.0]])
def test_a_class_that_no_row_can_be_of_has_the_share_of_its_counts(counts: list[float] | None):
    ratios = np.random.default_rng(1).gamma(1.0, size=(20, 3))
    ratios[:, 1] = 0
    rho, likelihoods = em(ratios, counts)
    assert np.isfinite(likelihoods).all()
    assert rho[1] == pytest.approx(0 if counts is None else counts[1] / (20 + sum(counts)), abs=1e-12)


def test_where_it_starts_does_not_matter():
    ratios = np.random.default_rng(2).gamma(1.0, size=(50, 3)) + 0.1
    counts = [1.0, 1.0, 1.0]
    for start in ([0.98, 0.01, 0.01], [0.01, 0.01, 0.98]):
        np.testing.assert_allclose(em(ratios, counts, start)[0], em(ratios, counts)[0], atol=1e-5)


# The estimate of a prior


def posteriors(x: Array, prior: Array, apart: float) -> Array:
    """Of classes that are normal about 0, apart, 2 apart, … with variance 1."""
    means = apart * np.arange(len(prior))
    return softmax(np.log(prior) - (x[:, None] - means) ** 2 / 2, axis=1)


def drawn(
    seed: int, pi: tuple[float, ...], rho: tuple[float, ...], n: int, m: int, apart: float = 2.0
) -> tuple[Evidence, Codes]:
    """Exact posteriors of n labelled rows under the shares pi and of m others under rho, and the classes of these."""
    rng = np.random.default_rng(seed)
    codes, test = rng.choice(len(pi), n, p=pi), rng.choice(len(rho), m, p=rho)
    x, new = rng.normal(size=n) + apart * codes, rng.normal(size=m) + apart * test
    shares = np.bincount(codes, minlength=len(pi)) / n
    return Evidence(posteriors(x, shares, apart), codes, posteriors(new, shares, apart)), test


def changed(evidence: Evidence, change: object) -> Evidence:
    """The same rows under a classifier whose probabilities are changed."""
    return Evidence(change(evidence.out_of_fold), evidence.codes, change(evidence.test))


def estimate(evidence: Evidence, counts: object = None) -> Prior:
    """Without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        prior = estimated_prior(NAMES[: evidence.test.shape[1]], evidence, counts)
        prior.interval()
    return prior


CASES = [((0.8, 0.2), (0.4, 0.6)), ((0.9, 0.06, 0.04), (0.6, 0.15, 0.25)), ((0.3, 0.3, 0.4), (0.9, 0.05, 0.05))]


@pytest.mark.parametrize(("pi", "rho"), CASES)
@pytest.mark.parametrize("seed", range(3))
def test_the_prior_is_found_within_its_errors(pi: tuple[float, ...], rho: tuple[float, ...], seed: int):
    prior = estimate(drawn(seed, pi, rho, 3000, 2000)[0])
    off = np.abs(prior.shares - rho)
    assert (off < 3 * prior.errors).all()
    assert off.max() < 0.5 * np.abs(np.subtract(pi, rho)).max()
    assert prior.errors.max() < 0.05


@pytest.mark.parametrize("joint", [False, True])
def test_intervals_hold_the_prior_as_often_as_they_say(joint: bool):
    rho, held, shares, errors = np.array([0.45, 0.55]), [], [], []
    for seed in range(80):
        evidence, _ = drawn(seed, (0.7, 0.3), (0.45, 0.55), 120, 60, apart=1.8)
        counts = np.bincount(np.random.default_rng(10_000 + seed).choice(2, 30, p=rho))
        prior = estimated_prior(NAMES[:2], evidence, counts if joint else None)
        held.append(prior.covers(rho))
        shares.append(prior.shares[1])
        errors.append(prior.errors[1])
    assert 0.90 <= np.mean(held) <= 0.99
    assert np.mean(errors) == pytest.approx(np.std(shares), rel=0.2)


@pytest.mark.parametrize(("pi", "rho"), CASES)
def test_labelled_rows_and_features_together_are_surer_than_either(pi: tuple[float, ...], rho: tuple[float, ...]):
    evidence, _ = drawn(4, pi, rho, 2000, 300)
    counts = np.random.default_rng(5).multinomial(100, rho)
    alone, joint = estimate(evidence), estimate(evidence, counts)
    counted = np.sqrt(joint.shares * (1 - joint.shares) / 100)
    assert (joint.errors < alone.errors).all()
    assert (joint.errors < counted).all()
    shares = counts / 100
    assert (np.abs(joint.shares - shares) <= np.abs(alone.shares - shares) + 1e-3).all()


def test_many_labelled_rows_settle_the_prior():
    evidence, _ = drawn(6, (0.8, 0.2), (0.4, 0.6), 500, 200)
    prior = estimate(evidence, [9_000, 1_000])
    assert prior.shares[1] == pytest.approx(0.1, abs=0.02)
    assert prior.errors[1] == pytest.approx(np.sqrt(0.09 / 10_000), rel=0.2)


@pytest.mark.parametrize(("pi", "rho"), CASES)
@pytest.mark.parametrize("counts", [None, [30, 20, 10]])
def test_shares_sum_to_one_and_so_do_their_errors_cancel(
    pi: tuple[float, ...], rho: tuple[float, ...], counts: list[int] | None
):
    prior = estimate(drawn(7, pi, rho, 500, 200)[0], counts[: len(pi)] if counts else None)
    assert prior.shares.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(prior.covariance.sum(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(prior.covariance, prior.covariance.T, atol=1e-15)
    assert np.linalg.eigvalsh(prior.covariance).min() > -1e-12
    rows = "estimated from 200 test rows without labels"
    assert prior.source == rows + (f" and {sum(counts[: len(pi)])} with labels" if counts else "")


@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[1:])
@pytest.mark.parametrize("labelled", [False, True])
def test_names_follow_their_columns(order: tuple[int, ...], labelled: bool):
    evidence, _ = drawn(8, (0.8, 0.12, 0.08), (0.4, 0.4, 0.2), 600, 300)
    counts = np.array([20.0, 25.0, 5.0]) if labelled else None
    found, places = estimate(evidence, counts), list(order)
    turned = estimated_prior(
        [NAMES[place] for place in order],
        Evidence(evidence.out_of_fold[:, places], np.argsort(order)[evidence.codes], evidence.test[:, places]),
        None if counts is None else counts[places],
    )
    np.testing.assert_allclose(turned.by_name()[list(NAMES)], found.by_name()[list(NAMES)], atol=1e-4)
    np.testing.assert_allclose(turned.covariance, found.covariance[np.ix_(places, places)], rtol=0.01, atol=1e-6)


def test_probabilities_that_are_too_sharp_and_biased_are_mended():
    evidence, _ = drawn(4, (0.8, 0.15, 0.05), (0.4, 0.3, 0.3), 3000, 2000, apart=2)
    rho = np.array([0.4, 0.3, 0.3])
    distorted = changed(evidence, lambda p: softmax(2 * np.log(p) + [0, -1.0, 1.5], axis=1))
    prior, honest = estimate(distorted), estimate(evidence)
    assert (np.abs(prior.shares - rho) < 3 * prior.errors).all()
    np.testing.assert_allclose(prior.shares, honest.shares, atol=2e-3)  # the same information in another dress
    np.testing.assert_allclose(prior.errors, honest.errors, rtol=0.02)
    uncalibrated = em(distorted.test / evidence.prior)[0]
    assert np.abs(uncalibrated - rho).max() > 0.15 > 3 * np.abs(prior.shares - rho).max()


def test_a_class_without_rows_is_an_error():
    evidence, _ = drawn(10, (0.8, 0.2), (0.5, 0.5), 50, 20)
    with pytest.raises(ValueError, match="without rows"):
        estimated_prior(NAMES[:2], Evidence(evidence.out_of_fold, np.zeros(50, dtype=np.intp), evidence.test))


def test_the_natural_prior_is_the_share_of_the_rows():
    codes = np.array([0, 0, 1, 2, 0])
    np.testing.assert_allclose(Evidence(np.full((5, 3), 1 / 3), codes, np.empty((0, 3))).prior, [0.6, 0.2, 0.2])


# Where there is little to know


def constant(p: Array) -> Array:
    return np.tile([0.8, 0.2], (len(p), 1))


def by_fold(p: Array) -> Array:
    """As a learner without a feature answers: the class shares of the other rows, which differ from fold to fold."""
    return np.array([[0.8, 0.2], [0.81, 0.19], [0.79, 0.21]])[np.arange(len(p)) % 3]


def noise(p: Array) -> Array:
    rng = np.random.default_rng(len(p))
    return softmax(np.log([0.8, 0.2]) + rng.normal(size=p.shape), axis=1)


def sharp_noise(p: Array) -> Array:
    return softmax(6 * np.log(noise(p)), axis=1)


def turned_round(p: Array) -> Array:
    return p[:, ::-1]


NOTHING = [constant, by_fold, noise, sharp_noise, turned_round]


@pytest.mark.parametrize("change", NOTHING)
def test_features_that_tell_nothing_leave_nearly_everything_possible(change: object):
    evidence = changed(drawn(11, (0.8, 0.2), (0.4, 0.6), 400, 200)[0], change)
    prior = estimate(evidence)
    ends, natural = prior.interval(), evidence.prior
    assert (ends[:, 0] < 0.15).all()
    assert (ends[:, 1] > 0.85).all()
    assert prior.covers(natural)  # so that nothing is corrected
    np.testing.assert_allclose(prior.shares, natural, atol=0.01)
    np.testing.assert_allclose(prior.errors, np.sqrt(natural * (1 - natural)), rtol=0.01)  # of one drawn row


@pytest.mark.parametrize("change", NOTHING)
def test_labelled_rows_are_enough_where_the_features_tell_nothing(change: object):
    evidence = changed(drawn(11, (0.8, 0.2), (0.4, 0.6), 400, 200)[0], change)
    prior = estimate(evidence, [40, 60])
    assert prior.shares[1] == pytest.approx(0.6, abs=0.03)
    assert prior.errors[1] == pytest.approx(np.sqrt(0.24 / 100), rel=0.1)


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.95, 0.05), (1 / 3, 1 / 3, 1 / 3), (0.9, 0.07, 0.03)])
@pytest.mark.parametrize("rows", [60, 3000])
def test_constants_are_worth_the_one_row_that_is_added(shares: tuple[float, ...], rows: int):
    codes = np.repeat(np.arange(len(shares)), np.round(np.array(shares) * rows).astype(int))
    natural = np.bincount(codes) / len(codes)
    constants = np.tile(natural, (len(codes), 1))
    prior = estimate(Evidence(constants, codes, constants[:40]))
    np.testing.assert_allclose(prior.shares, natural, atol=1e-6)
    np.testing.assert_allclose(prior.errors, np.sqrt(natural * (1 - natural)), rtol=0.02)


def test_two_classes_that_look_alike_are_not_told_apart_but_the_third_is():
    rng, pi, rho = np.random.default_rng(12), np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    codes, test = rng.choice(3, 2000, p=pi), rng.choice(3, 500, p=rho)

    def alike(codes: Codes) -> Array:
        x = rng.normal(size=len(codes)) + 2 * (codes > 0)
        return softmax(np.log(pi) - (x[:, None] - [0, 2, 2]) ** 2 / 2, axis=1)

    evidence = Evidence(alike(codes), codes, alike(test))
    prior = estimate(evidence)
    assert abs(prior.shares[0] - 0.2) < 3 * prior.errors[0] < 0.12
    assert prior.errors[1] > 0.3
    ends = prior.interval()
    assert (ends[1:, 0] < 0.05).all()
    assert (ends[1:, 1] > 0.7).all()
    joint = estimate(evidence, rng.multinomial(60, rho))
    assert (np.abs(joint.shares - rho) < 3 * joint.errors).all()
    assert joint.errors.max() < 0.08


@pytest.mark.parametrize("gone", [0, 1])
def test_no_class_becomes_impossible_or_certain_to_be_gone(gone: int):
    """Without a single test row that looks like it: about 3 rows in 200 would still be no wonder."""
    exact = np.eye(2)[np.arange(300) % 2]
    prior = estimate(Evidence(exact, np.arange(300) % 2, np.tile(exact[1 - gone], (200, 1))))
    assert 1e-4 < prior.shares[gone] < 0.01
    low, high = prior.interval()[gone]
    assert low < 1e-3
    assert 0.01 < high < 0.1


@pytest.mark.parametrize("rho", [(0.005, 0.995), (0.995, 0.005), (0.999, 0.001)])
@pytest.mark.parametrize("seed", range(4))
def test_a_share_near_0_is_neither_an_error_nor_certain(rho: tuple[float, float], seed: int):
    prior = estimate(drawn(seed, (0.8, 0.2), rho, 300, 100, apart=1.5)[0])
    assert prior.shares.min() > 1e-4
    assert np.diff(prior.interval()).min() > 0.02
    assert np.abs(prior.shares - rho).max() < 0.25


def test_one_row_alone_tells_hardly_anything():
    evidence, _ = drawn(13, (0.8, 0.2), (0.5, 0.5), 400, 1)
    assert np.diff(estimate(evidence).interval()).min() > 0.8


def test_certain_and_wrong_probabilities_are_no_trouble():
    evidence, _ = drawn(14, (0.7, 0.3), (0.4, 0.6), 400, 200)
    prior = estimate(changed(evidence, np.round))
    assert (np.abs(prior.shares - [0.4, 0.6]) < 3 * prior.errors).all()


def test_features_that_tell_little_take_few_turns(monkeypatch: pytest.MonkeyPatch):
    rounds = []

    def counting(*arguments: object, **more: object) -> tuple[Array, Array]:
        rho, likelihoods = em(*arguments, **more)
        rounds.append(len(likelihoods))
        return rho, likelihoods

    monkeypatch.setattr(estimation, "em", counting)
    estimate(drawn(15, (0.9, 0.07, 0.03), (0.6, 0.2, 0.2), 4000, 2000, apart=0.3)[0])
    assert len(rounds) < 20
    assert sum(rounds) < 1500
