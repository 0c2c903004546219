"""What is suspicious, and what is only unlike."""

from __future__ import annotations

import numpy as np
import pytest

from core.outside.gain import Gain
from core.outside.suspicion import (
    TRANSFORMS,
    odd_blend,
    odd_columns,
    odd_direction,
    odd_failure,
    odd_order,
    odd_scale,
    odd_stranger,
    odd_success,
)

RNG = np.random.default_rng(0)
N = 400
SIGNAL = RNG.normal(size=N)
TARGETS = {
    "around 10": 10 + 2 * SIGNAL + 0.5 * RNG.normal(size=N),
    "around 0": SIGNAL + 0.5 * RNG.normal(size=N),
    "skewed": np.exp(2 + SIGNAL + 0.3 * RNG.normal(size=N)),
    "counts": np.floor(np.exp(3 + SIGNAL)).clip(0),
}
MISTAKES = {
    "log(1 + value)": np.log1p,
    "log(value)": np.log,
    "1000 times the value": lambda v: v * 1000,
    "100 times the value": lambda v: v * 100,
    "a 1000th of the value": lambda v: v / 1000,
    "a 100th of the value": lambda v: v / 100,
    "the square root of the value": np.sqrt,
}


def honest(truth, noise):
    """Shrunken to the mean, as predictions of a model are."""
    spread = truth.std()
    share = 1 / (1 + noise**2)
    return truth.mean() + share * (truth - truth.mean() + noise * spread * np.random.default_rng(1).normal(size=N))


def odd(values, truth):
    base = truth[:, None]
    return odd_scale(values[:, None], base, base, ("y",), level_of="the truth", order_of="the truth")


@pytest.mark.parametrize("noise", [0.1, 0.5, 1.0, 3.0, 10.0])
@pytest.mark.parametrize("name", list(TARGETS))
def test_honest_predictions_are_not_suspicious(name, noise):
    assert odd(honest(TARGETS[name], noise), TARGETS[name]) is None
    assert odd(TARGETS[name] + 0.0, TARGETS[name]) is None
    assert odd_direction(honest(TARGETS[name], noise)[:, None], TARGETS[name][:, None], "it", ("y",)) is None


@pytest.mark.parametrize("mistake", list(MISTAKES))
@pytest.mark.parametrize("name", ["around 10", "skewed", "counts"])
def test_another_scale_is_named_with_the_way_back(name, mistake):
    values = honest(TARGETS[name], 0.5).clip(0.01)
    found = odd(MISTAKES[mistake](values), TARGETS[name])
    assert found is not None
    _, way_out, undo = next(transform for transform in TRANSFORMS if transform[0] == mistake)
    named = next(transform for transform in TRANSFORMS if transform[0] in found.said)
    assert named[1] == found.way_out
    # Another transform may come as near: of small numbers log and log(1 + value) do.
    rest = [np.abs(np.median(t(MISTAKES[mistake](values))) - np.median(values)) for t in (undo, named[2])]
    assert named[1] == way_out or rest[1] <= 0.3 * np.median(values)


@pytest.mark.parametrize("factor", [100, 1000])
def test_a_scale_around_nought_is_found_by_its_spread(factor):
    values = honest(TARGETS["around 0"], 0.5)
    assert f"{factor} times" in odd(values * factor, TARGETS["around 0"]).said


def test_a_level_that_no_transform_explains_is_suspicious_too():
    truth = TARGETS["around 10"]
    found = odd(honest(truth, 0.5) + 500, truth)
    assert "median" in found.said
    assert found.way_out == "write the predictions in the unit of the target"


def test_what_has_another_order_is_not_called_another_scale():
    noise = np.random.default_rng(2).normal(size=N) * 1000
    assert odd(noise, TARGETS["around 10"]) is None


def test_the_opposite_direction_is_suspicious():
    truth = TARGETS["around 0"][:, None]
    assert "other way round" in odd_direction(-truth, truth, "the truth", ("y",)).said


def test_a_few_rows_or_constants_tell_nothing():
    few, constant = np.arange(5.0)[:, None], np.ones((N, 1))
    assert odd_scale(few * 1000, few, few, ("y",), level_of="it", order_of="it") is None
    assert odd_direction(-few, few, "it", ("y",)) is None
    assert odd_direction(constant, TARGETS["around 0"][:, None], "it", ("y",)) is None


NAN = float("nan")


@pytest.mark.parametrize(
    ("gain", "on_trust", "suspicious"),
    [
        (Gain(1.0, 0.2, 0.25), False, True),
        (Gain(1.0, 0.2, 0.24), False, False),  # sure, and no more than a good model gains
        (Gain(1.0, 0.2, 0.24), True, True),
        (Gain(1.0, 0.2, 0.19), True, False),
        (Gain(1.0, 0.4, 0.9), False, False),  # may be chance
        (Gain(1.0, 0.09, NAN), False, True),
        (Gain(1.0, 0.11, NAN), False, False),
        (Gain(-1.0, 0.01, -0.9), True, False),
        (Gain(1.0, NAN, 0.9), True, False),
        (Gain(1.0, 0.0, 0.9), True, False),
    ],
)
def test_a_gain_that_is_sure_and_large_is_suspicious_of_a_member_and_of_a_blend(gain, on_trust, suspicious):
    found = odd_blend("mate", gain, on_trust=on_trust)
    assert (found is not None) == suspicious
    assert found is None or "'mate'" in found.said
    assert (odd_success(gain, 1.0, 1.0, on_trust=on_trust) is not None) == suspicious


@pytest.mark.parametrize(
    ("gain", "apart", "on_test", "suspicious"),
    [
        (Gain(1.0, 0.2, 0.1), 1.4, 1, True),
        (Gain(1.0, 0.2, 0.1), 1.2, 1, False),
        (Gain(1.0, 0.2, 0.1), 1.0, 0, True),
        (Gain(1.0, 0.2, 0.01), 9.0, 1, False),  # nearly the same member: distances are of noise
        (Gain(1.0, 0.4, 0.1), 9.0, 1, False),
        (Gain(1.0, NAN, 0.1), 9.0, 1, False),
        (Gain(-1.0, 0.01, -0.1), 9.0, 1, False),
    ],
)
def test_a_smaller_gain_is_suspicious_where_it_stands_apart_on_the_scored_rows_alone(gain, apart, on_test, suspicious):
    assert (odd_success(gain, apart, on_test, on_trust=False) is not None) == suspicious


def test_ids_that_are_mixed_up_on_the_test_rows_alone_are_suspicious():
    rng = np.random.default_rng(0)
    truth, new = rng.normal(size=(2, 400, 1))
    ours, theirs = truth + rng.normal(0, 0.5, (400, 1)), truth + rng.normal(0, 0.5, (400, 1))
    our_test, their_test = new + rng.normal(0, 0.5, (400, 1)), new + rng.normal(0, 0.5, (400, 1))
    assert odd_order(their_test, our_test, theirs, ours, "it") is None
    found = odd_order(rng.permutation(their_test), our_test, theirs, ours, "it")
    assert found is not None
    assert "mixed up" in found.said
    assert odd_order(rng.permutation(their_test), our_test, rng.permutation(theirs), ours, "it") is None
    assert odd_stranger(their_test, our_test, "it") is None
    assert odd_stranger(rng.permutation(their_test), our_test, "it") is not None
    assert odd_stranger(rng.permutation(their_test)[:9], our_test[:9], "it") is None


@pytest.mark.parametrize(
    ("gain", "error", "knows", "suspicious"),
    [
        (-1.0, 0.09, False, True),
        (-1.0, 0.09, True, False),
        (-1.0, 0.11, False, False),
        (1.0, 0.01, False, False),
        (-1.0, 0.0, False, False),
        (-1.0, NAN, False, False),
    ],
)
def test_much_worse_than_the_trivial_answer_is_suspicious_where_it_knows_nothing(gain, error, knows, suspicious):
    truth = TARGETS["around 0"][:, None]
    values = truth + 50 if knows else np.random.default_rng(3).permutation(truth)
    assert (odd_failure(Gain(gain, error, gain), values, truth, "constant") is not None) == suspicious


def classes_of(seed, rows=400, noise=0.6):
    """Probabilities of three classes, one of them frequent, by two models that know the same."""
    rng = np.random.default_rng(seed)
    level = rng.normal(size=(rows, 3)) + np.array([3.0, 0.0, 0.5])
    found = [np.exp(level + rng.normal(0, noise, (rows, 3))) for _ in range(2)]
    return [part / part.sum(axis=1, keepdims=True) for part in found]


NAMES = ("often", "seldom", "rare")


@pytest.mark.parametrize(("one", "two"), [(1, 2), (0, 2), (0, 1)])
def test_two_columns_of_the_test_rows_that_changed_places_are_odd(one, two):
    (test, other), (scored, known) = classes_of(0), classes_of(1)
    assert odd_columns(test, other, scored, known, "member 'm'", NAMES) is None
    mixed = test.copy()
    mixed[:, [one, two]] = test[:, [two, one]]
    said = odd_columns(mixed, other, scored, known, "member 'm'", NAMES)
    assert f"{NAMES[one]!r} follows {NAMES[two]!r}" in said.said
    # Out of fold they do so too: it is how the member predicts.
    turned = scored.copy()
    turned[:, [one, two]] = scored[:, [two, one]]
    assert odd_columns(mixed, other, turned, known, "member 'm'", NAMES) is None


@pytest.mark.parametrize("seed", range(5))
def test_columns_of_a_poor_member_are_not_odd(seed):
    (test, other), (scored, known) = classes_of(seed, noise=3.0), classes_of(seed + 9, noise=3.0)
    assert odd_columns(test, other, scored, known, "member 'm'", NAMES) is None


def test_constant_columns_follow_nothing():
    (test, other), (scored, known) = classes_of(0), classes_of(1)
    for part in (test, scored):
        part[:, 1] = 0.1
    assert odd_columns(test, other, scored, known, "member 'm'", NAMES) is None
