from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.blending.greedy import BAGS, SMALLEST_WEIGHT, bag_size, greedy, greedy_weights
from core.blending.scorers import scorer_of
from core.metrics import ACCURACY, BRIER, LOG_LOSS, RMSE, ROC_AUC, Metric
from core.objective import Judge
from tests.core.test_ensembling import N, judge_of, ranking, regression

Array = npt.NDArray[np.float64]


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


def plain_bags(data: Mapping[str, Array], judge: Judge, rounds: int, seed: int) -> dict[str, float]:
    """The mean weights of random halves and of all members."""
    rng, names = np.random.default_rng(seed), sorted(data)
    draws = [sorted(rng.choice(names, size=bag_size(len(names)), replace=False)) for _ in range(BAGS)] + [names]
    found = [plain_greedy({name: data[name] for name in draw}, judge, rounds) for draw in draws]
    means = {name: sum(weights.get(name, 0) for weights in found) / len(draws) for name in names}
    kept = {name: weight for name, weight in means.items() if weight >= SMALLEST_WEIGHT}
    return {name: weight / sum(kept.values()) for name, weight in kept.items()}


@settings(max_examples=120, deadline=None, derandomize=True)
@given(
    quarters=st.lists(st.lists(st.integers(0, 4), min_size=6, max_size=6), min_size=1, max_size=3),
    truth=st.lists(st.integers(0, 1), min_size=6, max_size=6).filter(lambda truth: 0 < sum(truth) < 6),
    metric=st.sampled_from([ACCURACY, BRIER, ROC_AUC]),
)
def test_greedy_equals_its_definition(quarters: list[list[int]], truth: list[int], metric: Metric):
    """Quarters add up without rounding, so that ties are ties in both; accuracy and areas make many."""
    data = {f"m{k}": np.array([[1 - q / 4, q / 4] for q in column]) for k, column in enumerate(quarters)}
    judge = judge_of(metric, np.array(truth))
    rounds = 2 if metric is BRIER else 7  # a mean of three is rounded before it is squared, and its ties are broken
    found = greedy(data, judge, np.arange(6), rounds=rounds)
    assert found == pytest.approx(plain_greedy(data, judge, rounds), abs=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("metric", [RMSE, BRIER, LOG_LOSS, ROC_AUC, ACCURACY], ids=lambda metric: metric.name)
def test_bags_of_many_members_equal_their_definition(metric: Metric, weighted: bool):
    rng = np.random.default_rng(8)
    truth = rng.integers(0, 2, 80)
    seen = [1 / (1 + np.exp(-(truth - 0.5 + rng.normal(scale=0.7 + k / 5, size=80)))) for k in range(9)]
    members = {f"m{k}": p[:, None] if metric is RMSE else np.column_stack([1 - p, p]) for k, p in enumerate(seen)}
    judge = judge_of(metric, truth, rng.exponential(size=80) if weighted else None)
    for seed in range(3):
        found = greedy(members, judge, np.arange(80), rounds=12, seed=seed)
        assert found == pytest.approx(plain_bags(members, judge, 12, seed), abs=1e-12)


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


@pytest.mark.parametrize("make", [regression, ranking])
def test_a_copy_of_a_member_gets_no_weight(make):
    members, judge = make({"a": 0.5, "b": 0.8})
    weights = greedy(
        {**members, "copy of b": members["b"].copy(), "z": members["a"].copy()}, judge, np.arange(N), bags=0
    )
    assert set(weights) <= {"a", "b"}


def test_the_same_seed_gives_the_same_bags_and_the_listing_order_does_not_matter():
    members, judge = regression({f"m{k}": 0.5 + 0.2 * k for k in range(8)}, n=60)
    turned = dict(reversed(members.items()))
    found = [greedy(members, judge, np.arange(60), seed=seed) for seed in range(3)]
    assert found == [greedy(turned, judge, np.arange(60), seed=seed) for seed in range(3)]
    assert any(weights != found[0] for weights in found)


def test_rounds_limit_how_fine_weights_are():
    members, judge = regression({"a": 0.5, "b": 0.6, "c": 0.7})
    for rounds in (1, 3):
        weights = greedy(members, judge, np.arange(N), rounds=rounds)
        assert all(np.isclose(weight * np.arange(1, rounds + 1), np.round(weight * np.arange(1, rounds + 1))).any()
                   for weight in weights.values())  # fmt: skip
    assert len(greedy(members, judge, np.arange(N), rounds=1)) == 1


def test_a_score_that_is_nowhere_defined_gives_the_first_member():
    members, _ = ranking({"b": 0.5, "a": 1.0, "c": 1.0})
    assert greedy(members, judge_of(ROC_AUC, np.zeros(N, dtype=int)), np.arange(N)) == {"a": 1.0}


def test_those_that_do_not_take_part_might_as_well_not_be_there():
    members, judge = regression({f"m{k}": 0.5 + 0.1 * k for k in range(9)})
    names, among = sorted(members), [1, 3, 4, 6, 8]
    scorer = scorer_of([members[name] for name in names], judge, [np.arange(50), np.arange(50, N)])
    found = greedy_weights(scorer, names, [1], judge.metric, rounds=10, seed=4, among=among)
    alone = greedy({names[k]: members[names[k]] for k in among}, judge, np.arange(50, N), rounds=10, seed=4)
    assert found == pytest.approx(alone)
