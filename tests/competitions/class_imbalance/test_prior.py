"""The test prior, as given or as counted."""

from __future__ import annotations

import contextlib
import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from competitions.class_imbalance.prior import counted_prior, given_prior
from core.errors import Refusal

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
    assert found.index.tolist() == classes
    assert found.tolist() == pytest.approx([shares[name] for name in classes])
    assert math.fsum(found) == pytest.approx(1, abs=1e-12)


@given(st.text() | st.text("ab:,.0123456789-einfa ", max_size=25))
@example("a:nan,b:1")
@example("a:inf,b:1")
@example("a:1e308,b:1e308")
@example("a:1,b:0")
@example("a:0.5,b:0.5,")
@settings(max_examples=300, deadline=None, derandomize=True)
def test_any_text_gives_a_prior_or_is_refused(text):
    with contextlib.suppress(Refusal):
        found = given_prior(text, ["a", "b"])
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
    assert caught.value.expected == "a:share,b:share"


def test_percents_and_roundings_are_accepted():
    assert given_prior("a:75,b:25", ["a", "b"]).tolist() == [0.75, 0.25]
    assert given_prior("a:33.3,b:33.3,c:33.3", list("abc")).tolist() == pytest.approx([1 / 3] * 3)


def test_a_class_name_may_hold_colons():
    assert given_prior("x:y:0.25,x:0.75", ["x", "x:y"]).tolist() == [0.75, 0.25]


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_counted_shares_are_those_of_the_rows_and_half_a_row_each(labels):
    found = counted_prior(pd.Series(labels), ["c", "a", "b"])
    assert found.index.tolist() == ["c", "a", "b"]
    whole = Fraction(2 * len(labels) + 3, 2)
    for name in "abc":
        assert found[name] == pytest.approx(float(Fraction(2 * labels.count(name) + 1, 2) / whole))


def test_a_class_without_rows_is_not_impossible():
    assert counted_prior(pd.Series(["a"] * 9), ["a", "b"]).tolist() == [0.95, 0.05]


def test_classes_that_are_numbers_are_counted_by_their_text():
    assert counted_prior(pd.Series([0, 0, 1]), ["0", "1"]).tolist() == [0.625, 0.375]
