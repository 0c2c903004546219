"""The moment a fit must end: which code the alarm ends, and what it leaves alone."""

from __future__ import annotations

import importlib
import pickle
import signal
import sys
import threading
import time

import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor

from core.deadline import Deadline, OutOfTime, stopped_at
from tests.support.small import Clock


def test_it_passes_with_its_clock():
    clock = Clock()
    deadline = Deadline(10.0, clock)
    assert (deadline.left, deadline.passed) == (10.0, False)
    deadline.check()
    clock.now = 10.0
    assert deadline.passed
    with pytest.raises(OutOfTime):
        deadline.check()


def test_never_does_not_pass():
    assert Deadline.never().left == float("inf")
    assert not Deadline.never().passed


def test_what_is_left_travels_to_another_process():
    clock = Clock()
    clock.now = 1e6
    other = pickle.loads(pickle.dumps(Deadline(clock.now + 5.0, clock)))
    assert 4.0 < other.left <= 5.0
    assert pickle.loads(pickle.dumps(Deadline.never())).left == float("inf")


def test_no_estimator_swallows_it():
    assert not issubclass(OutOfTime, Exception)


def busy():
    while True:
        time.sleep(0.001)


def test_a_loop_is_ended_when_the_moment_comes():
    began = time.monotonic()
    with pytest.raises(OutOfTime), stopped_at(Deadline.within(0.05)):
        busy()
    assert time.monotonic() - began >= 0.05


def test_a_fit_of_scikit_learn_is_ended():
    X = np.random.default_rng(0).normal(size=(2000, 20))
    with pytest.raises(OutOfTime), stopped_at(Deadline.within(0.1)):
        RandomForestRegressor(100_000).fit(X, X[:, 0])


def test_the_alarm_rings_again_where_it_was_swallowed():
    swallowed = []

    def swallow_once():
        try:
            busy()
        except OutOfTime:
            swallowed.append(True)
        busy()

    with pytest.raises(OutOfTime), stopped_at(Deadline.within(0.05)):
        swallow_once()
    assert swallowed == [True]


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_what_a_library_makes_of_the_alarm_is_out_of_time_still(error):
    def translate():
        try:
            busy()
        except OutOfTime:
            raise error from None

    with pytest.raises(OutOfTime), stopped_at(Deadline.within(0.05)):
        translate()


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_error_before_the_moment_stays_what_it_is(error):
    with pytest.raises(error), stopped_at(Deadline.within(60.0)):
        raise error


def test_a_moment_that_has_passed_lets_nothing_begin():
    with pytest.raises(OutOfTime), stopped_at(Deadline.within(-1.0)):
        pytest.fail("the block began")


def test_afterwards_no_alarm_is_left_and_the_old_handler_is_back():
    heard = []
    before = signal.signal(signal.SIGALRM, lambda *_: heard.append(True))
    try:
        with stopped_at(Deadline.within(60.0)):
            pass
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
        signal.raise_signal(signal.SIGALRM)
        assert heard == [True]
    finally:
        signal.signal(signal.SIGALRM, before)


def test_in_another_thread_nothing_rings_and_the_block_goes_on():
    done = []

    def work():
        with stopped_at(Deadline.within(0.01)):
            time.sleep(0.05)
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


def test_the_way_to_another_process_takes_its_time_too():
    packed = pickle.dumps(Deadline.within(5.0))
    time.sleep(0.3)
    assert pickle.loads(packed).left <= 4.7


def test_a_block_that_swallowed_the_alarm_and_ended_has_no_result():
    def swallow():
        try:
            busy()
        except BaseException:
            pass

    with pytest.raises(OutOfTime), stopped_at(Deadline.within(0.05)):
        swallow()


def test_an_alarm_around_it_still_rings():
    def inner_and_on():
        with stopped_at(Deadline.within(60.0)):
            pass
        busy()

    with pytest.raises(OutOfTime), stopped_at(Deadline.within(0.2)):
        inner_and_on()


def test_an_import_is_not_cut_short(tmp_path, monkeypatch):
    """A module that is half there stays in `sys.modules` and breaks whoever reads it later."""
    (tmp_path / "slow_to_import.py").write_text("import time\ntime.sleep(0.3)\nwhole = True\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    def imports_and_works():
        with stopped_at(Deadline.within(0.05)):
            importlib.import_module("slow_to_import")
            while True:
                time.sleep(0.01)

    with pytest.raises(OutOfTime):
        imports_and_works()
    assert sys.modules.pop("slow_to_import").whole


def test_a_program_that_is_an_import_itself_is_ended(tmp_path, monkeypatch):
    program = """
import time
from core.deadline import Deadline, stopped_at
with stopped_at(Deadline.within(0.05)):
    while True:
        time.sleep(0.01)
"""
    (tmp_path / "runs_when_imported.py").write_text(program)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(OutOfTime):
        import runs_when_imported  # noqa: F401
