from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.errors import Refusal
from core.metrics import (
    ACCURACY,
    BALANCED_ACCURACY,
    LOG_LOSS,
    MACRO_ROC_AUC_LABELS,
    MAE,
    MCRMSE,
    RMSE,
    ROC_AUC,
    Metric,
    ndcg,
)
from core.metrics.metric import mean_of_known, written

NAN = float("nan")


@pytest.mark.parametrize(
    ("a", "b", "higher", "lower"),
    [
        (2.0, 1.0, True, False),
        (1.0, 2.0, False, True),
        (1.0, 1.0, False, False),
        (1.0, NAN, True, True),
        (NAN, 1.0, False, False),
        (NAN, NAN, False, False),
    ],
)
def test_better_follows_the_direction_and_a_nan_never_wins(a: float, b: float, higher: bool, lower: bool) -> None:
    assert ACCURACY.better(a, b) is higher
    assert LOG_LOSS.better(a, b) is lower


@pytest.mark.parametrize("metric", [ACCURACY, LOG_LOSS])
def test_every_score_is_better_than_the_worst(metric: Metric) -> None:
    assert metric.better(-1e300, metric.worst)
    assert metric.better(1e300, metric.worst)
    assert not metric.better(metric.worst, 0.0)


def test_a_vector_and_a_single_column_give_the_same_score() -> None:
    truth, predictions = np.array([1.0, 2.0, 4.0]), np.array([1.5, 2.0, 3.0])
    assert RMSE(truth, predictions) == RMSE(truth, predictions[:, None])


def test_no_weight_means_equal_weights_of_any_size() -> None:
    truth, predictions = np.array([1.0, 2.0, 4.0]), np.array([1.5, 2.0, 3.0])
    assert RMSE(truth, predictions) == pytest.approx(RMSE(truth, predictions, np.full(3, 7.0)), rel=1e-15)


def test_integer_weights_count_like_repeated_rows() -> None:
    truth = np.array([0, 1, 1, 0])
    predictions = np.array([[0.8, 0.2], [0.3, 0.7], [0.6, 0.4], [0.4, 0.6]])
    times = np.array([1, 3, 2, 4])
    repeated = np.repeat(np.arange(4), times)
    for metric in (ACCURACY, BALANCED_ACCURACY, LOG_LOSS, ROC_AUC):
        weighted = metric(truth, predictions, times.astype(float))
        assert weighted == pytest.approx(metric(truth[repeated], predictions[repeated]), rel=1e-12)


@pytest.mark.parametrize("metric", [RMSE, ndcg(2)])
@pytest.mark.parametrize(
    ("truth", "predictions", "message"),
    [
        ([], [], "0 rows"),
        ([1.0, 2.0], [1.0], "2 rows of truth and 1 of predictions"),
        ([1.0, 2.0], [1.0, NAN], "NaN or infinity"),
        ([1.0, 2.0], [1.0, -np.inf], "NaN or infinity"),
    ],
)
def test_rows_that_cannot_be_scored_are_an_error(
    metric: Metric, truth: list[float], predictions: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        metric(np.array(truth), np.array(predictions))


@pytest.mark.parametrize("weight", [[1.0, -1.0], [0.0, 0.0], [1.0, NAN], [1.0, np.inf]])
def test_weights_that_cannot_count_are_an_error(weight: list[float]) -> None:
    with pytest.raises(ValueError, match="weights"):
        MAE(np.array([1.0, 2.0]), np.array([1.0, 2.0]), np.array(weight))


@pytest.mark.parametrize("length", [1, 3])
@pytest.mark.parametrize("metric", [ACCURACY, BALANCED_ACCURACY, ROC_AUC])
def test_weights_of_another_length_are_an_error_and_never_cut(metric: Metric, length: int) -> None:
    with pytest.raises(ValueError, match="weight"):
        metric(np.array([0, 1]), np.eye(2), np.ones(length))


def test_classes_are_coded_in_the_order_of_the_outputs_not_of_the_alphabet() -> None:
    y = pd.Series(["cat", "ant", "bee", "ant"], index=list("wxyz"), name="kind")
    assert ACCURACY.encode(y, ("bee", "cat", "ant")).tolist() == [1, 2, 0, 2]


@pytest.mark.parametrize("dtype", ["int64", "int8", "object", "category", "Int64"])
def test_whole_numbers_as_classes_meet_outputs_written_as_text(dtype: str) -> None:
    y = pd.Series([10, 2, 10], name="kind").astype(dtype)
    assert ACCURACY.encode(y, ("10", "2")).tolist() == [0, 1, 0]


@pytest.mark.parametrize("wrong", ["dog", None, "Cat", "cat "])
def test_an_unknown_class_is_refused_with_its_row_and_the_known_ones(wrong: str | None) -> None:
    y = pd.Series(["cat", wrong], index=["row-1", "row-2"], name="kind", dtype=object)
    with pytest.raises(Refusal) as refusal:
        ACCURACY.encode(y, ("cat", "ant"))
    for part in ("row-2", "kind", "cat, ant"):
        assert part in str(refusal.value)


def test_values_written_as_text_are_read_as_numbers() -> None:
    assert RMSE.encode(pd.Series(["1.5", "-2", "1e3"]), ("y",)).tolist() == [1.5, -2.0, 1000.0]


@pytest.mark.parametrize("wrong", [None, "", "many", NAN, np.inf, "inf"])
def test_a_value_that_is_no_finite_number_is_refused_with_its_row(wrong: object) -> None:
    y = pd.Series([1.0, wrong, wrong], index=["a", "b", "c"], name="price", dtype=object)
    with pytest.raises(Refusal, match=r"'b'.*'price'"):
        RMSE.encode(y, ("price",))


@pytest.mark.parametrize("metric", [RMSE, ACCURACY])
def test_two_columns_of_truth_are_an_error_for_a_metric_of_one(metric: Metric) -> None:
    with pytest.raises(ValueError, match="2"):
        metric.encode(pd.DataFrame({"a": [0, 1], "b": [1, 0]}), ("a", "b"))


def test_labels_are_ordered_as_the_outputs() -> None:
    y = pd.DataFrame({"a": [0, 1], "unused": [7, 7], "b": [1, 0]})
    assert MACRO_ROC_AUC_LABELS.encode(y, ("b", "a")).tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_a_single_label_may_be_a_series() -> None:
    assert MACRO_ROC_AUC_LABELS.encode(pd.Series([0, 1], name="a"), ("a",)).tolist() == [[0.0], [1.0]]


@pytest.mark.parametrize("wrong", [None, NAN, "yes", 2])
def test_a_label_that_is_neither_zero_nor_one_is_refused_with_its_row(wrong: object) -> None:
    # A missing label read as a truth would count as positive.
    y = pd.DataFrame({"a": pd.Series([0, wrong], dtype=object), "b": [1, 0]}).set_axis(["r1", "r2"], axis=0)
    with pytest.raises(Refusal, match="r2"):
        MACRO_ROC_AUC_LABELS.encode(y, ("a", "b"))


def test_values_of_several_columns_are_ordered_as_the_outputs() -> None:
    y = pd.DataFrame({"a": ["0.5", "1"], "unused": ["x", "y"], "b": [7, -2]})
    assert MCRMSE.encode(y, ("b", "a")).tolist() == [[7.0, 0.5], [-2.0, 1.0]]
    assert MCRMSE.encode(pd.Series([0.5, 3.0], name="a"), ("a",)).tolist() == [[0.5], [3.0]]


@pytest.mark.parametrize("wrong", [None, NAN, "many", np.inf])
def test_a_value_of_several_columns_that_is_no_finite_number_is_refused_with_its_row(wrong: object) -> None:
    y = pd.DataFrame({"a": [1.0, 2.0], "b": pd.Series([1.0, wrong], dtype=object)}).set_axis(["r1", "r2"], axis=0)
    with pytest.raises(Refusal, match=r"'r2'.*'b'"):
        MCRMSE.encode(y, ("a", "b"))


@pytest.mark.parametrize("metric", [MACRO_ROC_AUC_LABELS, MCRMSE])
def test_a_matrix_of_truth_needs_as_many_columns_of_predictions(metric: Metric) -> None:
    # numpy would spread the one column over all labels without a word.
    with pytest.raises(ValueError, match="shape"):
        metric(np.eye(3), np.ones((3, 1)))


def test_a_prediction_that_is_not_finite_is_an_error_also_where_the_row_weighs_nothing() -> None:
    with pytest.raises(ValueError, match="NaN"):
        MAE(np.array([1.0, 2.0]), np.array([1.0, NAN]), np.array([1.0, 0.0]))


def test_the_mean_of_known_scores() -> None:
    assert mean_of_known(np.array([1.0, NAN, 3.0])) == 2.0
    assert np.isnan(mean_of_known(np.array([NAN, NAN])))
    assert np.isnan(mean_of_known(np.array([])))


def test_different_numbers_are_never_written_alike() -> None:
    assert written(10, 2.0, -3, 0.1, np.float64(0.5)) == "10,2,-3,0.1,0.5"
    assert len({written(0.1), written(np.nextafter(0.1, 1)), written(0.1000001)}) == 3
