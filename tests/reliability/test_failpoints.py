"""A run that dies, or meets a full disk, between any two steps that write, and what the same command does then."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from core import settings
from core.cache import Cache
from core.failpoints import NAMES
from core.ledger import Ledger
from core.reading import read_csv
from core.road import run
from core.run import runs_of
from core.settings import Settings
from core.writing import UNFINISHED
from tests.reliability.forked import FULL, KILLED, WELL, at, fills, in_child, kills, writes_to
from tests.support.small import Notes, Small, WithBroken, sample_of

ONE = Settings(threads=1, seeds=2)


class Kind(WithBroken):
    """A member that crashes too, so that its traceback is among what is written."""

    slug = "small"


@dataclass(frozen=True)
class Undisturbed:
    """What a run leaves when nothing disturbs it."""

    data: Path
    met: Counter[str]
    submission: bytes
    fits: int


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    place = tmp_path_factory.mktemp("undisturbed")
    data = sample_of(Small, place / "data")
    assert in_child(lambda: run(Kind(), data, ONE, place / "runs"), writes_to(place / "met")) == WELL
    (found,) = runs_of(place / "runs")
    # What counts is that of a replay of the plan, elsewhere and without any cache.
    replayed = run(Kind(), data, Settings(threads=1, plan=found.plan), place / "replayed")
    assert replayed.submission.read_bytes() == found.submission.read_bytes()
    met = Counter((place / "met").read_text().splitlines())
    return Undisturbed(data, met, found.submission.read_bytes(), found.record["result"]["fits"]["made"])


def test_a_run_meets_every_failpoint(undisturbed):
    assert set(undisturbed.met) == set(NAMES)


def disturbed(undisturbed, root, name, number, act):
    """The same run, disturbed once, then given again: what is left in between, and at the end."""
    ended = in_child(lambda: run(Kind(), undisturbed.data, ONE, root), at(name, number, act))
    assert ended == {kills: KILLED, fills: FULL}[act]
    is_absent_or_valid(undisturbed.data, root)
    there = len(entries(root))
    notes = Notes()
    finished = run(Kind(), undisturbed.data, ONE, root, notes)
    assert finished.submission.read_bytes() == undisturbed.submission
    # No finished fit is made again. The member that crashes is tried again, and has no entry.
    assert notes.fitted == undisturbed.fits - there
    assert [found.path for found in runs_of(root)] == [finished.path]
    assert [row["status"] for row in Ledger(root).runs()] == ["finished"]
    assert left_over(root) == []
    return finished


def is_absent_or_valid(data, root):
    """No submission, or a complete valid one; no record by halves."""
    dataset = Small().load(data)
    layout = Small().edition.layout(dataset.sample_submission, dataset.id_columns)
    for path in root.rglob("submission.csv"):
        if UNFINISHED not in str(path):
            assert path.read_bytes().endswith(b"\n")
            layout.validate(read_csv(path, text=["id"]))
    for path in [*root.glob("*/[!.]*/run.json"), *root.glob("*/[!.]*/plan.json")]:
        json.loads(path.read_text())


def entries(root):
    """Keys of the finished fits."""
    keys = [path.name for path in (root / ".cache").glob("??/[!.]*")]
    return [key for key in keys if Cache(root / ".cache").get(key) is not None]


def left_over(root):
    """What is half-written, and run folders without a run."""
    empty = [path for path in root.glob("small/*") if not (path / "run.json").exists()]
    return [*root.rglob(f"*{UNFINISHED}*"), *empty]


@pytest.mark.parametrize("act", [kills, fills])
@pytest.mark.parametrize("name", NAMES)
def test_the_same_command_goes_on_from_every_failpoint(name, act, undisturbed, tmp_path):
    disturbed(undisturbed, tmp_path / "first", name, 1, act)
    if undisturbed.met[name] > 1:
        disturbed(undisturbed, tmp_path / "last", name, undisturbed.met[name], act)


@pytest.mark.slow
@pytest.mark.parametrize("act", [kills, fills])
@pytest.mark.parametrize("name", NAMES)
def test_the_same_command_goes_on_from_every_single_step(name, act, undisturbed, tmp_path):
    for number in range(1, undisturbed.met[name] + 1):
        disturbed(undisturbed, tmp_path / str(number), name, number, act)


# An extension is disturbed alike, and the finished run it began from stays there until it ends.

SHORT = Settings(threads=1)
LONGER = Settings(threads=1, more=3600.0)


@pytest.fixture(autouse=True, scope="module")
def two_seeds():
    """An extension adds the second seed, and no third."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "MOST_SEEDS_EXTENDED", 2)
        yield


@pytest.fixture(scope="module")
def extended(undisturbed, tmp_path_factory):
    """What an undisturbed extension meets."""
    place = tmp_path_factory.mktemp("extended")
    run(Kind(), undisturbed.data, SHORT, place / "runs")
    work = lambda: run(Kind(), undisturbed.data, LONGER, place / "runs")  # noqa: E731
    assert in_child(work, writes_to(place / "met")) == WELL
    return Counter((place / "met").read_text().splitlines())


@pytest.mark.parametrize("act", [kills, fills])
@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("run:")])
def test_an_extension_goes_on_from_every_failpoint(name, act, undisturbed, extended, tmp_path):
    for number in sorted({1, extended[name]}):
        root = tmp_path / str(number)
        first = run(Kind(), undisturbed.data, SHORT, root)
        ended = in_child(partial(run, Kind(), undisturbed.data, LONGER, root), at(name, number, act))
        assert ended == {kills: KILLED, fills: FULL}[act]
        is_absent_or_valid(undisturbed.data, root)
        again = run(Kind(), undisturbed.data, SHORT, root)  # as somebody who knows of no extension would
        assert again.path == first.path
        assert again.finished
        finished = run(Kind(), undisturbed.data, LONGER, root)
        assert finished.path == first.path
        assert finished.granted == 0.0
        assert finished.submission.read_bytes() == undisturbed.submission
        assert [row["status"] for row in Ledger(root).runs()] == ["finished"]
        assert left_over(root) == []


def test_an_extension_is_granted_once_however_often_it_is_killed(undisturbed, tmp_path):
    run(Kind(), undisturbed.data, SHORT, tmp_path)
    for _ in range(3):
        work = lambda: run(Kind(), undisturbed.data, LONGER, tmp_path)  # noqa: E731
        assert in_child(work, at("item: planned", 2, kills)) == KILLED
    assert run(Kind(), undisturbed.data, LONGER, tmp_path).record["more"] == 3600.0
