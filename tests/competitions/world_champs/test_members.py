"""Every member fits, answers and is read back."""

from __future__ import annotations

import numpy as np
import pytest

from competitions.world_champs.competition import WorldChamps
from competitions.world_champs.members import roster
from core.context import FitContext, PredictContext
from core.estimators.saving import load_estimator, save_estimator

NAMES = [member.name for member in roster(())]
QUICK = {"n_estimators": 8, "epochs": 1}


@pytest.fixture(scope="module")
def dataset(sample):
    return WorldChamps().load(sample)


@pytest.mark.parametrize("name", NAMES)
def test_a_member_fits_answers_and_is_read_back(dataset, name, tmp_path):
    member = next(member for member in WorldChamps().members(dataset) if member.name == name)
    params = {key: QUICK.get(key, value) for key, value in member.defaults.items()}
    rows, asked = dataset.fit.take(np.arange(2500)), dataset.test.take(np.arange(300))
    model = member.build(params, 1)
    model.fit(rows.X, rows.labels(), context=FitContext(rows.keys, ("posx",)))
    context = PredictContext(asked.keys, ("posx",))
    found = model.predict(asked.X, context=context)
    assert found.shape == (300,)
    assert np.isfinite(found).all()
    save_estimator(model, tmp_path / "model")
    again = load_estimator(tmp_path / "model")
    np.testing.assert_array_equal(again.predict(asked.X, context=context), found)


@pytest.mark.parametrize("name", [member.name for member in roster(()) if member.search is not None])
def test_search_spaces_hold_the_defaults(name):
    import optuna

    member = next(member for member in roster(()) if member.name == name)
    study = optuna.create_study()
    found = member.search(study.ask())
    assert found.keys() <= member.defaults.keys()


def test_only_the_network_of_the_source_reads_names(dataset):
    members = {member.name: member for member in WorldChamps().members(dataset)}
    if "source net" in members:
        assert "rider" in members["source net"].build({}, 0).columns
    for name in set(members) - {"source net", "season points"}:
        assert "rider" not in members[name].build(members[name].defaults, 0).columns


def test_without_torch_networks_are_left_out_and_that_is_said(dataset, monkeypatch):
    monkeypatch.setattr("competitions.world_champs.members.find_spec", lambda name: None)
    assert not {"listwise net", "source net"} & {member.name for member in WorldChamps().members(dataset)}
    assert "networks are left out: torch is not installed" in WorldChamps().objective(dataset, None).notes
