"""The synthetic data has the official layout and the shift it is made for."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from competitions.class_imbalance.sample import CLASSES, NUMERIC, write_sample


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("sample") / "new" / "folder"
    write_sample(path, 0)
    return path


def shares(labels):
    return [100 * float(np.mean(labels == name)) for name in CLASSES]


def test_it_has_the_official_files_and_columns(folder):
    parts = {path.name: pd.read_csv(path) for path in folder.iterdir()}
    expected = {"train", "test", "validation", "validation_ground_truth", "sample_submission"}
    assert {f"{name}.csv" for name in expected} == {*parts}
    features = list(parts["test.csv"].columns[1:])
    assert len(features) == 120
    assert list(parts["train.csv"].columns) == ["row_id", *features, "diagnosis"]
    assert list(parts["validation.csv"].columns) == ["row_id", *features]
    assert list(parts["sample_submission.csv"].columns) == ["row_id", *(f"{n}_diagnosis_probability" for n in CLASSES)]
    assert set(parts["train.csv"]["diagnosis"]) == set(CLASSES)
    assert len(CLASSES) == 3


def test_the_prior_shifts_from_train_to_test(folder):
    assert shares(pd.read_csv(folder / "train.csv")["diagnosis"]) == pytest.approx([95.2, 3.5, 1.3], abs=1)
    truth = pd.read_csv(folder / "validation_ground_truth.csv")["diagnosis"]
    assert shares(truth) == pytest.approx([75, 17, 8], abs=6)  # three standard errors of 362 rows


def test_row_ids_are_unique_and_say_nothing(folder):
    frames = {name: pd.read_csv(folder / f"{name}.csv") for name in ("train", "validation", "test")}
    ids = pd.concat([frame["row_id"] for frame in frames.values()])
    assert ids.is_unique
    number = frames["train"]["row_id"].str[1:].astype(int)
    for name in CLASSES:
        assert abs(np.corrcoef(number, frames["train"]["diagnosis"] == name)[0, 1]) < 0.05
    assert list(pd.read_csv(folder / "sample_submission.csv")["row_id"]) == list(frames["test"]["row_id"])
    truth = pd.read_csv(folder / "validation_ground_truth.csv")
    assert list(truth["row_id"]) == list(frames["validation"]["row_id"])


def test_some_numbers_are_missing_and_more_often_in_sick_classes(folder):
    train = pd.read_csv(folder / "train.csv")
    missing = train.iloc[:, 1 : NUMERIC + 1].isna().mean(axis=1)
    sick = train["diagnosis"] != CLASSES[0]
    assert 0.04 < missing.mean() < 0.06
    assert missing[sick].mean() > missing[~sick].mean()


def test_the_features_tell_the_classes_apart_but_not_perfectly(folder):
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    frames = [pd.read_csv(folder / f"{name}.csv") for name in ("train", "validation")]
    truth = pd.read_csv(folder / "validation_ground_truth.csv")["diagnosis"] != CLASSES[0]
    train, other = (frame.iloc[:, 1:19].fillna(0) for frame in frames)
    model = LogisticRegression(C=0.1).fit(train, frames[0]["diagnosis"] != CLASSES[0])
    assert 0.65 < roc_auc_score(truth, model.predict_proba(other)[:, 1]) < 0.99


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(folder, tmp_path):
    started = time.process_time()
    write_sample(tmp_path / "same", 0)
    took = time.process_time() - started
    write_sample(tmp_path / "other", 1)
    for path in folder.iterdir():
        assert (tmp_path / "same" / path.name).read_bytes() == path.read_bytes()
    assert (tmp_path / "other" / "train.csv").read_bytes() != (folder / "train.csv").read_bytes()
    assert took < 5  # it is about one
