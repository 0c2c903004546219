"""Class shares from leaderboard scores: against the shares that made them, closed forms and enumeration."""

from __future__ import annotations

import itertools
import math
import warnings

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import log_loss

from core.errors import Refusal
from core.priors.probes import probe_constants, solve_probes

Array = npt.NDArray[np.float64]
QUICK = settings(max_examples=80, deadline=None, derandomize=True)
CLASSES = ["ant", "bee", "cat"]


def names(k: int) -> list[str]:
    return [f"c{number}" for number in range(k)]


def scores_of(constants: Array, shares: npt.ArrayLike) -> Array:
    return -np.log(constants) @ np.asarray(shares)


@st.composite
def priors(draw: st.DrawFn, largest: int = 12) -> Array:
    """Class shares, from even to very rare; some are zero."""
    values = draw(arrays(float, draw(st.integers(2, largest)), elements=st.floats(0, 1, width=16)))
    assume(values.sum() > 0.01)
    return values / values.sum()


@st.composite
def counted(draw: st.DrawFn) -> Array:
    counts = draw(st.lists(st.integers(0, 400), min_size=2, max_size=6))
    assume(sum(counts) > 0)
    return np.array(counts)


# The constants


@pytest.mark.parametrize("k", [2, 3, 7, 11, 12, 101, 300])
def test_constants_are_probabilities_with_few_decimals_that_tell_the_classes_apart(k: int) -> None:
    constants = probe_constants(names(k))
    assert constants.shape == (k - 1, k)
    assert (constants > 1e-6).all()  # what a competition may clip to
    assert np.abs(constants.sum(axis=1) - 1).max() < 1e-12
    assert (constants.argmax(axis=1) == np.arange(k - 1)).all()
    assert max(len(str(value)) for value in constants.ravel()) <= 8
    # How much an error of the scores grows in the share of a class that has a probe.
    assert 1 / np.log(constants[0, 0] / constants[0, 1]) <= 1 / math.log(99) + 1e-12


@pytest.mark.parametrize("classes", [[], ["ant"]])
def test_fewer_than_two_classes_have_no_probe(classes: list[str]) -> None:
    with pytest.raises(ValueError, match="two or more classes"):
        probe_constants(classes)


# The solution


@QUICK
@given(priors())
def test_unrounded_scores_give_the_shares_back(shares: Array) -> None:
    constants = probe_constants(names(len(shares)))
    found = solve_probes(names(len(shares)), constants, scores_of(constants, shares), decimals=14)
    assert np.abs(found.shares - shares).max() < 1e-6 * len(shares)  # no share is below 1e-6
    if shares.min() > 1e-6:
        assert np.abs(found.shares - shares).max() < 1e-11


@QUICK
@given(priors(), st.integers(2, 6))
def test_rounded_scores_miss_the_shares_by_no_more_than_rounding_can(shares: Array, decimals: int) -> None:
    constants = probe_constants(names(len(shares)))
    found = solve_probes(names(len(shares)), constants, scores_of(constants, shares).round(decimals), decimals)
    each = 0.5 * 10.0**-decimals / math.log(constants[0, 0] / constants[0, 1])
    worst = np.full(len(shares), each)
    worst[-1] = each * (len(shares) - 1)
    raised = np.maximum(1.5 * worst, 2e-6).sum()  # shares near zero are raised, all others pay for it
    assert (np.abs(found.shares - shares) <= worst + 1e-6 + found.shares * raised).all()


@QUICK
@given(priors(), st.integers(2, 6))
def test_the_result_is_a_prior_with_an_interval_that_needs_no_warning(shares: Array, decimals: int) -> None:
    constants = probe_constants(names(len(shares)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = solve_probes(names(len(shares)), constants, scores_of(constants, shares).round(decimals), decimals)
        ends = found.interval()
    assert (found.shares > 0).all()
    assert ((ends[:, 0] > 0) & (ends[:, 0] <= found.shares) & (found.shares <= ends[:, 1]) & (ends[:, 1] < 1)).all()
    assert np.abs(found.covariance.sum(axis=1)).max() < 1e-12


@QUICK
@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_two_classes_are_the_closed_form(share: float, c: float) -> None:
    assume(abs(c - 0.5) > 0.01)
    loss = -(share * math.log(c) + (1 - share) * math.log(1 - c))
    closed = (loss + math.log(1 - c)) / math.log((1 - c) / c)
    found = solve_probes(["yes", "no"], [[c, 1 - c]], [loss], decimals=13)
    assert found.by_name()["yes"] == pytest.approx(closed, abs=1e-10)
    assert found.by_name()["yes"] == pytest.approx(share, abs=1e-10)


@QUICK
@given(priors(), st.randoms(use_true_random=False), st.integers(2, 6))
def test_shares_follow_the_names_of_the_classes(shares: Array, random, decimals: int) -> None:
    classes, constants = names(len(shares)), probe_constants(names(len(shares)))
    scores = scores_of(constants, shares).round(decimals)
    order = list(range(len(shares)))
    random.shuffle(order)
    straight = solve_probes(classes, constants, scores, decimals)
    turned = solve_probes([classes[k] for k in order], constants[:, order], scores, decimals)
    assert turned.classes == tuple(classes[k] for k in order)
    assert np.abs(turned.by_name()[classes] - straight.by_name()).max() < 1e-9
    assert np.abs(turned.errors - straight.errors[order]).max() < 1e-9


def test_probes_are_matched_with_their_scores_whatever_their_order() -> None:
    constants = probe_constants(CLASSES)
    scores = scores_of(constants, [0.6, 0.3, 0.1])
    found = solve_probes(CLASSES, constants[::-1], scores[::-1], decimals=12)
    assert found.shares == pytest.approx([0.6, 0.3, 0.1], abs=1e-10)


def test_the_covariance_is_that_of_shares_solved_from_many_roundings() -> None:
    constants = np.array([[0.9, 0.06, 0.04], [0.1, 0.7, 0.2]])
    truth = scores_of(constants, [0.5, 0.3, 0.2])
    exact = solve_probes(CLASSES, constants, truth, decimals=3)
    uniform = (np.arange(15) - 7) / 15 * 1e-3  # from -0.0005 to 0.0005
    off = itertools.product(uniform, repeat=2)
    solved = np.array([solve_probes(CLASSES, constants, truth + each, decimals=15).shares for each in off])
    assert np.cov(solved.T, ddof=0) == pytest.approx(exact.covariance, rel=0.01)


def test_the_source_counts_the_probes() -> None:
    constants = probe_constants(CLASSES)
    assert solve_probes(CLASSES, constants, scores_of(constants, [0.6, 0.3, 0.1]), 12).source == "solved from 2 probes"
    assert solve_probes(["a", "b"], [[0.9, 0.1]], [0.5], 1).source == "solved from 1 probe"


# More probes than needed


def test_a_score_too_many_makes_the_shares_surer() -> None:
    few = np.array([[0.9, 0.05, 0.05], [0.05, 0.9, 0.05]])
    more = np.vstack([few, [0.05, 0.05, 0.9]])
    scores = scores_of(more, [0.6, 0.3, 0.1]).round(4)
    alone, found = solve_probes(CLASSES, few, scores[:2], 4), solve_probes(CLASSES, more, scores, 4)
    assert found.source == "solved from 3 probes"
    assert np.abs(found.shares - [0.6, 0.3, 0.1]).max() < 5e-5
    assert found.errors[2] < 0.9 * alone.errors[2]


def test_the_score_of_the_uniform_constant_tells_nothing_but_is_held_against_the_logarithm() -> None:
    constants = np.vstack([probe_constants(CLASSES), np.full(3, 1 / 3)])
    scores = scores_of(constants, [0.6, 0.3, 0.1]).round(4)
    found, without = solve_probes(CLASSES, constants, scores, 4), solve_probes(CLASSES, constants[:2], scores[:2], 4)
    assert found.shares == pytest.approx(without.shares, abs=1e-12)
    with pytest.raises(Refusal, match="score 3 cannot be"):
        solve_probes(CLASSES, constants, [*scores[:2], 1.2], 4)


@QUICK
@given(priors(5), st.integers(0, 2**32 - 1), st.integers(2, 5))
def test_rounding_never_makes_scores_contradict_each_other(shares: Array, seed: int, decimals: int) -> None:
    more = np.random.default_rng(seed).dirichlet(np.full(len(shares), 0.7), size=3).clip(1e-3)
    constants = np.vstack([probe_constants(names(len(shares))), more / more.sum(axis=1, keepdims=True)])
    solve_probes(names(len(shares)), constants, scores_of(constants, shares).round(decimals), decimals)


def test_scores_that_contradict_each_other_are_refused() -> None:
    constants = np.array([[0.9, 0.05, 0.05], [0.05, 0.9, 0.05], [0.05, 0.05, 0.9]])
    scores = scores_of(constants, [0.6, 0.3, 0.1]) + np.array([0, 0, 0.01])
    with pytest.raises(Refusal, match=r"score \d contradicts the others"):
        solve_probes(CLASSES, constants, scores, 4)
    solve_probes(CLASSES, constants, scores, 1)


# Whole counts


@QUICK
@given(counted())
def test_the_number_of_rows_makes_shares_exact(counts: Array) -> None:
    constants, classes, rows = probe_constants(names(len(counts))), names(len(counts)), int(counts.sum())
    found = solve_probes(classes, constants, scores_of(constants, counts / rows).round(5), 5, rows)
    assert found.shares == pytest.approx(np.maximum(counts, 0.5) / np.maximum(counts, 0.5).sum(), abs=1e-12)
    assert not found.covariance.any()
    assert found.source.endswith(f"in whole counts of {rows} rows")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(1, 40), st.lists(st.floats(0, 1), min_size=2, max_size=2), st.integers(0, 3), st.booleans())
def test_counts_are_settled_just_where_an_enumeration_finds_one_way(
    rows: int, cuts: list[float], decimals: int, counted: bool
) -> None:
    first, second = sorted(round(cut * rows) if counted else cut * rows for cut in cuts)
    constants = probe_constants(CLASSES)
    scores = scores_of(constants, np.array([first, second - first, rows - second]) / rows).round(decimals)
    found = solve_probes(CLASSES, constants, scores, decimals, rows)
    ways = [(a, b, rows - a - b) for a, b in itertools.product(range(rows + 1), repeat=2) if a + b <= rows]
    off = np.abs(scores_of(constants, np.array(ways).T / rows) - scores[:, None]).max(axis=0) - 0.5 * 10.0**-decimals
    assume((np.abs(off) > 1e-6).all())
    fitting = [way for way, beyond in zip(ways, off, strict=True) if beyond <= 0]
    if found.errors.any():
        # A class alone may have two whole numbers where one of them would leave the last class less than no row.
        assert len(fitting) != 1 or fitting[0][2] == 0
    else:
        assert len(fitting) == 1
        counts = np.maximum(fitting[0], 0.5)
        assert found.shares == pytest.approx(counts / counts.sum())


def test_without_a_single_way_to_count_the_rows_change_nothing() -> None:
    constants = probe_constants(CLASSES)
    scores = scores_of(constants, [0.6, 0.3, 0.1]).round(3)
    plain = solve_probes(CLASSES, constants, scores, 3)
    for rows in (100_000, 7):  # several ways; none
        found = solve_probes(CLASSES, constants, scores, 3, rows)
        assert (found.shares == plain.shares).all()
        assert found.errors.any()
        assert found.source == plain.source


def test_a_class_that_is_not_there_keeps_half_a_row_or_what_rounding_hides() -> None:
    constants = probe_constants(CLASSES)
    scores = scores_of(constants, [0.75, 0.25, 0.0]).round(5)
    assert solve_probes(CLASSES, constants, scores, 5, 400).shares[2] == pytest.approx(0.5 / 400.5)
    assert 0 < solve_probes(CLASSES, constants, scores, 5).shares[2] < 2e-6


# An oracle for the losses


def test_scores_of_scikit_learn_give_the_shares_of_the_labels() -> None:
    rng = np.random.default_rng(1)
    labels = rng.choice(CLASSES, size=737, p=[0.1, 0.7, 0.2])
    constants = probe_constants(CLASSES)
    scores = [round(log_loss(labels, np.tile(own, (737, 1)), labels=CLASSES), 4) for own in constants]
    found = solve_probes(CLASSES, constants, scores, 4, rows=737)
    assert found.shares == pytest.approx([np.mean(labels == name) for name in CLASSES], abs=1e-12)


# Scores that cannot be


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ([2.0], "1 score for 2 probes"),
        ([2.0, 3.0, 4.0], "3 scores for 2 probes"),
        ([], "0 scores for 2 probes"),
        ([2.0, math.nan], "score 2 is no finite number"),
        ([math.inf, 2.0], "score 1 is no finite number"),
        ([2.0, -3.0], "score 2 is negative"),
        ([0.001, 3.0], "score 1 cannot be: 0.001"),
        ([3.0, 7.2], "score 2 cannot be: 7.2"),
        ([2.0, 2.0], "together they leave class 'cat' a share of -0.4"),
    ],
)
def test_scores_that_cannot_be_are_refused_by_their_number(scores: list[float], said: str) -> None:
    with pytest.raises(Refusal) as refused:
        solve_probes(CLASSES, probe_constants(CLASSES), scores, decimals=5)
    assert said in refused.value.problem


def test_a_score_out_of_range_by_rounding_alone_is_accepted() -> None:
    constants = probe_constants(CLASSES)
    scores = scores_of(constants, [1.0, 0.0, 0.0])
    found = solve_probes(CLASSES, constants, scores.round(2), 2)
    assert found.shares[0] > 0.998
    with pytest.raises(Refusal, match="score 1 cannot be"):
        solve_probes(CLASSES, constants, [0.0, scores[1]], 3)


def test_a_last_class_below_zero_by_rounding_alone_is_accepted() -> None:
    constants = probe_constants(CLASSES)
    scores = scores_of(constants, [0.6, 0.4, 0.0])
    assert 0 < solve_probes(CLASSES, constants, scores - 0.0049, 2).shares[2] < 0.002
    with pytest.raises(Refusal, match="leave class 'cat' a share of"):
        solve_probes(CLASSES, constants, scores - 0.0051, 2)


def test_scores_that_are_too_rough_are_refused() -> None:
    constants = probe_constants(names(10))
    scores = scores_of(constants, np.full(10, 0.1))
    with pytest.raises(Refusal, match="scores with 0 decimals do not tell the share of class 'c9'"):
        solve_probes(names(10), constants, scores.round(0), 0)
    assert solve_probes(names(10), constants, scores.round(1), 1).errors[9] > 0.01


@pytest.mark.parametrize(
    ("constants", "more", "said"),
    [
        ([[0.5, 0.5]], {}, "do not fit"),
        ([0.2, 0.3, 0.5], {}, "do not fit"),
        ([[0.0, 0.5, 0.5], [0.5, 0.0, 0.5]], {}, "positive"),
        ([[0.5, 0.5, 0.5], [0.2, 0.3, 0.5]], {}, "sum to 1"),
        ([[math.nan, 0.5, 0.5], [0.2, 0.3, 0.5]], {}, "positive"),
        ([[0.2, 0.3, 0.5], [0.2, 0.3, 0.5]], {}, "do not tell 3 classes apart"),
        ([[0.8, 0.1, 0.1]], {}, "do not tell 3 classes apart"),
        ([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]], {"decimals": -1}, "below"),
        ([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]], {"rows": 0}, "below"),
    ],
)
def test_constants_that_do_not_suffice_are_an_error_of_the_program(constants: list, more: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        solve_probes(CLASSES, constants, [1.0] * len(constants), **{"decimals": 5, **more})
