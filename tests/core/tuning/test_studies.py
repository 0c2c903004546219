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


FOREIGN = [b"one line", b"a,b\n1,2\n", b"SQLite format 3\x00\x10\x00\x01", b'{"a": 1}', b"[]\n", b'{"a": 1}\n']


@pytest.mark.parametrize("content", FOREIGN)
def test_a_file_that_never_was_a_journal_is_refused_and_left_as_it_is(tmp_path, content):
    mine = tmp_path / "mine"
    mine.write_bytes(content)
    with pytest.raises(Refusal) as caught:
        Studies(tmp_path / "j", str(mine)).open()
    assert f"{mine}: no journal of studies" in str(caught.value)
    assert mine.read_bytes() == content
    assert list(tmp_path.iterdir()) == [mine]


@pytest.mark.parametrize("content", [b"", b'{"op', b'{"op_code":0,"worker'])
def test_a_journal_whose_first_line_was_not_ended_is_one(tmp_path, content):
    (tmp_path / "small.journal").write_bytes(content)
    tuned, _ = search(tmp_path, trials=2)
    assert len(tuned.trials) == 2


def test_a_driver_that_is_missing_is_named(tmp_path):
    pytest.importorskip("sqlalchemy")
    with pytest.raises(Refusal) as caught:
        Studies(tmp_path / "j", "mysql+nosuchdriver://me:secret@host/name").open()
    assert "secret" not in str(caught.value)
    refusal = Studies(tmp_path / "j", "postgresql://me:secret@host/name").refusal(ImportError("no module"))
    assert "no driver for postgresql:// is installed" in str(refusal)
    assert "pip install psycopg2-binary" in str(refusal)


@pytest.mark.parametrize("url", ["postgresql://me:secret@host/name", "mysql://me:secret@[host/name", "abacus://"])
def test_no_password_is_told(tmp_path, url):
    said = str(Studies(tmp_path / "j", url).refusal(ValueError(f"{url} and secret")))
    assert "me:" not in said
    assert ("secret" in said) == ("@host" not in url)


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
