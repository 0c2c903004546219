from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks.peers_parts import cells
from benchmarks.peers_parts.cells import CHECKOUT, Store, Tool, key_of_cell, sweep
from tests.benchmarks.peers_parts.made import small

MINUTES = 0.01


class Fake(Tool):
    module = "tests.benchmarks.peers_parts.fake_cell"  # type: ignore[assignment]


@pytest.fixture
def fake(monkeypatch, tmp_path):
    """A tool that does what it is told, and the folder with a file for each of its processes."""
    notes = tmp_path / "notes"
    notes.mkdir()
    monkeypatch.setenv("FAKE_NOTES", str(notes))

    def told(what: str) -> Fake:
        monkeypatch.setenv("FAKE", what)
        return Fake("fake", Path(sys.executable), {"fake": "1"})

    return told, notes


def gone(process: int) -> bool:
    """Whether a process ends within some seconds."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


def processes(notes: Path, number: int) -> list[int]:
    for _ in range(200):
        found = [int(path.stem) for path in notes.glob("*.pid")]
        if len(found) >= number:
            return found
        time.sleep(0.05)
    raise AssertionError("the processes did not start")


def test_a_cell_is_run_once_and_then_found(fake, tmp_path):
    told, notes = fake
    store, task = Store(tmp_path / "cells"), small()
    assert store.find(told("well"), task, MINUTES) is None
    ran = store.run(told("well"), task, MINUTES)
    assert not ran.failed
    assert ran.errors == []
    assert ran.judged.score == pytest.approx(np.log(2))
    assert store.find(told("well"), task, MINUTES) == ran
    assert store.run(told("well"), task, MINUTES) == ran
    assert len(list(notes.iterdir())) == 1


def test_nothing_is_left_beside_the_cell(fake, tmp_path):
    told, _ = fake
    store = Store(tmp_path / "cells")
    store.run(told("well"), small(), MINUTES)
    assert [path.suffix for path in store.folder.iterdir()] == [".json"]


@pytest.mark.parametrize(
    ("what", "said"),
    [("raise", "nothing can be fitted"), ("silent", "left no answer"), ("nan", "not finite")],
)
def test_a_cell_that_fails_is_tried_twice_and_tells_why(fake, tmp_path, what, said):
    told, notes = fake
    store, task = Store(tmp_path / "cells"), small()
    ran = store.run(told(what), task, MINUTES)
    assert ran.failed
    assert len(ran.errors) == 2
    assert all(said in error for error in ran.errors)
    assert store.find(told(what), task, MINUTES) == ran
    assert len(list(notes.iterdir())) == 2


def test_a_failed_try_is_remembered_when_the_second_goes_well(fake, tmp_path):
    told, _ = fake
    ran = Store(tmp_path / "cells").run(told("raise once"), small(), MINUTES)
    assert not ran.failed
    assert len(ran.errors) == 1


def test_a_run_that_was_killed_after_the_first_try_has_one_left(fake, tmp_path):
    told, notes = fake
    store, task = Store(tmp_path / "cells"), small()
    store.run(told("raise"), task, MINUTES)
    path = store.path(told("raise"), task, MINUTES)
    state = json.loads(path.read_text())
    path.write_text(json.dumps(state | {"errors": state["errors"][:1]}))
    assert store.find(told("raise"), task, MINUTES) is None
    store.run(told("raise"), task, MINUTES)
    assert len(list(notes.iterdir())) == 3


def test_a_process_that_takes_far_too_long_is_killed_with_all_that_it_started(fake, tmp_path, monkeypatch):
    told, notes = fake
    monkeypatch.setattr(cells, "KILL_SECONDS", 4.0)
    monkeypatch.setattr(cells, "TRIES", 1)
    ran = Store(tmp_path / "cells").run(told("sleep"), small(), MINUTES)
    assert ran.failed
    assert "killed after 5 s" in ran.errors[0]
    assert all(gone(process) for process in processes(notes, 2))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_a_killed_comparison_takes_its_cell_along_and_leaves_no_half_cell(fake, tmp_path):
    told, notes = fake
    told("sleep")
    program = (
        "import sys; from pathlib import Path; from benchmarks.peers_parts.cells import Store\n"
        "from tests.benchmarks.peers_parts.made import small\n"
        "from tests.benchmarks.peers_parts.test_cells import Fake\n"
        f"Store(Path({str(tmp_path / 'cells')!r})).run(Fake('fake', Path(sys.executable), {{'fake': '1'}}), small(), 1)"
    )
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT)}
    comparison = subprocess.Popen([sys.executable, "-c", program], env=environment, cwd=tmp_path)
    started = processes(notes, 2)
    cell = next(process for process in started if (notes / f"{process}.pid").read_text() == "sleep")
    comparison.send_signal(signal.SIGKILL)
    comparison.wait()
    assert gone(cell)
    for process in started:
        if process != cell:  # what a cell started itself outlives it; ours end theirs, here the test does
            os.kill(process, signal.SIGKILL)
    left = list((tmp_path / "cells").iterdir())
    assert [path.name.startswith(cells.WORK) for path in left] == [True]
    sweep(tmp_path / "cells")
    assert list((tmp_path / "cells").iterdir()) == []


def test_the_key_holds_everything_that_determines_a_cell():
    tool, task = Fake("fake", Path(sys.executable), {"fake": "1", "numpy": "2"}), small()
    keys = [
        key_of_cell(tool, task, 1),
        key_of_cell(tool, task, 2),
        key_of_cell(Fake("fake", Path(sys.executable), {"fake": "2", "numpy": "2"}), task, 1),
        key_of_cell(Fake("fake", Path(sys.executable), {"fake": "1", "numpy": "3"}), task, 1),
        key_of_cell(Tool("flaml", Path(sys.executable), {"fake": "1", "numpy": "2"}), task, 1),
        key_of_cell(tool, small(seed=1), 1),
        key_of_cell(tool, small(rows=62), 1),
    ]
    assert len(set(keys)) == len(keys)
    assert key_of_cell(Fake("fake", Path("elsewhere"), {"numpy": "2", "fake": "1"}), small(), 1) == keys[0]


def test_the_own_error_is_over_rows_that_have_a_prediction_and_over_groups():
    task = small(metric="rmse", group=True)
    out_of_fold = np.zeros((len(task.train), 1))
    out_of_fold[3] = np.nan
    target = task.train["target"].to_numpy(dtype=float)
    known = np.delete(target, 3) ** 2
    root = np.sqrt(known.mean())
    groups = np.delete(task.train["group"].to_numpy(), 3)
    totals = np.array([(known - known.mean())[groups == one].sum() for one in np.unique(groups)])
    expected = np.sqrt(len(totals) / (len(totals) - 1) * (totals**2).sum()) / len(known) / (2 * root)
    assert cells._own_error(task, out_of_fold) == pytest.approx(expected)
