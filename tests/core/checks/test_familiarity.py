"""Ids and groups that train and test share."""

from __future__ import annotations

import numpy as np
import pytest

from core import folds
from core.checks.familiarity import GROUPS, IDS, familiarity
from core.checks.view import View
from tests.core.checks.tables import dataset, frames, one


def placed(known):
    train, test = frames()
    train["place"], test["place"] = np.arange(600) % 30, np.arange(300) % 15 + (0 if known else 30)
    return dataset(train, test, ["place"])


def test_folds_that_know_groups_of_which_test_has_none_are_a_warning_that_names_one():
    data = placed(known=False)
    found = one(familiarity(View(data, [folds.random(data)])), GROUPS)
    assert found.severity == "warning"
    assert "key 'place'" in found.message
    assert "test group '30'" in found.message
    assert "folds.group on 'place'" in found.advice


def test_folds_that_keep_apart_what_test_knows_are_noted():
    data = placed(known=True)
    assert one(familiarity(View(data, [folds.group(data, "place")])), GROUPS).severity == "note"


@pytest.mark.parametrize(("known", "scheme"), [(True, folds.random), (False, lambda data: folds.group(data, "place"))])
def test_folds_that_imitate_the_test_are_fine(known, scheme):
    data = placed(known)
    assert familiarity(View(data, [scheme(data)])) == []


def test_a_key_that_names_rows_is_no_group():
    train, test = frames()
    train["scan"], test["scan"] = np.arange(600), np.arange(600, 900)
    data = dataset(train, test, ["scan"])
    assert familiarity(View(data, [folds.random(data)])) == []


def test_shared_ids_are_noted():
    train, test = frames()
    test.loc[:4, "id"] = train["id"].iloc[:5].to_numpy()
    data = dataset(train, test)
    found = one(familiarity(View(data, [folds.random(data)])), IDS)
    assert found.severity == "note"
    assert found.message.startswith("5 of 300")
    assert repr(train["id"][0]) in found.message
