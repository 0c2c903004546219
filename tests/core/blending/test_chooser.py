from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from core.blend import Blend
from core.blending.chooser import ROWS_OF_A_REGIME, Chooser
from core.metrics import RMSE, ROC_AUC
from tests.core.test_ensembling import N, blocks, judge_of, keys, ranking, regression


def chooser_of(members, judge, *, forward: bool = False, rounds: int = 5, families=None, regime=None) -> Chooser:
    n = len(judge.truth)
    return Chooser(
        members,
        judge,
        blocks(n, forward=forward),
        keys(n),
        fitted=range(4),
        seed=0,
        rounds=rounds,
        families=families or {},
        regime=regime,
    )


@pytest.mark.parametrize(("forward", "before"), [(False, [0, 1, 3]), (True, [0, 1])])
def test_a_fold_is_scored_by_what_the_others_or_earlier_ones_show(forward: bool, before: list[int]):
    assert chooser_of(*regression({"a": 1.0, "b": 1.0}), forward=forward).before(2, range(4)) == before


@pytest.mark.parametrize("make", [regression, ranking])
def test_without_folds_every_method_has_equal_weights(make):
    chooser = chooser_of(*make({"a": 1.0, "b": 0.5}))
    for method in chooser.methods:
        assert chooser.fit(method, []).weights == {"a": 0.5, "b": 0.5}


@pytest.mark.parametrize("default", [True, False])
def test_without_folds_the_defaults_of_families_have_equal_weights(default: bool):
    trials = {f"t~{k}": 0.5 for k in (10, 2, 3, 11, 4)} | ({"t": 2.0} if default else {})
    members, judge = regression(trials | {"line": 1.0})
    chooser = chooser_of(members, judge, families=dict.fromkeys(trials, "t"))
    for method in chooser.methods:
        assert chooser.fit(method, []).weights == {"line": 0.5, "t" if default else "t~2": 0.5}


def test_a_candidate_without_a_family_is_one_of_its_own_where_nothing_may_be_looked_at():
    members, judge = regression({"t": 1.0, "t~1": 1.0, "t~2": 1.0})
    chooser = chooser_of(members, judge, families={"t~1": "t"})
    assert chooser.fit("mean", []).weights == {"t": 0.5, "t~2": 0.5}


def test_those_that_take_part_nowhere_are_left_out_but_for_defaults():
    trials = {"t": 9.0} | {f"t~{k}": 0.1 * k for k in range(1, 20)}
    members, judge = regression(trials | {"line": 3.0})
    chooser = chooser_of(members, judge, families=dict.fromkeys(trials, "t"))
    assert {"t", "t~1", "t~2", "t~3", "line"} <= set(chooser.names)
    assert len(chooser.names) <= 7
    for folds in ([0, 1, 2, 3], [0, 2], [1, 2, 3]):
        assert set(chooser.fit("mean", folds).weights) == {"line", "t~1", "t~2", "t~3"}


def test_what_is_copied_does_not_grow_with_trials():
    rng, trials = np.random.default_rng(0), [f"t~{k}" for k in range(60)]
    truth = rng.integers(0, 2, 4000)
    one = {name: 0.3 + 0.4 * truth + 0.3 * rng.uniform(-1, 1, 4000) * (1 - 0.01 * k) for k, name in enumerate(trials)}
    members, judge = {name: np.column_stack([1 - p, p]) for name, p in one.items()}, judge_of(ROC_AUC, truth)
    size = sum(values.nbytes for values in members.values())
    tracemalloc.start()
    chooser = chooser_of(members, judge, rounds=2, families=dict.fromkeys(trials, "t"))
    chooser.choose(range(4))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert {"rank greedy", "log-linear"} < set(chooser.methods)
    assert peak < 0.6 * size


def test_a_fit_is_made_once():
    chooser = chooser_of(*regression({"a": 1.0, "b": 0.5}))
    assert chooser.fit("greedy", [0, 2]) is chooser.fit("greedy", [0, 2])


@pytest.mark.parametrize("make", [regression, ranking])
def test_the_best_single_is_the_best_on_those_folds(make):
    members, judge = make({"a": 1.0, "b": 1.0, "c": 1.0})
    chooser = chooser_of(members, judge)
    for folds in ([0], [1, 3], [0, 1, 2, 3]):
        rows = chooser.rows(folds)
        scores = {name: judge.score(values[rows], rows) for name, values in members.items()}
        best = (max if judge.metric.higher_is_better else min)(scores, key=lambda name: scores[name])
        assert chooser.fit("best single", folds).weights == {best: 1.0}


def test_of_equal_members_the_first_by_name_is_the_best():
    members, judge = regression({"b": 1.0})
    chooser = chooser_of({"c": members["b"], "b": members["b"].copy(), "a": members["b"] + 1.0}, judge)
    assert chooser.fit("best single", [0, 1]).weights == {"b": 1.0}


def test_a_score_that_is_nowhere_defined_leaves_the_first_member():
    members, _ = ranking({"b": 1.0, "a": 0.5})
    assert chooser_of(members, judge_of(ROC_AUC, np.zeros(N, dtype=int))).fit("best single", [0]).weights == {"a": 1.0}


def test_a_family_is_cut_to_its_best_on_those_folds_alone():
    members, judge = regression({f"t{k}": 1.0 for k in range(5)} | {"line": 3.0})
    chooser = chooser_of(members, judge, families={f"t{k}": "t" for k in range(5)})
    for folds in ([0, 1], [1, 2], [0, 2, 3]):
        rows = chooser.rows(folds)
        best = sorted((f"t{k}" for k in range(5)), key=lambda name: judge.score(members[name][rows], rows))[:3]
        assert chooser.fit("mean", folds).weights == dict.fromkeys(sorted([*best, "line"]), 0.25)
        for method in ("greedy", "least squares", "stacking"):
            assert set(chooser.fit(method, folds).weights) <= {*best, "line"}


def test_a_blend_less_its_only_member_is_the_mean_of_those_that_take_part():
    members, judge = regression({f"t{k}": 1.0 for k in range(5)} | {"line": 3.0})
    chooser = chooser_of(members, judge, families={f"t{k}": "t" for k in range(5)})
    taking_part = set(chooser.fit("mean", [0, 1]).weights)
    rest = chooser.without(Blend("mean", {"line": 1.0}), "line", [0, 1])
    assert set(rest.weights) == taking_part - {"line"}
    assert sum(rest.weights.values()) == pytest.approx(1)


@pytest.mark.parametrize("regimes", [False, True])
def test_a_best_single_member_gives_way_to_the_next_best(regimes: bool):
    """Of the very folds, whatever the parts that regimes cut them into."""
    members, judge = regression({"a": 1.3, "b": 1.2, "c": 1.25, "best": 0.5})
    n = len(judge.truth)
    chooser = chooser_of(members, judge, regime=pd.Series(np.arange(n) % 2).map(str) if regimes else None)
    for folds in ([0, 1], [2, 3], [1, 3], [3]):
        rows = chooser.rows(folds)
        second = min("abc", key=lambda name: judge.score(members[name][rows], rows))
        assert chooser.without(chooser.fit("best single", folds), "best", folds).weights == {second: 1.0}


def test_without_another_member_there_is_nothing_to_fall_back_on():
    chooser = chooser_of(*regression({"only": 1.0}))
    with pytest.raises(ValueError, match="there is no member"):
        chooser.without(Blend("single", {"only": 1.0}), "only", [0, 1])


@pytest.mark.parametrize(("rows", "own"), [(ROWS_OF_A_REGIME - 4, False), (ROWS_OF_A_REGIME, True)])
def test_regimes_need_rows(rows: int, own: bool):
    members, judge = regression({"a": 0.5, "b": 0.6}, 2000)
    name = np.full(2000, None, dtype=object)
    for block in np.array_split(np.arange(2000), 4):
        name[block[: rows // 4]] = "some"
    chooser = chooser_of(members, judge, regime=pd.Series(name, name="k"))
    blend = chooser.fit("by regime", range(4))
    assert set(blend.regimes) == ({"some"} if own else set())
    assert blend.weights == chooser.fit("stacking", range(4)).weights
    if own:
        where = np.flatnonzero(name == "some")
        alone = chooser_of({key: values[where] for key, values in members.items()}, judge_of(RMSE, judge.truth[where]))
        assert blend.regimes["some"].weights == pytest.approx(alone.fit("stacking", range(4)).weights)
        assert blend.regimes["some"].bias == pytest.approx(alone.fit("stacking", range(4)).bias)


def test_rows_that_count_little_are_few():
    members, judge = regression({"a": 0.5, "b": 0.6}, 2000)
    weight = np.where(np.arange(2000) % 50 == 0, 1.0, 1e-6)
    chooser = chooser_of(members, judge_of(RMSE, judge.truth, weight), regime=pd.Series(["all"] * 2000, name="k"))
    blend = chooser.fit("by regime", range(4))
    assert (blend.regime, blend.regimes) == (None, {})  # new rows need no such key
