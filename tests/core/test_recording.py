"""What a run leaves behind: a valid answer from the first item on, strict JSON, tracebacks, models."""

from __future__ import annotations

import json
import sqlite3

import numpy as np
import pandas as pd
import pytest

from core.dataset import Dataset
from core.ledger import Ledger
from core.listener import Listener
from core.plan import Plan
from core.reading import read_csv
from core.road import run
from core.run import RunFolder
from core.settings import Settings
from core.submission import Layout
from tests.support.small import Broken, Line, Notes, Small, WithBroken, member, sample_of

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


def strict(path):
    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


def validate(kind, data, run_folder):
    dataset = kind().load(data)
    layout = Layout.of_sample(dataset.sample_submission, dataset.id_columns, kind().edition.rules)
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


def test_a_finished_run_that_lost_its_row_of_the_ledger_gets_it_back(data, tmp_path):
    finished = run(Small(), data, ONE, tmp_path)
    with sqlite3.connect(tmp_path / "ledger.sqlite") as database:
        database.execute("delete from runs")
    run(Small(), data, ONE, tmp_path)
    assert [row["run_id"] for row in Ledger(tmp_path).runs()] == [finished.run_id]


def test_a_killed_run_gives_its_lock_back(data, tmp_path):
    assert killed(Small, data, tmp_path / "runs", "line").lock()


def test_the_record_is_strict_json_also_where_a_number_is_undefined(data, tmp_path):
    finished = run(Small(), data, Settings(threads=1, fold=0), tmp_path / "runs")
    record = strict(finished.path / "run.json")
    assert record["result"]["members"]["line"]["standard_error"] is None
    strict(finished.plan)


def test_the_traceback_of_a_dropped_member_is_kept(data, tmp_path):
    finished = run(WithBroken(), data, ONE, tmp_path / "runs")
    assert [path.name for path in (finished.path / "errors").iterdir()] == ["broken.txt"]
    text = (finished.path / "errors" / "broken.txt").read_text()
    assert "ValueError: no such luck" in text
    assert "Traceback" in text


def test_no_folder_of_errors_without_errors(data, tmp_path):
    assert not (run(Small(), data, ONE, tmp_path / "runs").path / "errors").exists()


class BrokenBaseline(Small):
    def members(self, dataset):
        return [member("trivial", Broken, baseline=True), member("line")]


def test_a_run_whose_baseline_crashes_ends_with_what_it_has(data, tmp_path):
    finished = run(BrokenBaseline(), data, ONE, tmp_path / "runs")
    assert finished.finished
    assert set(finished.record["result"]["members"]) == {"line"}
    validate(BrokenBaseline, data, finished)
    strict(finished.path / "run.json")


class Silly(Line):
    """Its error quotes text that no plain encoding holds."""

    def fit(self, X, y):
        raise ValueError("bad cell '\udc80' – ☃")


class WithSilly(Small):
    def members(self, dataset):
        return [member("line"), member("silly", Silly)]


def test_an_error_that_quotes_odd_text_does_not_lose_the_run(data, tmp_path):
    finished = run(WithSilly(), data, ONE, tmp_path / "runs")
    assert finished.finished
    assert "☃" in (finished.path / "errors" / "silly.txt").read_text(encoding="utf-8")


def test_the_record_tells_what_was_done(data, tmp_path):
    finished = run(Small(options={"colour": "blue"}), data, ONE, tmp_path / "runs")
    record = RunFolder.open(finished.path).record
    assert record["request"]["options"] == {"colour": "blue"}
    assert record["request"]["edition"] == "fake"
    assert record["rows"] == {"fit": 24, "score": 24, "test": 8}
    assert record["result"]["baseline"]["member"] == "constant"
    assert record["result"]["members"]["constant"]["weight"] == 0.0
    assert record["columns"] == ["id", "y"]
    assert set(record["models"]) == {"constant", "line", "noisy"}
    for paths in record["models"]["line"].values():
        assert all((finished.models / path / "estimator.json").is_file() for path in paths)
    assert len(list(Ledger(tmp_path / "runs").runs())) == 1


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
