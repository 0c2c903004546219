"""The index of runs: it may be lost at any time, and the runs never are."""

from __future__ import annotations

import json
import multiprocessing
import sqlite3

import pytest

from core.errors import Refusal
from core.ledger import COLUMNS, Ledger
from core.run import SCHEMA_VERSION, RunFolder


def make_run(root, run_id, competition="cats", score=0.5, **more):
    record = {
        "schema": SCHEMA_VERSION,
        "run_id": run_id,
        "competition": competition,
        "status": "finished",
        "started": "2024-01-01T00:00:00+00:00",
        "request": {"edition": "e-2024", "data": "fingerprint"},
        "result": {
            "nested": {"score": score, "standard_error": 0.01},
            "selection": 0.4,
            "baseline": {"member": "prior", "score": 0.9},
            "metric": "log-loss",
            "seconds": 12.5,
            "submission_sha256": "ab" * 32,
        },
        "rows": {"fit": 10, "score": 10, "test": 7},
        **more,
    }
    path = root / competition / run_id
    path.mkdir(parents=True, exist_ok=True)
    (path / "run.json").write_text(json.dumps(record))
    return RunFolder.open(path)


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path)


@pytest.fixture
def three(tmp_path, ledger):
    """Three runs on disk and in the ledger."""
    for run_id, competition in (("20240102-b", "cats"), ("20240101-a", "dogs"), ("20240103-c", "cats")):
        ledger.record(make_run(tmp_path, run_id, competition))
    return ledger


NEWEST_FIRST = ["20240103-c", "20240102-b", "20240101-a"]


def ids(ledger, competition=None):
    return [row["run_id"] for row in ledger.runs(competition)]


def test_what_is_recorded_is_listed(tmp_path, ledger):
    ledger.record(make_run(tmp_path, "one", score=0.1 + 0.2))
    assert ledger.runs() == [
        {
            "run_id": "one",
            "competition": "cats",
            "edition": "e-2024",
            "status": "finished",
            "started": "2024-01-01T00:00:00+00:00",
            "seconds": 12.5,
            "metric": "log-loss",
            "score": 0.1 + 0.2,
            "standard_error": 0.01,
            "selection": 0.4,
            "baseline": 0.9,
            "rows": 7,
            "data": "fingerprint",
            "submission_sha256": "ab" * 32,
            "unvalidated": None,
        }
    ]


def test_the_newest_run_comes_first(three):
    assert ids(three) == NEWEST_FIRST


def test_runs_are_listed_by_competition(three):
    assert ids(three, "cats") == ["20240103-c", "20240102-b"]
    assert ids(three, "birds") == []
    assert ids(three, "cats' or '1'='1") == []


def test_a_run_that_is_recorded_again_has_one_row_with_what_is_new(tmp_path, ledger):
    ledger.record(make_run(tmp_path, "one", score=0.5))
    ledger.record(make_run(tmp_path, "one", score=0.4))
    assert [row["score"] for row in ledger.runs()] == [0.4]


def test_an_unfinished_run_has_gaps(tmp_path, ledger):
    run = make_run(tmp_path, "one", status="running", result={}, rows={})
    ledger.record(run)
    (row,) = ledger.runs()
    assert tuple(row) == COLUMNS
    assert row["status"] == "running"
    assert row["score"] is row["rows"] is row["submission_sha256"] is None


def test_without_runs_the_list_is_empty(ledger):
    assert ledger.runs() == []


def test_the_folder_of_submissions_need_not_be_there(tmp_path):
    assert Ledger(tmp_path / "new" / "submissions").runs() == []


# Lost and damaged


def lose(path):
    path.unlink()


def empty(path):
    path.write_bytes(b"")


def no_database(path):
    path.write_bytes(b"no database at all, and long enough to hold a header" * 100)


def cut_off(path):
    path.write_bytes(path.read_bytes()[:1000])


def overwrite(path):
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))


def other_table(path):
    """The ledger of another version of Podium."""
    path.unlink()
    with sqlite3.connect(path) as database:
        database.execute("create table runs (run_id, score, primary key (run_id))")
    database.close()


HARM = [lose, empty, no_database, cut_off, overwrite, other_table]


@pytest.mark.parametrize("harm", HARM)
def test_a_ledger_that_is_lost_or_damaged_is_rebuilt_when_read(three, harm):
    before = three.runs()
    harm(three.path)
    assert three.runs() == before
    assert three.runs() == before


@pytest.mark.parametrize("harm", HARM)
def test_a_ledger_that_is_lost_or_damaged_is_rebuilt_when_a_run_is_recorded(tmp_path, three, harm):
    harm(three.path)
    three.record(make_run(tmp_path, "20240104-d"))
    assert ids(three) == ["20240104-d", *NEWEST_FIRST]


def test_a_rebuilt_ledger_leaves_out_what_cannot_be_read(tmp_path, three):
    (tmp_path / "dogs" / "20240101-a" / "run.json").write_text("{")
    newer = make_run(tmp_path, "20240109-z")
    (newer.path / "run.json").write_text(json.dumps({**newer.record, "schema": SCHEMA_VERSION + 1}))
    three.rebuild()
    assert ids(three) == NEWEST_FIRST[:2]


def test_a_rebuilt_ledger_forgets_runs_that_are_gone(tmp_path, three):
    (tmp_path / "dogs" / "20240101-a" / "run.json").unlink()
    three.rebuild()
    assert ids(three) == NEWEST_FIRST[:2]


def test_a_ledger_that_another_process_holds_is_not_thrown_away(tmp_path, three, monkeypatch):
    connect = sqlite3.connect
    holder = connect(three.path)
    holder.execute("begin exclusive")
    monkeypatch.setattr(sqlite3, "connect", lambda path, timeout: connect(path, timeout=0.05))
    with pytest.raises(Refusal, match="locked"):
        three.record(make_run(tmp_path, "20240104-d"))
    holder.rollback()
    holder.close()
    assert ids(three) == NEWEST_FIRST


# Many at once


def record_many(root, worker, start):
    start.wait(30)
    ledger = Ledger(root)
    for number in range(15):
        ledger.record(make_run(root, f"run-{worker}-{number:02d}", f"competition-{worker % 2}"))


@pytest.mark.parametrize("state", ["new", "there", "damaged"])
def test_processes_that_record_at_once_lose_nothing(tmp_path, ledger, state):
    if state != "new":
        ledger.record(make_run(tmp_path, "run-before"))
    if state == "damaged":
        no_database(ledger.path)
    context = multiprocessing.get_context("fork")
    start = context.Event()
    workers = [context.Process(target=record_many, args=(tmp_path, worker, start)) for worker in range(4)]
    for worker in workers:
        worker.start()
    start.set()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
    expected = {f"run-{worker}-{number:02d}" for worker in range(4) for number in range(15)}
    assert set(ids(ledger)) == expected | ({"run-before"} if state != "new" else set())
