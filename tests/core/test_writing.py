"""Files are there whole or not at all."""

from __future__ import annotations

import multiprocessing
import os
import stat
import time
from pathlib import Path

import pytest

from core import writing
from core.writing import UNFINISHED, VERY_OLD, atomically, folder_beside, sweep, write_text


class Stop(BaseException):
    """Like KeyboardInterrupt: no `except Exception` stops it."""


def fail_halfway(path, error):
    with atomically(path) as file:
        file.write(b"new, by halves")
        raise error


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_file_appears_with_all_its_bytes(tmp_path):
    with atomically(tmp_path / "a.bin") as file:
        file.write(b"one")
        file.write(b"two")
    assert (tmp_path / "a.bin").read_bytes() == b"onetwo"
    assert names(tmp_path) == ["a.bin"]


def test_folders_above_are_made(tmp_path):
    write_text(tmp_path / "x" / "y" / "a.txt", "text")
    assert (tmp_path / "x" / "y" / "a.txt").read_text(encoding="utf-8") == "text"


def test_text_is_utf8_and_line_ends_are_kept(tmp_path):
    write_text(tmp_path / "a.txt", "é\r\n–\n")
    assert (tmp_path / "a.txt").read_bytes() == "é\r\n–\n".encode()


@pytest.mark.parametrize("error", [ValueError, Stop, KeyboardInterrupt])
def test_a_failure_inside_the_block_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(error):
        fail_halfway(path, error)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_failure_inside_the_block_makes_no_file(tmp_path):
    with pytest.raises(ValueError):  # noqa: PT011
        fail_halfway(tmp_path / "a.txt", ValueError)
    assert names(tmp_path) == []


@pytest.mark.parametrize("call", ["replace", "fsync", "chmod"])
def test_an_error_of_the_file_system_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, call):
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing.os, call, full)
    with pytest.raises(OSError, match="No space"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_the_old_file_stands_until_the_block_ends(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with atomically(path) as file:
        file.write(b"new" * 100_000)
        assert path.read_text() == "old"
    assert path.read_text() == "new" * 100_000


def test_the_bytes_are_on_the_disk_before_the_name_is(tmp_path, monkeypatch):
    path, order = tmp_path / "a.txt", []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(writing.os, "fsync", lambda number: (order.append("fsync"), fsync(number))[1])
    monkeypatch.setattr(writing.os, "replace", lambda *pair: (order.append("replace"), replace(*pair))[1])
    write_text(path, "text")
    assert order == ["fsync", "replace"]


def test_others_may_read_the_file(tmp_path):
    write_text(tmp_path / "a.txt", "text")
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o644


def test_a_folder_in_the_place_of_the_file_is_left_alone(tmp_path):
    (tmp_path / "a.txt" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match=r"a\.txt"):
        write_text(tmp_path / "a.txt", "text")
    assert names(tmp_path) == ["a.txt"]
    assert names(tmp_path / "a.txt") == ["inside"]


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path):
    (tmp_path / "x").write_text("a file")
    with pytest.raises(OSError, match="x"):
        write_text(tmp_path / "x" / "a.txt", "text")
    assert (tmp_path / "x").read_text() == "a file"


# Folders


def test_a_folder_is_filled_beside_its_place_and_renamed_to_it(tmp_path):
    with folder_beside(tmp_path / "x" / "a") as folder:
        assert folder.parent == tmp_path / "x"
        (folder / "file").write_text("text")
        folder.rename(tmp_path / "x" / "a")
    assert names(tmp_path / "x") == ["a"]
    assert names(tmp_path / "x" / "a") == ["file"]
    assert stat.S_IMODE((tmp_path / "x" / "a").stat().st_mode) == 0o755


@pytest.mark.parametrize("error", [ValueError, Stop])
def test_a_folder_that_is_not_renamed_is_removed(tmp_path, error):
    def fill(folder):
        (folder / "file").write_text("text")
        raise error

    with pytest.raises(error), folder_beside(tmp_path / "a") as beside:
        fill(beside)
    assert names(tmp_path) == []


# What killed processes leave behind


def die_while_writing(path):
    with atomically(path) as file, folder_beside(path.parent / "folder") as folder:
        file.write(b"by halves")
        file.flush()
        (folder / "file").write_text("text")
        os._exit(9)


@pytest.fixture
def left_behind(tmp_path):
    """A folder with what a killed process was writing."""
    worker = multiprocessing.get_context("fork").Process(target=die_while_writing, args=(tmp_path / "x" / "a.txt",))
    worker.start()
    worker.join(30)
    assert [name.endswith(UNFINISHED) for name in names(tmp_path / "x")] == [True, True]
    return tmp_path


def test_what_a_killed_process_left_is_swept(left_behind):
    (left_behind / "x" / "kept.txt").write_text("text")
    sweep(left_behind)
    assert names(left_behind / "x") == ["kept.txt"]


def test_only_the_folders_of_the_pattern_are_swept(left_behind):
    sweep(left_behind, "")
    assert len(names(left_behind / "x")) == 2
    sweep(left_behind, "*/")
    assert names(left_behind / "x") == []


def test_what_a_living_process_writes_is_left_alone(tmp_path):
    with atomically(tmp_path / "a.txt") as file, folder_beside(tmp_path / "b"):
        file.write(b"text")
        sweep(tmp_path)
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("name", [".a.txt-elsewhere-1-abc" + UNFINISHED, ".odd" + UNFINISHED])
def test_what_another_machine_writes_is_swept_when_it_is_very_old(tmp_path, name):
    path = tmp_path / name
    path.write_text("by halves")
    sweep(tmp_path)
    assert path.exists()
    old = time.time() - VERY_OLD - 60
    os.utime(path, (old, old))
    sweep(tmp_path)
    assert not path.exists()


def test_a_folder_that_is_not_there_has_nothing_to_sweep(tmp_path):
    sweep(tmp_path / "nowhere")


def test_what_is_held_elsewhere_is_left_alone_although_no_such_process_is_seen_here(tmp_path):
    """As in two containers with one host name and process numbers of their own."""
    with atomically(tmp_path / "a.txt") as file, folder_beside(tmp_path / "b") as folder:
        renamed = []
        for path in (Path(file.name) if isinstance(file.name, str) else next(tmp_path.glob(".a.txt-*")), folder):
            other = path.with_name(path.name.replace(f"-{os.getpid()}-", "-999999999-"))
            path.rename(other)
            renamed.append((other, path))
        sweep(tmp_path)
        for other, path in renamed:
            assert other.exists()
            other.rename(path)


def test_in_a_folder_of_ones_own_all_of_it_is_swept(tmp_path):
    (tmp_path / (".a.txt-elsewhere-1-abc" + UNFINISHED)).write_text("by halves")
    sweep(tmp_path, all_of_it=True)
    assert names(tmp_path) == []
