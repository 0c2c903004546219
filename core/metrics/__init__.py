"""The metrics that hosts use, each with direction, inputs and weights."""

from core.metrics.agreement import MCC, QWK, qwk_values
from core.metrics.average_precision import (
    AVERAGE_PRECISION,
    MACRO_AVERAGE_PRECISION,
    MACRO_AVERAGE_PRECISION_LABELS,
    padded_cmap,
)
from core.metrics.catalogue import named, names
from core.metrics.classification import (
    ACCURACY,
    BALANCED_ACCURACY,
    BRIER,
    LOG_LOSS,
    MACRO_ROC_AUC,
    MACRO_ROC_AUC_LABELS,
    ROC_AUC,
)
from core.metrics.correlation import MEAN_SPEARMAN, SPEARMAN
from core.metrics.distribution import CRPS_SAMPLE, crps_cdf, pinball
from core.metrics.f1 import (
    F1,
    F1_MACRO,
    F1_MACRO_LABELS,
    F1_MICRO,
    F1_MICRO_LABELS,
    F1_WEIGHTED,
    F1_WEIGHTED_LABELS,
    SET_F1,
    set_fbeta,
)
from core.metrics.log_loss import BALANCED_LOG_LOSS, LOG_LOSS_LABELS, balanced_log_loss, weighted_log_loss
from core.metrics.metric import Metric
from core.metrics.ranking import MRR, hit_rate, map_at, ndcg
from core.metrics.regression import MAE, MAPE, MCRMSE, R2, RMSE, RMSLE, SMAPE
from core.metrics.top import map_classes, map_labels

__all__ = [
    "ACCURACY",
    "AVERAGE_PRECISION",
    "BALANCED_ACCURACY",
    "BALANCED_LOG_LOSS",
    "BRIER",
    "CRPS_SAMPLE",
    "F1",
    "F1_MACRO",
    "F1_MACRO_LABELS",
    "F1_MICRO",
    "F1_MICRO_LABELS",
    "F1_WEIGHTED",
    "F1_WEIGHTED_LABELS",
    "LOG_LOSS",
    "LOG_LOSS_LABELS",
    "MACRO_AVERAGE_PRECISION",
    "MACRO_AVERAGE_PRECISION_LABELS",
    "MACRO_ROC_AUC",
    "MACRO_ROC_AUC_LABELS",
    "MAE",
    "MAPE",
    "MCC",
    "MCRMSE",
    "MEAN_SPEARMAN",
    "MRR",
    "QWK",
    "R2",
    "RMSE",
    "RMSLE",
    "ROC_AUC",
    "SET_F1",
    "SMAPE",
    "SPEARMAN",
    "Metric",
    "balanced_log_loss",
    "crps_cdf",
    "hit_rate",
    "map_at",
    "map_classes",
    "map_labels",
    "named",
    "names",
    "ndcg",
    "padded_cmap",
    "pinball",
    "qwk_values",
    "set_fbeta",
    "weighted_log_loss",
]
