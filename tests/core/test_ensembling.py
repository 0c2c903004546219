from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax

from core import ensembling
from core.blend import Blend
from core.calibration import log_probabilities
from core.ensembling import (
    SMALLEST_WEIGHT,
    Ensemble,
    ensemble,
    fits_asked_for,
    greedy,
    pools,
    scales_of,
    scores_asked_for,
)
from core.folds import Fold, Folds
from core.log_linear import fit_log_linear
from core.metrics import ACCURACY, BRIER, LOG_LOSS, MACRO_ROC_AUC, RMSE, ROC_AUC, Metric, ndcg
from core.objective import Judge
from tests.core.watching import Watching

Array = npt.NDArray[np.float64]
N = 200
NOTHING = np.empty(0, dtype=np.intp)


def blocks(n: int = N, count: int = 4, *, forward: bool = False) -> Folds:
    """Each fold scores one block of rows; the last ones come last in time."""
    folds = tuple(Fold(str(k), NOTHING, rows, NOTHING) for k, rows in enumerate(np.array_split(np.arange(n), count)))
    return Folds("blocks", folds, "nothing", ordered="time" if forward else None, forward_only=forward)


def keys(n: int = N) -> pd.DataFrame:
    return pd.DataFrame({"time": np.arange(n), "event": np.arange(n) // 10}, index=[f"r{i}" for i in range(n)])


def judge_of(metric: Metric, truth: npt.NDArray[np.generic], weight: Array | None = None) -> Judge:
    return Judge(metric, truth, np.ones(len(truth)) if weight is None else weight)


def regression(noises: Mapping[str, float], n: int = N) -> tuple[dict[str, Array], Judge]:
    """Members that see the truth through noise of their own."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=n)
    members = {name: (truth + rng.normal(scale=noise, size=n))[:, None] for name, noise in noises.items()}
    return members, judge_of(RMSE, truth)


def ranking(noises: Mapping[str, float], n: int = N) -> tuple[dict[str, Array], Judge]:
    """Two classes; each member on a scale of its own."""
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, n)
    members = {}
    for number, (name, noise) in enumerate(noises.items()):
        score = 1 / (1 + np.exp(-(truth + rng.normal(scale=noise, size=n)) * 3.0**number))
        members[name] = np.column_stack([1 - score, score])
    return members, judge_of(ROC_AUC, truth)


def joined(members: Mapping[str, Array], judge: Judge, folds: Folds | None = None, **more: object) -> Ensemble:
    folds = folds or blocks(len(judge.truth))
    more = {"fitted": range(len(folds)), **more}
    return ensemble(members, judge, folds, keys(len(judge.truth)), **more)


def plain_greedy(data: Mapping[str, Array], judge: Judge, rounds: int) -> dict[str, float]:
    """Caruana's definition, written for reading."""
    rows = np.arange(len(judge.truth))
    best_first = -1 if judge.metric.higher_is_better else 1
    picks: list[str] = []
    history = []
    for _ in range(rounds):
        used_first = sorted(set(picks)) + sorted(set(data) - set(picks))
        scores = {name: judge.score(sum(data[one] for one in [*picks, name]) / (len(picks) + 1), rows) for name in data}
        best = min(scores.values(), key=lambda score: best_first * score)
        picks.append(next(name for name in used_first if scores[name] == best))
        history.append(best)
    best = min(history, key=lambda score: best_first * score)
    chosen = picks[: history.index(best) + 1]
    return {name: chosen.count(name) / len(chosen) for name in set(chosen)}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    quarters=st.lists(st.lists(st.integers(0, 4), min_size=6, max_size=6), min_size=1, max_size=3),
    truth=st.lists(st.integers(0, 1), min_size=6, max_size=6),
    metric=st.sampled_from([ACCURACY, BRIER]),
)
def test_greedy_equals_its_definition(quarters: list[list[int]], truth: list[int], metric: Metric):
    """Quarters add up without rounding, so that ties are ties in both; accuracy makes many."""
    data = {f"m{k}": np.array([[1 - q / 4, q / 4] for q in column]) for k, column in enumerate(quarters)}
    judge = judge_of(metric, np.array(truth))
    found = greedy(data, judge, np.arange(6), rounds=7)
    assert found == pytest.approx(plain_greedy(data, judge, 7), abs=1e-12)


def test_greedy_reads_only_the_rows_it_is_given():
    members, judge = regression({"a": 0.5, "b": 0.7, "c": 1.0})
    rows = np.arange(50, 120)
    expected = greedy(members, judge, rows)
    for values in members.values():
        values[:50] = np.nan
        values[120:] = np.nan
    assert greedy(members, judge, rows) == expected


def test_greedy_counts_rows_as_they_are_scored():
    rng = np.random.default_rng(2)
    truth = rng.normal(size=N)
    first_half = np.arange(N) < N // 2
    members = {
        "first": np.where(first_half, truth, truth + rng.normal(size=N))[:, None],
        "last": np.where(first_half, truth + rng.normal(size=N), truth)[:, None],
    }
    weight = np.where(first_half, 1.0, 1e-3)
    weights = greedy(members, judge_of(RMSE, truth, weight), np.arange(N))
    assert weights["first"] > 0.9


@pytest.mark.parametrize("count", [1, 2, 3, 4, 9])
def test_weights_are_positive_and_sum_to_one(count: int):
    members, judge = regression({f"m{k}": 0.5 + 0.1 * k for k in range(count)})
    weights = greedy(members, judge, np.arange(N))
    assert sum(weights.values()) == pytest.approx(1)
    assert min(weights.values()) > 0
    assert set(weights) <= set(members)


def test_weights_that_noise_chose_are_dropped():
    members, judge = regression({f"m{k:02d}": 0.5 + 0.05 * k for k in range(12)}, n=20)
    weights = greedy(members, judge, np.arange(20))  # few rows, so that all members look useful somewhere
    assert len(weights) < 12
    assert min(weights.values()) >= SMALLEST_WEIGHT
    assert sum(weights.values()) == pytest.approx(1)


def test_a_copy_of_a_member_gets_no_weight():
    members, judge = regression({"a": 0.5, "b": 0.8})
    weights = greedy(
        {**members, "copy of b": members["b"].copy(), "z": members["a"].copy()}, judge, np.arange(N), bags=0
    )
    assert set(weights) == {"a", "b"}


def test_a_noise_member_gets_little_weight():
    members, judge = regression({"good": 0.5, "fair": 0.6, "also fair": 0.6, "noise": 30.0})
    result = joined(members, judge)
    assert result.blend.weights.get("noise", 0) < 0.02
    assert result.selection < judge.score(members["good"], np.arange(N))


def test_the_same_seed_gives_the_same_bags_and_the_listing_order_does_not_matter():
    members, judge = regression({f"m{k}": 0.5 + 0.2 * k for k in range(8)}, n=60)
    turned = dict(reversed(members.items()))
    found = [greedy(members, judge, np.arange(60), seed=seed) for seed in range(3)]
    assert found == [greedy(turned, judge, np.arange(60), seed=seed) for seed in range(3)]
    assert any(weights != found[0] for weights in found)
    assert joined(members, judge, seed=3) == joined(turned, judge, seed=3)


def test_members_of_equal_strength_beat_the_best_single():
    members, judge = regression({f"m{k}": 1.0 for k in range(5)})
    result = joined(members, judge)
    assert len(result.blend.weights) > 1
    assert result.nested.value < min(judge.over_folds(values, blocks()).value for values in members.values())


def test_a_member_far_ahead_stands_alone():
    members, judge = regression({"exact": 0.0, "poor": 2.0, "bad": 3.0})
    result = joined(members, judge)
    assert result.blend.weights == {"exact": 1.0}
    assert result.blend.method == "best single"  # the simplest of equals
    assert result.nested.value == 0


def test_a_single_member_is_the_blend():
    members, judge = regression({"only": 0.5})
    result = joined(members, judge)
    assert (result.blend.method, result.blend.weights, result.blend.scale) == ("single", {"only": 1.0}, "values")
    assert result.nested == judge.over_folds(members["only"], blocks())
    assert result.selection == judge.score(members["only"], np.arange(N))
    assert list(result.methods) == ["single"]


def test_a_single_fold_is_scored_by_the_plain_mean():
    members, judge = regression({"a": 0.5, "b": 0.6})
    members = {name: np.where(np.arange(N)[:, None] < 50, values, np.nan) for name, values in members.items()}
    result = joined(members, judge, fitted=[0])
    rows = np.arange(50)
    mean = (members["a"] + members["b"])[rows] / 2
    assert result.nested.folds == pytest.approx((judge.score(mean, rows),))
    assert result.selection == pytest.approx(judge.score(result.blend.apply(members, keys())[rows], rows))
    assert result.selection <= min(judge.score(values[rows], rows) for values in members.values())


def test_rows_that_are_never_scored_may_be_missing():
    members, judge = regression({"a": 0.5, "b": 0.6, "c": 0.9})
    whole = joined(members, judge, fitted=[1, 2, 3])
    for values in members.values():
        values[:50] = np.nan
    assert joined(members, judge, fitted=[1, 2, 3]) == whole
    assert len(whole.nested.folds) == 3


@pytest.mark.parametrize("metric", [RMSE, LOG_LOSS, ROC_AUC], ids=lambda metric: metric.name)
def test_ranks_are_averaged_only_where_order_alone_is_scored(metric: Metric):
    members, judge = ranking({"a": 1.0, "b": 1.5})
    judge = judge_of(metric, judge.truth)
    if metric is RMSE:
        members = {name: values[:, 1:] for name, values in members.items()}
    more = ["rank mean", "rank greedy"] if metric.only_order else ["log-linear"] if metric is LOG_LOSS else []
    result = joined(members, judge)
    assert list(result.methods) == ["best single", "mean", "greedy", *more]
    assert metric.only_order or result.blend.scale != "ranks"


def test_ranks_win_where_members_have_unlike_scales():
    rng = np.random.default_rng(4)
    truth = np.repeat([0, 1], N // 2)[rng.permutation(N)]
    scores = [truth + rng.normal(scale=1.2, size=N) for _ in range(2)]
    members = {"plain": scores[0], "cubed": np.exp(6 * scores[1])}
    members = {name: np.column_stack([-score, score]) for name, score in members.items()}
    result = joined(members, judge_of(ROC_AUC, truth))
    assert result.blend.scale == "ranks"
    assert result.methods["rank mean"] > result.methods["mean"]


def test_ranks_are_taken_inside_the_groups_of_the_score():
    rng = np.random.default_rng(5)
    events = np.arange(N) // 10
    gains = rng.integers(0, 4, N).astype(float)
    level = rng.normal(scale=50, size=N // 10)[events]  # another level in every event hides the order across events
    members = {name: (gains + rng.normal(scale=1.5, size=N) + level)[:, None] for name in ("a", "b")}
    members["a"] = members["a"] * 1e3
    judge = Judge(ndcg(5), gains, np.ones(N), events, "event")
    result = joined(members, judge)
    assert result.blend.scale == "ranks"
    assert result.blend.per == "event"
    assert result.methods["rank mean"] > max(result.methods["mean"], result.methods["best single"])
    applied_again = result.blend.apply(members, pd.DataFrame({"event": events}))
    assert result.selection == judge.score(applied_again, np.arange(N))


@pytest.mark.parametrize("problem", [regression, ranking])
def test_selection_is_the_score_of_the_blend_as_it_is_applied(problem: object):
    members, judge = problem({"a": 1.0, "b": 1.1, "c": 1.2, "d": 2.0})
    result = joined(members, judge)
    applied = result.blend.apply(members, keys())
    assert result.selection == pytest.approx(judge.score(applied, np.arange(N)), abs=1e-12)


def test_scores_of_methods_equal_plain_nested_scores():
    members, judge = regression({"a": 1.0, "b": 1.05, "c": 1.1})
    folds = blocks()
    expected: dict[str, list[float]] = {"best single": [], "mean": [], "greedy": []}
    for k, fold in enumerate(folds.folds):
        others = np.concatenate([other.score for j, other in enumerate(folds.folds) if j != k])
        best = min(members, key=lambda name: judge.score(members[name][others], others))
        weights = {
            "best single": {best: 1.0},
            "mean": dict.fromkeys(members, 1 / 3),
            "greedy": greedy(members, judge, others),
        }
        for method, parts in weights.items():
            blended = sum(weight * members[name][fold.score] for name, weight in parts.items())
            expected[method].append(judge.score(blended, fold.score))
    assert joined(members, judge).methods == pytest.approx({name: np.mean(each) for name, each in expected.items()})


def test_the_method_with_the_best_nested_score_is_taken():
    for noises in ({"a": 1.0, "b": 1.0, "c": 1.0}, {"a": 0.1, "b": 3.0, "c": 3.0}, {"a": 0.5, "b": 0.6, "c": 3.0}):
        result = joined(*regression(noises))
        assert result.methods[result.blend.method] == min(result.methods.values())


def specialists(metric: Metric) -> tuple[dict[str, Array], Judge]:
    """One member is good on even folds, one on odd folds and one misleads, so that every fold moves the weights."""
    rng = np.random.default_rng(6)
    truth = rng.integers(0, 2, N)
    even = np.arange(N) // 50 % 2 == 0
    noises = {"even": np.where(even, 0.4, 1.5), "odd": np.where(even, 1.5, 0.4)}
    scores = {name: truth + noise * rng.normal(size=N) for name, noise in noises.items()}
    if metric is RMSE:
        scores["bad"] = truth + rng.normal(scale=6, size=N)
        return {name: score[:, None] for name, score in scores.items()}, judge_of(metric, truth.astype(float))
    scores["bad"] = rng.normal(size=N) - truth  # an order is hardly hurt by noise alone
    return {name: np.column_stack([-score, score]) for name, score in scores.items()}, judge_of(metric, truth)


def applied(members: Mapping[str, Array], judge: Judge, folds: Folds) -> list[Array]:
    """The blended predictions that each fold was scored by, and at last those of the final blend."""
    watching = Watching()
    joined(members, judge, folds, decision=watching.another)
    return watching.applied


@pytest.mark.parametrize("metric", [RMSE, ROC_AUC], ids=lambda metric: metric.name)
@pytest.mark.parametrize("fold", range(4))
def test_the_truth_of_a_fold_never_changes_what_it_is_scored_by(metric: Metric, fold: int):
    members, judge = specialists(metric)
    truth = judge.truth.copy()
    rows = blocks().folds[fold].score
    truth[rows] = 1 - truth[rows]  # upside down: were it seen, the worst member would look best
    before = applied(members, judge, blocks())
    after = applied(members, judge_of(metric, truth), blocks())
    assert len(before) == 5
    assert before[fold].tobytes() == after[fold].tobytes()
    assert any(x.tobytes() != y.tobytes() for x, y in zip(before, after, strict=True))


@pytest.mark.parametrize("metric", [RMSE, ROC_AUC], ids=lambda metric: metric.name)
@pytest.mark.parametrize("fold", [1, 2, 3])
def test_forward_folds_are_scored_by_what_earlier_ones_show(metric: Metric, fold: int):
    members, judge = specialists(metric)
    folds = blocks(forward=True)
    truth = judge.truth.copy()
    start = folds.folds[fold].score[0]
    truth[start:] = 1 - truth[start:]
    before = applied(members, judge, folds)
    after = applied(members, judge_of(metric, truth), folds)
    assert len(before) == 4  # on the first fold nothing is known, so nothing is decided; the last is the final blend
    assert before[fold - 1].tobytes() == after[fold - 1].tobytes()
    assert before[-1].tobytes() != after[-1].tobytes()


def test_forward_folds_do_use_the_earlier_ones():
    members, judge = specialists(RMSE)
    folds = blocks(forward=True)
    truth = judge.truth.copy()
    truth[:50] = 1 - truth[:50]
    before, after = applied(members, judge, folds), applied(members, judge_of(RMSE, truth), folds)
    assert before[0].tobytes() != after[0].tobytes()


def test_the_first_forward_fold_is_scored_by_the_plain_mean():
    members, judge = specialists(RMSE)
    result = joined(members, judge, blocks(forward=True))
    rows = np.arange(50)
    assert len(result.nested.folds) == 4
    assert result.nested.folds[0] == pytest.approx(judge.score(sum(members.values())[rows] / 3, rows))
    assert joined(members, judge, blocks()).nested.folds[0] < result.nested.folds[0]


def test_a_fold_without_a_score_does_not_hide_the_others():
    """A fold of one class has no area under the curve; the methods are compared on the other folds."""
    members, judge = ranking({"a": 1.5, "b": 1.5, "c": 1.5})
    truth = judge.truth.copy()
    truth[:50] = 0
    judge = judge_of(ROC_AUC, truth)
    result = joined(members, judge)
    defined = [judge.score(sum(members.values())[rows] / 3, rows) for rows in np.array_split(np.arange(N), 4)[1:]]
    assert result.methods["mean"] == pytest.approx(np.mean(defined))
    assert result.methods[result.blend.method] == max(result.methods.values())
    assert result.blend.method != "best single"


def test_predictions_are_left_alone():
    members, judge = ranking({"a": 1.0, "b": 1.1, "c": 1.2, "d": 2.0})
    before = {name: values.copy() for name, values in members.items()}
    joined(members, judge)
    for name, values in members.items():
        np.testing.assert_array_equal(values, before[name])


def test_one_fold_alone_is_scored_and_sent_as_the_plain_mean():
    members, judge = regression({"good": 0.1, "bad": 3.0})
    found = joined(members, judge, fitted=[1])
    assert found.blend.weights == {"good": 0.5, "bad": 0.5}
    rows = blocks().folds[1].score
    mean = (members["good"] + members["bad"])[rows] / 2
    assert found.nested.folds == (judge.score(mean, rows),) == (found.selection,)


def test_rank_blends_of_two_classes_still_sum_to_one():
    members, judge = ranking({"sharp": 0.5, "flat": 0.6})
    found = joined(members, judge)
    blend = Blend("rank mean", {"sharp": 0.5, "flat": 0.5}, "ranks")
    assert {"rank mean", "rank greedy"} <= set(found.methods)
    assert np.allclose(blend.apply(members, keys()).sum(axis=1), 1, atol=1e-12)


def test_ranks_of_three_classes_are_no_probabilities_and_are_not_offered():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, N)
    members = {name: rng.dirichlet(np.ones(3), N) for name in ("a", "b")}
    assert not [name for name in joined(members, judge_of(MACRO_ROC_AUC, truth)).methods if "rank" in name]


# What choosing costs


@pytest.mark.parametrize("make", [regression, ranking])
@pytest.mark.parametrize("members", [2, 3, 4, 7])
def test_as_many_scores_are_asked_for_as_was_said(make, members, monkeypatch):
    asked, of = [], Judge.of

    def counting(self, rows):
        score = of(self, rows)
        return lambda values: asked.append(len(rows)) or score(values)

    monkeypatch.setattr(Judge, "of", counting)
    members_, judge = make({f"m{number}": 0.5 + number / 10 for number in range(members)})
    found = joined(members_, judge)
    assert set(found.blend.weights) <= set(members_)
    said = scores_asked_for(members, 4, len(scales_of(judge.metric, next(iter(members_.values())).shape[1])))
    # Only the method that is chosen is fitted on all folds; the single members and every method are scored besides.
    assert said * 0.85 <= len(asked) <= said * 1.1 + 100


def test_one_member_asks_for_none():
    assert scores_asked_for(1, 5) == 0


def test_without_rounds_there_is_no_greedy_selection():
    members, judge = ranking({"good": 0.5, "fair": 0.6, "bad": 3.0})
    assert set(joined(members, judge, rounds=0).methods) == {"best single", "mean", "rank mean"}
    assert {"greedy", "rank greedy"} < set(joined(members, judge, rounds=5).methods)


def test_rounds_limit_how_fine_weights_are():
    members, judge = regression({"a": 0.5, "b": 0.6, "c": 0.7})
    for rounds in (1, 3):
        weights = greedy(members, judge, np.arange(N), rounds=rounds)
        assert all(np.isclose(weight * np.arange(1, rounds + 1), np.round(weight * np.arange(1, rounds + 1))).any()
                   for weight in weights.values())  # fmt: skip
    assert len(greedy(members, judge, np.arange(N), rounds=1)) == 1


# Log-linear pools


def probabilities(noises: Mapping[str, float], classes: int = 3, n: int = N) -> tuple[dict[str, Array], Judge]:
    """Class probabilities of members that see the scores of the classes through noise; rows count unevenly."""
    rng = np.random.default_rng(7)
    scores = rng.normal(scale=1.5, size=(n, classes))
    truth = (softmax(scores, axis=1).cumsum(axis=1) < rng.random((n, 1))).sum(axis=1).clip(max=classes - 1)
    members = {name: softmax(scores + rng.normal(scale=s, size=scores.shape), axis=1) for name, s in noises.items()}
    return members, judge_of(LOG_LOSS, truth, rng.exponential(size=n))


@pytest.mark.parametrize(
    ("metric", "count", "offered"),
    [(LOG_LOSS, 1, False), (LOG_LOSS, 2, True), (LOG_LOSS, 5, True), (BRIER, 3, False), (MACRO_ROC_AUC, 3, False),
     (ACCURACY, 3, False)],
)  # fmt: skip
def test_pools_are_offered_for_the_log_loss_of_two_members_or_more(metric: Metric, count: int, offered: bool):
    members, judge = probabilities({f"m{number}": 1.0 for number in range(count)})
    result = joined(members, judge_of(metric, judge.truth), rounds=0)
    assert ("log-linear" in result.methods) == offered == pools(metric, count)


def test_a_pool_has_the_weights_of_the_fit_on_all_rows():
    """Cautious members: no mean of them is as sharp as it should be."""
    members, judge = probabilities({"a": 0.5, "b": 0.6})
    members = {name: softmax(np.log(values) / 3, axis=1) for name, values in members.items()}
    result = joined(members, judge)
    assert result.blend.method == "log-linear"
    logs = np.stack([log_probabilities(members[name]) for name in "ab"])
    weights, bias = fit_log_linear(logs, judge.truth, judge.weight)
    assert result.blend.weights == pytest.approx(dict(zip("ab", weights, strict=True)))
    assert result.blend.bias == pytest.approx(bias.tolist())
    assert sum(result.blend.weights.values()) > 1.2
    assert result.selection == pytest.approx(judge.score(result.blend.apply(members, keys()), np.arange(N)))
    assert result.methods["log-linear"] == min(result.methods.values())


def test_the_score_of_a_pool_is_that_of_folds_it_has_not_seen():
    members, judge = probabilities({"a": 0.5, "b": 0.6, "c": 2.0})
    each = []
    for k, fold in enumerate(blocks().folds):
        others = np.concatenate([other.score for j, other in enumerate(blocks().folds) if j != k])
        logs = np.stack([np.log(members[name]) for name in "abc"])
        weights, bias = fit_log_linear(logs[:, others], judge.truth[others], judge.weight[others])
        each.append(judge.score(softmax(np.tensordot(weights, logs[:, fold.score], 1) + bias, axis=1), fold.score))
    assert joined(members, judge, rounds=0).methods["log-linear"] == pytest.approx(np.mean(each), abs=1e-5)


@pytest.mark.parametrize("count", [3, 4, 5])
def test_as_many_pools_are_fitted_as_was_said(count: int, monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr(ensembling, "fit_log_linear", lambda *given: asked.append(given) or fit_log_linear(*given))
    result = joined(*probabilities({"a": 0.5, "b": 0.6}), blocks(count=count), rounds=1)
    assert len(asked) == fits_asked_for(count) - (result.blend.method != "log-linear")


def test_a_member_that_misleads_is_not_listed_in_a_pool():
    members, judge = probabilities({"good": 0.5, "fair": 0.6})
    upside_down = 1 / members["good"]
    members["bad"] = upside_down / upside_down.sum(axis=1, keepdims=True)
    members = {name: softmax(np.log(values) / 3, axis=1) for name, values in members.items()}
    blend = joined(members, judge).blend
    assert blend.method == "log-linear"
    assert set(blend.weights) == {"good", "fair"}


# Predictions of blends that have not seen the rows


NESTED = [lambda: specialists(RMSE), lambda: probabilities({"a": 0.4, "b": 0.6, "c": 3})]


@pytest.mark.parametrize("make", NESTED)
@pytest.mark.parametrize("forward", [False, True])
def test_nested_predictions_are_those_that_are_scored(make, forward: bool):
    members, judge = make()
    result = joined(members, judge, blocks(forward=forward))
    assert np.isfinite(result.nested_predictions).all()
    assert judge.over_folds(result.nested_predictions, blocks()).folds == result.nested.folds


@pytest.mark.parametrize("make", NESTED)
@pytest.mark.parametrize("fold", range(4))
def test_the_truth_of_a_fold_never_changes_its_nested_predictions(make, fold: int):
    members, judge = make()
    truth, rows = judge.truth.copy(), blocks().folds[fold].score
    truth[rows] = truth.max() - truth[rows]  # upside down: were it seen, the worst member would look best
    before = joined(members, judge, rounds=15).nested_predictions
    after = joined(members, judge_of(judge.metric, truth, judge.weight), rounds=15).nested_predictions
    assert before[rows].tobytes() == after[rows].tobytes()
    assert not np.array_equal(before, after)


def test_nested_predictions_are_decided():
    class Halved(Watching):
        def apply(self, predictions: Array, keys: pd.DataFrame) -> Array:
            return predictions / 2

    members, judge = specialists(RMSE)
    plain, halved = joined(members, judge), joined(members, judge, decision=Halved)
    np.testing.assert_allclose(halved.nested_predictions, plain.nested_predictions / 2)
    assert judge.over_folds(halved.nested_predictions, blocks()).folds == halved.nested.folds


@pytest.mark.parametrize("fitted", [[0, 1, 2], [1, 3], [2]])
def test_rows_that_no_fitted_fold_scores_have_no_nested_predictions(fitted: list[int]):
    members, judge = probabilities({"a": 0.5, "b": 0.6})
    scored = np.isin(np.arange(N) // 50, fitted)
    for values in members.values():
        values[~scored] = np.nan
    result = joined(members, judge, fitted=fitted)
    np.testing.assert_array_equal(np.isfinite(result.nested_predictions), np.tile(scored[:, None], 3))
    assert judge.over_folds(result.nested_predictions, blocks(), fitted).folds == result.nested.folds


def test_a_single_member_has_its_own_predictions_as_nested_ones():
    members, judge = probabilities({"only": 0.5})
    np.testing.assert_array_equal(joined(members, judge).nested_predictions, members["only"])
