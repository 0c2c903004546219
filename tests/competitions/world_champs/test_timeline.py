"""Questions to a timeline beside a loop over all rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from competitions.world_champs.timeline import Timeline

ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 60), st.floats(-5, 500, width=32)), min_size=0, max_size=40)
ASKED = st.lists(st.tuples(st.integers(-1, 5), st.integers(0, 70)), min_size=1, max_size=12)


def taken(rows):
    who, day, value = (np.array(part) for part in zip(*rows, strict=True)) if rows else (np.zeros(0),) * 3
    return who.astype(int), day.astype(int), value.astype(float)


@settings(max_examples=150, deadline=None)
@given(rows=ROWS, asked=ASKED, window=st.sampled_from([None, 1, 7, 30]))
def test_sums_windows_and_last_values_are_those_of_a_loop(rows, asked, window):
    who, day, value = taken(rows)
    found = Timeline(who, day).asked([rider for rider, _ in asked], [at for _, at in asked])
    total, last, since = found.total(value, window), found.last(value), found.since()
    for number, (rider, at) in enumerate(asked):
        before = [(d, k) for k, (w, d) in enumerate(zip(who, day, strict=True)) if w == rider and d < at]
        inside = [k for d, k in before if window is None or d >= at - window]
        assert total[number] == pytest.approx(value[inside].sum(), abs=1e-6)
        if not before:
            assert np.isnan([last[number], since[number]]).all()
            continue
        newest = max(before)
        assert last[number] == value[newest[1]]
        assert since[number] == at - newest[0]


@settings(max_examples=80, deadline=None)
@given(rows=ROWS, asked=ASKED, half_life=st.sampled_from([3.0, 45.0]))
def test_what_fades_halves_in_every_half_life(rows, asked, half_life):
    who, day, value = taken(rows)
    found = Timeline(who, day).asked([rider for rider, _ in asked], [at for _, at in asked])
    total, best = found.faded(value, half_life), found.faded(value, half_life, best=True)
    for number, (rider, at) in enumerate(asked):
        left = [
            v * 0.5 ** ((at - d) / half_life) for w, d, v in zip(who, day, value, strict=True) if w == rider and d < at
        ]
        assert total[number] == pytest.approx(sum(left), rel=1e-9, abs=1e-9)
        if left and min(left) >= 0:
            assert best[number] == pytest.approx(max(left), rel=1e-9, abs=1e-9)


def test_sums_do_not_depend_on_rows_that_come_later_nor_on_order():
    """To the last bit: a booster would see the difference."""
    rng = np.random.default_rng(0)
    who, day, value = rng.integers(0, 30, 4000), rng.integers(0, 900, 4000), rng.normal(size=4000)
    riders, at = np.arange(30), np.full(30, 500)
    whole = Timeline(who, day).asked(riders, at)
    early, mixed = day < 500, rng.permutation(4000)
    cut = Timeline(who[early], day[early]).asked(riders, at)
    shuffled = Timeline(who[mixed], day[mixed]).asked(riders, at)
    assert np.array_equal(whole.total(value, 100), cut.total(value[early], 100))
    assert np.array_equal(whole.total(value), shuffled.total(value[mixed]))
    assert np.array_equal(whole.faded(value, 20), cut.faded(value[early], 20))
