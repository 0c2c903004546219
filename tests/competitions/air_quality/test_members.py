"""Who takes part, and what each reads."""

from __future__ import annotations

import numpy as np
import pytest

from competitions.air_quality.competition import AirQuality
from tests.competitions.air_quality.made import fit_context, predict_context


@pytest.fixture(scope="module")
def dataset(sample):
    return AirQuality("airqo-2024").load(sample)


def test_each_answers_and_is_searched_around_its_defaults(dataset):
    rng = np.random.default_rng(0)
    rows = np.sort(rng.permutation(len(dataset.fit))[:250])
    fit, test = dataset.fit.take(rows), dataset.test.take(np.arange(40))
    for member in AirQuality("airqo-2024").members(dataset):
        if member.baseline:
            continue
        few = {name: min(value, 20) for name, value in member.defaults.items() if name == "n_estimators"}
        model = member.build({**member.defaults, **few}, 0)
        told = model.fit(fit.X, fit.labels(), context=fit_context(fit.keys)).predict(
            test.X, context=predict_context(test.keys)
        )
        assert told.shape == (40,)
        assert np.isfinite(told).all()
        assert (told >= 0).all()


def test_two_members_of_a_kind_do_not_both_enter_the_blend(dataset):
    members = {member.name: member for member in AirQuality("airqo-2024").members(dataset)}
    blended = {name for name, member in members.items() if member.blended and not member.baseline}
    assert {"space-time", "lightgbm neighbours", "extra trees neighbours"} <= blended
    assert not {"lightgbm", "extra trees", "lightgbm raw"} & blended
