from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.blending.scorer import gathered, slices_of


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=6), st.data())
def test_slices_hold_the_rows_of_the_parts_in_order(lengths: list[int], data: st.DataObject):
    parts = data.draw(st.lists(st.integers(0, len(lengths) - 1), min_size=1, unique=True))
    owner = np.repeat(np.arange(len(lengths)), lengths)
    slices = slices_of(lengths, parts)
    expected = [row for part in parts for row in np.flatnonzero(owner == part)]
    assert gathered(np.arange(len(owner)), slices).tolist() == expected


@pytest.mark.parametrize(("parts", "count"), [([0, 1, 2, 3], 1), ([0, 2, 3], 2), ([3, 0], 2)])
def test_neighbours_become_one_slice(parts: list[int], count: int):
    assert len(slices_of([2, 3, 4, 5], parts)) == count


def test_one_slice_alone_is_no_copy():
    values = np.arange(9.0)
    assert np.shares_memory(gathered(values, [slice(2, 5)]), values)
