"""What a run was made on, read back."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest

from core import folds
from core.errors import Refusal
from core.metrics import MAE
from core.outside.ground import ground_of
from core.outside.stored import stored_folds, stored_predictions
from tests.contract.fakes.events import IDS, Events
from tests.contract.fakes.shifted import Shifted
from tests.core.outside.made import Wide, copied, data_of, finished, ground


def test_the_judge_gives_every_member_the_score_of_the_record(pair):
    found = ground(pair.first)
    for name, member in pair.first.record["result"]["members"].items():
        predictions, _ = stored_predictions(pair.first, name)
        score = found.judge.over_folds(predictions.mean_out_of_fold, found.folds, found.fitted)
        assert list(score.folds) == member["folds"]
    assert found.folds.digest() == pair.first.record["request"]["folds"]
    assert len(found.scored) == len(found.dataset.score)


@pytest.mark.parametrize("kind", [Events, Shifted])
def test_scores_per_key_and_weighted_ones_are_those_of_the_record_too(kind, request):
    run = request.getfixturevalue(kind.slug)
    found = ground(run, kind)
    for name, member in run.record["result"]["members"].items():
        predictions, _ = stored_predictions(run, name)
        score = found.judge.over_folds(predictions.mean_out_of_fold, found.folds, found.fitted)
        assert list(score.folds) == pytest.approx(member["folds"], rel=1e-12)
    assert found.score_columns == found.test_columns == (IDS if kind is Events else ("id",))
    assert (found.objective.weight is not None) == (kind is Shifted)


def test_a_quick_look_is_read_back_as_one(tmp_path):
    data = data_of(Wide, tmp_path / "data")
    run = finished(Wide, data, tmp_path / "runs", fraction=0.5, fold=1, seed=3)
    found = ground(run)
    assert (found.fitted, found.seed) == ((1,), 3)
    assert len(found.dataset.score) == run.record["rows"]["score"] < 240
    assert np.array_equal(found.scored, found.folds.folds[1].score)


def test_an_unfinished_run_is_refused(pair, tmp_path):
    run = copied(pair.first, tmp_path / "run")
    run.save(status="running")
    with pytest.raises(Refusal, match="not finished"):
        ground(run)


def test_data_that_moved_can_be_named_and_other_data_are_refused(pair, tmp_path):
    run = copied(pair.first, tmp_path / "run")
    run.save(data_folder=str(tmp_path / "gone"))
    with pytest.raises(Refusal, match="no such folder") as caught:
        ground(run)
    assert "--data" in caught.value.way_out
    moved = shutil.copytree(pair.data, tmp_path / "moved")
    assert ground_of(run, Wide(), moved).folds.digest() == run.record["request"]["folds"]
    text = (moved / "train.csv").read_text()
    (moved / "train.csv").write_text(text.replace(",a,", ",b,", 1))
    with pytest.raises(Refusal, match="not the data that run"):
        ground_of(run, Wide(), moved)


class ByMae(Wide):
    editions = (replace(Wide.editions[0], metric=MAE),)


class OtherScheme(Wide):
    def schemes(self, dataset):
        return [folds.random(dataset, 3)]


class OtherFolds(Wide):
    def schemes(self, dataset):
        return [folds.group(dataset, "place", 2)]


def test_another_metric_and_a_lost_scheme_are_refused(pair):
    with pytest.raises(Refusal, match="scored by rmse, fake is by mae now"):
        ground(pair.first, ByMae)
    with pytest.raises(Refusal, match="scheme 'place', which small no longer has"):
        ground(pair.first, OtherScheme)


def test_positions_of_an_earlier_version_are_kept(pair):
    found, arrays = ground(pair.first, OtherFolds), stored_folds(pair.first)
    assert len(found.folds) == 3
    for number, fold in enumerate(found.folds.folds):
        assert np.array_equal(fold.fit, arrays[f"fit_{number}"])
        assert np.array_equal(fold.score, arrays[f"score_{number}"])


def test_positions_that_break_what_the_scheme_promises_are_refused(pair, tmp_path):
    run = copied(pair.first, tmp_path / "run")
    arrays = dict(stored_folds(run))
    arrays["fit_0"] = np.arange(240)
    np.savez(run.path / "folds.npz", **arrays)
    with pytest.raises(Refusal, match="do not keep what scheme 'place' promises"):
        ground(run)
