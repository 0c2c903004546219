"""Work items become predictions; what crashes or comes too late is left out aloud."""

from __future__ import annotations

import dataclasses
import errno
from concurrent.futures import Future

import numpy as np
import pytest

from core.budget import Budget
from core.cross_validation import Fitted, cross_validate, label_of, numbers_of
from core.deadline import Deadline, OutOfTime
from core.dispatch import SLACK
from core.errors import Refusal
from core.executors import Executor, SerialExecutor
from core.jobs import FULL, Job
from core.plan import Plan, WorkItem, schedule
from core.predictions import MemberPredictions
from core.road import run
from core.settings import Settings
from tests.contract.fakes.sequences import Sequences
from tests.support.small import (
    AllBroken,
    Clock,
    Line,
    Notes,
    OnUpstream,
    Small,
    Timed,
    WithBroken,
    WithRefusing,
    WithSecond,
    bench_of,
    member,
    sample_of,
    serial,
)


class Backwards(Executor):
    """Holds jobs until all its workers are busy, then ends the last one first."""

    def __init__(self, workers):
        self.workers, self.held = workers, []

    def submit(self, bench, job, deadline):
        future = Future()
        self.held.append((bench, job, future))
        if len(self.held) == self.workers:
            for held_bench, held_job, held_future in reversed(self.held):
                held_future.set_result(SerialExecutor().submit(held_bench, held_job, deadline).result())
            self.held = []
        return future


def items(*names, **more):
    return [WorkItem(name, 0, **more) for name in names]


def test_keys_come_in_the_order_of_the_folds_whatever_order_fits_end_in(tmp_path):
    bench, other = bench_of(Small, tmp_path / "one"), bench_of(Small, tmp_path / "two")
    expected = cross_validate(bench, items("line", "noisy"), serial(bench))
    found = cross_validate(other, items("line", "noisy"), serial(other, executor=Backwards(3)))
    assert found.keys == expected.keys
    assert found.keys["line"][0] == tuple(Job("line", fold=number).key(bench) for number in range(3))
    for name in ("line", "noisy"):
        assert np.array_equal(found.predictions[name].mean_test, expected.predictions[name].mean_test)
        assert np.array_equal(found.predictions[name].mean_out_of_fold, expected.predictions[name].mean_out_of_fold)


def test_a_member_that_crashes_is_dropped_aloud_and_the_others_go_on(tmp_path):
    bench, notes = bench_of(WithBroken, tmp_path), Notes()
    fitted = cross_validate(bench, items("line", "broken", "noisy"), serial(bench, listener=notes))
    assert set(fitted.predictions) == {"line", "noisy"}
    assert "no such luck" in fitted.failures["broken"]
    assert "in fit" in fitted.failures["broken"]
    assert notes.notes == ["member broken dropped: ValueError: no such luck"]


def test_a_member_that_needs_a_dropped_one_is_left_out_aloud(tmp_path):
    bench, notes = bench_of(WithBroken, tmp_path), Notes()
    fitted = cross_validate(bench, items("broken", "second", "line"), serial(bench, listener=notes))
    assert set(fitted.predictions) == {"line"}
    assert [item.member for item in fitted.done] == ["line"]
    assert notes.notes[-1] == "member second left out: it needs broken"
    assert "second" not in fitted.failures


def test_a_dropped_member_is_not_tried_with_a_further_seed(tmp_path):
    bench, notes = bench_of(WithBroken, tmp_path), Notes()
    work = [*items("line", "broken"), WorkItem("broken", 1)]
    cross_validate(bench, work, serial(bench, listener=notes))
    assert "broken, seed 1" not in [label for label, _ in notes.labels]


def test_it_is_an_error_when_every_member_fails(tmp_path):
    bench = bench_of(AllBroken, tmp_path)
    with pytest.raises(RuntimeError, match="no member could be fitted") as caught:
        cross_validate(bench, items("broken", "worse"), serial(bench))
    assert str(caught.value).count("ValueError: no such luck") == 2


def test_a_refusal_of_a_fit_passes_through(tmp_path):
    bench = bench_of(WithRefusing, tmp_path)
    with pytest.raises(Refusal, match="x is odd"):
        cross_validate(bench, items("line", "refusing"), serial(bench))


# --- the clock


def test_fits_end_when_the_budget_does(tmp_path):
    bench, clock, notes = bench_of(Small, tmp_path), Clock(), Notes()
    executor = Timed(clock, 4.0)
    fitting = serial(bench, executor=executor, budget=Budget(20.0, clock), listener=notes)  # 19 of them for fits
    fitted = cross_validate(bench, items("line", "noisy"), fitting)
    assert set(fitted.predictions) == {"line"}
    assert notes.unfinished == ["noisy"]
    assert not fitted.failures


def test_an_item_that_cannot_end_in_time_is_given_up_as_soon_as_that_shows(tmp_path):
    bench, clock = bench_of(Small, tmp_path), Clock()
    executor = Timed(clock, 4.0)
    # After three fits of the first member 7 seconds are left, after one of the second 3: too few for two more.
    cross_validate(bench, items("line", "noisy"), serial(bench, executor=executor, budget=Budget(20.0, clock)))
    assert [job.member for job in executor.jobs] == ["line"] * 3 + ["noisy"]


def test_a_fit_does_not_begin_where_one_as_long_as_the_last_would_not_end(tmp_path):
    bench, clock = bench_of(Small, tmp_path), Clock()
    executor = Timed(clock, 8.0)
    fitting = serial(bench, executor=executor, budget=Budget(20.0, clock))
    fitted = cross_validate(bench, items("line"), fitting, some_folds=True)
    assert len(executor.jobs) == 2
    assert fitted.folds == (0, 1)
    assert clock.now == 16.0


@pytest.mark.parametrize(("seconds", "folds"), [(20.0, (0, 1)), (10.0, (0,))])
def test_some_folds_of_the_first_candidate_are_better_than_none(tmp_path, seconds, folds):
    bench, clock, notes = bench_of(Small, tmp_path), Clock(), Notes()
    fitting = serial(bench, executor=Timed(clock, 8.0), budget=Budget(seconds, clock), listener=notes)
    fitted = cross_validate(bench, items("line", "noisy"), fitting, some_folds=True)
    assert fitted.folds == folds
    assert [(item.member, item.folds) for item in fitted.done] == [("line", folds)]
    found = fitted.predictions["line"]
    assert len(found.test[0]) == len(bench.dataset.test)
    scored = np.flatnonzero(np.isfinite(found.mean_out_of_fold[:, 0]))
    assert set(scored) == set(np.concatenate([bench.folds.folds[number].score for number in folds]))
    assert notes.unfinished == [f"{3 - len(folds)} of 3 folds of line", "noisy"]


def test_a_refit_comes_second_so_that_some_folds_predict_the_test_too(tmp_path):
    bench, clock = bench_of(Small, tmp_path), Clock()
    executor = Timed(clock, 8.0)
    fitting = serial(bench, executor=executor, budget=Budget(20.0, clock), test_by="full")
    fitted = cross_validate(bench, items("line"), fitting, some_folds=True)
    assert [job.fold for job in executor.jobs] == [0, FULL]
    assert fitted.folds == (0,)
    assert set(fitted.predictions["line"].test) == {0}
    again = cross_validate(bench, fitted.done, serial(bench, test_by="full"))
    assert again.keys == fitted.keys


def test_folds_without_a_model_for_the_test_are_none(tmp_path):
    bench, clock, notes = bench_of(Small, tmp_path), Clock(), Notes()
    budget = Budget(12.0, clock)
    fitting = serial(bench, executor=Timed(clock, 8.0), budget=budget, test_by="full", listener=notes)
    work = [*items("constant", must=True), *items("line")]
    clock.now -= 16 + 16  # what the baseline takes
    fitted = cross_validate(bench, work, fitting, some_folds=True)
    assert set(fitted.predictions) == {"constant"}
    assert fitted.folds is None
    assert notes.unfinished == ["line"]


def test_some_folds_are_kept_only_where_that_was_asked_for(tmp_path):
    bench, clock = bench_of(Small, tmp_path), Clock()
    fitting = serial(bench, executor=Timed(clock, 8.0), budget=Budget(20.0, clock))
    with pytest.raises(RuntimeError, match="no member could be fitted"):
        cross_validate(bench, items("line"), fitting)


def test_a_plan_with_some_folds_repeats_those(tmp_path):
    bench = bench_of(Small, tmp_path)
    fitted = cross_validate(bench, items("line", folds=(2,)), serial(bench))
    assert fitted.folds == (2,)
    assert fitted.keys["line"][0] == (Job("line", fold=2).key(bench),)


def test_a_fit_that_is_stopped_leaves_nothing_and_its_member_is_left_out(tmp_path):
    bench, clock, notes = bench_of(Small, tmp_path), Clock(), Notes()
    executor = Timed(clock, lambda job: 5.0 if job.member == "line" else 100.0, stoppable=True)
    fitting = serial(bench, executor=executor, budget=Budget(20.0, clock), listener=notes)
    fitted = cross_validate(bench, items("line", "noisy"), fitting)
    assert set(fitted.predictions) == {"line"}
    assert clock.now == pytest.approx(15.0 + 4.0 * SLACK / 3)  # its share of the four seconds, and a little
    assert notes.unfinished == ["noisy"]
    assert bench.store.get(Job("noisy", fold=0).key(bench)) is None


class FullDisk(Line):
    def fit(self, X, y):
        raise OSError(errno.ENOSPC, "No space left on device", "somewhere")


class WithFullDisk(Small):
    def members(self, dataset):
        return [member("line"), member("writing", FullDisk)]


def test_a_full_disk_ends_the_run_instead_of_dropping_every_member(tmp_path):
    bench = bench_of(WithFullDisk, tmp_path)
    with pytest.raises(OSError, match="No space"):
        cross_validate(bench, items("line", "writing"), serial(bench))


class OutOfMemory(Line):
    def fit(self, X, y):
        raise MemoryError


class WithOutOfMemory(Small):
    def members(self, dataset):
        return [member("line"), member("large", OutOfMemory)]


def test_a_fit_that_runs_out_of_memory_drops_its_member_aloud(tmp_path):
    bench, notes = bench_of(WithOutOfMemory, tmp_path), Notes()
    fitted = cross_validate(bench, items("line", "large"), serial(bench, listener=notes))
    assert set(fitted.predictions) == {"line"}
    assert notes.notes == ["member large dropped: out of memory"]


def test_an_item_that_must_be_done_asks_no_clock(tmp_path):
    bench, clock = bench_of(Small, tmp_path), Clock()
    fitting = serial(bench, executor=Timed(clock, 100.0), budget=Budget(1.0, clock))
    fitted = cross_validate(bench, items("line", must=True), fitting)
    assert set(fitted.predictions) == {"line"}
    assert len(fitting.executor.jobs) == 3


def test_results_that_are_there_are_taken_although_no_time_is_left(tmp_path):
    bench, clock, notes = bench_of(Small, tmp_path), Clock(), Notes()
    cross_validate(bench, items("line"), serial(bench))
    budget = Budget(1.0, clock)
    clock.now = 5.0
    fitted = cross_validate(bench, items("line"), serial(bench, budget=budget, listener=notes))
    assert set(fitted.predictions) == {"line"}
    assert (notes.cached, notes.fitted) == (3, 0)


# --- what is told and kept


def test_an_item_calls_back_when_it_is_done_and_not_before(tmp_path):
    bench, seen = bench_of(WithBroken, tmp_path), []
    cross_validate(
        bench,
        items("line", "broken", "noisy"),
        serial(bench),
        after_item=lambda fitted: seen.append([item.member for item in fitted.done]),
    )
    assert seen == [["line"], ["line", "noisy"]]


def test_items_are_read_one_by_one(tmp_path):
    bench, fitted, seen = bench_of(Small, tmp_path), Fitted(), []

    def work():
        for item in items("line", "noisy"):
            seen.append(set(fitted.predictions))
            yield item

    cross_validate(bench, work(), serial(bench), fitted=fitted)
    assert seen == [set(), {"line"}]


def test_a_further_seed_is_added_to_the_first(tmp_path):
    bench = bench_of(Small, tmp_path)
    work = [WorkItem("noisy", seed, {"noise": 1.0}) for seed in (0, 1)]
    fitted = cross_validate(bench, work, serial(bench))
    found = fitted.predictions["noisy"]
    assert set(found.out_of_fold) == set(fitted.keys["noisy"]) == {0, 1}
    assert not np.allclose(found.test[0], found.test[1])
    assert found.seconds > 0


def test_a_second_stage_reads_the_first_seed_whenever_it_is_fitted(tmp_path):
    bench = bench_of(WithSecond, tmp_path)
    line, second = items("line", "second")
    early = cross_validate(bench, [line, second, WorkItem("line", 1)], serial(bench))
    late = cross_validate(bench, [line, WorkItem("line", 1), second], serial(bench))
    assert early.keys["second"] == late.keys["second"]


class SecondOfNoise(Small):
    """Second stages of a member that differs from seed to seed, of one that does not and of a baseline."""

    def members(self, dataset):
        return [
            member("plain", baseline=True),
            member("line"),
            member("steady", seeded=False),
            member("second", OnUpstream, needs=("line",)),
            member("of both", OnUpstream, needs=("line", "steady", "plain")),
        ]


NOISE = {"noise": 1.0}


def answer_by_hand(bench, upstream, test):
    """What a second stage says of the test rows, given what one seed of the member that it needs says of all."""
    truth, slopes = bench.dataset.score.y.to_numpy(), []
    for fold in bench.folds.folds:
        x = upstream[fold.fit_on_score]
        slopes.append(x @ truth[fold.fit_on_score] / (x @ x))
    return np.mean(slopes) * test


@pytest.mark.parametrize("late", [False, True])
def test_a_second_stage_reads_its_own_seed(tmp_path, late):
    bench = bench_of(SecondOfNoise, tmp_path)
    lines, seconds = ([WorkItem(name, seed, NOISE if name == "line" else {}) for seed in range(3)]
                      for name in ("line", "second"))  # fmt: skip
    pairs = [item for pair in zip(lines, seconds, strict=True) for item in pair]
    fitted = cross_validate(bench, [*lines, *seconds] if late else pairs, serial(bench))
    line, second = fitted.predictions["line"], fitted.predictions["second"]
    assert not np.allclose(line.test[1], line.test[2])
    for seed in range(3):
        expected = answer_by_hand(bench, line.out_of_fold[seed][:, 0], line.test[seed][:, 0])
        np.testing.assert_allclose(second.test[seed][:, 0], expected, rtol=1e-9)


def test_a_second_stage_reads_the_only_seed_of_what_is_not_seeded(tmp_path):
    bench = bench_of(SecondOfNoise, tmp_path)
    work = [*items("plain", "steady"), *(WorkItem(name, seed) for seed in (0, 1) for name in ("line", "of both"))]
    fitted = cross_validate(bench, work, serial(bench))
    assert set(fitted.keys["of both"]) == {0, 1}
    for seed in (0, 1):
        upstream = {"line": {seed: fitted.keys["line"][seed]}}
        upstream |= {name: {0: fitted.keys[name][0]} for name in ("steady", "plain")}
        expected = tuple(Job("of both", seed, fold, upstream=upstream).key(bench) for fold in range(3))
        assert fitted.keys["of both"][seed] == expected


@pytest.mark.parametrize("seed", [1, 2])
def test_a_second_stage_is_left_out_without_its_seed_of_what_it_needs(tmp_path, seed):
    bench, notes = bench_of(SecondOfNoise, tmp_path), Notes()
    work = [*items("line", "second"), WorkItem("line", 3 - seed), WorkItem("second", seed)]
    fitted = cross_validate(bench, work, serial(bench, listener=notes))
    assert set(fitted.keys["second"]) == {0}
    assert notes.unfinished == [f"second, seed {seed}"]


def test_a_second_stage_is_left_out_where_the_first_seed_that_it_needs_did_not_end(tmp_path):
    bench, notes = bench_of(SecondOfNoise, tmp_path), Notes()
    fitted = cross_validate(bench, [WorkItem("line", 1), *items("second")], serial(bench, listener=notes))
    assert set(fitted.predictions) == {"line"}
    assert notes.unfinished == ["second"]


def test_a_refit_adds_one_model_on_all_rows_that_alone_predicts_the_test(tmp_path):
    bench, notes = bench_of(Small, tmp_path), Notes()
    fitted = cross_validate(bench, items("line"), serial(bench, test_by="full", listener=notes))
    assert notes.labels == [("line", 4)]
    table, model = bench.dataset.fit, fitted.predictions["line"].mean_test[:, 0]
    slope = float(table.X["x"] @ table.y / (table.X["x"] @ table.X["x"]))
    assert np.array_equal(model, slope * bench.dataset.test.X["x"].to_numpy())


def test_a_pretraining_step_is_fitted_once_and_what_it_saw_is_said(tmp_path):
    notes, competition = Notes(), Sequences()
    bench = bench_of(Sequences, tmp_path, competition)
    fitted = cross_validate(bench, [WorkItem("letters", 0), WorkItem("letters", 1)], serial(bench, listener=notes))
    assert [label for label, _ in notes.labels].count("pre-training vocabulary") == 1
    assert set(fitted.pretraining) == {"vocabulary"}
    assert "fit, test, unlabelled" in notes.notes[0]


def test_the_cost_of_a_member_is_that_of_one_seed():
    nothing = np.zeros((1, 1))
    found = MemberPredictions({0: nothing, 1: nothing}, {}, seconds=6.0)
    fitted = Fitted(predictions={"a": found})
    assert fitted.cost("a") == 3.0
    assert fitted.cost("dropped") == float("inf")


def test_baselines_enter_the_blend_only_when_they_are_alone(tmp_path):
    bench = bench_of(Small, tmp_path)
    fitted = cross_validate(bench, items("constant"), serial(bench))
    assert list(fitted.candidates(bench.members)) == ["constant"]
    fitted = cross_validate(bench, items("line"), serial(bench), fitted=fitted)
    assert list(fitted.candidates(bench.members)) == ["line"]


class WithCompared(Small):
    """The best member stands beside the others for comparison alone."""

    def members(self, dataset):
        poor = {"shrink": 0.9}
        return [member("line", blended=False), member("poor", defaults=poor), member("poorer", defaults=poor)]


def test_a_member_for_comparison_enters_the_blend_only_where_no_other_is(tmp_path):
    bench = bench_of(WithCompared, tmp_path)
    fitted = cross_validate(bench, items("constant", "line"), serial(bench))
    assert list(fitted.candidates(bench.members)) == ["line"]
    fitted = cross_validate(bench, items("poor"), serial(bench), fitted=fitted)
    assert list(fitted.candidates(bench.members)) == ["poor"]


def test_a_member_for_comparison_has_no_weight_but_a_score(tmp_path):
    data = sample_of(WithCompared, tmp_path / "data")
    record = run(WithCompared(), data, Settings(threads=1), tmp_path / "runs").record
    members = record["result"]["members"]
    assert set(members) == {"constant", "line", "poor", "poorer"}
    assert members["line"]["weight"] == 0
    assert members["line"]["score"] < min(members["poor"]["score"], record["result"]["nested"]["score"])
    assert not {"line", "constant"} & set(record["blend"]["weights"])
    alone = run(WithCompared(), data, Settings(threads=1, members=("line",)), tmp_path / "runs").record
    assert alone["blend"]["weights"] == {"line": 1.0}


def test_a_label_names_the_seed_only_where_there_are_several():
    assert label_of(WorkItem("line", 0)) == "line"
    assert label_of(WorkItem("line", 2)) == "line, seed 2"


def test_rows_that_no_fold_scores_stay_missing(tmp_path):
    bench = bench_of(Small, tmp_path)
    fitting = dataclasses.replace(serial(bench), folds=(2,))
    found = cross_validate(bench, items("line"), fitting).predictions["line"].mean_out_of_fold[:, 0]
    assert np.isfinite(found).sum() == len(bench.folds.folds[2].score)


class Holey(Line):
    """Predicts nothing for some rows."""

    def predict(self, X):
        return np.where(np.arange(len(X)) == 0, np.nan, super().predict(X))


class WithHoley(Small):
    def members(self, dataset):
        return [*super().members(dataset), member("holey", Holey)]


def test_a_member_that_predicts_nan_is_dropped_and_never_cached(tmp_path):
    bench, notes = bench_of(WithHoley, tmp_path), Notes()
    fitted = cross_validate(bench, items("line", "holey"), serial(bench, listener=notes))
    assert set(fitted.predictions) == {"line"}
    assert any("holey" in note and "NaN" in note for note in notes.notes)
    assert bench.store.get(Job("holey", fold=0).key(bench)) is None


def test_a_second_stage_says_what_its_features_have_seen(tmp_path):
    bench, notes = bench_of(WithSecond, tmp_path), Notes()
    cross_validate(bench, items("line", "second"), serial(bench, listener=notes))
    assert any("second" in note and "saw the labels" in note for note in notes.notes)


def test_a_member_is_given_up_where_it_neither_ended_nor_crashed(tmp_path):
    bench = bench_of(WithBroken, tmp_path)
    fitted = cross_validate(bench, items("line", "broken"), serial(bench))
    assert [fitted.given_up(name) for name in ("line", "broken", "noisy")] == [False, False, True]


def test_a_slow_first_fit_does_not_cost_a_member_its_place(tmp_path):
    """A machine that was busy for a moment: the fit took ten times what the others take."""
    bench, clock, fitted = bench_of(Small, tmp_path), Clock(), Fitted()
    executor = Timed(clock, lambda job: 10.0 if (job.member, job.fold) == ("line", 0) else 1.0)
    budget = Budget(30.0, clock)
    members = list(bench.members.values())
    work = schedule(Plan(), [members[0], members[2], members[1]], budget, fitted.given_up)
    clock.now = 6.0 - 3.0  # the baseline and the noisy member take six; then ten of 20 are left for two more of ten
    cross_validate(bench, work, serial(bench, executor=executor, budget=budget), fitted=fitted)
    assert [item.member for item in fitted.done] == ["constant", "noisy", "line"]
    assert fitted.done[-1].folds is None


def test_some_folds_have_their_models_under_their_names_whichever_ended_first(tmp_path):
    """With several workers the first fold may be the one that does not end."""
    bench = bench_of(Small, tmp_path)

    class NotTheFirst(Executor):
        workers = 4

        def submit(self, bench, job, deadline):
            if (job.member, job.fold) != ("line", 0):
                return SerialExecutor().submit(bench, job, Deadline.never())
            future = Future()
            future.set_exception(OutOfTime())
            return future

    fitting = serial(bench, executor=NotTheFirst(), budget=Budget(10.0, Clock()), test_by="full")
    fitted = cross_validate(bench, items("line"), fitting, some_folds=True)
    assert fitted.folds == (1, 2)
    expected = [Job("line", fold=number, predict_test=number == FULL).key(bench) for number in (1, FULL, 2)]
    assert numbers_of(fitted.done[0], fitting) == [1, FULL, 2]
    assert list(fitted.keys["line"][0]) == expected
