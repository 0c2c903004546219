from __future__ import annotations

import numpy as np
import pytest

from core.blending.methods import in_regimes, methods_of, pools, scale_of, scales_of
from core.metrics import (
    ACCURACY,
    AVERAGE_PRECISION,
    BRIER,
    LOG_LOSS,
    MACRO_ROC_AUC,
    MACRO_ROC_AUC_LABELS,
    MAE,
    MCRMSE,
    RMSE,
    ROC_AUC,
    SPEARMAN,
    Metric,
)
from core.objective import Judge

ALWAYS = ["best single", "mean", "greedy"]
RANKS = ["rank mean", "rank greedy"]


def offered(metric: Metric, outputs: int, *, members: int = 2, low: float = 0.1, groups=None, **more) -> list[str]:
    values = np.full((4, outputs), 0.5)
    values[0, 0] = low
    judge = Judge(metric, np.zeros(4), np.ones(4), groups, None if groups is None else "event")
    return methods_of(judge, [values] * members, [np.arange(4)], **{"rounds": 25, "regimes": False, **more})


@pytest.mark.parametrize(
    ("metric", "outputs", "more"),
    [(RMSE, 1, ["least squares", "stacking"]), (MCRMSE, 2, ["least squares", "stacking"]), (MAE, 1, []),
     (BRIER, 3, ["least squares"]), (LOG_LOSS, 2, ["log-linear"]), (ACCURACY, 2, []), (SPEARMAN, 1, RANKS),
     (ROC_AUC, 2, [*RANKS, "log-linear"]), (AVERAGE_PRECISION, 2, [*RANKS, "log-linear"]),
     (MACRO_ROC_AUC, 3, ["log-linear"]), (MACRO_ROC_AUC_LABELS, 3, RANKS)],
    ids=lambda value: getattr(value, "name", None),
)  # fmt: skip
def test_blenders_suit_the_metric(metric: Metric, outputs: int, more: list[str]):
    assert offered(metric, outputs) == [*ALWAYS, *more]
    assert offered(metric, outputs, members=1) == ["single"]
    assert offered(metric, outputs, regimes=True) == [*ALWAYS, *more, "by regime"]
    assert offered(metric, outputs, rounds=0) == [name for name in [*ALWAYS, *more] if "greedy" not in name]


def test_only_probabilities_are_pooled_for_their_order():
    assert "log-linear" not in offered(ROC_AUC, 2, low=-0.1)
    assert "log-linear" in offered(LOG_LOSS, 2, low=-0.1)  # the metric clips them, and so does the pool


def test_squares_that_are_averaged_over_groups_are_no_sums():
    assert offered(RMSE, 1, groups=np.zeros(4, dtype=np.intp)) == ALWAYS


def test_scales():
    assert [scale_of(name) for name in ("mean", "rank greedy", "log-linear", "stacking", "by regime")] == [
        "values", "ranks", "logs", "values", "values"]  # fmt: skip
    assert scales_of(ROC_AUC, 2) == ["values", "ranks"]
    assert scales_of(MACRO_ROC_AUC, 3) == scales_of(RMSE, 1) == ["values"]


@pytest.mark.parametrize("metric", [MACRO_ROC_AUC_LABELS, SPEARMAN, BRIER, RMSE])
def test_pools_are_for_classes(metric: Metric):
    assert not pools(metric)


def test_regimes_are_fitted_by_what_is_drawn_to_equal_weights():
    assert in_regimes(offered(LOG_LOSS, 2)) == "log-linear"
    assert in_regimes(offered(RMSE, 1)) == "stacking"
    assert in_regimes(offered(BRIER, 3)) == "least squares"
    assert in_regimes(offered(MAE, 1)) == "greedy"
    assert in_regimes(offered(MAE, 1, rounds=0)) == "mean"
