"""Temperatures find the noise that races were drawn with."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from competitions.world_champs.posx import posx_of
from competitions.world_champs.race_temperature import USUAL, RaceTemperature


def races(scale, count=150, size=80, seed=0):
    """Scores, PosX and events of races whose order follows the model under a scale."""
    rng = np.random.default_rng(seed)
    score = rng.normal(size=(count, size))
    place = (-(scale * score + rng.gumbel(size=score.shape))).argsort(axis=1).argsort(axis=1) + 1.0
    keys = pd.DataFrame({"event_id": np.repeat([f"e{k}" for k in range(count)], size)})
    return score.reshape(-1, 1), posx_of(place.ravel()), keys


@pytest.mark.parametrize("scale", [0.5, 1.5])
def test_each_scale_is_found(scale):
    score, truth, keys = races(scale)
    found = RaceTemperature().fit(score, truth, np.ones(len(truth)), keys)
    assert found.scales[1] == pytest.approx(scale, rel=0.2)
    assert found.scales[3] == pytest.approx(scale, rel=0.15)
    assert found.scales[10] == pytest.approx(scale, rel=0.1)


def test_the_order_stays_and_json_gives_it_back():
    score, truth, keys = races(1.0, count=20)
    found = RaceTemperature().fit(score, truth, np.ones(len(truth)), keys)
    again = RaceTemperature().load_json(found.to_json())
    assert np.array_equal(found.apply(score, keys), again.apply(score, keys))
    assert np.array_equal(found.apply(score, keys).argsort(axis=0), score.argsort(axis=0))
    strengths = found.strengths(found.apply(score, keys)[:, 0], 10)
    np.testing.assert_allclose(strengths, score[:, 0] * found.scales[10])


def test_races_without_a_known_winner_are_left_out():
    score, truth, keys = races(1.0, count=1)
    unknown = RaceTemperature().fit(score, np.where(truth == 1, 0.0, truth), np.ones(len(truth)), keys)
    assert unknown.scales == USUAL
