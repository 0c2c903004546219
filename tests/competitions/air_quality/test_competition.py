"""From a folder to a data set whose rows are scored as the test asks, and leaks that are caught."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

from competitions.air_quality.competition import AirQuality
from competitions.air_quality.sample import write_zindi_sample
from core.errors import Refusal
from core.objective import Objective
from core.road import run
from core.settings import Settings


def loaded(folder, **options):
    competition = AirQuality(AirQuality.recognise(folder), options)
    return competition, competition.load(folder)


def test_editions_are_told_apart_by_their_ids(sample, tmp_path):
    assert AirQuality.recognise(sample) == "airqo-2024"
    write_zindi_sample(tmp_path)
    assert AirQuality.recognise(tmp_path) == "zindi-2020"
    (tmp_path / "air-quality.toml").write_text("")
    assert AirQuality.recognise(tmp_path) == "custom"


def test_rows_are_scored_in_each_case_that_the_test_has(sample, tmp_path):
    competition, dataset = loaded(sample)
    assert set(dataset.test.keys["regime"]) == {"city known", "city unseen"}
    assert len(dataset.score) == 2 * len(dataset.fit)
    first, *others = competition.schemes(dataset)
    assert first.name == "as the test"
    assert [scheme.name for scheme in others] == ["random", "place", "city", "time"]
    objective = competition.objective(dataset, None)
    assert isinstance(objective, Objective)
    write_zindi_sample(tmp_path)
    competition, dataset = loaded(tmp_path)
    assert dataset.score is dataset.fit
    assert set(dataset.test.keys["regime"]) == {"city unseen"}
    assert set(dataset.fit.keys["unit"]) == {"AQI points"}
    names = {member.name for member in competition.members(dataset) if member.blended}
    assert "lightgbm raw" in names
    assert not {"space-time", "lightgbm neighbours"} & names


def test_one_s_own_tables_are_a_competition(sample, tmp_path):
    for name in ("Train", "Test"):
        frame = pd.read_csv(sample / f"{name}.csv").rename(columns={"site_id": "station", "pm2_5": "pm"})
        frame.drop(columns=["id", "country"]).to_csv(tmp_path / f"{name}.csv", index=False)
    (tmp_path / "air-quality.toml").write_text(
        'place = "station"\ndate = "date"\ntarget = "pm"\nunit = "ug/m3"\ncity = "city"\nlatitude = "site_latitude"\n'
        'longitude = "site_longitude"\n'
    )
    _, dataset = loaded(tmp_path)
    assert dataset.outputs == ("pm",)
    assert dataset.id_columns == ("id",)
    assert set(dataset.test.keys["regime"]) == {"city known", "city unseen"}


def test_no_target_is_in_any_feature(sample, tmp_path):
    """Other targets leave every feature as it is, to the bit."""
    _, dataset = loaded(sample)
    for name in ("Test.csv", "SampleSubmission.csv"):
        shutil.copy(sample / name, tmp_path / name)
    train = pd.read_csv(sample / "Train.csv")
    train["pm2_5"] = np.random.default_rng(0).permutation(train["pm2_5"].to_numpy()) * 3
    train.to_csv(tmp_path / "Train.csv", index=False)
    _, other = loaded(tmp_path)
    pd.testing.assert_frame_equal(other.fit.X, dataset.fit.X)
    pd.testing.assert_frame_equal(other.test.X, dataset.test.X)


def test_shuffled_rows_change_nothing(sample, tmp_path):
    """Features and folds are equal to the bit, and so are fits."""
    competition, dataset = loaded(sample)
    mixed_data = tmp_path / "mixed"
    mixed_data.mkdir()
    for name in ("Train.csv", "Test.csv", "SampleSubmission.csv"):
        pd.read_csv(sample / name, dtype=str).sample(frac=1, random_state=1).to_csv(mixed_data / name, index=False)
    again, mixed = loaded(mixed_data)
    pd.testing.assert_frame_equal(mixed.fit.X, dataset.fit.X)
    pd.testing.assert_frame_equal(mixed.test.X.loc[dataset.test.ids], dataset.test.X)
    for one, other in zip(competition.schemes(dataset), again.schemes(mixed), strict=True):
        for left, right in zip(one.folds, other.folds, strict=True):
            assert dataset.score.ids[left.score].equals(mixed.score.ids[right.score])
    members = ("space-time", "lightgbm neighbours")
    answers = []
    for data in (sample, mixed_data):
        finished = run(AirQuality("airqo-2024"), data, Settings(threads=1, members=members), tmp_path / "runs")
        answers.append(pd.read_csv(finished.submission).set_index("id")["pm2_5"])
    # To the bit but for the test rows' own place in a product of matrices.
    pd.testing.assert_series_equal(answers[0], answers[1].loc[answers[0].index], rtol=1e-12, atol=0)


def test_a_planted_leak_is_caught(sample, tmp_path):
    """A copy of the target among the inputs of train, and noise in those of the test."""
    rng = np.random.default_rng(0)
    for name in ("Train", "Test"):
        frame = pd.read_csv(sample / f"{name}.csv")
        truth = frame["pm2_5"] if name == "Train" else pd.Series(rng.lognormal(3, 1, len(frame)))
        frame.insert(12, "station_reading", truth * (1 + 0.001 * rng.normal(size=len(frame))))
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    shutil.copy(sample / "SampleSubmission.csv", tmp_path)
    settings = Settings(threads=1, members=("linear",))
    found = run(AirQuality("airqo-2024"), tmp_path, settings, tmp_path / "runs")
    leaks = [finding for finding in found.record["findings"] if finding["severity"] == "leak"]
    assert any("station_reading" in finding["message"] for finding in leaks)


def test_options_are_known(sample):
    with pytest.raises(Refusal, match="mode=tomorrow"):
        AirQuality("airqo-2024", {"mode": "tomorrow"})
    _, dataset = loaded(sample, geometry="drop", mode="forecast")
    assert not [name for name in dataset.fit.X if "zenith" in name or "_lead_" in name]
