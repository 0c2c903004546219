"""The folder, the objective and the answer."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

from competitions.world_champs.competition import WorldChamps
from core.errors import Refusal


@pytest.fixture(scope="module")
def dataset(sample):
    return WorldChamps().load(sample)


def test_fitted_rows_hold_scored_ones_and_tested_ones_are_those_of_the_sample(dataset, sample):
    assert dataset.score.ids.isin(dataset.fit.ids).all()
    assert len(dataset.score) < len(dataset.fit)
    wanted = pd.read_csv(sample / "sample_submission.csv")
    assert set(dataset.test.ids) == set(wanted["event_id"] + "|" + wanted["rider_id"])
    assert dataset.fit.labels().between(0, 1).all()


def test_models_that_saw_later_races_are_told(dataset):
    objective = WorldChamps().objective(dataset, None)
    assert objective.per == "event_id"
    assert "after a test race too" in objective.notes[-1]


def test_the_answer_has_the_columns_of_the_sample_and_the_probabilities_to_win(dataset):
    competition = WorldChamps()
    layout = competition.edition.layout(dataset.sample_submission, dataset.id_columns)
    predictions = pd.DataFrame({"posx": np.arange(len(dataset.test), dtype=float)}, index=dataset.test.ids)
    frame = layout.arrange(competition.finish(predictions, dataset.test, layout))
    layout.validate(frame)
    assert list(frame.columns) == ["event_id", "rider_id", "score", "win_probability"]
    assert np.allclose(frame.groupby("event_id")["win_probability"].sum(), 1)
    first = frame.groupby("event_id")["score"].idxmax()
    assert (frame.groupby("event_id")["win_probability"].idxmax() == first).all()
    layout.validate(frame.drop(columns="win_probability"))


def test_new_rows_have_the_features_of_the_run(dataset, sample):
    table = WorldChamps().load_test(sample, ("posx",))
    pd.testing.assert_frame_equal(table.X, dataset.test.X)


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("sample_submission", lambda f: f.rename(columns={"score": "points"}), "the columns are"),
        ("sample_submission", lambda f: f[:-1], "name other riders"),
        ("races", lambda f: f.assign(race_class="1.2"), "no one-day race of a class"),
    ],
)
def test_folders_that_cannot_be_used_are_refused(sample, tmp_path, file, change, said):
    folder = tmp_path / "data"
    shutil.copytree(sample, folder)
    path = folder / f"{file}.csv"
    change(pd.read_csv(path)).to_csv(path, index=False)
    with pytest.raises(Refusal) as caught:
        WorldChamps().load(folder)
    assert said in str(caught.value)
