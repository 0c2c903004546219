"""Tuning by itself: no run, no submission, and trials that a run takes up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.deadline import OutOfTime
from core.errors import Refusal
from core.road import run
from core.settings import Settings
from core.tuning_road import tune_members
from tests.support.small import Notes, Small, member, sample_of


class Tuned(Small):
    def members(self, dataset):
        search = lambda trial: {"shrink": trial.suggest_float("shrink", 0, 1)}  # noqa: E731
        return [member("line", search=search, defaults={"shrink": 0.5}), member("plain")]


class OneFold(Tuned):
    def schemes(self, dataset):
        return [replace(scheme, folds=scheme.folds[:1]) for scheme in super().schemes(dataset)]


class Piloted(Tuned):
    def objective(self, dataset, pilot):
        pilot.out_of_fold("line")
        return super().objective(dataset, pilot)


@pytest.fixture
def data(tmp_path):
    return sample_of(Tuned, tmp_path / "data")


def test_a_run_takes_up_the_trials_without_a_fit_of_its_own(data, tmp_path):
    root, settings = tmp_path / "runs", Settings(threads=1, trials=5)
    found = tune_members(Tuned(), data, settings, root)
    assert [tuned.member for tuned in found.tuned] == ["line"]
    assert found.nested == ()
    assert not list(root.glob("small"))
    notes = Notes()
    finished = run(Tuned(), data, settings, root, notes)
    assert [label for label, _ in notes.labels if "trial" in label] == []
    assert finished.record["tuning"] == [tuned.to_json() for tuned in found.tuned]
    completed = found.tuned[0].count("complete")
    assert sum(name.startswith("line") for name in finished.record["result"]["members"]) == completed


def test_a_run_that_does_not_tune_takes_up_none(data, tmp_path):
    tune_members(Tuned(), data, Settings(threads=1, trials=5), tmp_path / "runs")
    finished = run(Tuned(), data, Settings(threads=1), tmp_path / "runs")
    assert set(finished.record["result"]["members"]) == {"constant", "line", "plain"}


def test_the_nested_score_is_there_where_it_is_asked_for(data, tmp_path):
    found = tune_members(Tuned(), data, Settings(threads=1, trials=3), tmp_path / "runs", nested=True)
    assert [each.member for each in found.nested] == ["line"]
    assert len(found.nested[0].tuned.folds) == 3


def test_members_with_nothing_to_tune_are_refused(data, tmp_path):
    with pytest.raises(Refusal, match="anything to tune"):
        tune_members(Tuned(), data, Settings(threads=1, trials=3, members=("plain",)), tmp_path / "runs")
    with pytest.raises(Refusal, match="no member 'lnie'"):
        tune_members(Tuned(), data, Settings(threads=1, trials=3, members=("lnie",)), tmp_path / "runs")


def test_a_single_fold_is_refused(data, tmp_path):
    with pytest.raises(Refusal, match="single fold"):
        tune_members(OneFold(), data, Settings(threads=1, trials=3), tmp_path / "runs")


def test_a_storage_that_cannot_be_used_is_refused_before_anything_is_fitted(data, tmp_path):
    notes, settings = Notes(), Settings(threads=1, trials=3, storage="abacus://x")
    with pytest.raises(Refusal, match="--storage"):
        tune_members(Piloted(), data, settings, tmp_path / "runs", notes)
    assert notes.steps == ["load"]
    with pytest.raises(Refusal, match="--storage"):
        run(Piloted(), data, settings, tmp_path / "runs", notes)
    assert notes.labels == []


def test_a_run_that_fits_everything_again_searches_again(data, tmp_path):
    root = tmp_path / "runs"
    first = run(Tuned(), data, Settings(threads=1, trials=5), root)
    notes = Notes()
    fresh = run(Tuned(), data, Settings(threads=1, trials=5, fresh=True), root, notes)
    assert notes.cached == 3  # the defaults are trial 0
    assert set(fresh.record["result"]["members"]) == set(first.record["result"]["members"])
    assert trials_of(fresh) == trials_of(first)


def trials_of(finished):
    """Without the seconds they took."""
    (tuned,) = finished.record["tuning"]
    return [{**trial, "seconds": None} for trial in tuned["trials"]]


def test_a_budget_that_ends_before_the_nested_score_says_so(data, tmp_path):
    settings = Settings(threads=1, trials=3, budget=1e-6)
    with pytest.raises(OutOfTime):
        tune_members(Tuned(), data, settings, tmp_path / "runs", nested=True)
