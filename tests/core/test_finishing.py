"""What a run leaves behind at its end: strict JSON, tracebacks, models, predictions."""

from __future__ import annotations

import json

import pytest

from core.ledger import Ledger
from core.reading import read_csv
from core.road import run
from core.run import RunFolder
from core.settings import Settings
from tests.support.small import Broken, Line, Small, WithBroken, member, sample_of

ONE = Settings(threads=1)


@pytest.fixture
def data(tmp_path):
    return sample_of(Small, tmp_path / "data")


def strict(path):
    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


def validate(kind, data, run_folder):
    dataset = kind().load(data)
    layout = kind().edition.layout(dataset.sample_submission, dataset.id_columns)
    frame = read_csv(run_folder.submission, text=["id"])
    layout.validate(frame)
    return frame


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
