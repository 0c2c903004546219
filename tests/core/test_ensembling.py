from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy.special import softmax

from core.blend import Blend
from core.blending import chooser as choosing
from core.blending.area_scorer import AreaScorer
from core.blending.costs import PER_FAMILY, fits_asked_for, scores_asked_for
from core.blending.greedy import greedy
from core.blending.least_squares import fit_least_squares
from core.blending.methods import scales_of
from core.blending.squared_scorer import SquaredScorer
from core.calibration import log_probabilities
from core.ensembling import Ensemble, ensemble
from core.folds import Fold, Folds
from core.log_linear import fit_log_linear
from core.metrics import LOG_LOSS, MACRO_ROC_AUC, RMSE, ROC_AUC, Metric, ndcg
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


def test_a_noise_member_gets_little_weight():
    members, judge = regression({"good": 0.5, "fair": 0.6, "also fair": 0.6, "noise": 30.0})
    result = joined(members, judge)
    assert result.blend.weights.get("noise", 0) < 0.02
    assert result.selection < judge.score(members["good"], np.arange(N))


def test_the_listing_order_does_not_matter():
    members, judge = regression({f"m{k}": 0.5 + 0.2 * k for k in range(8)}, n=60)
    turned = dict(reversed(members.items()))
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
    more = {
        RMSE: ["least squares", "stacking"],
        LOG_LOSS: ["log-linear"],
        ROC_AUC: ["rank mean", "rank greedy", "log-linear"],
    }[metric]
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
    folds, matrix = blocks(), np.hstack([*regression({"a": 1.0, "b": 1.05, "c": 1.1})[0].values()])
    expected: dict[str, list[float]] = {
        name: [] for name in ("best single", "mean", "greedy", "least squares", "stacking")
    }
    for k, fold in enumerate(folds.folds):
        others = np.concatenate([other.score for j, other in enumerate(folds.folds) if j != k])
        best = min(members, key=lambda name: judge.score(members[name][others], others))
        scorer = SquaredScorer(list(members.values()), judge, [others])
        gram, origins = scorer.gram([0]), scorer.origins
        chosen = greedy(members, judge, others)
        weights = {
            "best single": (np.array([float(name == best) for name in members]), 0.0),
            "mean": (np.full(3, 1 / 3), 0.0),
            "greedy": (np.array([chosen.get(name, 0.0) for name in members]), 0.0),
            "least squares": fit_least_squares(gram, origins, len(others), shrink=False),
            "stacking": fit_least_squares(gram, origins, len(others), shrink=True),
        }
        for method, (parts, bias) in weights.items():
            blended = matrix[fold.score] @ parts + bias
            expected[method].append(judge.score(blended[:, None], fold.score))
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
    """The blended predictions that each fold was scored by, and at last those of the final blend.

    Those without a member come after them. On the first of forward folds nothing is known, so nothing is decided.
    """
    watching = Watching()
    joined(members, judge, folds, decision=watching.another)
    return watching.applied[: len(folds) + (folds.ordered is None)]


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
    assert len(before) == 4
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


@pytest.mark.parametrize(("make", "kind"), [(regression, SquaredScorer), (ranking, AreaScorer)])
@pytest.mark.parametrize("members", [2, 3, 4, 7])
def test_as_many_scores_are_asked_for_as_was_said(make, kind, members, monkeypatch):
    asked, scores = [0], kind.scores

    def counting(self, candidates):
        asked[0] += len(candidates)
        return scores(self, candidates)

    monkeypatch.setattr(kind, "scores", counting)
    members_, judge = make({f"m{number}": 0.5 + number / 10 for number in range(members)})
    found = joined(members_, judge)
    assert set(found.blend.weights) <= set(members_)
    said = scores_asked_for(members, 4, len(scales_of(judge.metric, next(iter(members_.values())).shape[1])))
    # Only the method that is chosen is fitted on all folds; the single members are scored besides.
    assert said * 0.85 <= asked[0] <= said * 1.05 + 100


def test_without_rounds_there_is_no_greedy_selection():
    members, judge = ranking({"good": 0.5, "fair": 0.6, "bad": 3.0})
    assert set(joined(members, judge, rounds=0).methods) == {"best single", "mean", "rank mean", "log-linear"}
    assert {"greedy", "rank greedy"} < set(joined(members, judge, rounds=5).methods)


# Log-linear pools


def probabilities(noises: Mapping[str, float], classes: int = 3, n: int = N) -> tuple[dict[str, Array], Judge]:
    """Class probabilities of members that see the scores of the classes through noise; rows count unevenly."""
    rng = np.random.default_rng(7)
    scores = rng.normal(scale=1.5, size=(n, classes))
    truth = (softmax(scores, axis=1).cumsum(axis=1) < rng.random((n, 1))).sum(axis=1).clip(max=classes - 1)
    members = {name: softmax(scores + rng.normal(scale=s, size=scores.shape), axis=1) for name, s in noises.items()}
    return members, judge_of(LOG_LOSS, truth, rng.exponential(size=n))


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
    monkeypatch.setattr(choosing, "fit_log_linear", lambda *given: asked.append(given) or fit_log_linear(*given))
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


# What each member is worth


def worth(members: Mapping[str, Array], judge: Judge, folds: Folds, member: str, **more: object) -> float:
    """By definition: the nested score with the member less that without it, of blends chosen on other folds."""
    with_it, without = [], []
    for k, fold in enumerate(folds.folds):
        others = [j for j in range(len(folds)) if j != k]
        blend = joined(members, judge, folds, fitted=others, **more).blend
        rest = {name: weight for name, weight in blend.weights.items() if name != member}
        scale = sum(blend.weights.values()) / sum(rest.values()) if rest else 0.0
        left = Blend(
            blend.method, {name: scale * weight for name, weight in rest.items()}, blend.scale, None, blend.bias
        )
        if not rest:
            names = [name for name in members if name != member]
            left = Blend("mean", dict.fromkeys(names, 1 / len(names)))
        for one, into in ((blend, with_it), (left, without)):
            into.append(judge.score(one.apply(members, keys(len(judge.truth)))[fold.score], fold.score))
    return float(np.mean(with_it) - np.mean(without))


@pytest.mark.parametrize("make", [lambda: specialists(RMSE), lambda: probabilities({"a": 0.4, "b": 0.6, "c": 3})])
def test_what_a_member_is_worth_is_what_the_nested_score_loses(make):
    members, judge = make()
    result = joined(members, judge)
    assert set(result.marginal) == set(result.blend.weights)
    for name, value in result.marginal.items():
        assert value == pytest.approx(-worth(members, judge, blocks(), name), abs=1e-9)  # the lower the better


def test_a_member_that_helps_is_worth_something_whichever_way_the_metric_goes():
    for make in (regression, ranking):
        members, judge = make({"a": 0.8, "b": 0.9, "c": 1.0})
        assert min(joined(members, judge).marginal.values()) > 0


def test_where_a_member_is_the_best_single_one_the_next_best_takes_its_place():
    members, judge = regression({"exact": 0.0, "poor": 2.0, "bad": 3.0})
    result = joined(members, judge)
    assert result.marginal == pytest.approx({"exact": judge.over_folds(members["poor"], blocks()).value})


def test_a_candidate_alone_is_worth_nothing_that_could_be_said():
    members, judge = regression({"only": 1.0})
    assert joined(members, judge).marginal == {}


def test_what_a_member_is_worth_counts_the_decision():
    class Deaf(Watching):
        def apply(self, predictions: Array, keys: pd.DataFrame) -> Array:
            return np.zeros_like(predictions)

    members, judge = regression({"a": 0.5, "b": 0.6})
    assert set(joined(members, judge, decision=Deaf).marginal.values()) == {0.0}


# Families


def family(count: int = 6) -> tuple[dict[str, Array], Judge, dict[str, str]]:
    """Candidates of one family, the later the better, and one of another."""
    members, judge = regression({f"tree~{k}": 1.0 - k / 10 for k in range(count)} | {"line": 1.2})
    return members, judge, {name: name.partition("~")[0] for name in members}


def test_only_the_best_of_a_family_take_part():
    members, judge, families = family()
    result = joined(members, judge, families=families)
    best = sorted(members, key=lambda name: judge.score(members[name], np.arange(N)))[:PER_FAMILY]
    assert set(result.blend.weights) <= {*best, "line"}
    assert len({name for name in joined(members, judge).blend.weights if "~" in name}) > PER_FAMILY


def test_families_of_one_change_nothing():
    members, judge, _ = family()
    assert joined(members, judge, families={name: name for name in members}) == joined(members, judge)
    assert joined(members, judge, families={}) == joined(members, judge)


@pytest.mark.parametrize("fold", range(4))
def test_the_scored_fold_has_no_say_in_who_takes_part(fold: int):
    members, judge, families = family()
    truth, rows = judge.truth.copy(), blocks().folds[fold].score
    truth[rows] = -9 * truth[rows]
    before = joined(members, judge, families=families).nested_predictions
    after = joined(members, judge_of(RMSE, truth), families=families).nested_predictions
    assert before[rows].tobytes() == after[rows].tobytes()
    assert not np.array_equal(before, after)


def test_the_mean_of_a_family_is_that_of_its_best():
    """Each fold is scored by the mean of those that are best on the others."""
    members, judge, families = family()
    found = joined(members, judge, families=families, rounds=0).methods["mean"]
    each = []
    for fold in blocks().folds:
        others = np.setdiff1d(np.arange(N), fold.score)
        trees = sorted(
            (name for name in members if "~" in name), key=lambda name: judge.score(members[name][others], others)
        )
        names = [*trees[:PER_FAMILY], "line"]
        each.append(judge.score(sum(members[name][fold.score] for name in names) / len(names), fold.score))
    assert found == pytest.approx(np.mean(each))


# Blends by regime


def two_regimes(n: int = 2000) -> tuple[dict[str, Array], Judge, pd.Series]:
    """One member knows known groups, the other does not mind which they are."""
    rng = np.random.default_rng(9)
    truth, known = rng.normal(size=n), rng.random(n) < 0.6
    members = {
        "memory": (truth + rng.normal(size=n) * np.where(known, 0.2, 3.0))[:, None],
        "reason": (truth + rng.normal(size=n))[:, None],
    }
    return members, judge_of(RMSE, truth), pd.Series(np.where(known, "known", "unseen"), name="seen before")


def test_regimes_have_weights_of_their_own():
    members, judge, regime = two_regimes()
    result = joined(members, judge, regime=regime)
    blend = result.blend
    assert (blend.method, blend.regime, sorted(blend.regimes)) == ("by regime", "seen before", ["known", "unseen"])
    known, unseen = blend.regimes["known"].weights, blend.regimes["unseen"].weights
    assert known["memory"] > 5 * known["reason"]
    assert unseen["reason"] > 5 * unseen["memory"]
    assert result.nested.value < 0.9 * joined(members, judge).nested.value
    keyed = keys(len(regime)).assign(**{"seen before": regime.to_numpy()})
    applied_again = Blend.from_json(blend.to_json()).apply(members, keyed)
    assert result.selection == judge.score(applied_again, np.arange(len(regime)))


def test_a_regime_of_few_rows_has_the_weights_of_all():
    members, judge, regime = two_regimes()
    rare = pd.Series(np.where(np.arange(2000) % 20 == 0, "rare", regime), name="seen before")
    assert sorted(joined(members, judge, regime=rare).blend.regimes) == ["known", "unseen"]


def test_a_regime_that_a_fold_lacks_has_the_weights_of_all():
    members, judge, regime = two_regimes()
    late = pd.Series(np.where(np.arange(2000) < 1400, "known", regime), name="seen before")
    found = joined(members, judge, blocks(2000), regime=late)
    assert set(found.blend.regimes) <= {"known"}


def test_a_regime_without_a_difference_is_not_worth_it():
    members, judge = regression({"a": 0.8, "b": 0.9, "c": 1.0}, 2000)
    regime = pd.Series(np.where(np.arange(2000) % 2, "odd", "even"), name="parity")
    result = joined(members, judge, regime=regime)
    assert result.methods["by regime"] == pytest.approx(result.methods["stacking"], rel=0.01)


@pytest.mark.parametrize("fold", range(4))
def test_the_truth_of_a_fold_never_changes_its_blend_by_regime(fold: int):
    members, judge, regime = two_regimes()
    truth, rows = judge.truth.copy(), blocks(2000).folds[fold].score
    truth[rows] = -truth[rows]
    before = joined(members, judge, regime=regime).nested_predictions
    after = joined(members, judge_of(RMSE, truth), regime=regime).nested_predictions
    assert before[rows].tobytes() == after[rows].tobytes()
    assert not np.array_equal(before, after)


@pytest.mark.parametrize("forward", [True, False])
def test_where_nothing_may_be_looked_at_a_family_counts_once_however_many_trials_it_has(forward):
    trials = {"tree": 0.9} | {f"tree~{k}": 0.5 + k / 50 for k in range(1, 21)}
    members, judge = regression(trials | {"line": 1.0})
    plain = (members["tree"] + members["line"]) / 2
    families = dict.fromkeys(trials, "tree")
    if forward:  # the first fold has none before it
        found = joined(members, judge, blocks(forward=True), families=families)
        rows = blocks().folds[0].score
    else:  # one fold alone is scored, and sent, as the plain mean
        found = joined(members, judge, fitted=[2], families=families)
        rows = blocks().folds[2].score
        assert found.blend.weights == {"line": 0.5, "tree": 0.5}
    np.testing.assert_allclose(found.nested_predictions[rows], plain[rows])
