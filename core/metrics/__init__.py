"""The metrics that hosts use, each with direction, inputs and weights."""

from core.metrics.classification import (
    ACCURACY,
    BALANCED_ACCURACY,
    BRIER,
    LOG_LOSS,
    MACRO_ROC_AUC,
    MACRO_ROC_AUC_LABELS,
    ROC_AUC,
)
from core.metrics.metric import Metric
from core.metrics.ranking import ndcg
from core.metrics.regression import MAE, RMSE, RMSLE

__all__ = [
    "ACCURACY",
    "BALANCED_ACCURACY",
    "BRIER",
    "LOG_LOSS",
    "MACRO_ROC_AUC",
    "MACRO_ROC_AUC_LABELS",
    "MAE",
    "RMSE",
    "RMSLE",
    "ROC_AUC",
    "Metric",
    "ndcg",
]
