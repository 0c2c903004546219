from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from core.blending.squared_scorer import CHUNK, SquaredScorer, first_equals
from core.metrics import BRIER, LOG_LOSS, MAE, MCRMSE, R2, RMSE, Metric
from core.objective import Judge
from tests.core.blending.growing import both

METRICS = [RMSE, R2, MCRMSE, BRIER]


def drawn(metric: Metric, rows: int = 30, members: int = 4, seed: int = 0, weighted: bool = True):
    rng = np.random.default_rng(seed)
    weight = rng.exponential(size=rows) if weighted else np.ones(rows)
    if metric is BRIER:
        return list(rng.dirichlet(np.ones(3), (members, rows))), Judge(metric, rng.integers(0, 3, rows), weight)
    truth = rng.normal(size=(rows, 2)) if metric is MCRMSE else rng.normal(size=rows)
    columns = truth.reshape(rows, -1)
    return [columns + rng.normal(size=columns.shape) for _ in range(members)], Judge(metric, truth, weight)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
@pytest.mark.parametrize("chosen", [[0, 1, 2], [2], [0, 2]])
def test_scores_are_those_of_the_metric(metric: Metric, chosen: list[int]):
    members, judge = drawn(metric)
    parts = np.array_split(np.random.default_rng(1).permutation(30), 3)
    scorer = SquaredScorer(members, judge, parts)
    found, expected = both(scorer, members, judge, parts, chosen, [0, 3, 3, 1])
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_more_rows_than_are_summed_at_a_time_and_rows_without_weight(metric: Metric):
    members, judge = drawn(metric, CHUNK + 700)
    judge.weight[::3] = 0.0
    parts = [np.arange(CHUNK + 700)]
    found, expected = both(SquaredScorer(members, judge, parts), members, judge, parts, [0], [1, 2])
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    members=st.lists(st.lists(st.integers(-3, 3), min_size=5, max_size=5), min_size=1, max_size=4),
    truth=st.lists(st.integers(-2, 2), min_size=5, max_size=5),
    metric=st.sampled_from([RMSE, R2]),
)
def test_whole_numbers_add_up_exactly(members: list[list[int]], truth: list[int], metric: Metric):
    """Also where the truth is constant, and no R2 is defined."""
    values = [np.array(member, dtype=float)[:, None] for member in members]
    judge, parts = Judge(metric, np.array(truth, dtype=float), np.ones(5)), [np.arange(2), np.arange(2, 5)]
    found, expected = both(SquaredScorer(values, judge, parts), values, judge, parts, [0, 1], [0])
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_a_truth_far_from_zero_costs_no_digits():
    members, judge = drawn(RMSE, 200)
    far = Judge(RMSE, judge.truth + 2.0**30, judge.weight)
    moved, parts = [values + 2.0**30 for values in members], [np.arange(200)]
    back = [values - 2.0**30 for values in moved]  # without rounding
    found, _ = both(SquaredScorer(moved, far, parts), moved, far, parts, [0], [0, 1])
    _, expected = both(SquaredScorer(back, judge, parts), back, Judge(RMSE, far.truth - 2.0**30, judge.weight),
                       parts, [0], [0, 1])  # fmt: skip
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_equal_members_have_equal_scores_to_the_last_bit():
    members, judge = drawn(RMSE, 5000, 9)
    members += [values.copy() for values in members]
    scorer = SquaredScorer(members, judge, [np.arange(5000)])
    scorer.start([0])
    for pick in (3, 12, 5):
        scores = scorer.scores(range(18))
        assert scores[:9] == scores[9:]
        scorer.add(pick)


def test_the_first_of_equal_members_is_found_on_the_rows_alone():
    a, b = np.array([[1.0], [2.0], [3.0]]), np.array([[2.0], [1.0], [3.0]])
    other = np.array([[1.0], [2.0], [9.0]])
    assert first_equals([a, b, other, a.copy()], [np.arange(2)]).tolist() == [0, 1, 0, 0]
    assert first_equals([a, b, other, a.copy()], [np.arange(2), np.array([2])]).tolist() == [0, 1, 2, 0]


def test_products_of_parts_add_up_and_the_truth_of_others_does_not_matter():
    members, judge = drawn(RMSE)
    parts = np.array_split(np.arange(30), 3)
    whole = SquaredScorer(members, judge, [np.arange(20)])
    turned = Judge(RMSE, np.where(np.arange(30) < 20, judge.truth, -9.0), judge.weight)
    in_parts = SquaredScorer(members, turned, parts)
    assert in_parts.gram([0, 1]).tobytes() == SquaredScorer(members, judge, parts).gram([0, 1]).tobytes()
    np.testing.assert_allclose(in_parts.gram([0, 1])[:, :-2, :-2], whole.gram([0])[:, :-2, :-2])
    assert in_parts.effective_rows([0, 1]) == pytest.approx(
        judge.weight[:20].sum() ** 2 / (judge.weight[:20] ** 2).sum()
    )


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_predictions_that_are_not_finite_are_an_error(wrong: float):
    members, judge = drawn(RMSE)
    members[2][7] = wrong
    with pytest.raises(ValueError, match="NaN or infinity"):
        SquaredScorer(members, judge, [np.arange(30)])
    SquaredScorer(members, judge, [np.arange(7)])


@pytest.mark.parametrize(
    ("metric", "outputs", "suits"),
    [(RMSE, 1, True), (RMSE, 2, False), (MCRMSE, 2, True), (BRIER, 3, True), (MAE, 1, False), (LOG_LOSS, 2, False)],
)
def test_it_suits_mean_squares(metric: Metric, outputs: int, suits: bool):
    assert SquaredScorer.suits(metric, outputs) == suits


def test_sums_do_not_depend_on_threads():
    members, judge = drawn(RMSE, 6000, 40)
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            found.append(SquaredScorer(members, judge, [np.arange(6000)]).grams.tobytes())
    assert found[0] == found[1]
