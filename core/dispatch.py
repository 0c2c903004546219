"""Run jobs where the executor says, as long as the clock allows."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait

from core.budget import Budget
from core.deadline import Deadline, OutOfTime
from core.errors import Refusal, of_storage
from core.fitting import Fitting
from core.jobs import Job
from core.workbench import Workbench


class FitFailed(Exception):
    """A fit raised an error, or its worker died; the error is its cause."""


#: Seconds after the deadline in which an alarm should have ended a fit; then its worker is ended.
GRACE = 3.0

#: A fit that takes so many times its share of the time that is left leaves too little for its fellows.
SLACK = 1.25


def run_jobs(
    bench: Workbench,
    jobs: Sequence[Job],
    fitting: Fitting,
    budget: Budget,
    label: str,
    *,
    all_or_nothing: bool = False,
) -> tuple[str, ...]:
    """Run jobs, as many at a time as there are workers; returns their keys in the order of the jobs.

    A job begins only where the budget has time for one as long as the longest of them so far, and is ended
    when the budget ends.

    Parameters
    ----------
    all_or_nothing: give up as soon as those that are left cannot all end in time, since some are of no use. A fit that
        takes far longer than its share of the time is ended then, not when all time is gone.

    Raises
    ------
    OutOfTime: the budget ended first. Refusal: a job refuses its data. OSError: the disk is full, or fails.
    FitFailed: any other error of a job.
    """
    executor, listener = fitting.executor, fitting.listener
    listener.fits_begin(label, len(jobs))
    keys = [job.key(bench) for job in jobs]
    waiting = deque(number for number, key in enumerate(keys) if bench.store.get(key) is None)
    for _ in range(len(jobs) - len(waiting)):
        listener.fit_done(label, cached=True)
    running: dict[Future[str], float] = {}  # when each began
    longest, deadline = 0.0, budget.deadline()  # of the last one that began
    try:
        while waiting or running:
            while waiting and len(running) < executor.workers:
                rounds = -(-len(waiting) // executor.workers) if all_or_nothing else 1
                if not budget.allows(longest * rounds):
                    raise OutOfTime
                began, deadline = budget.spent, budget.deadline(min(1.0, SLACK / rounds))
                running[executor.submit(bench, jobs[waiting.popleft()], deadline)] = began
            done = wait(running, timeout=_patience(deadline), return_when=FIRST_COMPLETED).done
            if not done:  # no alarm reaches into what the workers do
                raise OutOfTime
            for future in done:
                longest = max(longest, budget.spent - running.pop(future))
                _look(future)
                listener.fit_done(label, cached=False)
    except KeyboardInterrupt:
        executor.stop()  # nobody waits for a fit that may take an hour
        raise
    finally:
        # What has begun ends first, so that no fit of this member disturbs the next one.
        left = [future for future in running if not future.cancel()]
        if wait(left, timeout=_patience(deadline)).not_done:
            executor.stop()
    return tuple(keys)


def _patience(deadline: Deadline) -> float | None:
    """Seconds to wait for fits that the alarm should have ended; as long as they take without a deadline."""
    return None if math.isinf(deadline.at) else max(deadline.left + GRACE, 0)


def _look(future: Future[str]) -> None:
    try:
        future.result()
    except Refusal:
        raise
    except Exception as error:
        if of_storage(error):
            raise
        raise FitFailed from error
