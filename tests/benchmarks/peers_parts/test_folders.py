from __future__ import annotations

import os

import numpy as np
import pandas as pd
import pytest

from benchmarks.peers_parts.folders import in_folders
from benchmarks.peers_parts.sets import all_sets
from core.errors import Refusal


@pytest.fixture
def imbalanced(tmp_path):
    folder = tmp_path / "sets" / "bank"
    folder.mkdir(parents=True)
    rows = np.arange(1000)
    frame = pd.DataFrame({"row_id": [f"R{k}" for k in rows], "x": rows * 0.5, "job": "a"})
    frame.assign(diagnosis=np.where(rows % 10, "no", "yes")).to_csv(folder / "train.csv", index=False)
    return folder


@pytest.fixture
def air(tmp_path):
    folder = tmp_path / "air" / "airqo"
    folder.mkdir(parents=True)
    rows = np.arange(600)
    frame = pd.DataFrame({"id": [f"id_{k}" for k in rows], "site_id": [f"s{k % 20}" for k in rows], "no2": rows * 0.1})
    frame["date"] = "2020-01-03"
    frame.assign(pm2_5=rows % 7 + 0.5).to_csv(folder / "Train.csv", index=False)
    return folder


def test_class_imbalance_is_split_within_classes(imbalanced):
    task = in_folders([imbalanced.parent])["bank"](0)
    assert (task.metric, task.kind, task.outputs) == ("log_loss", "plain", ("no", "yes"))
    assert task.truth.value_counts().to_dict() == {"no": 270, "yes": 30}
    assert list(task.test.columns) == ["row_id", "x", "job"]


def test_air_quality_is_split_by_site(air):
    task = in_folders([air])["airqo"](0)
    assert (task.metric, task.kind) == ("rmse", "grouped")
    assert not {*task.train["group"]} & {*task.test["group"]}
    assert task.test["day"].unique().tolist() == [2]
    assert {*task.test.columns} == {"row_id", "group", "no2", "day"}


def test_several_paths_stand_with_separators_between_them(imbalanced, air):
    names = [*all_sets(os.pathsep.join([str(imbalanced.parent), str(air)]))]
    assert names[-2:] == ["bank", "airqo"]


def test_a_path_without_data_and_two_folders_of_one_name_are_refused(imbalanced, tmp_path):
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "nowhere", imbalanced / "train.csv"):
        with pytest.raises(Refusal, match="no data folder"):
            in_folders([path])
    with pytest.raises(Refusal, match="two folders"):
        in_folders([imbalanced.parent, imbalanced])
