"""Executors with real jobs: equal keys everywhere, and a worker that dies takes only its own member along."""

from __future__ import annotations

import signal
import time
from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pytest

from core import dispatch
from core.budget import Budget
from core.cross_validation import cross_validate
from core.deadline import Deadline
from core.errors import Refusal
from core.executors import ProcessExecutor, SerialExecutor
from core.jobs import Job
from core.plan import WorkItem
from tests.support.small import Line, Notes, Small, WithDying, WithRefusing, bench_of, member, serial


def work(*names):
    return [WorkItem(name, 0, {}) for name in names]


def test_an_error_of_a_serial_job_waits_in_its_future(tmp_path):
    future = SerialExecutor().submit(bench_of(WithRefusing, tmp_path), Job("refusing", fold=0), Deadline.never())
    assert isinstance(future.exception(), Refusal)


def test_a_worker_that_dies_drops_its_member_only_and_keys_are_those_of_a_serial_run(tmp_path):
    bench, notes = bench_of(WithDying, tmp_path / "processes"), Notes()
    alone = bench_of(WithDying, tmp_path / "serial")
    with ProcessExecutor(2) as executor:
        fitted = cross_validate(bench, work("line", "dying", "noisy"), serial(bench, executor=executor, listener=notes))
    expected = cross_validate(alone, work("line", "noisy"), serial(alone))
    assert set(fitted.failures) == {"dying"}
    assert len(notes.notes) == 1
    assert notes.notes[0].startswith(f"member dying dropped: {BrokenProcessPool.__name__}")
    assert fitted.keys == expected.keys
    for name in ("line", "noisy"):
        assert np.array_equal(fitted.predictions[name].mean_test, expected.predictions[name].mean_test)


def test_a_refusal_of_a_worker_arrives_whole(tmp_path):
    bench = bench_of(WithRefusing, tmp_path)
    with ProcessExecutor(1) as executor, pytest.raises(Refusal) as caught:
        cross_validate(bench, work("refusing"), serial(bench, executor=executor))
    assert caught.value.way_out == "mend x"


def test_leaving_ends_the_workers(tmp_path):
    bench = bench_of(WithDying, tmp_path)
    with ProcessExecutor(1) as executor:
        executor.submit(bench, Job("line", fold=0), Deadline.never()).result()
        (worker,) = executor._pool._processes.values()
        assert worker.is_alive()
    assert not worker.is_alive()


# The deadline


class Endless(Line):
    """Asks its context, or nobody, whether it is time."""

    def fit(self, X, y):
        while True:
            time.sleep(0.001)


class Deaf(Line):
    """As a long call that stays inside C: no alarm is heard in it."""

    def fit(self, X, y):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
        time.sleep(600)


class WithEndless(Small):
    def members(self, dataset):
        return [member("line"), member("endless", Endless), member("deaf", Deaf)]


@pytest.mark.parametrize("make", [SerialExecutor, lambda: ProcessExecutor(2)])
def test_a_fit_is_ended_at_the_deadline_and_others_go_on(tmp_path, make):
    bench, notes = bench_of(WithEndless, tmp_path), Notes()
    with make() as executor:
        cross_validate(bench, work("line"), serial(bench, executor=executor))  # workers are up
        short = serial(bench, executor=executor, budget=Budget(1.0), listener=notes)
        began = time.monotonic()
        fitted = cross_validate(bench, work("line", "endless"), short)
        assert time.monotonic() - began < 1.0 + dispatch.GRACE + 10  # on a busy machine too
        assert set(fitted.predictions) == {"line"}
        assert notes.unfinished == ["endless"]
        again = cross_validate(bench, [WorkItem("line", 1)], serial(bench, executor=executor))
    assert set(again.predictions) == {"line"}


def test_a_worker_that_hears_no_alarm_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(dispatch, "GRACE", 0.2)
    bench, notes = bench_of(WithEndless, tmp_path), Notes()
    with ProcessExecutor(2) as executor:
        cross_validate(bench, work("line"), serial(bench, executor=executor))
        short = serial(bench, executor=executor, budget=Budget(1.0), listener=notes)
        began = time.monotonic()
        fitted = cross_validate(bench, work("line", "deaf"), short)
        assert time.monotonic() - began < 30.0  # of 600
        assert set(fitted.predictions) == {"line"}
        again = cross_validate(bench, [WorkItem("line", 1)], serial(bench, executor=executor))
    assert set(again.predictions) == {"line"}
