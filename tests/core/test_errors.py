"""The one message that a user sees."""

from __future__ import annotations

import copy
import errno
import os
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import STORAGE, Refusal, environment_refusal, of_storage


def test_the_message_holds_the_problem_what_was_expected_and_the_way_out():
    said = str(Refusal("train.csv: no column 'y'", "name the target", expected="id, y")).splitlines()
    assert said == ["train.csv: no column 'y'", "  expected: id, y", "  way out:  name the target"]


def test_without_an_expectation_the_message_has_no_such_line():
    assert str(Refusal("bad", "mend it")).splitlines() == ["bad", "  way out:  mend it"]


def test_an_empty_expectation_is_still_said():
    assert "expected: " in str(Refusal("bad", "mend it", expected=""))


@given(problem=st.text(), way_out=st.text(), expected=st.none() | st.text())
@settings(max_examples=50, deadline=None, derandomize=True)
def test_a_refusal_survives_the_way_between_processes(problem, way_out, expected):
    refusal = Refusal(problem, way_out, expected=expected)
    for twin in (pickle.loads(pickle.dumps(refusal)), copy.copy(refusal)):
        assert type(twin) is Refusal
        assert (twin.problem, twin.way_out, twin.expected) == (problem, way_out, expected)
        assert str(twin) == str(refusal)


def test_it_is_caught_as_an_exception_but_not_as_a_value_error():
    # A ValueError is a fault of the program: whoever catches one must not swallow a user's mistake.
    assert issubclass(Refusal, Exception)
    assert not issubclass(Refusal, ValueError)


def test_the_expectation_is_only_taken_by_name():
    with pytest.raises(TypeError):
        Refusal("bad", "mend it", "id, y")


# What the file system says


@pytest.mark.parametrize("number", sorted({*STORAGE, errno.EACCES, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG}))
def test_an_error_of_the_environment_names_the_file_and_the_way_out(number):
    refusal = environment_refusal(OSError(number, os.strerror(number), "some/file.csv"))
    assert refusal.problem.startswith("some/file.csv: ")
    assert "the same command again" in refusal.way_out


def test_of_two_files_the_one_that_was_to_be_written_is_named():
    error = OSError(errno.ENOSPC, "No space left on device", "from", None, "to")
    assert environment_refusal(error).problem == "to: the disk is full"


def test_an_error_without_a_file_is_said_too():
    assert environment_refusal(OSError(errno.ENOSPC, "No space left on device")).problem == "the disk is full"


@pytest.mark.parametrize("error", [OSError("odd"), FileNotFoundError(errno.ENOENT, "no such file"), OSError()])
def test_any_other_error_is_a_fault_of_the_program(error):
    assert environment_refusal(error) is None


def test_only_the_disk_itself_stops_all_work():
    assert of_storage(OSError(errno.ENOSPC, "full"))
    assert not of_storage(PermissionError(errno.EACCES, "denied"))
    assert not of_storage(ValueError("full"))
