"""Drawn, exact and integrated probabilities of places."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import chi2

from competitions.world_champs.plackett_luce import (
    podium_probabilities,
    top_counts,
    top_probabilities,
    win_probabilities,
)

FIELD = np.random.default_rng(1).normal(0, 1.5, 190)


def by_all_orders(strength, places):
    share, found = win_probabilities(strength), np.zeros(len(strength))
    for order in itertools.permutations(range(len(strength)), places):
        chance, left = 1.0, 1.0
        for rider in order:
            chance, left = chance * share[rider] / left, left - share[rider]
        found[list(order)] += chance
    return found


def test_frequencies_of_winners_are_those_of_the_closed_form():
    draws = 100_000
    expected = win_probabilities(FIELD) * draws
    common = expected > 20
    counts = top_counts(FIELD, (1,), draws)[:, 0]
    seen, meant = np.r_[counts[common], counts[~common].sum()], np.r_[expected[common], expected[~common].sum()]
    assert ((seen - meant) ** 2 / meant).sum() < chi2.ppf(0.999, len(meant) - 1)


@pytest.mark.parametrize("size", [3, 4, 7])
def test_podium_probabilities_are_those_of_all_orders(size):
    np.testing.assert_allclose(podium_probabilities(FIELD[:size]), by_all_orders(FIELD[:size], 3), atol=1e-12)


def test_drawn_podiums_and_tens_are_those_of_the_formulas():
    draws = 200_000
    counts = top_counts(FIELD, (1, 3, 10), draws) / draws
    np.testing.assert_allclose(counts.sum(axis=0), [1, 3, 10])
    assert np.abs(counts[:, 1] - podium_probabilities(FIELD)).max() < 0.005
    assert np.abs(counts[:, 1] - top_probabilities(FIELD, 3)).max() < 0.01
    assert np.abs(counts[:, 2] - top_probabilities(FIELD, 10)).max() < 0.01


def test_small_fields_and_certain_places():
    assert top_probabilities(FIELD[:5], 10).tolist() == [1.0] * 5
    assert top_counts(FIELD[:2], (1, 3), 100)[:, 1].tolist() == [100, 100]
    np.testing.assert_allclose(top_probabilities(FIELD, 1), win_probabilities(FIELD))
    np.testing.assert_allclose(top_probabilities(np.zeros(100), 10), 0.1, atol=0.002)


def test_equal_seeds_give_equal_counts():
    assert np.array_equal(top_counts(FIELD, (10,), 500, seed=4), top_counts(FIELD, (10,), 500, seed=4))


@pytest.mark.parametrize("sure", [5.0, 20.0, 40.0, 200.0])
def test_the_podium_has_three_places_however_sure_the_favourites_are(sure):
    strength = np.append(np.zeros(50), [2 * sure, sure])
    found = podium_probabilities(strength)
    assert found.sum() == pytest.approx(3, abs=1e-6)
    assert found[-2:].min() > 0.8
    assert podium_probabilities(np.array([100.0, 50, 0, 0, 0]))[:2] == pytest.approx([1, 1])
