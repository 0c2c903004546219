"""Measures of races beside scikit-learn, and what luck allows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from competitions.world_champs.measures import (
    area,
    by_race,
    calibrated_errors,
    calibration_error,
    interval,
    measures,
    paired,
)
from competitions.world_champs.plackett_luce import top_probabilities
from competitions.world_champs.posx import posx_of


def test_a_perfect_forecast_and_its_opposite():
    places = np.arange(1, 31, dtype=float)
    best, worst = (measures(posx_of(places), sign * places, -places) for sign in (-1, 1))
    assert [best[name] for name in ("ndcg@10", "precision@10", "win@1", "top-10 AUC")] == [1, 1, 1, 1]
    assert best["Spearman"] == pytest.approx(1)
    assert worst["winner's reciprocal rank"] == pytest.approx(1 / 30)
    assert worst["top-10 AUC"] == 0
    assert best["winner log loss"] < best["uniform log loss"] == pytest.approx(np.log(30))


def test_areas_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    positive, score = rng.random(60) < 0.3, rng.integers(0, 8, 60).astype(float)
    assert area(positive, score) == pytest.approx(roc_auc_score(positive, score))
    assert np.isnan(area(np.ones(3, dtype=bool), np.arange(3.0)))


def test_races_without_a_winner_leave_some_measures_open():
    found = measures(posx_of([2, 3, np.nan]), np.arange(3.0))
    assert np.isnan(found["winner's reciprocal rank"])
    assert np.isfinite(found["ndcg@10"])


def test_a_row_for_each_race_and_an_interval_that_holds_the_mean():
    event = pd.Series(["a"] * 20 + ["b"] * 20)
    rng = np.random.default_rng(1)
    posx = posx_of(np.r_[rng.permutation(20), rng.permutation(20)] + 1.0)
    found = by_race(posx, rng.normal(size=40), event)
    assert found.index.tolist() == ["a", "b"]
    mean, low, high = interval(np.r_[rng.normal(size=100), np.nan])
    assert low < mean < high
    assert np.isnan(interval(np.array([np.nan]))).all()


def test_true_probabilities_pass_and_too_sure_ones_do_not():
    rng = np.random.default_rng(2)
    strengths = rng.normal(size=(60, 80))
    happened = []
    for strength in strengths:
        order = np.argsort(-(strength + rng.gumbel(size=80)))
        inside = np.zeros(80)
        inside[order[:10]] = 1
        happened.append(inside)
    chances = [top_probabilities(strength, 10) for strength in strengths]
    bar = np.quantile(calibrated_errors(zip(strengths, chances, strict=True), 10, draws=200), 0.95)
    assert calibration_error(np.concatenate(chances), np.concatenate(happened)) < bar
    sure = np.concatenate([top_probabilities(2 * strength, 10) for strength in strengths])
    assert calibration_error(sure, np.concatenate(happened)) > bar


def test_paired_differences_leave_out_races_that_one_does_not_know():
    one, other = np.array([0.5, 0.9, np.nan, 0.4]), np.array([0.4, 0.4, 0.2, 0.1])
    gain, error = paired(one, other)
    assert gain == pytest.approx(0.3)
    assert error == pytest.approx(np.std([0.1, 0.5, 0.3], ddof=1) / np.sqrt(3))
    assert np.isnan(paired(np.array([np.nan]), np.array([1.0]))[0])
