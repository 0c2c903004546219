"""podium report: a path on stdout, a link for people, importance made once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from core.cli import main
from core.cli import report as verb
from core.cli.discovery import load_competition
from core.cli.run import report as report_of_run
from core.errors import Refusal
from core.report import write_report
from core.road import run
from core.run import RunFolder
from core.settings import Settings
from tests.support.small import Small, sample_of


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> RunFolder:
    folder = tmp_path_factory.mktemp("small")
    return run(Small(), sample_of(Small, folder / "data"), Settings(threads=1, members=("line",)), folder / "runs")


@pytest.fixture
def folder(finished, tmp_path) -> Path:
    """A copy of the run, to be changed."""
    return Path(shutil.copytree(finished.path, tmp_path / "runs" / "small" / finished.run_id))


@pytest.fixture
def known(monkeypatch):
    """The competition of the tests is found like those of the checkout."""
    monkeypatch.setattr(verb, "competition_of", lambda run: Small())


def test_it_writes_the_page_and_says_where(known, folder, capsys):
    assert main(["report", str(folder)]) == 0
    told = capsys.readouterr()
    assert told.out == f"{folder / 'report.html'}\n"
    assert (folder / "report.html").as_uri() in told.err
    page = (folder / "report.html").read_text()
    assert "Columns by importance" in page
    assert "could not be made" not in page


def test_importance_is_made_once_and_needs_no_data_again(known, folder, monkeypatch):
    assert main(["report", str(folder)]) == 0
    kept = json.loads((folder / "run.json").read_text())["importance"]
    assert [part["column"] for part in kept["found"]["columns"]] == ["x"]
    first = (folder / "report.html").read_bytes()
    monkeypatch.setattr(Small, "load", None)
    assert main(["report", str(folder)]) == 0
    assert (folder / "report.html").read_bytes() == first


@pytest.mark.parametrize(("left_out", "time", "again"), [(1, "2m", True), (1, "30s", False), (0, "2m", False)])
def test_importance_is_made_anew_only_where_more_time_brings_more(left_out, time, again, known, folder):
    run_ = RunFolder.open(folder)
    found = {"member": "line", "seed": 0, "rows": 2, "folds": 1, "repeats": 3, "glanced": 0, "left_out": left_out,
             "columns": [{"column": "kept", "value": 1.0, "standard_error": None}]}  # fmt: skip
    of = run_.record["result"]["submission_sha256"]
    run_.save(importance={"of": of, "seconds": 30.0, "found": found})
    assert main(["report", str(folder), "--importance", time]) == 0
    kept = json.loads((folder / "run.json").read_text())["importance"]
    assert kept["seconds"] == (120.0 if again else 30.0)
    assert [part["column"] for part in kept["found"]["columns"]] == (["x"] if again else ["kept"])


def test_what_was_kept_stays_where_nothing_new_can_be_made(known, folder, tmp_path):
    assert main(["report", str(folder)]) == 0
    run_ = RunFolder.open(folder)
    run_.record["importance"]["found"]["left_out"] = 1
    run_.save()
    assert main(["report", str(folder), "--importance", "2m", "--data", str(tmp_path / "nowhere")]) == 0
    assert "Columns by importance" in (folder / "report.html").read_text()


def test_without_importance_no_data_are_read_and_the_record_stays(known, folder, monkeypatch):
    monkeypatch.setattr(Small, "load", None)
    before = (folder / "run.json").read_bytes()
    assert main(["report", str(folder), "--no-importance"]) == 0
    assert "It was not asked for" in (folder / "report.html").read_text()
    assert (folder / "run.json").read_bytes() == before


def changed(data: Path, tmp_path: Path) -> Path:
    other = Path(shutil.copytree(data, tmp_path / "other"))
    (other / "train.csv").write_text((data / "train.csv").read_text().replace("train00,", "train99,"))
    return other


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (changed, "are no longer those of the run"),
        (lambda data, tmp_path: tmp_path / "nowhere", "the data cannot be read"),
        (lambda data, tmp_path: Path(shutil.copytree(data, tmp_path / "moved")), "Columns by importance"),
    ],
)
def test_data_that_moved_changed_or_are_gone(make, said, known, folder, tmp_path):
    data = Path(json.loads((folder / "run.json").read_text())["data_folder"])
    assert main(["report", str(folder), "--data", str(make(data, tmp_path))]) == 0
    assert said in (folder / "report.html").read_text()


def test_a_damaged_model_leaves_importance_out_and_says_so(known, folder):
    (folder / "models" / "line" / "seed-0" / "fold-0" / "line.json").write_text("7")
    assert main(["report", str(folder)]) == 0
    page = (folder / "report.html").read_text()
    assert "There is none: the saved model line/seed-0/fold-0 is" in page
    assert "could not be made" not in page


def test_another_process_at_work_keeps_the_record(known, folder):
    holder = RunFolder.open(folder)
    assert holder.lock()
    before = (folder / "run.json").read_bytes()
    assert main(["report", str(folder)]) == 0
    assert (folder / "run.json").read_bytes() == before
    assert "Columns by importance" in (folder / "report.html").read_text()
    holder.unlock()


def test_a_competition_of_another_checkout_is_no_obstacle(folder, capsys):
    with pytest.raises(Refusal):
        load_competition("small")
    assert main(["report", str(folder)]) == 0
    assert "without the competition less can be said" in capsys.readouterr().err
    assert "the competition is not known here" in (folder / "report.html").read_text()


def test_a_run_that_is_not_there_is_refused(tmp_path, capsys):
    assert main(["report", "nothing", "--submissions", str(tmp_path)]) == 2
    assert "no run 'nothing'" in capsys.readouterr().err


def test_time_for_importance_and_none_of_it_do_not_go_together(folder, capsys):
    assert main(["report", str(folder), "--no-importance", "--importance", "1m"]) == 2
    assert "not allowed with" in capsys.readouterr().err


def test_a_run_in_memory_and_the_same_on_disk_give_equal_bytes(finished):
    first = write_report(finished, Small()).read_bytes()
    assert write_report(RunFolder.open(finished.path), Small()).read_bytes() == first


def test_a_page_that_there_is_no_time_for_leaves_no_older_one_behind(folder, capsys):
    """After --more it would show another answer than the one beside it."""
    run_of = RunFolder.open(folder)
    (folder / "report.html").write_text("of the answer before")
    report_of_run(run_of, Small(), in_time=False, anew=True)
    assert not (folder / "report.html").exists()
    assert f"podium report {run_of.run_id}" in capsys.readouterr().err
    report_of_run(run_of, Small(), in_time=True, anew=True)
    page = (folder / "report.html").read_text()
    report_of_run(run_of, Small(), in_time=False, anew=False)  # nothing was done: the page is that of the run
    assert (folder / "report.html").read_text() == page
