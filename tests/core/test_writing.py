"""Files are there whole or not at all."""

from __future__ import annotations

import os
import stat

import pytest

from core import writing
from core.writing import atomically, write_text


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
