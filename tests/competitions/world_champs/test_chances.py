"""What a forecast tells of every rider."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from competitions.world_champs.chances import chances
from competitions.world_champs.plackett_luce import top_counts
from competitions.world_champs.race_temperature import RaceTemperature


def usual(**scales: float) -> RaceTemperature:
    found = RaceTemperature()
    found.scales = {1: 1.0, 3: 1.0, 10: 1.0} | {int(key[1:]): value for key, value in scales.items()}
    return found


def test_under_one_temperature_they_are_those_of_drawn_races():
    strength = np.random.default_rng(0).normal(0, 1.3, 60)
    told = chances(strength, usual())
    drawn = top_counts(strength, (1, 3, 10), 200_000, seed=7) / 200_000
    np.testing.assert_allclose(told.to_numpy(), drawn, atol=0.006)
    assert told.sum().to_numpy() == pytest.approx([1, 3, 10], abs=1e-6)


def test_whoever_is_stronger_has_the_better_chances_of_everything():
    """Drawing alone would put some of these, which are nearly alike, in another order."""
    strength = np.linspace(0, 0.02, 120)[np.random.default_rng(1).permutation(120)]
    told = chances(strength, usual()).to_numpy()[np.argsort(strength)]
    assert (np.diff(told, axis=0) >= 0).all()
    drawn = top_counts(strength, (10,), 100_000)[np.argsort(strength), 0]
    assert (np.diff(drawn) < 0).any()


def test_a_winner_is_on_the_podium_and_among_the_first_ten_under_any_temperatures():
    strength = np.append(np.zeros(30), 6.0)
    told = chances(strength, usual(_3=0.1, _10=0.02))
    assert told["win"].iloc[-1] > 0.9
    assert (told["win"] <= told["podium"]).all()
    assert (told["podium"] <= told["top_10"]).all()


def test_in_a_field_of_ten_everybody_is_among_the_first_ten():
    told = chances(np.arange(10.0), usual())
    pd.testing.assert_series_equal(told["top_10"], pd.Series(np.ones(10)), check_names=False)


def test_those_alike_have_the_same_chances():
    told = chances(np.repeat([0.0, 1.0], 40), usual())
    assert told.nunique().tolist() == [2, 2, 2]
