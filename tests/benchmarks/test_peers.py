from __future__ import annotations

import fcntl
import sys
from functools import partial
from pathlib import Path

import pytest

from benchmarks import peers
from benchmarks.peers_parts.cells import Tool
from benchmarks.peers_parts.schedule import BESIDE
from tests.benchmarks.peers_parts.made import small

MINUTES = 0.01


class Fake(Tool):
    module = "tests.benchmarks.peers_parts.fake_cell"  # type: ignore[assignment]


@pytest.fixture
def tools(monkeypatch, tmp_path):
    notes = tmp_path / "notes"
    notes.mkdir()
    monkeypatch.setenv("FAKE_NOTES", str(notes))
    monkeypatch.setenv("FAKE", "well")
    monkeypatch.setattr(peers, "ROOT", tmp_path / "bench")
    return [Fake(name, Path(sys.executable), {name: "1"}) for name in ("podium", "autogluon")]


SETS = {"small": partial(small, rows=60), "larger": partial(small, rows=80)}


def started(tmp_path) -> int:
    return len(list((tmp_path / "notes").iterdir()))


def test_cells_are_run_block_by_block_and_found_again(tools, tmp_path, capsys):
    cells = peers.run(tools, SETS, range(1), MINUTES, float("inf"))
    assert [(cell.seed, cell.tool) for cell in cells] == [(0, "podium"), (0, "autogluon")] * 2
    lines = [line.split(",")[2].split(":")[0].strip() for line in capsys.readouterr().out.splitlines()]
    assert lines == ["podium", "autogluon", "autogluon", "podium"]
    assert started(tmp_path) == 4
    assert peers.run(tools, SETS, range(1), MINUTES, 0.0) == cells
    assert started(tmp_path) == 4


def test_a_budget_runs_whole_blocks_only_and_says_what_it_left_out(tools, tmp_path, capsys):
    one_block = 2 * (MINUTES * 60 + BESIDE) + 0.1
    cells = peers.run(tools, SETS, range(1), MINUTES, one_block)
    assert [cell.tool for cell in cells] == ["podium", "autogluon"]
    assert "2 cells did not fit the budget" in capsys.readouterr().out
    assert len(peers.run(tools, SETS, range(1), MINUTES, one_block)) == 4
    assert started(tmp_path) == 4


def test_no_budget_runs_nothing(tools, tmp_path):
    assert peers.run(tools, SETS, range(2), MINUTES, 0.0) == []
    assert started(tmp_path) == 0


@pytest.mark.parametrize("text", ["soon", "-1", "nan"])
def test_a_variable_that_is_no_number_is_refused(monkeypatch, capsys, text):
    monkeypatch.setenv("PODIUM_BENCH_MINUTES", text)
    assert peers.measure() is False
    assert "PODIUM_BENCH_MINUTES" in capsys.readouterr().err


def test_two_comparisons_at_once_are_refused(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(peers, "ROOT", tmp_path)
    with (tmp_path / ".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert peers.measure() is False
    assert "another comparison is running" in capsys.readouterr().err
