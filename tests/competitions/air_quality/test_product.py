"""What is told of new rows."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

from competitions.air_quality.competition import AirQuality
from core.predict import predict


@pytest.fixture(scope="module")
def told(finished, sample):
    return predict(finished, AirQuality("airqo-2024"), sample).product


def test_each_row_has_its_interval_class_and_unit(told, sample, finished):
    test = pd.read_csv(sample / "Test.csv")
    wanted = ["id", "place", "city", "country", "lat", "lon", "date", "prediction", "low", "high", "aqi_class", "unit"]
    assert list(told.columns[:12]) == wanted
    assert told["id"].tolist() == test["id"].tolist()
    assert told["date"].tolist() == test["date"].tolist()
    assert (told["low"] <= told["prediction"]).all()
    assert (told["prediction"] <= told["high"]).all()
    assert (told["low"] >= 0).all()
    assert set(told["unit"]) == {"ug/m3"}
    assert set(told["model_id"]) == {finished.run_id}
    assert told.loc[told["prediction"].between(9.2, 35.3), "aqi_class"].unique().tolist() == ["Moderate"]
    sent = pd.read_csv(finished.submission).set_index("id")["pm2_5"]
    np.testing.assert_allclose(told.set_index("id")["prediction"].loc[sent.index], sent)


def test_new_rows_alone_are_told_what_the_run_knows_of_their_places(told, sample, finished, tmp_path):
    shutil.copy(sample / "Test.csv", tmp_path)
    alone = predict(finished, AirQuality("airqo-2024"), tmp_path).product
    assert alone["regime"].tolist() == told["regime"].tolist()
    assert set(alone["regime"]) == {"city known", "city unseen"}
