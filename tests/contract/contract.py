"""What every competition promises: sample → run → predict → check → resume → repeat."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from core.competition import Competition
from core.listener import Listener
from core.predict import predict
from core.reading import read_csv
from core.road import run
from core.run import RunFolder
from core.settings import Settings
from core.submission import write_submission


class FitCounter(Listener):
    """Counts fits that were really made."""

    def __init__(self) -> None:
        self.fits = 0

    def fit_done(self, label: str, *, cached: bool) -> None:
        self.fits += not cached


def check_contract(kind: type[Competition], folder: Path, settings: Settings | None = None) -> RunFolder:
    """Walk the road with a competition's sample data and hold every promise against it."""
    settings = settings or Settings(threads=1)
    data = folder / "data"
    if not data.exists():
        _write_samples(kind, data, folder / "again")
    competition = kind(kind.recognise(data))
    counter = FitCounter()
    finished = run(competition, data, settings, folder / "runs", counter)
    _is_complete(competition, data, finished)
    _predicts_the_same(competition, data, finished, folder)
    _returns_at_once(competition, data, settings, finished)
    _resumes_without_a_fit(competition, data, settings, finished)
    return finished


def _write_samples(kind: type[Competition], data: Path, again: Path) -> None:
    """The same seed gives the same bytes."""
    for place in (data, again):
        place.mkdir(parents=True)
        kind().sample(place, seed=0)
    files = sorted(path.relative_to(data) for path in data.rglob("*") if path.is_file())
    assert files
    for name in files:
        assert (data / name).read_bytes() == (again / name).read_bytes(), name


def _is_complete(competition: Competition, data: Path, finished: RunFolder) -> None:
    """A valid submission, a baseline, a nested score, and predictions by id of every member."""
    assert finished.finished
    dataset = competition.load(data)
    layout = competition.edition.layout(dataset.sample_submission, dataset.id_columns)
    frame = read_csv(finished.submission, text=layout.id_columns)
    layout.validate(frame)
    result = finished.record["result"]
    assert any(member["baseline"] for member in result["members"].values())
    assert not all(member["baseline"] for member in result["members"].values())
    assert np.isfinite(result["nested"]["score"])
    assert np.isfinite(result["baseline"]["score"])
    blend = finished.record["blend"]
    assert all(0 < weight <= 2 for weight in blend["weights"].values())
    assert blend["scale"] == "logs" or np.isclose(sum(blend["weights"].values()), 1)
    with np.load(finished.path / "folds.npz", allow_pickle=False) as arrays:
        score_ids = list(arrays["score_ids"])  # of a share of the rows, perhaps
        assert set(score_ids) <= {str(row) for row in dataset.score.ids}
        assert list(arrays["test_ids"]) == [str(row) for row in dataset.test.ids]
    for name in result["members"]:
        with np.load(finished.path / "predictions" / f"{name}.npz", allow_pickle=False) as arrays:
            assert arrays["out_of_fold_0"].shape == (len(score_ids), len(dataset.outputs))
            assert arrays["test_0"].shape == (len(dataset.test), len(dataset.outputs))
    json.loads((finished.path / "run.json").read_text(), parse_constant=_no_constant)


def _no_constant(name: str) -> None:
    raise AssertionError(f"run.json holds {name}, which is no JSON")


def _predicts_the_same(competition: Competition, data: Path, finished: RunFolder, folder: Path) -> None:
    """Saved models give the run's own test predictions to the byte."""
    frame, layout, _ = predict(RunFolder.open(finished.path), competition, data)
    write_submission(frame, layout, folder / "predicted.csv")
    assert (folder / "predicted.csv").read_bytes() == finished.submission.read_bytes()


def _returns_at_once(competition: Competition, data: Path, settings: Settings, finished: RunFolder) -> None:
    counter = FitCounter()
    again = run(competition, data, settings, finished.path.parents[1], counter)
    assert again.path == finished.path
    assert counter.fits == 0


def _resumes_without_a_fit(competition: Competition, data: Path, settings: Settings, finished: RunFolder) -> None:
    """A run that was cut off before its end goes on in its folder, repeats no fit and ends with the same bytes."""
    before = finished.submission.read_bytes()
    cut = RunFolder.open(finished.path)
    for name in ("result", "blend", "models"):
        del cut.record[name]
    cut.save(status="running")
    finished.submission.unlink()
    counter = FitCounter()
    resumed = run(competition, data, settings, finished.path.parents[1], counter)
    assert resumed.path == finished.path
    assert counter.fits == 0
    assert resumed.submission.read_bytes() == before
