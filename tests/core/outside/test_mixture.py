"""Predictions of the test rows alone, mixed in by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.blend import Blend, scaled
from core.metrics import LOG_LOSS, MACRO_ROC_AUC, RMSE, ROC_AUC, SPEARMAN
from core.outside.member import OutsideMember
from core.outside.mixture import Mixture

RNG = np.random.default_rng(0)
KEYS = pd.DataFrame({"event": list("aabbb")})


def shares(k, seed):
    values = np.random.default_rng(seed).dirichlet(np.ones(k), size=5)
    return values / values.sum(axis=1, keepdims=True)


def mixed(own, other, metric, scale="values", per=None, decided=False, weight=0.25):
    blend = Blend("mean", {"a": 1.0}, scale, per)
    return Mixture(OutsideMember("mate", other), weight).into(own, blend, metric, KEYS, decided=decided)


def test_values_are_mixed_by_weight():
    own, other = RNG.normal(size=(5, 1)), RNG.normal(size=(5, 1))
    assert mixed(own, other, RMSE) == pytest.approx(0.75 * own + 0.25 * other)


@pytest.mark.parametrize("metric", [LOG_LOSS, MACRO_ROC_AUC])
def test_probabilities_of_classes_still_sum_to_one(metric):
    own, other = shares(3, 1) * 1.01, shares(3, 2)
    found = mixed(own, other, metric)
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-15)
    assert found == pytest.approx((0.75 * own + 0.25 * other) / (0.75 * 1.01 + 0.25))


def test_ranks_are_mixed_where_only_the_order_counts():
    own, other = RNG.normal(size=(5, 1)), 1000 * RNG.normal(size=(5, 1))
    expected = 0.75 * scaled(own, "ranks") + 0.25 * scaled(other, "ranks")
    assert mixed(own, other, SPEARMAN) == pytest.approx(expected)


def test_a_blend_of_ranks_is_not_ranked_again_and_keeps_its_groups():
    own, other = RNG.uniform(size=(5, 1)), RNG.normal(size=(5, 1))
    expected = 0.75 * own + 0.25 * scaled(other, "ranks", KEYS["event"])
    assert mixed(own, other, SPEARMAN, "ranks", "event") == pytest.approx(expected)


def test_ranks_of_two_classes_sum_to_one():
    assert mixed(shares(2, 1), shares(2, 2), ROC_AUC).sum(axis=1) == pytest.approx(1)


def test_a_decision_that_was_fitted_on_values_gets_values():
    own, other = shares(2, 1), shares(2, 2)
    assert mixed(own, other, ROC_AUC, decided=True) == pytest.approx(0.75 * own + 0.25 * other)


def test_it_says_that_nothing_validates_it():
    mixture = Mixture(OutsideMember("mate", shares(2, 1), files=(("test", "00"),)), 0.25)
    assert mixture.to_json() == {
        "name": "mate",
        "weight": 0.25,
        "files": {"test": "00"},
        "validated": False,
        "note": mixture.note,
        "suspicious": [],
    }
    assert mixture.note.startswith("unvalidated: mate has weight 0.25")
