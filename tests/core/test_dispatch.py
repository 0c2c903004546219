"""Jobs run as long as the clock allows, and what is left running when it does not is ended."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from core import dispatch
from core.budget import Budget
from core.deadline import OutOfTime
from core.dispatch import run_jobs
from core.executors import Executor, SerialExecutor
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


@pytest.mark.parametrize(("all_or_nothing", "given"), [(True, [39.6, 53.1, 75.0]), (False, [95.0, 85.0, 75.0])])
def test_where_all_are_needed_a_fit_has_its_share_of_the_time_and_a_little(tmp_path, all_or_nothing, given):
    """Each takes ten of 95 seconds: the first may take a third of them and a quarter more, not all."""

    class Timed(SerialExecutor):
        seen = ()

        def submit(self, bench, job, deadline):
            self.seen = (*self.seen, round(deadline.left, 1))
            clock.now += 10.0
            future = Future()
            future.set_result("key")
            return future

    bench, clock = bench_of(Small, tmp_path), Clock()
    executor, jobs = Timed(), [Job("line", fold=number) for number in range(3)]
    budget = Budget(100.0, clock)
    run_jobs(bench, jobs, serial(bench, executor=executor), budget, "line", all_or_nothing=all_or_nothing)
    assert list(executor.seen) == given


def test_an_interruption_ends_what_runs(tmp_path):
    class Interrupted(Stuck):
        def submit(self, bench, job, deadline):
            raise KeyboardInterrupt

    bench, executor = bench_of(Small, tmp_path), Interrupted()
    with pytest.raises(KeyboardInterrupt):
        run_jobs(bench, [Job("line", fold=0)], serial(bench, executor=executor), Budget(None), "line")
    assert executor.stopped
