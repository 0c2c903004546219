"""Schemes side by side."""

from __future__ import annotations

import numpy as np
import pytest

from core.budget import Budget
from core.cross_validation import Fitted, cross_validate
from core.plan import WorkItem
from core.schemes import score_schemes
from tests.support.small import PLACES, Clock, Line, Notes, OnUpstream, Small, WithSecond, bench_of, member, serial


def schemes_of(bench):
    return bench.competition.schemes(bench.dataset)


def test_every_scheme_has_a_score_on_each_of_its_folds(tmp_path):
    bench = bench_of(Small, tmp_path)
    fitted = cross_validate(bench, [WorkItem("constant", 0), WorkItem("line", 0)], serial(bench))
    found = score_schemes(bench, schemes_of(bench), fitted, serial(bench, folds=(0,)))
    assert list(found) == ["place", "random"]
    table, scheme = bench.dataset.fit, schemes_of(bench)[1]
    errors = []
    for fold, value in zip(scheme.folds, found["random"].score.folds, strict=True):
        model = Line().fit(table.X.iloc[fold.fit], table.y.iloc[fold.fit])
        error = model.predict(table.X.iloc[fold.score]) - table.y.iloc[fold.score]
        assert value == pytest.approx(np.sqrt(np.mean(error**2)))
        errors.append(error)
    assert found["random"].together == pytest.approx(np.sqrt(np.mean(np.concatenate(errors) ** 2)))


def test_a_baseline_alone_is_not_scored(tmp_path):
    bench = bench_of(Small, tmp_path)
    fitted = cross_validate(bench, [WorkItem("constant", 0)], serial(bench))
    assert score_schemes(bench, schemes_of(bench), fitted, serial(bench)) == {}
    assert score_schemes(bench, schemes_of(bench), Fitted(), serial(bench)) == {}


class OnlySecond(WithSecond):
    """Its first member that is no baseline reads another baseline."""

    def members(self, dataset):
        return [member("second", OnUpstream, needs=("line",)), member("line", baseline=True)]


def test_a_second_stage_is_scored_with_what_it_needs_and_by_its_first_seed(tmp_path):
    bench, notes = bench_of(OnlySecond, tmp_path), Notes()
    work = [WorkItem("line", 0), WorkItem("second", 0), WorkItem("second", 1)]
    fitted = cross_validate(bench, work, serial(bench))
    found = score_schemes(bench, schemes_of(bench), fitted, serial(bench, listener=notes))
    assert set(found) == {"place", "random"}
    assert [label for label, _ in notes.labels] == ["line", "second"] * 2


def test_a_scheme_that_the_budget_has_no_time_for_is_left_out_aloud(tmp_path):
    bench, clock = bench_of(Small, tmp_path), Clock()
    fitted = cross_validate(bench, [WorkItem("line", 0)], serial(bench))
    budget = Budget(1.0, clock)
    clock.now = 10.0
    notes = Notes()
    found = score_schemes(bench, schemes_of(bench), fitted, serial(bench, budget=budget, listener=notes))
    assert set(found) == {"place"}  # fitted before, so that it costs nothing
    assert notes.unfinished == ["line under scheme 'random'"]


class NeedsAnUnseenPlace(Line):
    """Works where a place is held out, as the headline folds do, and nowhere else."""

    def fit(self, X, y):
        if len({int(row[-2:]) % PLACES for row in X.index}) == PLACES:
            raise ValueError("all places at once")
        return super().fit(X, y)


class Fussy(Small):
    def members(self, dataset):
        return [member("fussy", NeedsAnUnseenPlace)]


def test_a_member_that_crashes_on_a_diagnostic_scheme_does_not_lose_the_run(tmp_path):
    bench, notes = bench_of(Fussy, tmp_path), Notes()
    fitted = cross_validate(bench, [WorkItem("fussy", 0)], serial(bench))
    found = score_schemes(bench, schemes_of(bench), fitted, serial(bench, listener=notes))
    assert set(found) == {"place"}
    assert any("random" in note for note in notes.notes)


def test_a_member_that_ended_on_some_folds_only_is_scored_on_all_of_a_scheme(tmp_path):
    bench = bench_of(Small, tmp_path)
    fitted = cross_validate(bench, [WorkItem("line", 0, folds=(1,))], serial(bench))
    found = score_schemes(bench, schemes_of(bench), fitted, serial(bench))
    assert {name: len(told.score.folds) for name, told in found.items()} == {"place": 3, "random": 3}
    assert all(np.isfinite(told.score.value) for told in found.values())


def test_trials_of_tuning_are_not_fitted_again(tmp_path):
    bench, notes = bench_of(Small, tmp_path), Notes()
    work = [WorkItem("line", 0), WorkItem("line", 0, {"shrink": 0.5}, trial=1)]
    fitted = cross_validate(bench, work, serial(bench))
    score_schemes(bench, schemes_of(bench), fitted, serial(bench, listener=notes))
    assert [label for label, _ in notes.labels] == ["line"] * 2
