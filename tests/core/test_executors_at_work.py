"""Executors with real jobs: equal keys everywhere, and a worker that dies takes only its own member along."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pytest

from core.cross_validation import cross_validate
from core.deadline import Deadline
from core.errors import Refusal
from core.executors import ProcessExecutor, SerialExecutor
from core.jobs import Job
from core.plan import WorkItem
from tests.support.small import Notes, WithDying, WithRefusing, bench_of, serial


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
