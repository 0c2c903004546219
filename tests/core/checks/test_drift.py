"""Drift of test predictions against out-of-fold predictions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

from core.checks import inspect_predictions
from core.checks.drift import _distance


def test_a_shift_is_a_warning_that_names_the_output():
    rng = np.random.default_rng(0)
    scored, test = rng.normal(size=(2_000, 2)), rng.normal(size=(1_000, 2))
    assert inspect_predictions(scored, test, None, ["a", "b"]) == []
    test[:, 1] += 0.8
    (found,) = inspect_predictions(scored, test, None, ["a", "b"])
    assert (found.severity, found.columns) == ("warning", ("b",))
    assert "'b'" in found.message
    assert "+0.8" in found.message


def test_another_spread_is_drift_too_and_a_small_one_is_noted():
    rng = np.random.default_rng(0)
    scored = rng.normal(size=(5_000, 1))
    (wide,) = inspect_predictions(scored, rng.normal(0, 9, (5_000, 1)), None, ["y"])
    assert wide.severity == "warning"
    (little,) = inspect_predictions(scored, rng.normal(0.3, 1, (5_000, 1)), None, ["y"])
    assert little.severity == "note"


def test_one_prediction_for_all_of_test_is_a_warning():
    scored = np.random.default_rng(0).random((500, 1))
    (found,) = inspect_predictions(scored, np.full((200, 1), 0.25), None, ["y"], "probabilities")
    assert found.severity == "warning"
    assert "probability of 'y' is 0.25 for every test row" in found.message


def test_weights_of_a_known_prior_take_its_shift_away():
    rng = np.random.default_rng(0)
    rare, half = rng.random(4_000) < 0.05, rng.random(2_000) < 0.5
    scored = np.clip(rng.normal(0.2 + 0.6 * rare, 0.1), 0, 1)[:, None]
    test = np.clip(rng.normal(0.2 + 0.6 * half, 0.1), 0, 1)[:, None]
    weight = np.where(rare, 0.5 / 0.05, 0.5 / 0.95)
    assert inspect_predictions(scored, test, None, ["y"])[0].severity == "warning"
    assert inspect_predictions(scored, test, weight, ["y"]) == []


def test_rows_never_scored_do_not_count():
    rng = np.random.default_rng(0)
    scored = rng.normal(size=(2_000, 1))
    scored[::2] = np.nan
    assert inspect_predictions(scored, rng.normal(size=(1_000, 1)), None, ["y"]) == []
    assert inspect_predictions(np.full((50, 1), np.nan), rng.normal(size=(50, 1)), None, ["y"]) == []


@pytest.mark.parametrize("seed", range(20))
def test_averages_of_fold_models_are_no_drift(seed):
    rng = np.random.default_rng(seed)
    signal, models = rng.normal(size=3_000), rng.normal(0, 0.4, (5, 3_000))
    scored, test = signal[:2_000] + models[0, :2_000], signal[2_000:] + models[:, 2_000:].mean(axis=0)
    assert inspect_predictions(scored[:, None], test[:, None], None, ["y"]) == []


@pytest.mark.parametrize(("scored", "test"), [(0.0, 0.0), (1.0, 1.0), (1.0, 2.0), (1e300, -1e300)])
def test_constant_predictions_are_no_crash(scored, test):
    findings = inspect_predictions(np.full((50, 1), scored), np.full((50, 1), test), None, ["y"])
    assert bool(findings) == (scored != test)


def test_the_distance_is_that_of_scipy_and_whole_weights_are_repeated_rows():
    rng = np.random.default_rng(0)
    scored, test = rng.normal(size=300).round(1), rng.normal(0.2, 1, 200).round(1)
    plain = np.full(300, 1 / 300)
    assert _distance(scored, test, plain) == pytest.approx(ks_2samp(scored, test).statistic)
    times = rng.integers(0, 4, 300)
    assert _distance(scored, test, times / times.sum()) == pytest.approx(ks_2samp(scored.repeat(times), test).statistic)
