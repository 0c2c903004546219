"""A first look at predictions: default parameters, needs included, whatever the budget."""

from __future__ import annotations

import numpy as np

from core.budget import Budget
from core.cross_validation import cross_validate
from core.pilot import Pilot
from core.plan import WorkItem
from tests.support.small import Clock, Notes, Small, WithSecond, bench_of, serial


def test_a_pilot_gives_the_predictions_of_default_parameters(tmp_path):
    bench = bench_of(Small, tmp_path)
    found = Pilot(bench, serial(bench))("noisy")
    expected = cross_validate(bench, [WorkItem("noisy", 0, {"noise": 0.1})], serial(bench)).predictions["noisy"]
    assert np.array_equal(found.mean_out_of_fold, expected.mean_out_of_fold)
    assert np.array_equal(found.mean_test, expected.mean_test)


def test_a_pilot_fits_only_the_member_and_what_it_needs(tmp_path):
    bench, notes = bench_of(WithSecond, tmp_path), Notes()
    Pilot(bench, serial(bench, listener=notes))("second")
    assert [label for label, _ in notes.labels] == ["line", "second"]


def test_a_pilot_ends_although_the_budget_did(tmp_path):
    bench, clock = bench_of(Small, tmp_path), Clock()
    budget = Budget(1.0, clock)
    clock.now = 10.0
    assert np.isfinite(Pilot(bench, serial(bench, budget=budget))("line").mean_out_of_fold).all()


def test_what_a_pilot_fitted_is_not_fitted_again(tmp_path):
    bench, notes = bench_of(Small, tmp_path), Notes()
    pilot = Pilot(bench, serial(bench))
    pilot("line")
    cross_validate(bench, [WorkItem("line", 0)], serial(bench, listener=notes))
    assert (notes.cached, notes.fitted) == (3, 0)


def test_its_parameters_may_be_others_than_the_defaults(tmp_path):
    bench = bench_of(Small, tmp_path)
    called = []
    pilot = Pilot(bench, serial(bench), lambda: called.append("before"))
    usual, other = pilot("noisy"), pilot("noisy", noise=5.0)
    assert called == ["before", "before"]
    assert not np.array_equal(usual.mean_out_of_fold, other.mean_out_of_fold)
