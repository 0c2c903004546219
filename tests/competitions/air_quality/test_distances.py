"""Distances on the globe."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics.pairwise import haversine_distances

from competitions.air_quality.distances import RADIUS, kilometres

POSITIONS = st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=6)


@given(POSITIONS, POSITIONS)
def test_they_are_those_of_haversines(one, other):
    one, other = np.array(one), np.array(other)
    expected = RADIUS * haversine_distances(np.radians(one), np.radians(other))
    np.testing.assert_allclose(kilometres(one, other), expected, atol=1e-3)


def test_an_unknown_position_is_no_distance():
    found = kilometres(np.array([[np.nan, 1.0], [0.0, 1.0]]), np.array([[0.0, 1.0]]))
    assert np.isnan(found[0, 0])
    assert found[1, 0] < 1e-3
