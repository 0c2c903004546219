"""How well a model tells the two sides of a split."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core import folds
from core.checks.resemblance import Resemblance, Told, _area, _error, resemblance
from core.checks.view import View
from tests.core.checks.tables import dataset, frames, view


def test_rows_drawn_alike_are_a_guess_and_a_shift_is_told_with_its_column():
    train, test = frames(rows=2_000, test_rows=1_000)
    clean = resemblance(view(train, test)).test
    assert abs(clean.area - 0.5) < 3 * clean.error
    test["x2"] += 1.5
    shifted = resemblance(view(train, test)).test
    assert shifted.area > 0.75
    assert shifted.columns[0][0] == "x2"
    assert shifted.columns[0][1] > 0.5


def test_the_area_is_that_of_the_shift():
    """Two normal distributions one apart: Φ(1 / √2)."""
    train, test = frames(rows=8_000, test_rows=8_000)
    test["x2"] += 1
    told = resemblance(view(train, test, rows=16_000)).test
    assert told.area == pytest.approx(0.76, abs=0.03)
    assert told.error < 0.01


def test_the_scheme_that_differs_as_test_does_is_the_closest():
    train, test = frames(rows=2_000, test_rows=1_000)
    train["place"], test["place"] = np.arange(2_000) % 20, 20 + np.arange(1_000) % 10
    centre = np.random.default_rng(0).normal(0, 3, (30, 3))
    for frame in (train, test):
        frame[["x0", "x1", "x2"]] += centre[frame["place"]]
    data = dataset(train, test, ["place"])
    found = resemblance(View(data, [folds.random(data), folds.group(data, "place")]))
    assert [told.name for told in found.schemes] == ["random", "place"]
    assert found.schemes[0].area < 0.6
    assert found.schemes[1].area > 0.9
    assert found.closest == "place"


def test_the_headline_is_the_closest_until_another_is_clearly_nearer():
    test = Told("test", 0.7, 0.01)
    near, far = Told("near", 0.69, 0.01), Told("far", 0.5, 0.01)
    assert Resemblance(test, (far, near)).closest == "near"
    assert Resemblance(test, (near, far)).closest == "near"
    assert Resemblance(test, (Told("a", 0.62, 0.05), near)).closest == "a"
    assert Resemblance(Told("test", 0.52, 0.01), (Told("a", 0.42, 0.01), Told("b", 0.51, 0.01))).closest == "a"
    assert Resemblance(None, (near,)).closest is None
    assert Resemblance(test).closest is None


def test_equal_seeds_tell_equal_areas():
    train, test = frames()
    assert resemblance(view(train, test)) == resemblance(view(train, test))


def test_the_area_is_scikit_learns_and_its_error_that_of_many_draws():
    rng = np.random.default_rng(0)
    areas = []
    for _ in range(400):
        truth = np.repeat([0.0, 1.0], [80, 60])
        told = (truth + rng.normal(size=140)).round(1)
        areas.append(_area(truth, told))
        assert areas[-1] == pytest.approx(roc_auc_score(truth, told))
    assert _error(float(np.mean(areas)), 60, 80) == pytest.approx(np.std(areas), rel=0.2)
    assert _error(1.0, 60, 80) > 0


@pytest.mark.parametrize("rows", [1, 5, 30])
def test_few_rows_or_no_columns_are_no_crash(rows):
    train, test = frames(rows=60)
    assert isinstance(resemblance(view(train, test.iloc[:rows])), Resemblance)
    empty = train[["id", "y"]], test[["id"]]
    assert resemblance(view(*empty)).test is None


def test_infinite_values_are_no_crash():
    train, test = frames()
    train.loc[3, "x0"], test.loc[3, "x1"] = np.inf, -np.inf
    assert resemblance(view(train, test)).test is not None
