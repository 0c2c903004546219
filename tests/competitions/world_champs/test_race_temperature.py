"""Temperatures find the noise that races were drawn with."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from competitions.world_champs.measures import calibrated_errors, calibration_error
from competitions.world_champs.plackett_luce import top_probabilities
from competitions.world_champs.posx import position_of, posx_of
from competitions.world_champs.race_temperature import USUAL, RaceTemperature, races_of


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
    for places, near in ((1, 0.2), (3, 0.15), (10, 0.1)):
        strong = score[score > 0]  # the others are seldom in front
        slope = np.polyfit(strong, found.strength(strong, places), 1)[0]
        assert slope == pytest.approx(scale, rel=near)


def test_the_order_stays_and_json_gives_it_back():
    score, truth, keys = races(1.0, count=20)
    found = RaceTemperature().fit(score, truth, np.ones(len(truth)), keys)
    again = RaceTemperature().load_json(found.to_json())
    assert np.array_equal(found.apply(score, keys), again.apply(score, keys))
    assert np.array_equal(found.apply(score, keys).argsort(axis=0), score.argsort(axis=0))
    restated = found.restated(found.apply(score, keys)[:, 0], 10)
    np.testing.assert_allclose(restated, found.strength(score[:, 0], 10))
    flat = RaceTemperature().load_json({"1": 0.5, "3": 0.6, "10": 0.7})  # of an earlier version
    np.testing.assert_allclose(flat.strength(score[:, 0], 3), 0.6 * score[:, 0])


IMAGES = {
    "steep": np.exp,
    "flat": np.tanh,
    "ranks": lambda strength: strength.argsort(axis=0).argsort(axis=0) / len(strength),
}


@pytest.mark.parametrize("image", ["steep", "flat", "ranks"])
def test_the_bend_is_found(image):
    """Races that were drawn under strengths of which the scores are a bent image."""
    strength, truth, keys = races(1.0, count=300)
    score = IMAGES[image](strength)
    found = RaceTemperature().fit(score, truth, np.ones(len(truth)), keys)
    strong = strength[:, 0] > 0.5  # the others are seldom among the first ten
    said = found.strength(score[:, 0], 10)[strong]
    assert np.corrcoef(said, strength[strong, 0])[0, 1] > 0.97
    assert np.polyfit(strength[strong, 0], said, 1)[0] == pytest.approx(1, rel=0.2)
    straight = np.corrcoef(score[strong, 0], strength[strong, 0])[0, 1]
    assert np.corrcoef(said, strength[strong, 0])[0, 1] > straight


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 99), st.lists(st.floats(-9, 9), min_size=2, max_size=8, unique=True))
def test_no_bend_changes_the_order(seed, new):
    rng = np.random.default_rng(seed)
    score, truth, keys = races(1.0, count=4, size=15, seed=seed)
    found = RaceTemperature().fit(score, rng.permutation(truth), np.ones(len(truth)), keys)
    new = np.sort(np.array(new))
    assert (np.diff(found.strength(new, 1)) > 0).sum() >= (np.diff(new) > 1e-6).sum()
    assert np.isfinite(found.strength(new, 10)).all()


def test_scores_that_do_not_differ_have_no_bend():
    _, truth, keys = races(1.0, count=3)
    found = RaceTemperature().fit(np.ones((len(truth), 1)), truth, np.ones(len(truth)), keys)
    assert found.bend is None


def test_first_places_are_told_as_often_as_they_come_true():
    score, truth, keys = races(1.3, count=200)
    seen = RaceTemperature().fit(IMAGES["steep"](score), truth, np.ones(len(truth)), keys)
    new, there, events = races(1.3, count=200, seed=1)
    new = IMAGES["steep"](new)
    told, happened, drawn = [], [], []
    for rows in events.groupby("event_id", sort=False).indices.values():
        strength = seen.strength(new[rows, 0], 10)
        told.append(top_probabilities(strength, 10))
        drawn.append((strength, told[-1]))
        happened.append(position_of(there[rows]) <= 10)
    error = calibration_error(np.concatenate(told), np.concatenate(happened).astype(float))
    # What was fitted on as many races as it is held to adds a little to what luck alone does.
    assert error < 1.25 * np.quantile(calibrated_errors(drawn, 10, 200), 0.95)


def test_places_that_nobody_on_the_list_has_taken_move_nobody_out_of_the_first_ten():
    score, truth, keys = races(1.0, count=40)
    place = position_of(truth)
    listed = ~np.isin(place, (3, 6))  # two of each race's first ten are missing from the source
    found = RaceTemperature().fit(score[listed], truth[listed], np.ones(listed.sum()), keys[listed])
    ((first, positions), *_) = races_of(score[listed, 0], truth[listed], keys[listed]["event_id"])
    assert sorted(positions)[:10] == list(range(1, 11))
    assert len(first) == 78
    assert found.scales[10] > 0.5


def test_races_without_a_known_winner_are_left_out():
    score, truth, keys = races(1.0, count=1)
    unknown = RaceTemperature().fit(score, np.where(truth == 1, 0.0, truth), np.ones(len(truth)), keys)
    assert unknown.scales == USUAL
