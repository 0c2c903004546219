"""How sure a difference of scores is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.folds import Fold, Folds
from core.metrics import BRIER, LOG_LOSS, MAE, R2, RMSE, ROC_AUC
from core.metrics.distribution import pinball
from core.objective import Judge
from core.outside.comparison import gain_over, paired_error

RNG = np.random.default_rng(0)
N = 600


def scheme(n, k=3):
    every, parts = np.arange(n), np.array_split(np.random.default_rng(1).permutation(n), k)
    return Folds("s", tuple(Fold(str(i), np.setdiff1d(every, p), p, every[:0]) for i, p in enumerate(parts)), "nothing")


def judge_of(metric, n=N, weight=None):
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 2, n) if metric.truth == "class" else rng.normal(size=n)
    return Judge(metric, truth, np.ones(n) if weight is None else weight)


def predictions(judge, seed, skill):
    rng = np.random.default_rng(seed)
    if judge.metric.truth == "class":
        p = 1 / (1 + np.exp(-(skill * (2 * judge.truth - 1) + rng.normal(size=len(judge.truth)))))
        return np.column_stack([1 - p, p])
    return (judge.truth + rng.normal(size=len(judge.truth)) / skill)[:, None]


@pytest.mark.parametrize("metric", [LOG_LOSS, BRIER, MAE, RMSE])
def test_the_error_over_rows_is_that_of_many_draws(metric):
    """A bootstrap over rows is the plain definition."""
    judge = judge_of(metric)
    a, b = predictions(judge, 3, 1.0), predictions(judge, 4, 1.5)
    error, over = paired_error(judge, scheme(N), [0, 1, 2], a, b)
    assert over == "rows"
    rng, draws = np.random.default_rng(5), []
    for _ in range(400):
        rows = rng.integers(0, N, N)
        draws.append(judge.score(a[rows], rows) - judge.score(b[rows], rows))
    assert error == pytest.approx(np.std(draws), rel=0.15)


def test_classes_are_strata_where_weights_move_them():
    weight = np.where(judge_of(LOG_LOSS).truth == 1, 5.0, 1.0)
    judge = judge_of(LOG_LOSS, weight=weight)
    a, b = predictions(judge, 3, 1.0), predictions(judge, 4, 1.5)
    error, _ = paired_error(judge, scheme(N), [0, 1, 2], a, b)
    draws, rng = [], np.random.default_rng(5)
    parts = [np.flatnonzero(judge.truth == k) for k in (0, 1)]
    for _ in range(400):
        rows = np.concatenate([rng.choice(part, len(part)) for part in parts])
        draws.append(judge.score(a[rows], rows) - judge.score(b[rows], rows))
    assert error == pytest.approx(np.std(draws), rel=0.15)


@pytest.mark.parametrize("metric", [ROC_AUC, R2])
def test_other_metrics_are_compared_over_folds(metric):
    judge, folds = judge_of(metric), scheme(N)
    a, b = predictions(judge, 3, 1.0), predictions(judge, 4, 1.5)
    error, over = paired_error(judge, folds, [0, 2], a, b)
    each = [
        judge.score(a[f.score], f.score) - judge.score(b[f.score], f.score) for f in (folds.folds[0], folds.folds[2])
    ]
    assert over == "folds"
    assert error == pytest.approx(np.std(each, ddof=1) / np.sqrt(2))
    assert np.isnan(paired_error(judge, folds, [1], a, b)[0])


def test_a_metric_per_group_is_compared_over_folds():
    judge = replace(judge_of(MAE), groups=np.arange(N) // 10, per="event")
    a, b = predictions(judge, 3, 1.0), predictions(judge, 4, 1.5)
    assert paired_error(judge, scheme(N), [0, 1, 2], a, b)[1] == "folds"


@pytest.mark.parametrize("metric", [LOG_LOSS, RMSE, ROC_AUC])
def test_a_gain_is_positive_where_the_new_is_better(metric):
    judge = judge_of(metric)
    bad, good = predictions(judge, 3, 0.3), predictions(judge, 4, 3.0)
    gain = gain_over(judge, scheme(N), [0, 1, 2], bad, good)
    loss = gain_over(judge, scheme(N), [0, 1, 2], good, bad)
    assert gain.value > 0
    assert loss.value == pytest.approx(-gain.value)
    assert gain.error == loss.error == paired_error(judge, scheme(N), [0, 1, 2], bad, good)[0]


@pytest.mark.parametrize("metric", [LOG_LOSS, BRIER, MAE, RMSE, ROC_AUC, R2])
def test_a_share_is_of_the_way_to_the_score_of_the_truth(metric):
    judge, folds = judge_of(metric), scheme(N)
    bad, good = predictions(judge, 3, 0.3), predictions(judge, 4, 3.0)
    perfect = 1.0 if metric.higher_is_better else 0.0
    old, new = (judge.over_folds(values, folds).value for values in (bad, good))
    assert gain_over(judge, folds, [0, 1, 2], bad, good).share == pytest.approx((new - old) / (perfect - old))
    truth = np.eye(2)[judge.truth] if metric.truth == "class" else judge.truth[:, None]
    assert gain_over(judge, folds, [0, 1, 2], bad, truth).share == pytest.approx(1, abs=1e-12)
    assert np.isnan(gain_over(judge, folds, [0, 1, 2], truth, good).share)


def test_a_loss_that_reads_more_than_the_truth_is_nought_at_best():
    judge, folds = judge_of(pinball(0.1, 0.9)), scheme(N)
    old, new = (np.column_stack([judge.truth - width, judge.truth + width]) for width in (2.0, 1.0))
    assert gain_over(judge, folds, [0, 1, 2], old, new).share == pytest.approx(0.5)


def test_rows_that_no_fold_scores_need_no_truth():
    judge, folds = judge_of(MAE), scheme(N)
    truth = judge.truth.copy()
    truth[folds.folds[2].score] = np.nan
    a, b = predictions(judge, 3, 1.0), predictions(judge, 4, 1.5)
    assert gain_over(replace(judge, truth=truth), folds, [0, 1], a, b) == gain_over(judge, folds, [0, 1], a, b)


@pytest.mark.parametrize("metric", [LOG_LOSS, BRIER, MAE, RMSE])
def test_the_error_over_groups_is_that_of_many_draws_of_groups(metric):
    """Rows of a group err together: over rows the error would be far too small."""
    judge, clusters = judge_of(metric), np.arange(N) // 20
    rng = np.random.default_rng(7)
    together = np.repeat(rng.normal(size=N // 20), 20)
    if metric.truth == "class":
        p = 1 / (1 + np.exp(-(judge.truth - 0.5 + together)))
        a = np.column_stack([1 - p, p])
    else:
        a = (judge.truth + together)[:, None]
    b = predictions(judge, 4, 1.5)
    error, over = paired_error(judge, scheme(N), [0, 1, 2], a, b, clusters)
    assert over == "groups"
    draws = []
    for _ in range(400):
        rows = (rng.integers(0, N // 20, N // 20)[:, None] * 20 + np.arange(20)).ravel()
        draws.append(judge.score(a[rows], rows) - judge.score(b[rows], rows))
    assert error == pytest.approx(np.std(draws), rel=0.2)
    assert error > 1.3 * paired_error(judge, scheme(N), [0, 1, 2], a, b)[0]
