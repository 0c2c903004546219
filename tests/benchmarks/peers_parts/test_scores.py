from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score, root_mean_squared_error

from benchmarks.peers_parts.scores import Judged, paired, resampled_areas


def drawn(metric: str, seed: int, rows: int = 200, noise: float = 1.0, clusters: int | None = None) -> Judged:
    rng = np.random.default_rng(seed)
    names = np.array([f"{k if clusters is None else k % clusters}" for k in range(rows)])
    if metric == "rmse":
        truth = rng.normal(size=rows)
        return Judged(metric, truth, (truth + rng.normal(0, noise, rows))[:, None], names)
    truth = (rng.random(rows) < 0.4).astype(float)
    p = 1 / (1 + np.exp(-(truth - 0.5 + rng.normal(0, noise, rows))))
    return Judged(metric, truth, np.column_stack([1 - p, p]), names)


def test_scores_are_those_of_scikit_learn():
    loss, square, area = (drawn(metric, 0) for metric in ("log_loss", "rmse", "roc_auc"))
    assert loss.score == pytest.approx(log_loss(loss.truth, loss.predictions))
    assert square.score == pytest.approx(root_mean_squared_error(square.truth, square.predictions[:, 0]))
    assert area.score == pytest.approx(roc_auc_score(area.truth, area.predictions[:, 1]))


@pytest.mark.parametrize("metric", ["log_loss", "rmse"])
def test_the_mean_of_the_row_losses_is_the_score(metric):
    judged = drawn(metric, 1)
    assert judged.row_losses.mean() == pytest.approx(judged.score)


@pytest.mark.parametrize("metric", ["log_loss", "rmse", "roc_auc"])
def test_the_error_is_the_spread_of_the_score_over_draws(metric):
    scores = [drawn(metric, seed, rows=300).score for seed in range(300)]
    said = np.mean([drawn(metric, seed, rows=300).estimate().error for seed in range(10)])
    assert said == pytest.approx(np.std(scores), rel=0.2)


def test_areas_of_equal_predictions_move_together():
    judged = drawn("roc_auc", 3)
    areas = resampled_areas([judged, judged], judged.clusters)
    assert np.array_equal(areas[0], areas[1])


@pytest.mark.parametrize("metric", ["log_loss", "rmse", "roc_auc"])
def test_a_tool_is_not_behind_itself_and_is_behind_a_better_one(metric):
    same = paired([drawn(metric, 0)], [drawn(metric, 0)])
    assert (same.value, same.error) == (0.0, 0.0)
    worse, better = drawn(metric, 0, rows=800, noise=2.0), drawn(metric, 0, rows=800, noise=0.3)
    behind = paired([worse], [better])
    assert behind.value > 3 * behind.error > 0
    ahead = paired([better], [worse])
    assert ahead.value == pytest.approx(-behind.value)
    assert ahead.error == pytest.approx(behind.error)


def test_of_one_seed_the_paired_error_of_a_loss_is_that_of_its_row_differences():
    a, b = drawn("log_loss", 0), drawn("log_loss", 0, noise=0.5)
    d = a.row_losses - b.row_losses
    assert paired([a], [b]).error == pytest.approx(np.std(d, ddof=1) / np.sqrt(len(d)))


def test_seeds_with_other_rows_tell_more_than_seeds_with_the_same():
    def pair(seed: int, world: str) -> tuple[Judged, Judged]:
        a, b = drawn("log_loss", seed), drawn("log_loss", seed, noise=0.9)
        names = np.array([f"{world}{name}" for name in a.clusters])
        return Judged(a.metric, a.truth, a.predictions, names), Judged(b.metric, b.truth, b.predictions, names)

    once = pair(0, "")
    same = paired(*zip(once, once, strict=True))
    other = paired(*zip(pair(0, "a"), pair(0, "b"), strict=True))
    assert same.error == pytest.approx(paired([once[0]], [once[1]]).error, rel=0.01)
    assert other.error == pytest.approx(same.error / np.sqrt(2), rel=0.01)


def test_seeds_that_disagree_by_more_than_rows_explain_widen_the_error():
    rows = 400
    truth, names = np.zeros(rows), np.array([str(k) for k in range(rows)])

    def constant(value: float) -> Judged:
        return Judged("rmse", truth, np.full((rows, 1), value), names)

    found = paired([constant(1.0), constant(3.0)], [constant(2.0), constant(2.0)])
    assert found.value == pytest.approx(0.0)
    assert found.error == pytest.approx(1.0)


def test_an_area_under_the_curve_has_no_row_losses():
    with pytest.raises(ValueError, match="no mean over rows"):
        _ = drawn("roc_auc", 0).row_losses
