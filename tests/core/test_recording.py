"""What a run leaves behind while it goes: a valid answer from the first item on, and a plan that goes with it."""

from __future__ import annotations

import sqlite3

import numpy as np
import pandas as pd
import pytest

from core.dataset import Dataset
from core.failpoints import armed
from core.ledger import Ledger
from core.listener import Listener
from core.plan import Plan
from core.reading import read_csv
from core.recording import Recorder
from core.road import run
from core.run import RunFolder
from core.settings import Settings
from core.tuning import Tuned
from tests.support.small import Notes, Small, member, sample_of

ONE = Settings(threads=1)


class Killed(BaseException):
    """Not an Exception, as Ctrl-C is not."""


class KillsAfter(Listener):
    def __init__(self, label):
        self.label = label

    def fits_begin(self, label, total):
        if label == self.label:
            raise Killed


@pytest.fixture
def data(tmp_path):
    return sample_of(Small, tmp_path / "data")


def killed(kind, data, root, label):
    with pytest.raises(Killed):
        run(kind(), data, ONE, root, KillsAfter(label))
    (path,) = (root / kind.slug).glob("*/run.json")
    return RunFolder.open(path.parent)


def validate(kind, data, run_folder):
    dataset = kind().load(data)
    layout = kind().edition.layout(dataset.sample_submission, dataset.id_columns)
    frame = read_csv(run_folder.submission, text=["id"])
    layout.validate(frame)
    return frame


def test_a_valid_answer_is_there_after_the_first_item(data, tmp_path):
    folder = killed(Small, data, tmp_path / "runs", "line")
    assert validate(Small, data, folder)["y"].nunique() == 1
    assert not folder.finished
    assert [item.member for item in Plan.load(folder.plan).items] == ["constant"]


def test_a_better_member_replaces_the_answer(data, tmp_path):
    folder = killed(Small, data, tmp_path / "runs", "noisy")
    assert validate(Small, data, folder)["y"].nunique() > 1


def test_what_a_search_came_to_is_kept_until_the_same_member_is_searched_again(tmp_path):
    folder = RunFolder(tmp_path / "run", {})
    recorder = Recorder(Small(), None, folder, None, tmp_path, None)
    recorder.tuned([Tuned("a", (), None, None, None), Tuned("b", (), None, None, None)])
    recorder.tuned([Tuned("b", (), 1, 0.5, None), Tuned("c", (), None, None, None)])
    recorder.tuned([])
    assert [(tuned["member"], tuned["best"]) for tuned in folder.record["tuning"]] == [
        ("a", None), ("b", 1), ("c", None)
    ]  # fmt: skip


class Worsening(Small):
    """The good member comes first."""

    def members(self, dataset):
        return [member("good"), member("bad", defaults={"shrink": 3.0}), member("last")]


def test_a_worse_member_does_not(data, tmp_path):
    after_good = killed(Worsening, data, tmp_path / "one", "bad").submission.read_bytes()
    assert killed(Worsening, data, tmp_path / "two", "last").submission.read_bytes() == after_good


def test_a_worse_member_does_not_after_a_resume_either(data, tmp_path):
    after_good = killed(Worsening, data, tmp_path / "runs", "bad").submission.read_bytes()
    assert killed(Worsening, data, tmp_path / "runs", "last").submission.read_bytes() == after_good


def test_a_killed_run_goes_on_in_its_folder(data, tmp_path):
    folder, notes = killed(Small, data, tmp_path / "runs", "noisy"), Notes()
    finished = run(Small(), data, ONE, tmp_path / "runs", notes)
    assert finished.path == folder.path
    assert notes.fitted == 3
    whole = run(Small(), data, ONE, tmp_path / "other")
    assert finished.submission.read_bytes() == whole.submission.read_bytes()


def test_a_run_killed_again_while_it_replays_forgets_no_work(data, tmp_path):
    killed(Small, data, tmp_path / "runs", "noisy")
    folder = killed(Small, data, tmp_path / "runs", "line")
    assert [item.member for item in Plan.load(folder.plan).items] == ["constant", "line"]
    # The submission of the better member was not replaced by that of the baseline, which was replayed first.
    assert validate(Small, data, folder)["y"].nunique() > 1


@pytest.mark.parametrize("where", ["item: answered", "item: planned"])
def test_a_run_killed_between_answer_and_plan_keeps_the_better_answer(data, tmp_path, where):
    met = []

    def dies(name):
        met.append(name)
        if met.count(where) == 2:  # of the line, which is better than the baseline
            raise Killed

    with armed(dies), pytest.raises(Killed):
        run(Small(), data, ONE, tmp_path / "runs")
    folder = killed(Small, data, tmp_path / "runs", "noisy")  # the same command, killed once more
    assert [item.member for item in Plan.load(folder.plan).items] == ["constant", "line"]
    assert validate(Small, data, folder)["y"].nunique() > 1
    undisturbed = killed(Small, data, tmp_path / "other", "noisy")
    assert folder.submission.read_bytes() == undisturbed.submission.read_bytes()


def test_a_note_that_a_later_one_replaces_is_no_longer_in_the_record(data, tmp_path):
    recorders, settle = [], Recorder.settle
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recorder, "settle", lambda self, *more: recorders.append(self) or settle(self, *more))
        kept = Notes()
        run(Small(), data, ONE, tmp_path, kept)
    (recorder,) = recorders
    for note in ("told twice: 3 trials", "stays", "told twice: 5 trials"):
        recorder.listener.note(note)
    recorder.unsay(["told twice: 3 trials", "never told"])
    assert recorder.listener.notes[-2:] == ["stays", "told twice: 5 trials"]
    assert kept.notes[-3:] == ["told twice: 3 trials", "stays", "told twice: 5 trials"]


def test_a_finished_run_that_lost_its_row_of_the_ledger_gets_it_back(data, tmp_path):
    finished = run(Small(), data, ONE, tmp_path)
    with sqlite3.connect(tmp_path / "ledger.sqlite") as database:
        database.execute("delete from runs")
    run(Small(), data, ONE, tmp_path)
    assert [row["run_id"] for row in Ledger(tmp_path).runs()] == [finished.run_id]


def test_a_killed_run_gives_its_lock_back(data, tmp_path):
    assert killed(Small, data, tmp_path / "runs", "line").lock()


def test_other_options_are_another_run(data, tmp_path):
    first = run(Small(), data, ONE, tmp_path / "runs")
    assert run(Small(options={"colour": "blue"}), data, ONE, tmp_path / "runs").path != first.path
    assert run(Small(), data, ONE, tmp_path / "runs").path == first.path


class Leaking(Small):
    """The truth stands among the features, under another name."""

    def load(self, folder):
        train, test = read_csv(folder / "train.csv", text=["id"]), read_csv(folder / "test.csv", text=["id"])
        train["z"], test["z"] = train["y"], 0.5 * test["x"]
        sample = test[["id"]].assign(y=0.0)
        return Dataset.tabular(train, test, sample, target="y", id_columns=["id"], outputs=["y"], keys=["place"])

    def sample(self, folder, seed=0):
        rng = np.random.default_rng(seed)
        for name, rows in (("train", 300), ("test", 60)):
            frame = pd.DataFrame({"id": [f"{name}{k}" for k in rng.permutation(rows)], "x": rng.normal(size=rows)})
            frame["place"], frame["y"] = rng.choice(list("abcdef"), rows), rng.normal(size=rows)
            frame.drop(columns=["y"] if name == "test" else []).to_csv(folder / f"{name}.csv", index=False)


def test_what_checks_find_is_told_before_the_fits_and_stands_in_the_record(tmp_path):
    data, notes = sample_of(Leaking, tmp_path / "data"), Notes()
    finished = run(Leaking(), data, ONE, tmp_path / "runs", notes)
    told = [finding.to_json() for finding in notes.findings]
    assert RunFolder.open(finished.path).record["findings"] == told
    assert any(finding["severity"] == "leak" and finding["columns"] == ["z"] for finding in told)
