from __future__ import annotations

import numpy as np
import pytest

from core.blending.general_scorer import GeneralScorer
from core.metrics import ACCURACY, MAE, Metric
from core.objective import Judge
from tests.core.blending.growing import both


@pytest.mark.parametrize("metric", [MAE, ACCURACY], ids=lambda metric: metric.name)
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("chosen", [[0, 1, 2], [2, 0]])
def test_scores_are_those_of_the_metric(metric: Metric, grouped: bool, chosen: list[int]):
    rng = np.random.default_rng(0)
    truth = rng.normal(size=40) if metric is MAE else rng.integers(0, 2, 40)
    members = [rng.random((40, 1 if metric is MAE else 2)) for _ in range(3)]
    judge = Judge(metric, truth, rng.random(40), rng.integers(0, 6, 40) if grouped else None)
    parts = np.array_split(rng.permutation(40), 3)
    found, expected = both(GeneralScorer(members, judge, parts), members, judge, parts, chosen, [1, 1, 0])
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_another_start_forgets_the_mean_and_the_rows():
    rng = np.random.default_rng(1)
    members, judge = [rng.random((10, 1)) for _ in range(2)], Judge(MAE, rng.random(10), np.ones(10))
    scorer = GeneralScorer(members, judge, [np.arange(5), np.arange(5, 10)])
    for chosen in ([0], [0], [1]):
        scorer.start(chosen)
        rows = np.arange(5) + 5 * chosen[0]
        assert scorer.scores([0, 1]) == [judge.score(values[rows], rows) for values in members]
        scorer.add(1)


def test_members_are_left_alone():
    members = [np.ones((4, 1), dtype=np.float32)]
    scorer = GeneralScorer(members, Judge(MAE, np.zeros(4), np.ones(4)), [np.arange(4)])
    scorer.start([0])
    scorer.add(0)
    scorer.add(0)
    assert members[0].tolist() == [[1.0]] * 4
    assert scorer.scores([0]) == [1.0]
