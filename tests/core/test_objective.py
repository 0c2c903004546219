from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.dataset import Dataset
from core.folds import Fold, Folds
from core.metrics import LOG_LOSS, MAE, RMSE, ROC_AUC, Metric, ndcg
from core.objective import Objective, Score
from core.table import Table


def dataset(y: list[object], event: list[object] | None = None, outputs: tuple[str, ...] = ("y",)) -> Dataset:
    ids = pd.Index([f"r{number}" for number in range(len(y))])
    keys = pd.DataFrame(index=ids) if event is None else pd.DataFrame({"event": event}, index=ids)
    rows = Table(pd.DataFrame({"x": range(len(y))}, index=ids), pd.Series(y, index=ids, name="y"), keys)
    return Dataset(rows, rows, rows, outputs, pd.DataFrame({"id": ids}), ("id",))


def folds(*scored: list[int]) -> Folds:
    nothing = np.array([], dtype=np.intp)
    return Folds("s", tuple(Fold("f", nothing, np.array(rows, dtype=np.intp), nothing) for rows in scored), "nothing")


def all_rows(data: Dataset) -> np.ndarray:
    return np.arange(len(data.score))


def per_event(
    metric: Metric, truth: np.ndarray, predictions: np.ndarray, weight: np.ndarray, event: list[object]
) -> float:
    """One event after the other; those without a score are left out."""
    scores = []
    for name in sorted(set(event)):
        rows = [row for row, value in enumerate(event) if value == name]
        score = metric(truth[rows], predictions[rows], weight[rows])
        if not np.isnan(score):
            scores.append(score)
    return float(np.mean(scores)) if scores else float("nan")


# The score of folds


def test_the_score_is_the_mean_over_folds_with_its_standard_error() -> None:
    score = Score((1.0, 2.0, 4.0, 5.0))
    assert score.value == 3.0
    assert score.standard_error == pytest.approx(np.sqrt((4 + 1 + 1 + 4) / 3) / 2)


def test_a_single_fold_has_no_standard_error() -> None:
    assert Score((1.5,)).value == 1.5
    assert np.isnan(Score((1.5,)).standard_error)


def test_each_fold_is_scored_on_its_own_rows() -> None:
    data = dataset([0.0, 0.0, 10.0, 0.0, 0.0])
    predictions = np.array([[1.0], [2.0], [4.0], [8.0], [np.nan]])  # no fold scores the last
    judge = Objective(MAE).judge(data)
    assert judge.over_folds(predictions, folds([2, 0], [3, 1])).folds == (3.5, 5.0)
    assert judge.over_folds(predictions, folds([2, 0], [3, 1], [1]), [2, 0]).folds == (2.0, 3.5)


def test_predictions_come_in_the_order_of_the_rows_asked_for() -> None:
    judge = Objective(MAE).judge(dataset([10.0, 20.0, 30.0]))
    assert judge.score(np.array([[30.0], [10.0]]), np.array([2, 0])) == 0.0
    assert judge.score(np.array([[10.0], [30.0]]), np.array([2, 0])) == 20.0


# Weights


def test_weights_are_joined_by_id_and_count_the_rows() -> None:
    data = dataset([0.0, 0.0, 0.0])
    weight = pd.Series([3.0, 2.0, 1.0], index=["r2", "r1", "r0"])
    judge = Objective(MAE, weight).judge(data)
    predictions = np.array([[1.0], [10.0], [100.0]])
    assert judge.score(predictions, all_rows(data)) == pytest.approx((1 + 20 + 300) / 6)
    assert judge.score(predictions[[2, 0]], np.array([2, 0])) == pytest.approx((300 + 1) / 4)


def test_weights_of_other_rows_do_no_harm() -> None:
    weight = pd.Series([1.0, 3.0, 99.0], index=["r0", "r1", "elsewhere"])
    judge = Objective(MAE, weight).judge(dataset([0.0, 0.0]))
    assert judge.score(np.array([[0.0], [4.0]]), np.array([0, 1])) == 3.0


@pytest.mark.parametrize("weight", [[1.0, np.nan], [1.0, np.inf], [1.0]])
def test_a_row_without_a_weight_is_an_error(weight: list[float]) -> None:
    objective = Objective(MAE, pd.Series(weight, index=[f"r{row}" for row in range(len(weight))]))
    with pytest.raises(ValueError, match="no weight"):
        objective.judge(dataset([0.0, 0.0]))


def test_the_weights_of_the_score_are_not_those_of_the_fit() -> None:
    data = dataset([0.0, 0.0])
    rows = Table(data.fit.X, data.fit.y, data.fit.keys, fit_weight=pd.Series([9.0, 1.0], index=data.fit.ids))
    weighted = Dataset(rows, rows, rows, ("y",), data.sample_submission, ("id",))
    assert Objective(MAE).judge(weighted).score(np.array([[0.0], [4.0]]), np.array([0, 1])) == 2.0


# The digest


def test_the_digest_changes_with_metric_weight_and_key() -> None:
    weight = pd.Series([1.0, 2.0], index=["r0", "r1"])
    objectives = [
        Objective(MAE),
        Objective(RMSE),
        Objective(MAE, weight),
        Objective(MAE, weight * 2),
        Objective(MAE, per="event"),
        Objective(MAE, per="city"),
        Objective(ndcg(3), per="event"),
        Objective(ndcg(5), per="event"),
        Objective(MAE, pd.Series([1.0, 2.0], index=["r1", "r0"])),  # the same numbers on other rows
    ]
    assert len({objective.digest() for objective in objectives}) == len(objectives)
    assert Objective(MAE, weight).digest() == Objective(MAE, weight.copy()).digest()


# Averages per key


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=25),
    st.sampled_from(["ndcg", "rmse", "auc"]),
    st.integers(0, 99),
)
def test_an_average_per_key_equals_a_loop_over_its_groups(
    rows: list[tuple[int, int, int]], kind: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    event = [f"event {number}" for number, _, _ in rows]
    gain = np.array([value for _, value, _ in rows], dtype=float)
    scores = np.array([value for _, _, value in rows], dtype=float)[:, None]
    metric: Metric = {"ndcg": ndcg(3), "rmse": RMSE, "auc": ROC_AUC}[kind]
    data = dataset(gain.tolist(), event)
    truth = gain
    if kind == "auc":
        truth = (gain > 0).astype(int)
        scores = np.hstack([2 - scores, scores])
        data = dataset(["yes" if value else "no" for value in truth], event, ("no", "yes"))
    weight = pd.Series(rng.integers(1, 4, len(rows)), index=data.score.ids).astype(float)
    judge = Objective(metric, weight, per="event").judge(data)
    chosen = rng.permutation(len(rows))[: rng.integers(1, len(rows) + 1)]
    expected = per_event(
        metric, truth[chosen], scores[chosen], weight.to_numpy()[chosen], [event[row] for row in chosen]
    )
    assert judge.score(scores[chosen], chosen) == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_every_group_counts_alike_whatever_its_size() -> None:
    data = dataset([0.0, 0.0, 0.0, 0.0], ["a", "b", "b", "b"])
    judge = Objective(MAE, per="event").judge(data)
    assert judge.score(np.array([[8.0], [2.0], [2.0], [2.0]]), all_rows(data)) == 5.0


def test_groups_without_a_score_are_left_out_and_all_of_them_give_nan() -> None:
    data = dataset([1.0, 0.0, 0.0, 0.0], ["a", "a", "b", "b"])
    judge = Objective(ndcg(2), per="event").judge(data)
    assert judge.score(np.array([[2.0], [1.0], [1.0], [2.0]]), all_rows(data)) == 1.0
    assert np.isnan(judge.score(np.array([[1.0], [2.0]]), np.array([2, 3])))


def test_a_group_whose_rows_all_weigh_nothing_is_left_out() -> None:
    data = dataset([0.0, 0.0, 0.0], ["a", "b", "b"])
    weight = pd.Series([0.0, 1.0, 3.0], index=data.score.ids)
    judge = Objective(MAE, weight, per="event").judge(data)
    assert judge.score(np.array([[9.0], [0.0], [4.0]]), all_rows(data)) == 3.0


def test_rows_without_a_group_are_not_one_group() -> None:
    # Pooled, they would count as one made-up event.
    data = dataset([0.0, 0.0, 0.0], ["a", None, None])
    with pytest.raises(Exception, match="event"):
        Objective(MAE, per="event").judge(data)


def test_groups_keep_apart_across_folds() -> None:
    data = dataset([0.0, 0.0, 0.0, 0.0], ["a", "b", "a", "b"])
    judge = Objective(MAE, per="event").judge(data)
    predictions = np.array([[1.0], [2.0], [5.0], [6.0]])
    assert judge.over_folds(predictions, folds([0, 1], [2, 3])).folds == (1.5, 5.5)


def test_the_truth_is_encoded_in_the_order_of_the_outputs() -> None:
    judge = Objective(LOG_LOSS).judge(dataset(["b", "a"], outputs=("b", "a")))
    assert judge.truth.tolist() == [0, 1]
    assert judge.score(np.array([[0.9, 0.1], [0.1, 0.9]]), np.array([0, 1])) == pytest.approx(-np.log(0.9))
