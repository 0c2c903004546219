"""`kill -9` of a run and all its workers at any moment, and two runs at once in one checkout."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from core.run import runs_of
from tests.reliability.busy import Busy
from tests.reliability.test_failpoints import entries, is_absent_or_valid
from tests.support.command import CHECKOUT
from tests.support.small import sample_of


def start(data, root, *plan):
    """In a process group of its own."""
    command = [sys.executable, "-m", "tests.reliability.launch", *map(str, (data, root, *plan))]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(CHECKOUT)}
    return subprocess.Popen(
        command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )


def fits_of(process):
    said, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors.decode()
    return int(said)


def finished_in(root):
    return [found for found in runs_of(root) if found.finished]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Data, the bytes of an undisturbed replay, the number of fits and the seconds they take."""
    place = tmp_path_factory.mktemp("busy")
    data = sample_of(Busy, place / "data")
    began = time.monotonic()
    fits = fits_of(start(data, place / "runs"))
    seconds = time.monotonic() - began
    (first,) = finished_in(place / "runs")
    fits_of(start(data, place / "replayed", first.plan))
    (replayed,) = finished_in(place / "replayed")
    assert replayed.submission.read_bytes() == first.submission.read_bytes()
    return data, replayed.submission.read_bytes(), fits, seconds


def wait_for(condition):
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("the run does not begin")


def kill_and_go_on(undisturbed, root, delay):
    data, expected, fits, _ = undisturbed
    process = start(data, root)
    time.sleep(delay)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    is_absent_or_valid(data, root)
    there = len(entries(root))
    if not finished_in(root):
        assert fits_of(start(data, root)) == fits - there
    (found,) = finished_in(root)
    assert found.submission.read_bytes() == expected


def test_a_run_killed_in_the_middle_of_its_fits_goes_on(undisturbed, tmp_path):
    data, expected, fits, _ = undisturbed
    process = start(data, tmp_path)
    wait_for(lambda: len(entries(tmp_path)) >= 5)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    there = len(entries(tmp_path))
    assert 5 <= there < fits
    assert not finished_in(tmp_path)
    is_absent_or_valid(data, tmp_path)
    assert fits_of(start(data, tmp_path)) == fits - there
    (found,) = finished_in(tmp_path)
    assert found.submission.read_bytes() == expected


@pytest.mark.slow
@pytest.mark.parametrize("number", range(50))
def test_a_run_killed_at_a_random_moment_goes_on(undisturbed, tmp_path, number):
    moment = np.random.default_rng(number).uniform(0.2, 1.05)
    kill_and_go_on(undisturbed, tmp_path, undisturbed[-1] * moment)


def test_no_worker_outlives_a_run_that_is_killed_alone(undisturbed, tmp_path):
    """Not its group: as when a kernel or the out-of-memory killer takes the parent only."""
    process = start(undisturbed[0], tmp_path)
    wait_for(lambda: len(entries(tmp_path)) >= 5)
    process.kill()
    process.communicate()
    for _ in range(100):
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("workers are left")


def test_two_runs_at_once_do_not_disturb_each_other(undisturbed, tmp_path):
    data, expected, fits, _ = undisturbed
    both = [start(data, tmp_path), start(data, tmp_path)]
    made = [fits_of(process) for process in both]
    found = finished_in(tmp_path)
    assert 1 <= len(found) <= 2  # the second may have come when the first was finished
    assert all(run.submission.read_bytes() == expected for run in found)
    assert fits <= sum(made) <= 2 * fits
    assert len(entries(tmp_path)) == fits
