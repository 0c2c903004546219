from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from benchmarks.peers_parts import podium_cell
from benchmarks.peers_parts.generated import weights
from benchmarks.peers_parts.podium_cell import competition_of, predictions
from core.estimators.linear import LinearClassifier, LinearRegressor
from core.member import Member
from core.road import run
from core.settings import Settings
from tests.benchmarks.peers_parts.made import small


@pytest.fixture(autouse=True)
def one_member(monkeypatch):
    """A linear model alone, since the whole portfolio takes long."""

    def linear(dataset, metric, unseen):
        kind = LinearClassifier if metric.truth == "class" else LinearRegressor
        return [Member("linear", lambda params, seed: kind(), seeded=False)]

    monkeypatch.setattr(podium_cell, "portfolio", linear)


def written(task, folder):
    task.write(folder)
    return json.loads((folder / "task.json").read_text())


@pytest.mark.parametrize("metric", ["log_loss", "rmse", "roc_auc"])
@pytest.mark.parametrize("group", [False, True])
def test_every_metric_ends_with_predictions_of_the_test_rows(tmp_path, metric, group):
    task = small(metric=metric, group=group, rows=240)
    told = written(task, tmp_path)
    found = run(competition_of(told), tmp_path, Settings(threads=1), tmp_path / "runs")
    values = predictions(pd.read_csv(found.submission, dtype={"row_id": str}), told["outputs"])
    assert values.shape == (len(task.test), len(task.outputs))
    assert np.isfinite(values).all()
    if metric != "rmse":
        assert values.sum(axis=1) == pytest.approx(1)
    assert found.record["result"]["nested"]["score"] > 0


def test_groups_stay_apart_and_are_no_feature(tmp_path):
    told = written(small(metric="rmse", group=True, rows=240), tmp_path)
    competition = competition_of(told)
    dataset = competition.load(tmp_path)
    assert list(dataset.fit.X.columns) == ["x", "kind"]
    (scheme,) = competition.schemes(dataset)
    assert scheme.disjoint == ("group",)
    assert len(scheme) == 5


def test_tiny_sets_have_more_folds(tmp_path):
    for rows, expected in ((240, 10), (1200, 5)):
        folder = tmp_path / str(rows)
        folder.mkdir()
        competition = competition_of(written(small(rows=rows), folder))
        assert len(competition.schemes(competition.load(folder))[0]) == expected


def test_a_shifted_prior_weighs_the_score_and_corrects_the_members(tmp_path):
    task = small(rows=400)
    told = written(task, tmp_path) | {"kind": "shifted", "shares": [0.9, 0.1]}
    competition = competition_of(told)
    dataset = competition.load(tmp_path)
    objective = competition.objective(dataset, lambda *_: None)
    assert objective.weight is not None
    expected = weights(task.train["target"], task.outputs, (0.9, 0.1))
    assert objective.weight.to_numpy() == pytest.approx(expected)
    found = run(competition, tmp_path, Settings(threads=1), tmp_path / "runs")
    values = predictions(pd.read_csv(found.submission), told["outputs"])
    assert values[:, 1].mean() == pytest.approx(0.1, abs=0.05)


def test_official_answers_name_their_classes_with_a_suffix():
    frame = pd.DataFrame({"row_id": ["a", "b"], "y_s": [0.2, 0.4], "n_s": [0.8, 0.6]})
    assert predictions(frame, ["n", "y"], "_s").tolist() == [[0.8, 0.2], [0.6, 0.4]]
