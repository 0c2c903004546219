"""Executors by name: what is refused, and how threads are shared out."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core import executors
from core.errors import Refusal
from core.executors import ProcessExecutor, SerialExecutor, available_cores, open_executor, threads_per_fit

UNKNOWN = ["", " ", "Serial", "serial ", "serial:1", "serial:", "threads", "process", "tcp:8786"]
UNKNOWN += ["processes" + number for number in (":0", ":00", ":-1", ":1.5", ":two", ": 2", ":2:2", ":+2", ":1_0", ":²")]


@pytest.mark.parametrize("where", UNKNOWN)
def test_an_unknown_executor_is_refused_with_those_there_are(where):
    with pytest.raises(Refusal) as caught:
        open_executor(where)
    assert repr(where) in str(caught.value)
    assert "serial, processes or processes:N" in str(caught.value)


@given(st.text() | st.text().map("processes:{}".format) | st.integers().map("processes:{}".format))
@example("processes:²")
@settings(max_examples=200, deadline=None, derandomize=True)
def test_any_text_opens_an_executor_or_is_refused(where):
    with contextlib.suppress(Refusal):
        assert open_executor(where).workers >= 1


def test_the_names_that_are_known():
    assert isinstance(open_executor("serial"), SerialExecutor)
    assert open_executor("serial").workers == 1
    assert isinstance(open_executor("processes"), ProcessExecutor)
    assert open_executor("processes").workers == available_cores()
    assert open_executor("processes:3").workers == 3


def test_opening_and_closing_starts_no_process():
    with open_executor("processes:2") as executor:
        assert executor._pool is None


@pytest.mark.parametrize(
    ("where", "threads"), [("serial", 8), ("processes:3", 2), ("processes:8", 1), ("processes", 1)]
)
def test_the_cores_are_divided_by_the_workers(monkeypatch, where, threads):
    monkeypatch.setattr(executors, "available_cores", lambda: 8)
    assert threads_per_fit(where, None) == threads


def test_there_is_a_thread_where_workers_outnumber_cores(monkeypatch):
    monkeypatch.setattr(executors, "available_cores", lambda: 2)
    assert threads_per_fit("processes:5", None) == 1


def test_threads_that_are_asked_for_are_given():
    assert threads_per_fit("processes:2", 7) == 7


def test_threads_of_an_unknown_executor_are_refused():
    with pytest.raises(Refusal):
        threads_per_fit("cluster", None)
