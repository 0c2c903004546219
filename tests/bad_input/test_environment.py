"""A machine that cannot take the answer: a full or read-only disk, a file in the way, too little memory."""

from __future__ import annotations

import errno
import os

import pytest

from core import road
from core.estimators.linear import LinearClassifier
from core.failpoints import armed
from core.writing import UNFINISHED
from tests.bad_input.small_data import everything_in, files, said, write
from tests.reliability.forked import at

OPTIONS = ("--members", "linear", "--threads", "1")


@pytest.fixture
def data(tmp_path):
    return write(tmp_path / "data", files())


def run(capsys, data, runs, *more):
    return said(capsys, "run", "class-imbalance", "--data", data, "--submissions", runs, *OPTIONS, *more)


def is_refused_at_the_end(done, *parts):
    """The refusal stands below what the run has told before."""
    assert done.code == 2, done
    assert done.err.count("podium: ") == 1
    message = done.err[done.err.index("podium: ") :]
    assert "Traceback" not in done.err
    assert "way out:" in message
    for part in parts:
        assert part in message, f"{part!r} is not in:\n{message}"


def failing(number):
    def fail():
        raise OSError(number, os.strerror(number), "some/file")

    return fail


@pytest.mark.parametrize("name", ["run: made", "cache: filled", "file: begun", "ledger: written", "model: copied"])
def test_a_disk_that_fills_up_is_refused_and_the_same_command_goes_on(name, data, tmp_path, capsys):
    with armed(at(name, 1, failing(errno.ENOSPC))):
        is_refused_at_the_end(run(capsys, data, tmp_path / "runs"), "some/file: the disk is full", "the same command")
    assert list((tmp_path / "runs").rglob(f"*{UNFINISHED}")) == []
    assert run(capsys, data, tmp_path / "runs").code == 0


@pytest.mark.parametrize(
    ("number", "parts"),
    [
        (errno.EROFS, ("read-only", "--submissions")),
        (errno.EACCES, ("permission denied", "--submissions")),
        (errno.EDQUOT, ("your share of the disk is full",)),
        (errno.EFBIG, ("too large",)),
        (errno.EMFILE, ("too many files are open", "ulimit -n")),
    ],
)
@pytest.mark.parametrize("name", ["run: made", "cache: begun", "file: begun"])
def test_a_target_that_cannot_be_written_is_refused(number, parts, name, data, tmp_path, capsys):
    if number == errno.EACCES and name == "cache: begun":
        pytest.skip("inside a fit a denied permission may be the member's own fault: it is dropped aloud")
    with armed(at(name, 1, failing(number))):
        is_refused_at_the_end(run(capsys, data, tmp_path / "runs"), "some/file", *parts)
    assert run(capsys, data, tmp_path / "runs").code == 0


@pytest.mark.parametrize("runs", ["data/train.csv", "data/train.csv/runs"])
def test_a_file_where_the_folder_of_runs_should_be_is_refused(runs, data, tmp_path, capsys):
    before = everything_in(tmp_path)
    is_refused_at_the_end(run(capsys, data, tmp_path / runs), "train.csv", "a file where a folder should be")
    assert everything_in(tmp_path) == before


def test_a_folder_where_a_predicted_file_should_go_is_refused(data, tmp_path, capsys):
    assert run(capsys, data, tmp_path / "runs").code == 0
    (tmp_path / "out").mkdir()
    arguments = ("--data", data, "--out", tmp_path / "out", "--submissions", tmp_path / "runs")
    done = said(capsys, "predict", "class-imbalance", *arguments)
    is_refused_at_the_end(done, "out: there is a folder where a file should be")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_fit_that_runs_out_of_memory_drops_its_member_aloud(data, tmp_path, capsys, monkeypatch):
    def fit(self, *rows, **more):
        raise MemoryError

    monkeypatch.setattr(LinearClassifier, "fit", fit)
    done = run(capsys, data, tmp_path / "runs")
    assert done.code == 0
    assert "member linear dropped: out of memory" in done.err
    assert "only the baseline could be fitted" in done.err


def test_a_blend_that_runs_out_of_memory_is_refused(data, tmp_path, capsys, monkeypatch):
    def ensemble(*members, **more):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(road, "ensemble", ensemble)
        is_refused_at_the_end(run(capsys, data, tmp_path / "runs"), "too little memory", "--fraction")
    assert run(capsys, data, tmp_path / "runs").code == 0
