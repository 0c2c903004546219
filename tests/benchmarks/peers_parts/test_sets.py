from __future__ import annotations

import pytest

from benchmarks.peers_parts.sets import all_sets


@pytest.mark.parametrize("name", list(all_sets()))
def test_every_set_is_a_task_of_its_name(name):
    task = all_sets()[name](0)
    assert task.name == name
    assert 0.15 < len(task.test) / (len(task.test) + len(task.train)) < 0.55
    features = {*task.train.columns} - {"target", "weight"}
    assert features == {*task.test.columns}
    assert not {"target", "weight"} & {*task.test.columns}


def test_every_kind_and_metric_is_there():
    tasks = [draw(0) for draw in all_sets().values()]
    assert {task.kind for task in tasks} == {"plain", "grouped", "shifted"}
    assert {task.metric for task in tasks} == {"log_loss", "rmse", "roc_auc"}
    assert max(len(task.outputs) for task in tasks) == 10
