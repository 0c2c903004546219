"""The test prior: given, counted, estimated, and which of them is used when."""

from __future__ import annotations

import contextlib
import math
from fractions import Fraction
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import dirichlet, norm

from competitions.class_imbalance.members import roster
from competitions.class_imbalance.prior import (
    PILOT,
    contradicted,
    counted_prior,
    disagreement,
    from_features,
    given_prior,
    is_natural,
    known_priors,
)
from core.errors import Refusal
from core.priors import Prior
from tests.competitions.class_imbalance.tables import ExactPilot, no_pilot, world

NAMES = st.text(st.characters(exclude_characters=",", codec="utf-8"), min_size=1).filter(lambda s: s == s.strip())


@given(st.dictionaries(NAMES, st.integers(1, 1000), min_size=1, max_size=6), st.sampled_from([1, 100]), st.randoms())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_shares_are_read_by_name_in_any_order(counts, total, random):
    shares = {name: count / sum(counts.values()) for name, count in counts.items()}
    parts = [f"{name}:{share * total!r}" for name, share in shares.items()]
    random.shuffle(parts)
    classes = list(counts)
    random.shuffle(classes)
    found = given_prior(", ".join(parts), classes)
    assert found.classes == tuple(classes)
    assert found.shares.tolist() == pytest.approx([shares[name] for name in classes])
    assert math.fsum(found.shares) == pytest.approx(1, abs=1e-12)
    assert not found.covariance.any()
    assert found.source == "given"


@given(st.text() | st.text("ab:,.0123456789-einfa ", max_size=25))
@example("a:nan,b:1")
@example("a:inf,b:1")
@example("a:1e308,b:1e308")
@example("a:1,b:0")
@example("a:0.5,b:0.5,")
@settings(max_examples=300, deadline=None, derandomize=True)
def test_any_text_gives_a_prior_or_is_refused(text):
    with contextlib.suppress(Refusal):
        found = given_prior(text, ["a", "b"]).shares
        assert np.isfinite(found).all()
        assert (found > 0).all()
        assert found.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a:0.5",
        "a:0.5,b",
        "a:0.5,b:",
        "a:0.5,b:half",
        "a:0.5,b:-0.5",
        "a:1,b:0",
        "a:0.5,c:0.5",
        "a:0.2,a:0.3,b:0.5",
        "a:0.5,b:0.5,c:0.1",
        "a:0.5;b:0.5",
        "a:0.5,,b:0.5",
        "A:0.5,b:0.5",
        "a:3,b:7",
        "a:0.4,b:0.5",
        "a:60,b:50",
        "0.5,0.5",
    ],
)
def test_a_prior_that_cannot_be_meant_is_refused_with_the_form_expected(text):
    with pytest.raises(Refusal) as caught:
        given_prior(text, ["a", "b"])
    assert caught.value.expected == "a:share,b:share; or one of validation, estimate, joint"


def test_percents_and_roundings_are_accepted():
    assert given_prior("a:75,b:25", ["a", "b"]).shares.tolist() == [0.75, 0.25]
    assert given_prior("a:33.3,b:33.3,c:33.3", list("abc")).shares.tolist() == pytest.approx([1 / 3] * 3)


def test_a_class_name_may_hold_colons():
    assert given_prior("x:y:0.25,x:0.75", ["x", "x:y"]).shares.tolist() == [0.75, 0.25]


def test_what_a_prior_calls_itself_is_read_as_that_prior():
    counted = counted_prior(pd.Series(["a", "b:c", "a", "a"]), ["b:c", "a"])
    assert given_prior(counted.option, ["a", "b:c"]).shares == pytest.approx(counted.shares[::-1], rel=1e-5)


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=30))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_counted_shares_are_those_of_the_rows_and_half_a_row_each(labels):
    found = counted_prior(pd.Series(labels), ["c", "a", "b"])
    assert found.classes == ("c", "a", "b")
    whole = Fraction(2 * len(labels) + 3, 2)
    for name, share in zip("cab", found.shares, strict=True):
        assert share == pytest.approx(float(Fraction(2 * labels.count(name) + 1, 2) / whole))
    assert f"{len(labels)} labelled rows" in found.source


@given(st.lists(st.integers(0, 30), min_size=2, max_size=5).filter(any))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_the_error_of_counted_shares_is_that_of_a_dirichlet_distribution(counts):
    labels = pd.Series([str(k) for k, count in enumerate(counts) for _ in range(count)])
    exact = dirichlet([count + 0.5 for count in counts])
    found = counted_prior(labels, [str(k) for k in range(len(counts))])
    assert found.shares == pytest.approx(exact.mean())
    assert found.covariance == pytest.approx(exact.cov())


def test_a_class_without_rows_is_not_impossible():
    assert counted_prior(pd.Series(["a"] * 9), ["a", "b"]).shares.tolist() == [0.95, 0.05]


def test_classes_that_are_numbers_are_counted_by_their_text():
    assert counted_prior(pd.Series([0, 0, 1]), ["0", "1"]).shares.tolist() == [0.625, 0.375]


# --- do two priors agree


def prior(shares, covariance):
    return Prior(tuple("abcd"[: len(shares)]), np.array(shares), np.array(covariance), "made up")


def test_two_classes_are_compared_by_one_normal_deviate():
    one = prior([0.7, 0.3], [[0.01, -0.01], [-0.01, 0.01]])
    other = prior([0.5, 0.5], [[0.0025, -0.0025], [-0.0025, 0.0025]])
    # 0.2 apart, with a standard error of the root of 0.0125: z = 1.789, z² = 3.2, on one degree of freedom.
    assert disagreement(one, other) == pytest.approx(0.0736383)
    assert disagreement(one, other) == pytest.approx(2 * norm.sf(0.2 / np.sqrt(0.0125)))


def test_three_classes_are_compared_by_chi_squared_on_two_degrees():
    one = prior([0.5, 0.3, 0.2], [[0.020, -0.012, -0.008], [-0.012, 0.016, -0.004], [-0.008, -0.004, 0.012]])
    other = prior([0.5, 0.1, 0.4], np.zeros((3, 3)))
    # The inverse of [[0.016, -0.004], [-0.004, 0.012]] is [[12, 4], [4, 16]] / 0.176; (0.2, -0.2) squared by it 2.7273.
    assert disagreement(one, other) == pytest.approx(np.exp(-0.04 * (12 + 16 - 8) / 0.176 / 2))


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=4), st.randoms())
@settings(max_examples=40, deadline=None, derandomize=True)
def test_the_order_of_classes_and_of_priors_does_not_matter(counts, random):
    def counted(order, side):
        labels = [name for name, pair in zip("abcd", counts, strict=False) for _ in range(pair[side])]
        return counted_prior(pd.Series(labels, dtype=object), order)

    names = list("abcd"[: len(counts)])
    mixed = random.sample(names, len(names))
    value = disagreement(counted(names, 0), counted(names, 1))
    assert 0 <= value <= 1
    assert disagreement(counted(mixed, 1), counted(mixed, 0)) == pytest.approx(value, rel=1e-6, abs=1e-12)


def test_chance_alone_seems_a_contradiction_as_often_as_it_says():
    rng = np.random.default_rng(0)
    shares, found = [0.6, 0.3, 0.1], []
    for _ in range(200):
        one, other = (counted_prior(pd.Series(rng.choice(list("abc"), 300, p=shares)), "abc") for _ in range(2))
        found.append(disagreement(one, other))
    assert 0.02 < np.mean(np.array(found) < 0.05) < 0.08
    assert 0.4 < np.median(found) < 0.6


def test_equal_priors_never_disagree():
    known = Prior.known("ab", [0.7, 0.3])
    assert disagreement(known, known) == 1


def test_only_an_estimate_whose_interval_holds_the_shares_is_natural():
    labels = pd.Series(["a"] * 7 + ["b"] * 3)
    wide, narrow = (prior([0.6, 0.4], [[v, -v], [-v, v]]) for v in (0.01, 1e-4))
    assert is_natural(wide, labels)
    assert not is_natural(narrow, labels)
    assert not is_natural(Prior.known("ab", [0.7, 0.3]), labels)


# --- which prior is used


DATA = {
    "agree": {"train": {"b": 300, "a": 100}, "test": {"b": 150, "a": 250}, "validation": {"b": 38, "a": 62}},
    "contradict": {"train": {"b": 300, "a": 100}, "test": {"b": 150, "a": 250}, "validation": {"b": 95, "a": 5}},
    "alone": {"train": {"b": 300, "a": 100}, "test": {"b": 150, "a": 250}},
}


@cache
def asked(option, name):
    """Priors, notes, and the members whose predictions were asked for."""
    dataset = world(**DATA[name])
    pilot = ExactPilot(dataset)
    found, notes = known_priors(option, dataset, pilot)
    return found, notes, pilot.asked


def kinds(priors):
    """J for joint, C for counted, E for estimated."""
    return "".join("J" if "and 100 with labels" in one.source else one.source[0].upper() for one in priors)


@pytest.mark.parametrize("data", list(DATA))
def test_a_given_prior_is_used_as_it_is_and_nobody_is_asked(data):
    (found,), notes, pilots = asked("a:30,b:70", data)
    assert found.classes == ("b", "a")
    assert found.shares.tolist() == [0.7, 0.3]
    assert not found.covariance.any()
    assert (notes, pilots) == ((), [])


@pytest.mark.parametrize("data", ["agree", "contradict"])
def test_where_the_counted_prior_is_asked_for_nobody_else_is(data):
    found, notes, pilots = asked("validation", data)
    assert kinds(found) == "C"
    counts = DATA[data]["validation"]
    assert found[0].shares == pytest.approx([(counts["b"] + 0.5) / 101, (counts["a"] + 0.5) / 101])
    assert (notes, pilots) == ((), [])


@pytest.mark.parametrize(
    ("option", "data", "expected", "warns"),
    [
        (None, "agree", "JCE", False),
        (None, "contradict", "CEJ", True),
        ("joint", "agree", "JCE", False),
        ("joint", "contradict", "JCE", True),
        ("estimate", "agree", "EJC", False),
        ("estimate", "contradict", "EJC", True),
    ],
)
def test_the_prior_that_is_used_comes_first(option, data, expected, warns):
    found, notes, pilots = asked(option, data)
    assert kinds(found) == expected
    assert pilots == [PILOT]
    assert len(notes) == warns
    by_kind = dict(zip(expected, found, strict=True))
    for note in notes:
        assert note.startswith("warning: the labelled validation rows count b 0.946, a 0.054, but the features")
        assert f"(p = {disagreement(by_kind['C'], by_kind['E']):.2g})" in note
        assert note.endswith("; the counted prior is used") == (expected[0] == "C")


@pytest.mark.parametrize("option", [None, "estimate"])
def test_without_labels_the_features_say(option):
    found, notes, pilots = asked(option, "alone")
    assert kinds(found) == "E"
    assert pilots == [PILOT]
    (note,) = notes
    assert "no labelled validation file" in note
    assert found[0].covers([0.375, 0.625])


@pytest.mark.parametrize("option", ["validation", "joint"])
def test_labels_that_are_asked_for_and_not_there_are_refused(option):
    dataset = world(**DATA["alone"])
    with pytest.raises(Refusal, match=f"prior={option}: there is no labelled validation file") as caught:
        known_priors(option, dataset, no_pilot)
    assert "validation_ground_truth.csv" in caught.value.way_out
    assert "estimated from the features" in caught.value.way_out


def test_labels_and_features_together_know_more_than_each_alone():
    joint, counted, estimated = asked(None, "agree")[0]
    assert (joint.errors < counted.errors).all()
    assert (joint.errors < estimated.errors).all()
    for found in (joint, counted, estimated):
        assert found.covers([0.375, 0.625])


def test_a_class_that_the_validation_file_lacks_stays_possible():
    data = {
        "train": {"a": 200, "b": 60, "c": 40},
        "test": {"a": 120, "b": 100, "c": 4},
        "validation": {"a": 55, "b": 45},
    }
    dataset = world(**data)
    found, _ = known_priors(None, dataset, ExactPilot(dataset))
    joint, counted = found[:2]
    assert counted.by_name()["c"] == pytest.approx(0.5 / 101.5)
    for prior in found:
        assert (prior.shares > 0).all()
    assert joint.covers([120 / 224, 100 / 224, 4 / 224])


def test_one_fold_is_enough_to_estimate():
    """Where only some folds are fitted, the other rows have no prediction out of fold."""
    dataset = world(**DATA["agree"])
    some, *_ = known_priors("estimate", dataset, ExactPilot(dataset, rows=range(0, 500, 5)))[0]
    every, *_ = asked("estimate", "agree")[0]
    assert np.isfinite(some.shares).all()
    assert some.covers([0.375, 0.625])
    assert (some.errors > every.errors).all()


def test_the_pilot_is_a_member_that_needs_no_other():
    (pilot,) = [member for member in roster() if member.name == PILOT]
    assert pilot.needs == ()


# --- names with the signs of the option in them; labels and features that contradict each other


@pytest.mark.parametrize("classes", [["a, [x]: b", "c"], ["a", "a,b:0.5", "a,b"], ["ü", "x y", "z"]])
def test_an_option_is_read_back_whatever_the_classes_are_called(classes):
    shares = np.arange(1, len(classes) + 1) / sum(range(1, len(classes) + 1))
    option = Prior.known(classes, shares).option
    assert np.abs(given_prior(option, classes).shares - shares).max() < 1e-5


def test_contradicting_priors_are_those_that_chance_seldom_sets_so_far_apart():
    def prior(share, error, source):
        return Prior(("a", "b"), np.array([1 - share, share]), error**2 * np.array([[1, -1], [-1, 1]]), source)

    estimated = prior(0.3, 0.02, "estimated from 1000 test rows without labels")
    near, far = prior(0.35, 0.02, "counted in 300 labelled rows"), prior(0.5, 0.02, "counted in 300 labelled rows")
    assert from_features([near, estimated]) is estimated
    assert not contradicted([near, estimated])
    assert contradicted([estimated, far])
    assert not contradicted([far])
    assert not contradicted([])


def test_an_interval_that_holds_what_was_counted_contradicts_nothing():
    """Wald's test takes a lopsided interval for a bell, and is sure of too much."""
    turn = np.array([[1.0, -1.0], [-1.0, 1.0]])
    estimated = Prior(("no", "yes"), np.array([0.97, 0.03]), 0.0004 * turn, "of the test rows, without labels")
    counted_there = Prior(("no", "yes"), np.array([0.9, 0.1]), 0.00009 * turn, "counted in 1000 rows")
    assert disagreement(estimated, counted_there) < 0.005
    assert estimated.covers(counted_there.shares)
    assert not contradicted((counted_there, estimated))
    sure = Prior(("no", "yes"), np.array([0.97, 0.03]), 0.00004 * turn, "of the test rows, without labels")
    assert contradicted((counted_there, sure))
