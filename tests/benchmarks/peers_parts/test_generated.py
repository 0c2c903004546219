from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.peers_parts import generated
from competitions.class_imbalance.competition import ClassImbalance

DRAWS = (
    generated.friedman,
    generated.wide,
    generated.categories,
    generated.unseen_groups,
    generated.shifted,
    generated.class_imbalance,
)


@pytest.mark.parametrize("draw", DRAWS)
def test_a_seed_draws_the_same_and_another_seed_draws_other_rows(draw):
    assert draw(0).fingerprint == draw(0).fingerprint
    first, second = draw(0), draw(1)
    assert first.seed == 1000
    assert not {*first.clusters} & {*second.clusters}
    numbers = [np.sort(task.train.select_dtypes("number").iloc[:, 0].dropna())[:50] for task in (first, second)]
    assert not np.isin(numbers[0], numbers[1]).any() or draw in (generated.shifted, generated.class_imbalance)


def test_weights_bring_the_classes_to_the_shares_that_are_told():
    for task in (generated.shifted(0), generated.class_imbalance(0)):
        counted = task.train.groupby("target")["weight"].sum() / len(task.train)
        assert counted.reindex(list(task.outputs)).to_numpy() == pytest.approx(task.shares)
        drawn = task.truth.value_counts(normalize=True).reindex(list(task.outputs))
        assert np.abs(drawn.to_numpy() - task.shares).max() < 0.06


def test_no_weight_is_told_of_test_rows():
    assert "weight" not in generated.shifted(0).test


def test_the_official_files_hold_the_rows_that_the_others_get(tmp_path):
    task = generated.class_imbalance(0)
    task.write(tmp_path)
    dataset = ClassImbalance().load(tmp_path / "official")
    assert dataset.test.ids.tolist() == task.test["row_id"].tolist()
    assert dataset.outputs == task.outputs
    both = {*dataset.fit.ids, *dataset.extra["validation"].ids}
    assert {*task.train["row_id"]} == both
    official = pd.read_csv(tmp_path / "official" / "test.csv")
    assert official["between_axis_1"].equals(pd.read_csv(tmp_path / "test.csv")["between_axis_1"])


def test_groups_differ_by_more_than_their_rows():
    task = generated.unseen_groups(0)
    means = task.train.groupby("group")["target"].mean()
    assert means.std() > 1
    assert task.train.groupby("group")["x8"].nunique().max() == 1  # gives the group away
