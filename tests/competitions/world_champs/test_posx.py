"""PosX, its inverse and the gain of the metric."""

from __future__ import annotations

import numpy as np
import pytest

from competitions.world_champs.posx import gain_of, position_of, posx_of


def test_places_of_the_source_post():
    assert posx_of([1, 2, 3, 10, 20]).round(3).tolist() == [1.0, 0.834, 0.696, 0.195, 0.032]
    assert posx_of([np.nan]).tolist() == [0.0]


def test_every_place_is_found_again():
    places = np.arange(1, 300, dtype=float)
    assert np.array_equal(position_of(posx_of(places)), places)


@pytest.mark.parametrize(("place", "gain"), [(1, 10), (2, 9), (10, 1), (11, 0), (150, 0), (np.nan, 0)])
def test_gain_is_eleven_minus_place(place, gain):
    assert gain_of(posx_of([place])).tolist() == [gain]
