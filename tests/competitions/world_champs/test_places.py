"""The metric beside that of gains."""

from __future__ import annotations

import numpy as np

from competitions.world_champs.places import PLACES
from competitions.world_champs.posx import posx_of
from core.metrics import ndcg


def test_it_is_ndcg_of_eleven_minus_place():
    rng = np.random.default_rng(0)
    places = rng.permutation(40) + 1.0
    score = rng.normal(size=40)
    assert PLACES(posx_of(places), score) == ndcg(10)(np.clip(11 - places, 0, 10), score)
    assert PLACES(posx_of(places), -places) == 1.0
    assert PLACES.higher_is_better
    assert PLACES.only_order
