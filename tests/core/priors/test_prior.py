from __future__ import annotations

import json
import warnings

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from scipy.stats import norm

from core.priors import Prior

Array = npt.NDArray[np.float64]
QUICK = settings(max_examples=50, deadline=None, derandomize=True)


def prior_of(shares: list[float], error: float, source: str = "counted") -> Prior:
    """Of a covariance whose rows sum to 0, and whose first class has this error."""
    k = len(shares)
    apart = np.eye(k) - 1 / k
    return Prior(tuple("abcdef"[:k]), np.array(shares), error**2 * apart / apart[0, 0], source)


@st.composite
def priors(draw: st.DrawFn) -> Prior:
    """From sure to senseless, with shares next to 0."""
    weights = draw(st.lists(st.floats(1e-9, 1), min_size=2, max_size=5))
    shares = np.array(weights) / sum(weights)
    error = draw(st.sampled_from([0.0, 1e-12, 1e-4, 0.02, 0.3, 5.0, 1e4]))
    return prior_of((shares / shares.sum()).tolist(), error)


@QUICK
@given(priors(), st.floats(0.01, 0.999))
def test_intervals_lie_between_0_and_1_and_hold_the_share_without_a_warning(prior: Prior, level: float):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ends = prior.interval(level)
    assert ends.shape == (len(prior.classes), 2)
    assert (ends[:, 0] <= prior.shares).all()
    assert (prior.shares <= ends[:, 1]).all()
    assert ((ends >= 0) & (ends <= 1)).all()
    assert prior.covers(prior.shares, level)


@QUICK
@given(priors())
def test_a_higher_level_has_a_wider_interval(prior: Prior):
    narrow, wide = prior.interval(0.5), prior.interval(0.95)
    assert (wide[:, 0] <= narrow[:, 0]).all()
    assert (wide[:, 1] >= narrow[:, 1]).all()
    if 1e-4 <= prior.errors[0] < 1:
        assert (np.diff(wide) > np.diff(narrow)).all()


@pytest.mark.parametrize("share", [0.2, 0.5, 0.71])
def test_an_interval_is_that_of_the_log_odds(share: float):
    prior = prior_of([share, 1 - share], 0.08)
    half = norm.ppf(0.95) * 0.08 / (share * (1 - share))
    np.testing.assert_allclose(prior.interval(0.9)[0], expit(logit(share) + np.array([-half, half])), rtol=1e-9)
    np.testing.assert_allclose(prior.interval(0.9)[1], 1 - prior.interval(0.9)[0][::-1], rtol=1e-9)


@pytest.mark.parametrize("shares", [[0.3, 0.7], [0.1, 0.2, 0.7], [1e-9, 1 - 1e-9]])
def test_what_is_known_is_a_point(shares: list[float]):
    prior = Prior.known(tuple("abc"[: len(shares)]), shares)
    np.testing.assert_array_equal(prior.interval(), np.column_stack([prior.shares, prior.shares]))
    assert prior.covers(prior.shares)
    assert not prior.covers(prior.shares + np.r_[1e-9, -1e-9, np.zeros(len(shares) - 2)])


@pytest.mark.parametrize(("error", "upper"), [(0.0, 1e-17), (0.01, 0.07)])
def test_a_share_that_rounding_made_1_is_no_trouble(error: float, upper: float):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ends = prior_of([1e-17, 1.0], error).interval()
    assert ends[0] == pytest.approx([0, upper], abs=0.01)
    assert ends[1] == pytest.approx([1 - upper, 1], abs=0.01)


def test_a_share_far_below_its_error_is_not_stretched_over_everything():
    low, high = prior_of([1e-6, 1 - 1e-6], 0.01).interval()
    assert low[0] < 1e-9
    assert 0.02 < low[1] < 0.1  # 0.01 and twice it; on the scale of log odds it would be 1
    np.testing.assert_allclose(high, 1 - low[::-1], atol=1e-9)


def test_the_ends_do_not_jump_where_a_share_is_as_large_as_its_error():
    below, above = (prior_of([share, 1 - share], 0.05).interval()[0] for share in (0.05 - 1e-9, 0.05 + 1e-9))
    np.testing.assert_allclose(below, above, rtol=1e-6)


def test_an_error_that_says_nothing_leaves_everything_possible():
    np.testing.assert_allclose(prior_of([0.2, 0.3, 0.5], 100.0).interval(), [[0, 1]] * 3, atol=1e-9)


def test_shares_are_covered_where_each_lies_in_its_own_interval():
    prior = prior_of([0.5, 0.3, 0.2], 0.05)
    ends = prior.interval()
    assert prior.covers(ends[:, 0])
    assert prior.covers(ends[:, 1])
    for place in range(3):
        for outside in (ends[place, 0] - 1e-9, ends[place, 1] + 1e-9):
            shares = prior.shares.copy()
            shares[place] = outside
            assert not prior.covers(shares)
    near = prior.shares + np.array([0.05, -0.05, 0.0])
    assert prior.covers(near)
    assert not prior.covers(near, level=0.3)


def test_a_known_prior_is_normalised():
    prior = Prior.known(["no", "yes"], [30, 10], "told")
    assert prior.shares.tolist() == [0.75, 0.25]
    assert prior.classes == ("no", "yes")
    assert prior.source == "told"
    assert prior.errors.tolist() == [0, 0]
    assert prior.by_name().to_dict() == {"no": 0.75, "yes": 0.25}


def test_errors_are_the_roots_of_the_variances():
    covariance = np.array([[0.04, -0.04], [-0.04, 0.04]])
    assert Prior(("a", "b"), np.array([0.4, 0.6]), covariance, "x").errors.tolist() == [0.2, 0.2]
    rounded = Prior(("a", "b"), np.array([0.4, 0.6]), covariance - 0.04 - 1e-18, "x")
    assert rounded.errors[0] == 0  # a variance that rounding made negative


@pytest.mark.parametrize(
    ("shares", "size", "said"),
    [
        ([0.5, 0.5, 0.0], 3, "positive"),
        ([0.6, 0.5, -0.1], 3, "positive"),
        ([0.5, 0.3, 0.1], 3, "sum to 1"),
        ([np.nan, 0.5, 0.5], 3, "positive"),
        ([0.5, 0.5], 2, "3 classes"),
        ([0.2, 0.3, 0.5], 2, "3 classes"),
    ],
)
def test_what_is_no_prior_is_an_error(shares: list[float], size: int, said: str):
    with pytest.raises(ValueError, match=said):
        Prior(("a", "b", "c"), np.array(shares), np.zeros((size, size)), "x")


def test_as_many_shares_as_classes_are_asked_for():
    with pytest.raises(ValueError, match="2 classes"):
        Prior.known(["a", "b"], [0.2, 0.3, 0.5])


@pytest.mark.parametrize("shares", [[0.7, 0.3], [1 / 3, 2 / 3], [1e-6, 1 - 1e-6]])
def test_the_option_is_text_from_which_the_shares_can_be_read(shares: list[float]):
    """class:share,… with the share behind the last colon: a name may hold colons."""
    prior = Prior.known(["no", "yes: 1"], shares)
    read = dict(part.rpartition(":")[::2] for part in prior.option.split(","))
    assert list(read) == ["no", "yes: 1"]
    np.testing.assert_allclose([float(text) for text in read.values()], prior.shares, rtol=1e-5)
    assert Prior.known(["no", "yes"], [0.7, 0.3]).option == "no:0.7,yes:0.3"


@QUICK
@given(priors())
def test_json_keeps_a_prior(prior: Prior):
    state = json.loads(json.dumps(prior.to_json()))
    assert state["source"] == prior.source
    assert state["shares"] == dict(zip(prior.classes, prior.shares.tolist(), strict=True))
    assert np.array(state["covariance"]).tobytes() == prior.covariance.tobytes()
    assert state["interval"] == dict(zip(prior.classes, prior.interval().tolist(), strict=True))
