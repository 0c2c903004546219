"""Made-up air has the structure that it says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from competitions.air_quality.sample import CITIES, write_sample, write_zindi_sample


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("air")
    write_sample(folder, seed=0)
    return pd.read_csv(folder / "Train.csv"), pd.read_csv(folder / "Test.csv")


def test_a_city_and_some_sites_are_held_out(tables):
    train, test = tables
    assert not set(train["site_id"]) & set(test["site_id"])
    assert set(test["city"]) - set(train["city"]) == {CITIES[-1][0]}
    assert len(set(test["city"]) & set(train["city"])) == 2
    assert len(train) > 1000 < len(train) + len(test) < 4000
    assert not train.duplicated(["site_id", "date"]).any()


def test_whole_products_are_missing_together(tables):
    train, _ = tables
    gone = train.filter(like="nitrogendioxide_").isna()
    assert 0.2 < gone.all(axis=1).mean() < 0.7
    assert (gone.all(axis=1) | ~gone.any(axis=1)).all()


def test_cities_differ_by_what_no_input_tells_and_neighbours_share_the_day(tables):
    train, _ = tables
    log = np.log(train["pm2_5"])
    assert log.groupby(train["city"]).mean().std() > 0.15
    rest = log - log.groupby(train["site_id"]).transform("mean")
    day = [train["city"], train["date"]]
    others = (rest.groupby(day).transform("sum") - rest) / (rest.groupby(day).transform("size") - 1)
    there = others.notna() & np.isfinite(others)
    assert np.corrcoef(rest[there], others[there])[0, 1] > 0.6
    assert (train["pm2_5"] > 200).sum() >= 2


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for write in (write_sample, write_zindi_sample):
        for name in ("a", "b"):
            write(tmp_path / name, seed=5)
        for file in ("Train.csv", "Test.csv", "SampleSubmission.csv"):
            assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    assert "Place_ID X Date" in pd.read_csv(tmp_path / "a" / "Train.csv").columns


def test_inputs_follow_the_day_and_tell_nothing_of_the_city(tables):
    train, _ = tables
    log = np.log(train["pm2_5"])
    measured = train.filter(regex="column_number_density|aerosol_index").fillna(0.0)
    X = np.column_stack([np.ones(len(train)), measured])
    rest = log - X @ np.linalg.lstsq(X, log, rcond=None)[0]
    assert rest.std() < 0.97 * log.std()
    assert rest.groupby(train["city"]).mean().std() > 0.15
    within = log - log.groupby(train["site_id"]).transform("mean")
    assert train["uvaerosolindex_absorbing_aerosol_index"].corr(within) > 0.4


def test_days_have_seasons_and_are_a_sample(tables):
    train, _ = tables
    log = np.log(train["pm2_5"])
    within = log - log.groupby(train["site_id"]).transform("mean")
    monthly = within.groupby([train["city"], train["month"]]).mean().unstack()
    assert (monthly.max(axis=1) - monthly.min(axis=1) > 0.4).all()
    days = pd.to_datetime(train["date"])
    share = days.groupby(train["site_id"]).nunique() / (days.max() - days.min()).days
    assert share.between(0.05, 0.5).all()


def test_another_seed_gives_another_year(tmp_path):
    for seed in (0, 1):
        write_sample(tmp_path / str(seed), seed=seed)
    assert set(pd.read_csv(tmp_path / "0" / "Test.csv")["id"]) != set(pd.read_csv(tmp_path / "1" / "Test.csv")["id"])


def test_the_layout_of_2020_has_what_only_train_knows(tmp_path):
    write_zindi_sample(tmp_path)
    train, test, sample = (pd.read_csv(tmp_path / f"{name}.csv") for name in ("Train", "Test", "SampleSubmission"))
    assert set(train) - set(test) == {"target", "target_min", "target_max", "target_variance", "target_count"}
    assert list(sample) == ["Place_ID X Date", "target"]
    assert sample["Place_ID X Date"].equals(test["Place_ID X Date"])
    assert (test["Place_ID X Date"] == test["Place_ID"] + " X " + test["Date"]).all()
    assert not set(train["Place_ID"]) & set(test["Place_ID"])
    assert (train["target"] % 1 == 0).all()
    assert train["L3_NO2_NO2_column_number_density"].notna().any()
