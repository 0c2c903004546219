"""Where jobs run. Nothing else owns parallelism or threads."""

from __future__ import annotations

import os
import signal
import threading
import time
from abc import ABC, abstractmethod
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from types import TracebackType
from typing import Self

from core.deadline import Deadline, OutOfTime
from core.errors import Refusal
from core.jobs import Job, run_job
from core.workbench import Workbench


class Executor(ABC):
    """Runs jobs of one workbench and gives futures of their cache keys.

    Attributes
    ----------
    workers: how many jobs run at a time.
    """

    workers: int = 1

    @abstractmethod
    def submit(self, bench: Workbench, job: Job, deadline: Deadline) -> Future[str]:
        """Start a job; its future gives the key of the result, or OutOfTime when the deadline came first."""

    def stop(self) -> None:
        """End at once whatever runs, where that can be done; further jobs may be submitted."""
        return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


class SerialExecutor(Executor):
    """Jobs one after the other, in this process."""

    def submit(self, bench: Workbench, job: Job, deadline: Deadline) -> Future[str]:
        future: Future[str] = Future()
        try:
            future.set_result(run_job(bench, job, deadline))
        except (Exception, OutOfTime) as error:
            future.set_exception(error)
        return future


class ProcessExecutor(Executor):
    """Jobs in worker processes of this machine, each started fresh and given a workbench once."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._bench: Workbench | None = None

    def submit(self, bench: Workbench, job: Job, deadline: Deadline) -> Future[str]:
        if self._pool is None or self._bench is not bench:
            self._close()
            self._bench = bench
            self._pool = ProcessPoolExecutor(
                self.workers, mp_context=get_context("spawn"), initializer=_keep_bench, initargs=(bench, os.getpid())
            )
        try:
            return self._pool.submit(_run_kept, job, deadline)
        except BrokenProcessPool:
            # A worker died in an earlier job (out of memory, say), and its pool with it; that job has said so.
            self._close()
            return self.submit(bench, job, deadline)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def stop(self) -> None:
        """Kill the workers: what they were writing is in nobody's way, and no result is there by halves."""
        if self._pool is not None:
            for worker in list((self._pool._processes or {}).values()):
                worker.kill()
        self._close()

    def _close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


#: In a worker process: the workbench it was given, alone in its list.
_kept: list[Workbench] = []


def _keep_bench(bench: Workbench, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its workers
    _kept[:] = [bench]
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """A worker whose parent was killed ends too, in the middle of whatever it does."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _run_kept(job: Job, deadline: Deadline) -> str:
    return run_job(_kept[0], job, deadline)


def open_executor(where: str) -> Executor:
    """An executor by name.

    Parameters
    ----------
    where: "serial", "processes" (one per core) or "processes:N".

    Raises
    ------
    Refusal: any other name.
    """
    kind, _, number = where.partition(":")
    if where == "serial":
        return SerialExecutor()
    if kind == "processes" and (number == "" or (number.isdecimal() and int(number) > 0)):
        return ProcessExecutor(int(number) if number else available_cores())
    raise Refusal(f"--executor {where!r} is unknown", "use one of those", expected="serial, processes or processes:N")


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads_per_fit(where: str, asked: int | None) -> int:
    """As asked, or the cores divided by the workers."""
    return asked or max(1, available_cores() // open_executor(where).workers)
