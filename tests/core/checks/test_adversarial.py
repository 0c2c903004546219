"""What it means when test is told from train."""

from __future__ import annotations

import numpy as np
import pytest

from core import folds
from core.checks.adversarial import APART, SCHEME, adversarial
from core.checks.resemblance import Resemblance, Told
from core.checks.view import View
from tests.core.checks.tables import dataset, frames, one, view


def test_a_column_that_parts_train_and_test_is_a_warning_that_names_it():
    train, test = frames(rows=2_000, test_rows=1_000)
    train["year"], test["year"] = np.arange(2_000) % 3, 2 + np.arange(1_000) % 3
    found = one(adversarial(view(train, test)), APART)
    assert found.severity == "warning"
    assert found.columns[0] == "year"


def test_another_scheme_that_is_nearer_is_a_warning_that_names_it():
    train, test = frames(rows=2_000, test_rows=1_000)
    train["place"], test["place"] = np.arange(2_000) % 20, 20 + np.arange(1_000) % 10
    centre = np.random.default_rng(0).normal(0, 3, (30, 3))
    for frame in (train, test):
        frame[["x0", "x1", "x2"]] += centre[frame["place"]]
    data = dataset(train, test, ["place"])
    group, random = folds.group(data, "place"), folds.random(data)
    found = one(adversarial(View(data, [random, group])), SCHEME)
    assert found.severity == "warning"
    assert "scheme 'place'" in found.message
    headline = adversarial(View(data, [group, random]))
    assert [(finding.check, finding.severity) for finding in headline] == [(APART, "note")]


def test_another_prior_is_at_most_a_note():
    """From 95:5 to 20:80, when a feature gives the class away: 0.5 + 0.75 / 2, and the folds cannot imitate it."""
    train, test = frames(rows=4_000, test_rows=2_000)
    rng = np.random.default_rng(0)
    for frame, share in ((train, 0.95), (test, 0.5)):
        frame["x3"] = rng.normal(np.where(rng.random(len(frame)) < share, 0, 3))
    assert {finding.severity for finding in adversarial(view(train, test))} == {"note"}


@pytest.mark.parametrize(
    ("area", "headline", "severities"),
    [(0.53, 0.5, []), (0.65, 0.5, ["note"]), (0.9, 0.5, ["warning"]), (0.9, 0.88, ["note"]), (0.3, 0.5, [])],
)
def test_what_areas_mean(area, headline, severities):
    found = Resemblance(Told("test", area, 0.02, (("x", 0.9),)), (Told("headline", headline, 0.02),))
    assert [finding.severity for finding in adversarial(view(*frames()), found)] == severities


@pytest.mark.parametrize("seed", range(20))
def test_clean_tables_have_no_warning(seed):
    assert {finding.severity for finding in adversarial(view(*frames(seed)))} <= {"note"}
