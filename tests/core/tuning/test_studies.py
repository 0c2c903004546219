"""A journal outlives whoever wrote it, and says so where it cannot be read."""

from __future__ import annotations

import fcntl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Refusal
from core.tuning import Studies, journal_of
from core.tuning.studies import JournalLock, mend
from tests.core.tuning.small import plain, search


@given(st.lists(st.binary(max_size=9000).map(lambda b: b.replace(b"\n", b"x") + b"\n"), max_size=4), st.binary())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_line_that_was_not_ended_is_cut_off_and_nothing_else(tmp_path_factory, lines, rest):
    path = tmp_path_factory.mktemp("journal") / "j"
    tail = rest.replace(b"\n", b"x")
    path.write_bytes(b"".join(lines) + tail)
    mend(path)
    assert path.read_bytes() == b"".join(lines)


def test_no_journal_needs_no_mending(tmp_path):
    mend(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_killed_writer_leaves_a_journal_that_goes_on(tmp_path):
    first, _ = search(tmp_path, trials=3)
    journal = tmp_path / "small.journal"
    with journal.open("ab") as file:
        file.write(b'{"op_code":4,"worker_id":"x","study')
    tuned, _ = search(tmp_path, trials=5)
    assert plain(tuned)[:3] == plain(first)
    assert len(tuned.trials) == 5


@pytest.mark.parametrize("damage", [b"no json at all\n", b"\xff\xfe\n", b"[]\n"])
def test_a_damaged_line_is_refused_with_the_file_and_the_way_out(tmp_path, damage):
    search(tmp_path, trials=3)
    journal = tmp_path / "small.journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([lines[0], damage, *lines[1:]]))
    with pytest.raises(Refusal) as caught:
        search(tmp_path, trials=4)
    assert str(journal) in str(caught.value)
    assert "move the file away" in str(caught.value)


@pytest.mark.parametrize(
    "url", ["sqlite:////no/such/folder/x.db", "postgresql://nobody@localhost:1/none", "abacus://x"]
)
def test_a_database_that_cannot_be_reached_is_refused(tmp_path, url):
    with pytest.raises(Refusal) as caught:
        search(tmp_path, trials=3, url=url)
    assert "--storage" in str(caught.value)
    assert "postgresql://" in str(caught.value)


def test_a_path_names_another_journal(tmp_path):
    search(tmp_path, trials=2, url=str(tmp_path / "mine.journal"))
    assert (tmp_path / "mine.journal").stat().st_size > 0
    assert not (tmp_path / "small.journal").exists()


def test_a_lock_dies_with_its_process_and_lets_one_in_at_a_time(tmp_path):
    lock, other = JournalLock(tmp_path / "j"), (tmp_path / "j.lock")
    lock.acquire()
    with other.open("a") as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    lock.release()
    with other.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_trial_is_held_by_one(tmp_path):
    studies = Studies(tmp_path / "j")
    studies.locks.mkdir()
    first = studies.hold("a-1")
    assert first is not None
    assert studies.hold("a-1") is None
    assert studies.hold("a-2") is not None
    first.close()
    assert studies.hold("a-1") is not None


def test_the_journal_of_a_competition_lies_beside_the_runs(tmp_path):
    assert journal_of(tmp_path, "small") == tmp_path / ".studies" / "small.journal"
