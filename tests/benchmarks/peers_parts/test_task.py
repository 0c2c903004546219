from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from tests.benchmarks.peers_parts.made import small


def test_every_row_is_in_train_or_in_test_once():
    task = small()
    assert sorted([*task.train["row_id"], *task.test["row_id"]]) == [f"r{number:06d}" for number in range(60)]
    assert "target" not in task.test


def test_half_of_a_tiny_set_is_held_out_and_thirty_percent_of_others():
    assert len(small(rows=60).test) == 30
    assert len(small(rows=1000).test) == 300


def test_classes_keep_their_share():
    task = small(rows=1000)
    assert task.truth.value_counts().to_dict() == {"no": 150, "yes": 150}
    assert task.outputs == ("no", "yes")


def test_groups_are_in_train_or_in_test():
    task = small(metric="rmse", group=True)
    assert task.kind == "grouped"
    assert not {*task.train["group"]} & {*task.test["group"]}
    assert set(task.clusters) == {str(group) for group in task.test["group"]}


def test_a_row_has_one_id_under_every_seed_and_another_split():
    first, second = small(seed=0), small(seed=1)
    assert {*first.test["row_id"]} != {*second.test["row_id"]}
    for task in (first, second):
        assert task.train.set_index("row_id").loc[task.train["row_id"].iloc[0], "x"] in {
            *first.train["x"],
            *first.test["x"],
        }
    assert {*first.clusters} & {*second.clusters}


def test_rows_that_are_drawn_anew_are_never_the_same():
    first, second = (replace(small(seed=seed), redrawn=True) for seed in (0, 1))
    assert not {*first.clusters} & {*second.clusters}


def test_the_fingerprint_sees_every_value():
    task = small()
    other = task.train.copy()
    other.loc[0, "x"] += 1e-9
    truth = task.truth.copy()
    truth.iloc[0] = "yes" if truth.iloc[0] == "no" else "no"
    changed = [
        replace(task, train=other),
        replace(task, truth=truth),
        replace(task, metric="roc_auc"),
        replace(task, shares=(0.5, 0.5)),
    ]
    prints = {task.fingerprint, *(one.fingerprint for one in changed)}
    assert len(prints) == 5
    assert small().fingerprint == task.fingerprint


def test_what_is_written_does_not_hold_the_truth(tmp_path):
    task = small()
    task.write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["task.json", "test.csv", "train.csv"]
    assert list(pd.read_csv(tmp_path / "test.csv").columns) == ["row_id", "x", "kind"]
    assert json.loads((tmp_path / "task.json").read_text())["outputs"] == ["no", "yes"]


def test_official_files_are_written_too(tmp_path):
    task = replace(small(), official=("class-imbalance", lambda folder: folder.mkdir()))
    task.write(tmp_path)
    assert (tmp_path / "official").is_dir()
    assert json.loads((tmp_path / "task.json").read_text())["official"] == "class-imbalance"


def test_a_class_that_train_lacks_is_an_error():
    task = small()
    with pytest.raises(ValueError, match="not in train"):
        replace(task, truth=task.truth.replace("yes", "maybe"))
    with pytest.raises(ValueError, match="test rows"):
        replace(task, truth=task.truth[1:])
