"""podium runs: the status of each run as it is now."""

from __future__ import annotations

import json

from core.cli import main
from core.cli.runs import standing
from core.ledger import Ledger
from core.run import RunFolder


def rows(root):
    return {row["run_id"]: row for row in Ledger(root).runs()}


def test_a_run_that_nobody_holds_was_stopped(tmp_path):
    run = RunFolder.begin(tmp_path, "c", {"a": 1})
    Ledger(tmp_path).record(run)
    assert standing(rows(tmp_path)[run.run_id], tmp_path) == "running"
    run.unlock()
    assert standing(rows(tmp_path)[run.run_id], tmp_path) == "stopped"
    (run.path / "run.json").unlink()
    row = {"status": "running", "competition": "c", "run_id": run.run_id, "unvalidated": None}
    assert standing(row, tmp_path) == "gone"


def test_programs_are_told_so_too(tmp_path, capsys):
    run = RunFolder.begin(tmp_path, "c", {"a": 1})
    Ledger(tmp_path).record(run)
    arguments = ["runs", "--submissions", str(tmp_path)]
    assert main([*arguments, "--json"]) == 0
    assert [row["status"] for row in json.loads(capsys.readouterr().out)] == ["running"]
    run.unlock()
    assert main([*arguments, "--json"]) == main(arguments) == 0
    listed, _, table = capsys.readouterr().out.partition("\n")
    assert [row["status"] for row in json.loads(listed)] == ["stopped"]
    assert "stopped" in table


def test_an_answer_with_an_unvalidated_part_is_marked(tmp_path):
    run = RunFolder.begin(tmp_path, "c", {"a": 1})
    run.save(status="finished", mixed={"name": "notebook", "weight": 0.3})
    Ledger(tmp_path).record(run)
    assert standing(rows(tmp_path)[run.run_id], tmp_path) == "finished, unvalidated"
    run.save(mixed=None)
    Ledger(tmp_path).record(run)
    assert standing(rows(tmp_path)[run.run_id], tmp_path) == "finished"
