"""No score of the fold that is scored has a part in what is chosen."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from core.cross_validation import cross_validate
from core.errors import Refusal
from core.objective import Score
from core.plan import WorkItem
from core.tuning import NestedScore, Studies, tune_nested
from core.tuning.study import MemberStudy
from tests.core.tuning.small import OneTuned
from tests.support.small import Line, Notes, bench_of, serial


def test_each_fold_is_scored_by_what_is_best_on_the_others(tmp_path):
    bench = bench_of(OneTuned, tmp_path)
    studies = Studies(tmp_path / "j")
    (found,) = tune_nested(bench, [bench.members["line"]], serial(bench), studies, trials=6)
    for number in range(3):
        others = [fold for fold in range(3) if fold != number]
        (study,) = [s for s in studies.storage.get_all_studies() if f"without-fold-{number}" in s.study_name]
        trials = [t for t in studies.storage.get_all_trials(study._study_id) if t.state.name == "COMPLETE"]

        def score(params, folds):
            fitted = cross_validate(bench, [WorkItem("line", 0, params)], serial(bench))
            return bench.judge.over_folds(fitted.predictions["line"].mean_out_of_fold, bench.folds, folds).value

        best = min(trials, key=lambda t: t.value)
        assert best.value == score(best.user_attrs["params"], others)
        assert found.tuned.folds[number] == score(best.user_attrs["params"], [number])
        assert found.defaults.folds[number] == score(dict(bench.members["line"].defaults), [number])
    gains = [new - old for new, old in zip(found.tuned.folds, found.defaults.folds, strict=True)]
    assert list(found.gain.folds) == gains


def test_a_refit_is_no_part_of_choosing(tmp_path):
    bench, notes = bench_of(OneTuned, tmp_path), Notes()
    tune_nested(bench, [bench.members["line"]], serial(bench, listener=notes, test_by="full"), Studies(tmp_path / "j"),
                trials=2)  # fmt: skip
    assert notes.fitted <= 3 * 2  # two trials on three folds; what was scored apart is among them


def test_a_gain_is_positive_where_tuning_is_better():
    found = NestedScore("line", Score((1.0, 2.0)), Score((2.0, 4.0)))
    assert (found.better(higher_is_better=False), found.better(higher_is_better=True)) == (1.5, -1.5)


class FailsOnOne(Line):
    """With its defaults, on the rows that leave one fold out."""

    rows = frozenset()

    def fit(self, X, y):
        if (self.shrink, self.noise) == (0.5, 0.0) and set(X.index) == self.rows:
            raise ValueError("no such luck")
        return super().fit(X, y)


class Uneven(OneTuned):
    def members(self, dataset):
        return [replace(member, build=lambda params, seed: FailsOnOne(**params)) for member in super().members(dataset)]


def test_a_fold_on_which_one_failed_compares_nothing(tmp_path, monkeypatch):
    bench = bench_of(Uneven, tmp_path)
    monkeypatch.setattr(FailsOnOne, "rows", set(bench.dataset.fit.X.index[bench.folds.folds[1].fit]))
    (found,) = tune_nested(bench, [bench.members["line"]], serial(bench), Studies(tmp_path / "j"), trials=4)
    assert [math.isnan(value) for value in found.tuned.folds] == [False, True, False]
    assert [math.isnan(value) for value in found.defaults.folds] == [False, True, False]
    assert found.gain.value == pytest.approx(found.tuned.value - found.defaults.value)


def test_time_goes_forward_and_few_folds_choose_nothing(tmp_path):
    bench = bench_of(OneTuned, tmp_path)
    bench = replace(bench, folds=replace(bench.folds, ordered="place", forward_only=True))
    studies = Studies(tmp_path / "j")
    (found,) = tune_nested(bench, [bench.members["line"]], serial(bench), studies, trials=3)
    assert len(found.tuned.folds) == 1  # the third fold, chosen by the first two
    assert {s.study_name.split("/")[2] for s in studies.storage.get_all_studies()} == {"without-fold-2"}
    with pytest.raises(Refusal, match="--nested"):
        tune_nested(bench, [bench.members["line"]], serial(bench, folds=(0,)), studies, trials=3)


def test_trials_that_another_process_works_on_are_said(tmp_path):
    bench, notes, studies = bench_of(OneTuned, tmp_path), Notes(), Studies(tmp_path / "j")
    held = MemberStudy(studies, bench, bench.members["line"], "without-fold-1").ask(3)
    tune_nested(bench, [bench.members["line"]], serial(bench, listener=notes), studies, trials=3)
    assert held.number == 0
    assert notes.unfinished == ["1 of 3 trials of line without fold 1, which another process works on"]


def test_more_trials_than_are_asked_for_choose_nothing(tmp_path):
    bench = bench_of(OneTuned, tmp_path)
    members = [bench.members["line"]]
    few = tune_nested(bench, members, serial(bench), Studies(tmp_path / "few"), trials=2)
    tune_nested(bench, members, serial(bench), Studies(tmp_path / "many"), trials=9)
    assert tune_nested(bench, members, serial(bench), Studies(tmp_path / "many"), trials=2) == few


def test_a_second_time_nothing_is_fitted(tmp_path):
    bench = bench_of(OneTuned, tmp_path)
    members, studies = [bench.members["line"]], Studies(tmp_path / "j")
    first = tune_nested(bench, members, serial(bench), studies, trials=3)
    notes = Notes()
    assert tune_nested(bench, members, serial(bench, listener=notes), studies, trials=3) == first
    assert notes.fitted == 0
