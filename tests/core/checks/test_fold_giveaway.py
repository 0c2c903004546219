"""Features that give away the group or the fold of a row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core import folds
from core.checks.fold_giveaway import fold_giveaways
from core.checks.view import View
from tests.core.checks.tables import dataset, frames, one

CHECK = "a feature gives away the fold"


def placed(seed=0):
    """Rows of thirty places; those of test are others."""
    rng = np.random.default_rng(seed)
    train, test = frames(seed)
    train["place"], test["place"] = rng.integers(0, 30, 600), rng.integers(30, 45, 300)
    return train, test


@pytest.mark.parametrize(
    "code", [lambda place: place * 7 % 101, lambda place: "p" + place.astype(str), lambda place: 1.0 * place]
)
def test_an_encoded_key_of_the_folds_is_a_warning(code):
    train, test = placed()
    for frame in (train, test):
        frame["site"] = code(frame["place"])
    data = dataset(train, test, ["place"])
    found = one(fold_giveaways(View(data, [folds.group(data, "place")])), CHECK)
    assert (found.severity, found.columns) == ("warning", ("site",))
    assert "'place' in other clothes" in found.message


def test_a_property_of_the_group_is_only_noted_and_one_that_groups_share_is_not():
    train, test = placed()
    for frame in (train, test):
        frame["latitude"] = np.sin(frame["place"])
        frame["country"] = frame["place"] // 7
    data = dataset(train, test, ["place"])
    found = one(fold_giveaways(View(data, [folds.group(data, "place")])), CHECK)
    assert (found.severity, found.columns) == ("note", ("latitude",))


def test_a_key_that_the_folds_do_not_keep_apart_is_noted():
    train, test = placed()
    for frame in (train, test):
        frame["site"] = frame["place"] + 100
    data = dataset(train, test, ["place"])
    found = one(fold_giveaways(View(data, [folds.random(data)])), CHECK)
    assert (found.severity, found.columns) == ("note", ("site",))


@pytest.mark.parametrize("form", [float, str])
def test_the_number_of_the_fold_among_the_features_is_a_warning(form):
    train, test = frames()
    fold = np.random.default_rng(3).integers(0, 5, 600)
    train["part"] = pd.Series(fold).map(form)
    test["part"] = form(0)
    data = dataset(train, test)
    given = folds.given(data, pd.Series(fold, index=data.fit.ids))
    found = one(fold_giveaways(View(data, [given])), CHECK)
    assert (found.severity, found.columns) == ("warning", ("part",))
    assert "tells the fold" in found.message


@pytest.mark.parametrize("seed", range(20))
def test_clean_folds_say_nothing(seed):
    train, test = placed(seed)
    data = dataset(train, test, ["place"])
    for scheme in (folds.random(data), folds.stratified(data), folds.group(data, "place")):
        assert fold_giveaways(View(data, [scheme])) == []
