"""What class probabilities are worth under the prior of the test: compared, expected, calibrated, cut into labels."""

from core.evaluation.comparison import Difference, Standing, clustered_error, paired_difference, rank, standard_error
from core.evaluation.expected_loss import LossInterval, expected_loss
from core.evaluation.reliability import (
    Bin,
    Curve,
    calibration_noise,
    expected_calibration_error,
    reliability,
)
from core.evaluation.thresholds import (
    LABEL_METRICS,
    NestedThresholds,
    Threshold,
    best_threshold,
    nested_thresholds,
    value_at,
)

__all__ = [
    "LABEL_METRICS",
    "Bin",
    "Curve",
    "Difference",
    "LossInterval",
    "NestedThresholds",
    "Standing",
    "Threshold",
    "best_threshold",
    "calibration_noise",
    "clustered_error",
    "expected_calibration_error",
    "expected_loss",
    "nested_thresholds",
    "paired_difference",
    "rank",
    "reliability",
    "standard_error",
    "value_at",
]
