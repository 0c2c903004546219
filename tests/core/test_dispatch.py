"""Jobs run as long as the clock allows, and what is left running when it does not is ended."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from core import dispatch
from core.budget import Budget
from core.deadline import OutOfTime
from core.dispatch import run_jobs
from core.executors import Executor
from core.jobs import Job
from tests.support.small import Clock, Small, bench_of, serial


class Stuck(Executor):
    """Takes a job and never ends it, until it is stopped."""

    def __init__(self):
        self.futures, self.stopped = [], False

    def submit(self, bench, job, deadline):
        self.futures.append(Future())
        self.futures[-1].set_running_or_notify_cancel()
        return self.futures[-1]

    def stop(self):
        self.stopped = True


def test_a_worker_that_hears_no_alarm_is_ended_a_little_after_the_deadline(tmp_path, monkeypatch):
    monkeypatch.setattr(dispatch, "GRACE", 0.05)
    bench, executor, job = bench_of(Small, tmp_path), Stuck(), Job("line", fold=0)
    job.key(bench)  # made once, so that it takes none of the time
    with pytest.raises(OutOfTime):
        run_jobs(bench, [job], serial(bench, executor=executor), Budget(1.0), "line")
    assert executor.stopped


def test_jobs_not_begun_in_time_are_out_of_time(tmp_path):
    bench, clock = bench_of(Small, tmp_path), Clock()
    budget = Budget(1.0, clock)
    clock.now = 1.0
    with pytest.raises(OutOfTime):
        run_jobs(bench, [Job("line", fold=0)], serial(bench), budget, "line")


def test_what_is_still_running_when_time_ends_is_cancelled(tmp_path):
    class Waiting(Executor):
        workers = 3
        futures = ()

        def submit(self, bench, job, deadline):
            clock.now += 1.0
            self.futures = (*self.futures, Future())
            return self.futures[-1]

    bench, clock = bench_of(Small, tmp_path), Clock()
    executor = Waiting()
    with pytest.raises(OutOfTime):
        run_jobs(
            bench,
            [Job("line", fold=number) for number in range(3)],
            serial(bench, executor=executor),
            Budget(2.0, clock),
            "line",
        )
    assert [future.cancelled() for future in executor.futures] == [True, True]


def test_an_interruption_ends_what_runs(tmp_path):
    class Interrupted(Stuck):
        def submit(self, bench, job, deadline):
            raise KeyboardInterrupt

    bench, executor = bench_of(Small, tmp_path), Interrupted()
    with pytest.raises(KeyboardInterrupt):
        run_jobs(bench, [Job("line", fold=0)], serial(bench, executor=executor), Budget(None), "line")
    assert executor.stopped
