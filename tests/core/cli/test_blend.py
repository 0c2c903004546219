"""podium blend"""

from __future__ import annotations

import json

import pytest

from core.cli import main
from tests.bad_input.small_data import is_refused, said
from tests.core.outside.made import Wide, data_of, finished


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr("core.cli.common.load_competition", lambda slug: Wide)
    data = data_of(Wide, tmp_path / "data")
    runs = [finished(Wide, data, tmp_path / "runs", seed=seed) for seed in (0, 1)]
    return data, tmp_path / "runs", [run.run_id for run in runs]


def test_runs_are_blended_with_members_from_outside(place, capsys, tmp_path):
    data, root, runs = place
    mate = ["--outside", "mate", data / "outside-train.csv", data / "outside-test.csv"]
    done = said(capsys, "blend", *runs, *mate, "--json", "--submissions", root)
    assert done.code == 0, done.err
    made = json.loads(done.out)
    assert {"mate", "line"} <= set(made["scores"])
    assert sum(name.startswith("noisy@") for name in made["scores"]) == 2
    both = said(capsys, "blend", *runs, "--json", "--submissions", root)
    out = tmp_path / "predicted.csv"
    again = json.loads(both.out)
    assert main(["predict", again["run_id"], "--data", str(data), "--out", str(out), "--submissions", str(root)]) == 0
    assert out.read_text() == (tmp_path / "runs" / "small" / again["run_id"] / "submission.csv").read_text()


def test_what_makes_no_sense_is_refused(place, capsys):
    _, root, runs = place
    is_refused(said(capsys, "blend", runs[0], "--submissions", root), "one run alone", "--outside")
    is_refused(said(capsys, "blend", runs[0], runs[0], "--submissions", root), "more than once")
    is_refused(said(capsys, "blend", runs[0], "1999", "--submissions", root), "podium runs")
    is_refused(said(capsys, "blend", *runs, "--outside", "mate", "a.csv", "--submissions", root), "--outside")
    is_refused(
        said(capsys, "blend", *runs, "--outside", "mate", "a.csv", "b.csv", "--submissions", root), "no such file"
    )
