"""Results that are there whole or not at all, whoever writes them."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import cache as cache_module
from core.cache import MANIFEST, Cache, key_of

KEY = key_of({"a": 1})


def write_two(folder):
    (folder / "model").mkdir()
    (folder / "model" / "weights.bin").write_bytes(b"\x00" * 1000)
    (folder / "fit.json").write_text("{}")


def write_other(folder):
    (folder / "fit.json").write_text("made again")


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


def leftovers(cache):
    return [path.name for path in cache.root.rglob(".*")]


# Keys


def test_the_order_of_the_parts_does_not_matter():
    assert key_of({"a": 1, "b": {"c": 2, "d": 3}}) == key_of({"b": {"d": 3, "c": 2}, "a": 1})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(VALUES, VALUES)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_parts_have_one_key_exactly_where_they_are_the_same_json(left, right):
    same = json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)
    assert (key_of({"x": left}) == key_of({"x": right})) == same


@pytest.mark.parametrize("other", [{"a": "1"}, {"a": 1.5}, {"a": [1]}, {"b": 1}, {"a": True}, {"a": None}, {}])
def test_other_parts_have_other_keys(other):
    assert key_of(other) != KEY


def test_long_arrays_that_differ_in_the_middle_never_share_a_key():
    # Their text is shortened to "[0 1 … 9998 9999]": to refuse them is as good as to tell them apart.
    one, other = np.arange(10_000), np.arange(10_000)
    other[5_000] = -1
    try:
        keys = key_of({"a": one}), key_of({"a": other})
    except TypeError:
        return
    assert keys[0] != keys[1]


# Get and put


def test_what_was_never_made_is_not_there(cache):
    assert cache.get(KEY) is None


def test_what_was_put_is_got(cache):
    place = cache.put(KEY, write_two)
    assert cache.get(KEY) == place
    assert (place / "model" / "weights.bin").read_bytes() == b"\x00" * 1000
    assert (place / "fit.json").read_text() == "{}"
    assert leftovers(cache) == []


def test_another_cache_on_the_same_folder_finds_it(cache):
    assert Cache(cache.root).get(KEY) is None
    place = cache.put(KEY, write_two)
    assert Cache(cache.root).get(KEY) == place


def test_keys_do_not_disturb_each_other(cache):
    other = KEY[:2] + "0" * 62
    cache.put(KEY, write_two)
    cache.put(other, write_other)
    assert (cache.get(KEY) / "fit.json").read_text() == "{}"
    assert (cache.get(other) / "fit.json").read_text() == "made again"


def test_the_first_of_two_results_is_kept(cache):
    cache.put(KEY, write_two)
    place = cache.put(KEY, write_other)
    assert (place / "fit.json").read_text() == "{}"
    assert leftovers(cache) == []


def test_a_result_without_files_is_a_result(cache):
    cache.put(KEY, lambda folder: None)
    assert cache.get(KEY) is not None


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_while_writing_leaves_nothing(cache, error):
    def write(folder):
        write_two(folder)
        raise error

    with pytest.raises(error):
        cache.put(KEY, write)
    assert cache.get(KEY) is None
    assert [path for path in cache.root.rglob("*") if path.is_file()] == []
    assert leftovers(cache) == []


def test_nobody_sees_an_entry_before_it_is_whole(cache):
    def write(folder):
        write_two(folder)
        assert cache.get(KEY) is None

    cache.put(KEY, write)
    assert cache.get(KEY) is not None


def test_a_full_disk_leaves_nothing(cache, monkeypatch):
    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", full)
        with pytest.raises(OSError, match="No space"):
            cache.put(KEY, write_two)
    assert cache.get(KEY) is None
    assert leftovers(cache) == []
    cache.put(KEY, write_two)
    assert cache.get(KEY) is not None


def test_a_cache_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    cache = Cache(tmp_path / "cache")
    assert cache.get(KEY) is None
    with pytest.raises(OSError, match="cache"):
        cache.put(KEY, write_two)
    assert (tmp_path / "cache").read_text().startswith("a file")


# Damage


def damage_bytes(place):
    (place / "model" / "weights.bin").write_bytes(b"\x00" * 999 + b"\x01")


def damage_length(place):
    (place / "model" / "weights.bin").write_bytes(b"\x00" * 500)


DAMAGE = {
    "other bytes": damage_bytes,
    "cut off": damage_length,
    "emptied": lambda place: (place / "fit.json").write_bytes(b""),
    "file lost": lambda place: (place / "fit.json").unlink(),
    "manifest lost": lambda place: (place / MANIFEST).unlink(),
    "manifest cut off": lambda place: (place / MANIFEST).write_text((place / MANIFEST).read_text()[:-5]),
    "manifest emptied": lambda place: (place / MANIFEST).write_bytes(b""),
    "manifest no text": lambda place: (place / MANIFEST).write_bytes(b"\xff\xfe\x00"),
    "manifest a list": lambda place: (place / MANIFEST).write_text("[1]"),
    "manifest null": lambda place: (place / MANIFEST).write_text("null"),
    "manifest a folder": lambda place: ((place / MANIFEST).unlink(), (place / MANIFEST).mkdir()),
    "all lost": lambda place: [path.unlink() for path in place.rglob("*") if path.is_file()],
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_entry_is_thrown_away_aloud_and_made_again(cache, damage):
    damage(cache.put(KEY, write_two))
    with pytest.warns(UserWarning, match=f"{KEY[:12]} is damaged"):
        assert cache.get(KEY) is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cache.get(KEY) is None
        place = cache.put(KEY, write_other)
        assert cache.get(KEY) == place
    assert (place / "fit.json").read_text() == "made again"
    assert leftovers(cache) == []


@given(position=st.integers(0, 10**6), bit=st.integers(0, 7))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_flipped_bit_in_any_file_is_never_trusted_with_other_content(tmp_path_factory, position, bit):
    cache = Cache(tmp_path_factory.mktemp("cache"))
    place = cache.put(KEY, lambda folder: (folder / "fit.json").write_text('{"seconds": 1}'))
    path = place / ("fit.json" if position % 2 else MANIFEST)
    content = bytearray(path.read_bytes())
    content[position // 2 % len(content)] ^= 1 << bit
    path.write_bytes(bytes(content))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = cache.get(KEY)
    assert found is None or (found / "fit.json").read_text() == '{"seconds": 1}'


def test_a_damaged_entry_is_replaced_by_a_writer_that_did_not_look(cache):
    damage_bytes(cache.put(KEY, write_two))
    with pytest.warns(UserWarning, match="damaged"):
        cache.put(KEY, write_other)
    assert (cache.get(KEY) / "fit.json").read_text() == "made again"
    assert leftovers(cache) == []


def test_an_empty_folder_in_its_place_is_no_entry(cache):
    cache.put(KEY, write_two)
    other = KEY[:2] + "1" * 62
    (cache.root / KEY[:2] / other).mkdir()
    with pytest.warns(UserWarning, match="damaged"):
        assert cache.get(other) is None
    cache.put(other, write_other)
    assert cache.get(other) is not None


# Many at once


def test_threads_that_make_one_entry_at_once_agree_on_one(cache):
    barrier, places, errors = threading.Barrier(8), [], []

    def work(number):
        def write(folder):
            (folder / "number").write_text(str(number))
            barrier.wait()  # all of them have written before the first renames

        try:
            places.append(cache.put(KEY, write))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert set(places) == {cache.get(KEY)}
    assert (cache.get(KEY) / "number").read_text() in set("01234567")
    assert leftovers(cache) == []


def put_in_process(root, keys):
    cache = Cache(root)
    for key in keys:
        if cache.get(key) is None:
            cache.put(key, lambda folder: (folder / "pid").write_text(f"{os.getpid()}"))
        if cache.get(key) is None:
            os._exit(1)


def test_processes_that_make_the_same_entries_at_once_agree(cache):
    keys = [key_of({"number": number}) for number in range(60)]
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=put_in_process, args=(cache.root, keys)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
    assert all(cache.get(key) is not None for key in keys)
    assert leftovers(cache) == []


def write_for_ever(root, ready):
    def write(folder):
        (folder / "half").write_text("half")
        ready.set()
        time.sleep(60)

    Cache(root).put(KEY, write)


def test_a_writer_that_is_killed_leaves_no_entry(cache):
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    worker = context.Process(target=write_for_ever, args=(cache.root, ready))
    worker.start()
    assert ready.wait(30)
    worker.kill()
    worker.join(30)
    assert cache.get(KEY) is None
    place = cache.put(KEY, write_two)
    assert cache.get(KEY) == place


def test_what_killed_writers_left_is_swept_and_entries_stay(cache):
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    worker = context.Process(target=write_for_ever, args=(cache.root, ready))
    worker.start()
    assert ready.wait(30)
    cache.sweep()
    assert leftovers(cache) != []  # its writer lives
    worker.kill()
    worker.join(30)
    place = cache.put(key_of({"other": 1}), write_two)
    cache.sweep()
    assert leftovers(cache) == []
    assert cache.get(place.name) == place


def test_a_reader_of_an_old_damage_does_not_throw_away_what_another_made_since(cache, monkeypatch):
    damage_bytes(cache.put(KEY, write_two))
    look = cache_module.damage_of
    other = Cache(cache.root)

    def look_then_wait(folder):
        found = look(folder)
        monkeypatch.setattr(cache_module, "damage_of", look)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if other.get(KEY) is None:
                other.put(KEY, write_other)
        return found

    monkeypatch.setattr(cache_module, "damage_of", look_then_wait)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cache.get(KEY)
    assert other.get(KEY) is not None
    assert leftovers(cache) == []


def test_two_writers_over_a_damaged_entry_both_end_well(cache, monkeypatch):
    damage_bytes(cache.put(KEY, write_two))
    discard = Cache._discard

    def discard_then_lose_the_race(self, folder):
        discard(self, folder)
        monkeypatch.setattr(Cache, "_discard", discard)
        Cache(cache.root).put(KEY, write_other)

    monkeypatch.setattr(Cache, "_discard", discard_then_lose_the_race)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cache.put(KEY, write_two)
    assert cache.get(KEY) is not None
    assert leftovers(cache) == []


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EACCES])
def test_an_entry_that_cannot_be_read_just_now_is_not_thrown_away(cache, monkeypatch, number):
    place = cache.put(KEY, write_two)

    def busy(path):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(cache_module, "_checksum", busy)
        with pytest.raises(OSError, match=os.strerror(number)):
            cache.get(KEY)
    assert cache.get(KEY) == place
