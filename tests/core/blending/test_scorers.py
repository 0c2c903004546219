from __future__ import annotations

import numpy as np
import pytest

from core.blending.area_scorer import AreaScorer
from core.blending.general_scorer import GeneralScorer
from core.blending.log_loss_scorer import LogLossScorer
from core.blending.scorers import scorer_of
from core.blending.squared_scorer import SquaredScorer
from core.metrics import BRIER, LOG_LOSS, MACRO_ROC_AUC, MAE, MCRMSE, R2, RMSE, ROC_AUC, Metric, named, names
from core.objective import Judge
from tests.core.blending.growing import both


@pytest.mark.parametrize(
    ("metric", "outputs", "kind"),
    [(RMSE, 1, SquaredScorer), (R2, 1, SquaredScorer), (MCRMSE, 2, SquaredScorer), (BRIER, 3, SquaredScorer),
     (ROC_AUC, 2, AreaScorer), (LOG_LOSS, 3, LogLossScorer), (MACRO_ROC_AUC, 3, GeneralScorer),
     (MAE, 1, GeneralScorer)],
    ids=lambda value: getattr(value, "name", None),
)  # fmt: skip
def test_the_scorer_suits_the_metric(metric: Metric, outputs: int, kind: type):
    rng = np.random.default_rng(0)
    truth = rng.random((6, outputs)) if metric is MCRMSE else np.arange(6) % 2
    members, groups = [rng.random((6, outputs))], np.zeros(6, dtype=np.intp)
    assert type(scorer_of(members, Judge(metric, truth, np.ones(6)), [np.arange(6)])) is kind
    assert type(scorer_of(members, Judge(metric, truth, np.ones(6), groups, "event"), [np.arange(6)])) is GeneralScorer


def test_values_that_are_no_probabilities_are_clipped_by_the_metric_itself():
    members, judge = [np.array([[1.5, -0.5], [0.2, 0.8]])], Judge(LOG_LOSS, np.array([0, 1]), np.ones(2))
    found, expected = both(scorer_of(members, judge, [np.arange(2)]), members, judge, [np.arange(2)], [0], [0])
    assert found == expected


@pytest.mark.parametrize("name", [name for name in names() if "@" not in name and not name.startswith(("crps", "set"))])
def test_every_metric_is_scored_as_it_scores(name: str):
    metric = named(name)
    rng = np.random.default_rng(3)
    outputs = 2 if metric.truth in ("class", "labels", "values") else 1
    truth = {
        "class": rng.integers(0, 2, 40),
        "labels": rng.integers(0, 2, (40, outputs)).astype(float),
        "values": rng.random((40, outputs)),
        "value": rng.integers(1, 3, 40).astype(float),
    }[metric.truth]
    members = [rng.dirichlet(np.ones(2), 40)[:, :outputs] for _ in range(3)]
    judge, parts = Judge(metric, truth, rng.exponential(size=40)), [np.arange(25), np.arange(25, 40)]
    found, expected = both(scorer_of(members, judge, parts), members, judge, parts, [0, 1], [1, 2, 1])
    np.testing.assert_allclose(found, expected, rtol=1e-11)
