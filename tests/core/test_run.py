"""The run folder: which run a request gets, how it is found again, and what it keeps."""

from __future__ import annotations

import json
import multiprocessing
import re
import shutil

import numpy as np
import pytest

from core import run as run_module
from core.errors import Refusal
from core.predictions import MemberPredictions
from core.run import SCHEMA_VERSION, RunFolder, find_run, runs_of

REQUEST = {"edition": "e-2020", "data": "abc", "settings": {"seed": 0, "members": ("a", "b")}}


@pytest.fixture
def begin(tmp_path):
    """Begins runs, and lets go of them all at the end."""
    begun = []

    def begin_one(request=REQUEST, competition="cats", fresh=False, extend=False):
        run = RunFolder.begin(tmp_path, competition, request, fresh=fresh, extend=extend)
        begun.append(run)
        return run

    yield begin_one
    for run in begun:
        run.unlock()


@pytest.fixture
def elsewhere():
    """Runs a function in another process and gives its answer."""
    context = multiprocessing.get_context("fork")
    with context.Pool(1) as pool:
        yield lambda function, *args: pool.apply(function, args)


def finished(run, **more):
    run.submission.write_text("id,label\n")
    run.save(status="finished", **more)
    run.unlock()
    return run


def write_run(root, run_id, competition="cats", submission=True, **more):
    """A run folder by hand, with its submission unless that was lost."""
    record = {"schema": SCHEMA_VERSION, "run_id": run_id, "competition": competition, "status": "finished", **more}
    path = root / competition / run_id
    path.mkdir(parents=True)
    (path / "run.json").write_text(json.dumps(record))
    if submission:
        (path / "submission.csv").write_text("id,label\n")
    return path


def can_lock(path):
    run = RunFolder.open(path)
    held = run.lock()
    run.unlock()
    return held


def begin_elsewhere(root, request):
    run = RunFolder.begin(root, "cats", request)
    return run.run_id, run.record["status"]


# Beginning


def test_a_new_request_gets_a_new_folder(tmp_path, begin):
    run = begin()
    assert run.path.parent == tmp_path / "cats"
    assert re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{8}", run.run_id)
    assert not run.finished
    record = json.loads((run.path / "run.json").read_text())
    assert record["schema"] == SCHEMA_VERSION
    assert record["run_id"] == run.run_id
    assert record["competition"] == "cats"
    assert record["status"] == "running"
    assert record["request"]["settings"]["members"] == ["a", "b"]


def test_an_unfinished_run_of_the_same_request_is_resumed(begin):
    first = begin()
    first.save(note="kept")
    first.unlock()
    again = begin()
    assert again.path == first.path
    assert again.record["note"] == "kept"


def test_a_finished_run_of_the_same_request_is_returned_as_it_is(begin, elsewhere):
    first = finished(begin(), result={"score": 1.0})
    before = (first.path / "run.json").read_bytes()
    again = begin()
    assert again.path == first.path
    assert again.finished
    assert again.record["result"] == {"score": 1.0}
    assert (first.path / "run.json").read_bytes() == before
    assert elsewhere(can_lock, first.path)


def test_a_run_that_lost_its_submission_is_not_finished_and_is_resumed(begin, elsewhere):
    first = finished(begin(), note="kept")
    assert first.finished
    assert RunFolder.open(first.path).finished
    first.submission.unlink()
    assert not first.finished
    assert not RunFolder.open(first.path).finished
    again = begin()
    assert again.path == first.path
    assert again.record["note"] == "kept"
    assert not elsewhere(can_lock, first.path)


def test_a_submission_alone_makes_no_run_finished(begin, elsewhere):
    first = begin()
    first.submission.write_text("id,label\n")  # that of the best single member so far
    first.unlock()
    assert not RunFolder.open(first.path).finished
    again = begin()
    assert (again.path, again.finished) == (first.path, False)
    assert not elsewhere(can_lock, first.path)


@pytest.mark.parametrize("end", ["finished", "running"])
def test_fresh_starts_anew(begin, end):
    first = finished(begin())
    first.save(status=end)
    assert first.finished == (end == "finished")
    again = begin(fresh=True)
    assert again.path != first.path
    assert again.record["status"] == "running"
    assert first.path.exists()


def test_another_request_or_competition_gets_another_folder(begin):
    paths = {finished(begin()).path, finished(begin({**REQUEST, "data": "abd"})).path}
    paths.add(finished(begin(competition="dogs")).path)
    assert len(paths) == 3


def test_runs_of_the_same_second_have_folders_of_their_own(begin):
    paths = [finished(begin(fresh=True)).path for _ in range(12)]
    assert len(set(paths)) == 12


def test_a_run_held_by_another_process_is_left_alone(tmp_path, begin, elsewhere):
    held = begin()
    before = (held.path / "run.json").read_bytes()
    other, status = elsewhere(begin_elsewhere, tmp_path, REQUEST)
    assert other != held.run_id
    assert status == "running"
    assert (held.path / "run.json").read_bytes() == before


def test_a_run_that_was_let_go_is_resumed_by_another_process(tmp_path, begin, elsewhere):
    run = begin()
    run.unlock()
    assert elsewhere(begin_elsewhere, tmp_path, REQUEST) == (run.run_id, "running")


def test_the_lock_dies_with_its_process(tmp_path, begin):
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    worker = context.Process(target=hold_for_ever, args=(tmp_path, ready))
    worker.start()
    assert ready.wait(30)
    (path,) = (tmp_path / "cats").iterdir()
    assert not can_lock(path)
    worker.kill()
    worker.join(30)
    assert begin().path == path


def hold_for_ever(root, ready):
    run = RunFolder.begin(root, "cats", REQUEST)
    ready.set()
    multiprocessing.Event().wait(60)
    run.unlock()


def test_a_new_run_is_locked_before_others_can_find_it(tmp_path, begin, monkeypatch):
    save, free = RunFolder.save, []

    def save_and_look(self, **more):
        save(self, **more)
        free.append(can_lock(self.path))

    monkeypatch.setattr(RunFolder, "save", save_and_look)
    begin()
    assert free == [False]


def test_a_run_that_another_process_finished_meanwhile_is_returned_finished(tmp_path, begin, monkeypatch):
    first = begin()
    lock = RunFolder.lock

    def finish_then_lock(self):
        # The other process writes "finished" after this one has read "running", and lets go before it locks.
        finished(first, result={"score": 1.0})
        return lock(self)

    monkeypatch.setattr(RunFolder, "lock", finish_then_lock)
    again = begin()
    assert again.path == first.path
    assert again.finished


def test_of_several_runs_of_a_request_the_newest_is_taken(begin, tmp_path):
    mark = begin().record["request_key"]
    for day in ("20200101", "20990101", "20500101"):
        write_run(tmp_path, f"{day}-000000-{mark}", request_key=mark)
    assert begin().run_id == f"20990101-000000-{mark}"


def test_a_damaged_run_is_passed_over(begin, tmp_path):
    first = begin()
    (first.path / "run.json").write_text("{")
    first.unlock()
    assert begin().path != first.path


# Going on with a finished run


def test_a_finished_run_is_extended_in_its_folder_and_stays_finished_meanwhile(begin, elsewhere):
    first = finished(begin(), result={"score": 1.0})
    again = begin(extend=True)
    assert again.path == first.path
    assert again.finished
    assert not elsewhere(can_lock, first.path)
    assert begin().path == first.path  # who asks for the run itself gets the finished one


def test_what_an_extension_was_granted_is_read_from_the_record(begin):
    run = finished(begin())
    assert run.granted == 0.0
    run.save(extending={"seconds": 60.0, "after": 5.0})
    assert RunFolder.open(run.path).granted == 60.0


def test_an_unfinished_run_is_extended_too(begin):
    first = begin()
    first.unlock()
    assert begin(extend=True).path == first.path


def test_where_there_is_no_run_there_is_none_to_extend(begin, tmp_path):
    finished(begin({**REQUEST, "data": "abd"}))
    with pytest.raises(Refusal, match="--more") as caught:
        begin(extend=True)
    assert "without --more" in caught.value.way_out
    assert len(list((tmp_path / "cats").iterdir())) == 1


def test_a_run_that_another_process_extends_is_refused(tmp_path, begin, elsewhere):
    finished(begin())
    begin(extend=True)
    said = elsewhere(extend_elsewhere, tmp_path)
    assert "another process" in said


def extend_elsewhere(root):
    try:
        RunFolder.begin(root, "cats", REQUEST, extend=True)
    except Refusal as refusal:
        return refusal.problem
    return "extended"


def test_a_run_killed_before_its_record_was_written_is_passed_over(begin, tmp_path):
    first = begin()
    (first.path / "run.json").unlink()
    first.unlock()
    again = begin()
    assert again.path != first.path
    assert (again.path / "run.json").exists()


# Opening


def test_a_run_is_read_as_it_was_saved(begin):
    run = begin()
    run.save(result={"score": 0.1 + 0.2}, notes=["é"])
    assert RunFolder.open(run.path).record == json.loads(json.dumps(run.record))
    assert RunFolder.open(run.path).record["result"]["score"] == 0.1 + 0.2


def test_a_record_that_cannot_be_written_leaves_the_old_one(begin, monkeypatch):
    run = begin()
    before = (run.path / "run.json").read_bytes()

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.writing.os.replace", full)
    with pytest.raises(OSError, match="No space"):
        run.save(status="finished")
    assert (run.path / "run.json").read_bytes() == before


def test_a_run_of_a_newer_schema_is_refused(tmp_path):
    path = write_run(tmp_path, "one", schema=SCHEMA_VERSION + 1)
    with pytest.raises(Refusal, match="newer Podium") as caught:
        RunFolder.open(path)
    assert "update Podium" in str(caught.value)
    assert list(runs_of(tmp_path)) == []


BROKEN = ["", "{", "[]", "1", "null", "{}", '"run"', '{"schema": null}', '{"schema": "new"}', '{"schema": [1]}']


@pytest.mark.parametrize("content", BROKEN)
def test_a_damaged_record_is_refused_and_passed_over(tmp_path, content):
    path = write_run(tmp_path, "one")
    good = write_run(tmp_path, "two")
    (path / "run.json").write_text(content)
    with pytest.raises(Refusal, match="no run can be read"):
        RunFolder.open(path)
    assert [run.path for run in runs_of(tmp_path)] == [good]


@pytest.mark.parametrize(
    "record",
    [
        {"result": {"members": {"../../other": {}}}},
        {"result": {"members": {"": {}}}},
        {"result": {"members": {".": {}}}},
        {"result": {"members": {".hidden": {}}}},
        {"models": {"a": {"0": ["./seed-0"]}}},
        {"blend": {"weights": {"/etc/passwd": 1.0}}},
        {"models": {"a": {"0": ["a/seed-0/../../../x"]}}},
        {"models": {"a": {"0": ["/tmp/x"]}}},
        {"pretrain": {"a": "../x"}},
        {"models": {"a": ["x"]}},
        {"models": []},
    ],
)
def test_a_record_that_would_lead_out_of_its_folder_is_refused(tmp_path, record):
    base = {"schema": SCHEMA_VERSION, "competition": "c", "status": "finished"}
    (tmp_path / "run.json").write_text(json.dumps(base | record))
    with pytest.raises(Refusal, match=r"is no name of a member|no run can be read"):
        RunFolder.open(tmp_path)


def test_names_of_trials_and_of_joint_runs_are_names(tmp_path):
    names = ["lightgbm~7@20260101-120000", "team-mate_2.b"]
    record = {"schema": SCHEMA_VERSION, "competition": "c", "status": "finished"}
    record |= {
        "blend": {"weights": dict.fromkeys(names, 0.5)},
        "models": {n: {"0": [f"{n}/seed-0/fold-1"]} for n in names},
    }
    (tmp_path / "run.json").write_text(json.dumps(record))
    assert RunFolder.open(tmp_path).record == record


def test_no_folder_is_refused(tmp_path):
    with pytest.raises(Refusal, match="podium runs"):
        RunFolder.open(tmp_path / "none")


def test_runs_are_listed_by_competition(tmp_path):
    paths = [write_run(tmp_path, "one"), write_run(tmp_path, "two"), write_run(tmp_path, "three", "dogs")]
    assert {run.path for run in runs_of(tmp_path)} == set(paths)
    assert [run.path for run in runs_of(tmp_path, "dogs")] == [paths[2]]
    assert list(runs_of(tmp_path, "birds")) == []
    assert list(runs_of(tmp_path / "none")) == []


# Finding


@pytest.fixture
def several(tmp_path):
    write_run(tmp_path, "20240101-000000-aaaaaaaa")
    write_run(tmp_path, "20240101-000000-aaaaaaaa-1")
    write_run(tmp_path, "20240301-000000-bbbbbbbb")
    write_run(tmp_path, "20240401-000000-cccccccc", status="running")
    write_run(tmp_path, "20240501-000000-dddddddd", "dogs")
    return tmp_path


def test_a_run_is_found_by_its_folder(several):
    path = several / "cats" / "20240301-000000-bbbbbbbb"
    assert find_run(several, str(path)).path == path
    assert find_run(several / "elsewhere", str(path)).path == path


@pytest.mark.parametrize("name", ["20240301-000000-bbbbbbbb", "20240301", "202403"])
def test_a_run_is_found_by_its_id_or_the_beginning_of_it(several, name):
    assert find_run(several, name).run_id == "20240301-000000-bbbbbbbb"


def test_an_unfinished_run_is_found_by_its_id(several):
    assert find_run(several, "202404").run_id == "20240401-000000-cccccccc"


def test_a_competition_stands_for_its_newest_finished_run(several):
    assert find_run(several, "cats").run_id == "20240301-000000-bbbbbbbb"
    assert find_run(several, "dogs").run_id == "20240501-000000-dddddddd"


def test_a_newer_run_without_its_submission_does_not_stand_for_its_competition(several):
    write_run(several, "20240701-000000-eeeeeeee", submission=False)
    assert find_run(several, "cats").run_id == "20240301-000000-bbbbbbbb"
    assert find_run(several, "202407").run_id == "20240701-000000-eeeeeeee"


def test_a_run_named_in_full_is_found_though_another_begins_with_its_name(several):
    assert find_run(several, "20240101-000000-aaaaaaaa").run_id == "20240101-000000-aaaaaaaa"


def test_a_beginning_that_fits_several_runs_is_refused(several):
    with pytest.raises(Refusal, match="5 runs begin with '2024'") as caught:
        find_run(several, "2024")
    assert "name one in full" in str(caught.value)


@pytest.mark.parametrize("name", ["birds", "2025", "cat", "bbbbbbbb"])
def test_a_run_that_is_not_there_is_refused(several, name):
    with pytest.raises(Refusal, match=f"no run '{name}'"):
        find_run(several, name)


def test_a_run_whose_record_is_damaged_says_so(several):
    record = next(several.glob("*/*/run.json"))
    record.write_text(record.read_text()[:40])
    with pytest.raises(Refusal, match=r"run\.json: no run can be read"):
        find_run(several, record.parent.name)


@pytest.mark.parametrize("lost", [{"status": "running"}, {"submission": False}])
def test_a_competition_without_a_finished_run_is_refused(tmp_path, lost):
    write_run(tmp_path, "20240401-000000-cccccccc", **lost)
    with pytest.raises(Refusal):
        find_run(tmp_path, "cats")


def test_a_record_that_lost_an_entry_does_not_hide_the_others(several):
    (several / "cats" / "broken").mkdir()
    (several / "cats" / "broken" / "run.json").write_text(json.dumps({"schema": SCHEMA_VERSION}))
    assert find_run(several, "dogs").run_id == "20240501-000000-dddddddd"


# Predictions and models


def test_predictions_are_kept_to_the_last_bit(begin):
    random = np.random.default_rng(0)
    whole = random.normal(size=(3, 2))
    whole[1] = np.nan
    predictions = MemberPredictions({0: whole, 3: random.normal(size=(3, 2))}, {0: random.normal(size=(2, 2))}, 1.0)
    run = begin()
    run.save_predictions("linear", predictions)
    with np.load(run.path / "predictions" / "linear.npz", allow_pickle=False) as kept:
        assert set(kept) == {"out_of_fold_0", "out_of_fold_3", "test_0"}
        assert kept["out_of_fold_0"].tobytes() == whole.tobytes()
        assert kept["out_of_fold_3"].tobytes() == predictions.out_of_fold[3].tobytes()
        assert kept["test_0"].tobytes() == predictions.test[0].tobytes()


def test_predictions_that_cannot_be_written_leave_the_old_ones(begin, monkeypatch):
    run = begin()
    run.save_predictions("linear", MemberPredictions({0: np.ones((1, 1))}, {}))

    def fail(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_module.np, "savez", fail)
    with pytest.raises(OSError, match="No space"):
        run.save_predictions("linear", MemberPredictions({0: np.zeros((1, 1))}, {}))
    assert [path.name for path in (run.path / "predictions").iterdir()] == ["linear.npz"]
    with np.load(run.path / "predictions" / "linear.npz") as kept:
        assert kept["out_of_fold_0"].tolist() == [[1.0]]


@pytest.fixture
def entry(tmp_path):
    """A model in the cache."""
    folder = tmp_path / "entry"
    (folder / "inner").mkdir(parents=True)
    (folder / "model.txt").write_text("model")
    (folder / "inner" / "weights.bin").write_bytes(b"\x00\x01")
    return folder


def test_a_model_is_copied_whole(begin, entry):
    run = begin()
    run.save_model(entry, "linear", "seed-0", "fold-0")
    place = run.models / "linear" / "seed-0" / "fold-0"
    assert (place / "model.txt").read_text() == "model"
    assert (place / "inner" / "weights.bin").read_bytes() == b"\x00\x01"
    assert [path.name for path in place.parent.iterdir()] == ["fold-0"]
    assert (entry / "model.txt").exists()


def test_a_copy_that_fails_leaves_no_model_and_is_made_good_later(begin, entry, monkeypatch):
    run = begin()
    place = run.models / "linear"

    def half(source, target, **more):
        (target / "model.txt").write_text("mo")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copytree", half)
        with pytest.raises(OSError, match="No space"):
            run.save_model(entry, "linear")
    assert not place.exists()
    run.save_model(entry, "linear")
    assert (place / "model.txt").read_text() == "model"
    assert [path.name for path in run.models.iterdir()] == ["linear"]


def test_a_model_that_is_there_is_kept(begin, entry):
    run = begin()
    run.save_model(entry, "linear")
    (entry / "model.txt").write_text("another")
    run.save_model(entry, "linear")
    assert (run.models / "linear" / "model.txt").read_text() == "model"
