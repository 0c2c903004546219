"""Models are copied out of the cache, those alone that somebody may want to predict with."""

from __future__ import annotations

import json

import pytest

from core.cache import damage_of
from core.cross_validation import cross_validate
from core.plan import WorkItem
from core.run import RunFolder
from core.saved_models import save_models
from tests.contract.fakes.sequences import Sequences
from tests.support.small import Small, bench_of, serial

ITEMS = (
    WorkItem("constant", 0),
    WorkItem("line", 0),
    WorkItem("noisy", 0, {"noise": 0.1}),
    WorkItem("noisy", 1, {"noise": 0.1}),
    WorkItem("line", 0, {"shrink": 0.5}, trial=3),
    WorkItem("line", 0, {"shrink": 0.1}, trial=4),
)


def saved(tmp_path, test_by="folds", weights=("line", "line~4"), kind=Small, items=ITEMS):
    """A run folder, what was said of its models, and the keys of the fits behind them."""
    bench = bench_of(kind, tmp_path)
    fitting = serial(bench, test_by=test_by)
    fitted = cross_validate(bench, items, fitting)
    folder = RunFolder.begin(tmp_path / "runs", kind.slug, {})
    return folder, save_models(folder, bench, fitted, fitting, weights), fitted, bench


def test_all_members_are_kept_and_the_trials_with_a_weight(tmp_path):
    folder, found, _, _ = saved(tmp_path)
    assert {name: sorted(seeds) for name, seeds in found.items()} == {
        "constant": ["0"], "line": ["0"], "noisy": ["0", "1"], "line~4": ["0"]
    }  # fmt: skip
    assert sorted(path.name for path in folder.models.iterdir()) == ["constant", "line", "line~4", "noisy"]


@pytest.mark.parametrize(("test_by", "predict"), [("folds", ["fold-0", "fold-1", "fold-2"]), ("full", ["full"])])
def test_what_predicts_new_rows_is_named_and_the_models_of_folds_are_kept_too(tmp_path, test_by, predict):
    folder, found, fitted, bench = saved(tmp_path, test_by)
    assert found["noisy"]["1"] == [f"noisy/seed-1/{place}" for place in predict]
    places = sorted(path.name for path in (folder.models / "noisy" / "seed-1").iterdir())
    assert places == sorted({"fold-0", "fold-1", "fold-2", *predict})
    order = [0, 1, 2] if test_by == "folds" else [0, None, 1, 2]  # a refit comes second
    for number, key in zip(order, fitted.keys["noisy"][1], strict=True):
        place = folder.models / "noisy" / "seed-1" / ("full" if number is None else f"fold-{number}")
        assert damage_of(place) is None
        own = json.loads((bench.entry(key) / "model" / "line.json").read_text())
        assert json.loads((place / "line.json").read_text()) == own


def test_models_that_are_there_already_stay_when_a_run_is_finished_again(tmp_path):
    folder, found, fitted, bench = saved(tmp_path)
    (place,) = folder.models.glob("line/seed-0/fold-0")
    (place / "note").write_text("mine")
    assert save_models(folder, bench, fitted, serial(bench), {"line", "line~3"})["line~3"] == {
        "0": ["line~3/seed-0/fold-0", "line~3/seed-0/fold-1", "line~3/seed-0/fold-2"]
    }
    assert (place / "note").read_text() == "mine"
    assert "line~3" not in found


def test_a_pretraining_step_is_kept_under_its_name(tmp_path):
    folder, found, _, _ = saved(tmp_path, kind=Sequences, items=(WorkItem("letters", 0),), weights=("letters",))
    assert sorted(path.name for path in folder.models.iterdir()) == ["letters", "pretrain-vocabulary"]
    assert set(found) == {"letters"}
    assert damage_of(folder.models / "pretrain-vocabulary") is None
