"""Time that is kept for the blend, and what the blend does without it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from core import pace
from core.blending.costs import blends_asked_for, fits_asked_for, scores_asked_for
from core.blending.greedy import ROUNDS
from core.blending.scorers import scorer_of
from core.budget import Budget
from core.cross_validation import Fitted, cross_validate
from core.metrics import ACCURACY, BRIER, LOG_LOSS, ROC_AUC
from core.objective import Judge
from core.pace import FEW, FEWEST_ROUNDS, POOL_ROUNDS, SOME, Pace
from core.plan import WorkItem
from core.predictions import MemberPredictions
from tests.support.small import Clock, Small, bench_of, serial


@pytest.fixture
def fitted(tmp_path):
    bench = bench_of(Small, tmp_path)
    return bench, cross_validate(bench, [WorkItem(name, 0) for name in ("constant", "line", "noisy")], serial(bench))


@pytest.fixture
def each_second(monkeypatch):
    """A timer by which whatever is timed takes a second."""
    now = iter(range(1_000_000))
    monkeypatch.setattr(pace.time, "perf_counter", lambda: float(next(now)))


def scoring(scales: int = 1) -> float:
    """Seconds of greedy selection of two candidates on three folds, both scored in a second."""
    return pace.MARGIN * 2 / 3 * scores_asked_for(2, 3, scales) / 2


def others(methods: int, scales: int = 1, pooled: bool = False, regimes: int = 1) -> float:
    """Those of the rest: a second to make a blend and one to score it, one to make ready, one for some rounds.

    To rank a candidate by itself takes a second to make ready, and one on each choice of folds.
    """
    blends, fits = 2 * blends_asked_for(2, 3, methods), fits_asked_for(3)
    pools = 2 * fits * regimes + blends_asked_for(2, 3, 1)  # one for a pool, and logarithms of their own
    return pace.MARGIN * 2 / 3 * (blends + scales + 2 * (1 + fits * regimes) + pools * pooled)


def test_what_choosing_costs_is_kept_in_the_budget(fitted, each_second):
    bench, found = fitted
    budget = Budget(1e6, Clock())
    called = []
    Pace(bench, budget, 3).around(called.append)(found)
    assert called == [found]
    assert budget.kept == pytest.approx(scoring() + others(5) + 2)


def test_with_time_for_it_greedy_selection_is_whole(fitted, each_second):
    bench, found = fitted
    assert Pace(bench, Budget(None, Clock()), 3).rounds(found) == ROUNDS
    assert Pace(bench, Budget(scoring() + others(5) + 1e-6, Clock()), 3).rounds(found) == ROUNDS


def test_with_less_it_has_fewer_rounds_and_without_any_none(fitted, each_second):
    bench, found = fitted

    def of(share: float) -> int:
        return Pace(bench, Budget(others(5) + share * scoring(), Clock()), 3).rounds(found)

    assert of(0.61) == 15
    assert of((FEWEST_ROUNDS - 0.5) / ROUNDS) == 0
    assert of(-0.1) == 0
    clock = Clock()
    budget = Budget(10.0, clock)
    clock.now = 100.0
    assert Pace(bench, budget, 3).rounds(found) == 0


def test_one_candidate_costs_nothing(tmp_path, each_second):
    bench = bench_of(Small, tmp_path)
    found = cross_validate(bench, [WorkItem("constant", 0), WorkItem("line", 0)], serial(bench))
    budget = Budget(10.0, Clock())
    work = Pace(bench, budget, 3)
    work.around(lambda _: None)(found)
    assert budget.kept == 2.0  # of writing
    assert work.rounds(found) == ROUNDS


# Other metrics than squares


def classified(metric, *names, classes=3):
    """A bench, as far as a pace needs one, and members that predict classes but for some rows."""
    rng = np.random.default_rng(0)
    predictions = {name: MemberPredictions({0: rng.dirichlet(np.ones(classes), 60)}, {}) for name in names}
    for found in predictions.values():
        found.out_of_fold[0][50:] = np.nan
    known = SimpleNamespace(baseline=False, blended=True)
    judge = Judge(metric, rng.integers(0, classes, 60), rng.random(60))
    return SimpleNamespace(judge=judge, members=dict.fromkeys(names, known)), Fitted(predictions)


def kept_for(bench, found, folds=3, regimes=False):
    budget = Budget(1e6, Clock())
    Pace(bench, budget, folds, regimes=regimes).around(lambda _: None)(found)
    return budget.kept - 2  # of writing


@pytest.mark.parametrize(
    ("metric", "classes", "methods", "scales", "pooled"),
    [(LOG_LOSS, 3, 4, 1, True), (BRIER, 3, 4, 1, False), (ACCURACY, 3, 3, 1, False), (ROC_AUC, 2, 6, 2, True)],
    ids=lambda value: getattr(value, "name", None),
)
def test_time_is_kept_for_every_scale_and_for_pools(each_second, metric, classes, methods, scales, pooled):
    kept = kept_for(*classified(metric, "a", "b", classes=classes))
    assert kept == pytest.approx(scoring(scales) + others(methods, scales, pooled))
    assert kept_for(*classified(metric, "a", classes=classes)) == 0


def test_what_is_timed_is_a_few_rounds_on_the_rows_that_all_have_predicted(monkeypatch):
    asked, clock = [], Clock()
    monkeypatch.setattr(pace.time, "perf_counter", clock)

    def fit(*given, rounds):
        asked.append((given, rounds))
        clock.now += 5 + 2 * rounds

    monkeypatch.setattr(pace, "fit_log_linear", fit)
    bench, found = classified(LOG_LOSS, "a", "b")
    kept = kept_for(bench, found) + 2  # nothing else takes any time
    assert kept == pytest.approx(pace.MARGIN * 2 / 3 * fits_asked_for(3) * (5 + 2 + 2 * POOL_ROUNDS))
    ((logs, codes, weight), _) = asked[0]
    assert ([rounds for _, rounds in asked], logs.shape) == ([1, 1 + FEW], (2, 50, 3))
    assert codes.tolist() == bench.judge.truth[:50].tolist()
    assert weight.tolist() == bench.judge.weight[:50].tolist()
    np.testing.assert_allclose(np.exp(logs[1]), found.predictions["b"].out_of_fold[0][:50])


def test_of_many_candidates_some_are_timed(each_second, monkeypatch):
    asked = []
    monkeypatch.setattr(
        pace, "scorer_of", lambda members, *given: asked.append(len(members)) or scorer_of(members, *given)
    )
    names = [f"m{number:02d}" for number in range(12)]
    kept = kept_for(*classified(ACCURACY, *names))
    blends = (12 / SOME + 1) * blends_asked_for(12, 3, 3)
    ranked = 12 * (1 + fits_asked_for(3))
    expected = pace.MARGIN * 2 / 3 * (scores_asked_for(12, 3) / SOME + blends + 12 / SOME + ranked)
    assert kept == pytest.approx(expected)
    assert asked == [SOME, 1]


def test_every_candidate_is_ranked_whether_it_takes_part_or_not(each_second):
    def of(trials):
        bench, found = classified(ACCURACY, "line", *[f"tree~{number}" for number in range(trials)])
        return kept_for(
            SimpleNamespace(judge=bench.judge, members={**bench.members, "tree": bench.members["line"]}), found
        )

    assert of(100) - of(60) == pytest.approx(pace.MARGIN * 2 / 3 * 40 * (1 + fits_asked_for(3)))


@pytest.mark.parametrize(
    ("metric", "methods", "pooled", "greedy"),
    [(LOG_LOSS, 5, True, 1), (ACCURACY, 4, False, 2), (BRIER, 5, False, 1)],
    ids=lambda value: getattr(value, "name", None),
)
def test_weights_of_regimes_take_their_time(each_second, metric, methods, pooled, greedy):
    kept = kept_for(*classified(metric, "a", "b"), regimes=True)
    assert kept == pytest.approx(greedy * scoring() + others(methods + 1, 1, pooled, 2))


def test_predictions_are_averaged_for_the_few_that_are_timed(each_second, monkeypatch):
    asked, of = [], MemberPredictions.mean_out_of_fold.fget
    monkeypatch.setattr(MemberPredictions, "mean_out_of_fold", property(lambda self: asked.append(1) or of(self)))
    kept_for(*classified(ACCURACY, *[f"m{number:02d}" for number in range(50)]))
    assert len(asked) == SOME


def test_greedy_selection_may_use_what_is_kept_and_the_reserve(fitted, each_second):
    bench, found = fitted
    clock = Clock()
    budget = Budget(1000.0, clock)
    work = Pace(bench, budget, 3)
    work.around(lambda _: None)(found)
    assert budget.kept == pytest.approx(scoring() + others(5) + 2)
    clock.now = 1000.0 - scoring() - others(5) - 2 - 1e-6  # when no fit may begin any more
    assert budget.left < 1
    assert work.rounds(found) == ROUNDS


def test_candidates_that_cannot_take_part_cost_little(each_second):
    bench, found = classified(ACCURACY, *[f"tree~{number}" for number in range(12)])
    bench.members["tree"] = bench.members["tree~0"]
    every = kept_for(*classified(ACCURACY, *[f"tree{number}" for number in range(12)]))
    assert kept_for(bench, found) < every / 3


def test_pools_take_their_time_before_greedy_selection_gets_the_rest(each_second):
    bench, found = classified(LOG_LOSS, "a", "b")
    both = kept_for(bench, found)
    rest = others(4, pooled=True)
    of = lambda seconds: Pace(bench, Budget(seconds, Clock()), 3).rounds(found)  # noqa: E731
    assert of(both + 1) == ROUNDS
    assert of(rest + 0.61 * scoring()) == 15
    assert of(rest + 0.1 * scoring()) == 0
    assert of(rest / 2) == of(1.0) == 0
