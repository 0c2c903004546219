"""The best, and how hopeful it is to call it so."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.metrics import RMSE, ROC_AUC
from core.tuning.study import Told
from core.tuning.summary import Tuned, best_of, chosen_apart


class Study:
    """A study, as far as a summary reads one."""

    member = SimpleNamespace(name="line")

    def __init__(self, trials):
        self.trials = trials

    def told(self):
        return self.trials

    def importances(self):
        return {"a": 1.0}


def tuned_of(trials, metric, **more):
    return Tuned.of(Study(trials), metric, **more)


SCORES = arrays(float, st.tuples(st.integers(1, 6), st.integers(2, 5)), elements=st.integers(0, 50).map(float))


def told(scores):
    return [
        Told(number, "complete", float(np.mean(folds)), {"a": number}, tuple(map(float, folds)))
        for number, folds in enumerate(scores)
    ]


@given(SCORES, st.sampled_from([RMSE, ROC_AUC]))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_chosen_on_other_folds_by_the_plain_definition_and_never_better_than_the_best(scores, metric):
    sign = 1 if metric.higher_is_better else -1
    found = []
    for fold in range(scores.shape[1]):
        others = np.delete(scores, fold, axis=1).sum(axis=1)
        found.append(scores[int(np.argmax(sign * others)), fold])
    value = chosen_apart(told(scores), metric)
    assert value == pytest.approx(np.mean(found))
    if len(scores) == 1:
        assert value == pytest.approx(best_of(told(scores), metric).value)


@given(SCORES, st.sampled_from([RMSE, ROC_AUC]))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_where_folds_follow_time_only_earlier_ones_choose(scores, metric):
    sign = 1 if metric.higher_is_better else -1
    found = [scores[int(np.argmax(sign * scores[:, :fold].sum(axis=1))), fold] for fold in range(1, scores.shape[1])]
    assert chosen_apart(told(scores), metric, forward=True) == pytest.approx(np.mean(found))


def test_it_is_said_where_the_search_gained_nothing_on_other_folds():
    trials = told([[2.0, 2.0], [1.0, 4.0], [4.0, 1.0]])
    assert "worse than the defaults" in tuned_of(trials, RMSE).said
    assert "worse than the defaults" in tuned_of(trials, ROC_AUC).said
    assert "worse than the defaults" not in tuned_of(told([[0.1, 0.1], [0.2, 0.2]]), ROC_AUC).said
    assert "worse than the defaults" not in tuned_of(told([[4.0, 4.0], [1.0, 2.0]]), RMSE).said


def test_where_folds_follow_time_the_defaults_are_compared_on_the_same_folds():
    """The first fold, which nothing is chosen for, is as good as none; there the defaults are the best by far."""
    trials = told([[0.0, 5.0, 5.0], [9.0, 4.0, 4.0]])
    found = tuned_of(trials, RMSE, forward=True)
    assert (found.chosen_apart, found.default_apart, found.default) == (5.0, 5.0, pytest.approx(10 / 3))
    assert "worse than the defaults" not in found.said


def test_where_folds_follow_time_the_best_is_compared_on_the_same_folds():
    """Of a single trial nothing was chosen: it flatters nobody, however odd its first fold."""
    found = tuned_of(told([[10.0, 1.0, 1.0]]), RMSE, forward=True)
    assert (found.best_value, found.best_apart, found.chosen_apart) == (4.0, 1.0, 1.0)
    assert "chosen on other folds 1 where the best has 1" in found.said


def test_only_so_many_trials_are_told_of_as_were_asked_for():
    found = tuned_of(told([[2.0, 2.0], [3.0, 3.0], [1.0, 1.0]]), RMSE, limit=2)
    assert (len(found.trials), found.best, found.chosen_apart) == (2, 0, 2.0)


def test_the_earliest_of_equals_is_the_best():
    assert best_of(told([[1.0, 1.0], [0.5, 1.5], [2.0, 2.0]]), RMSE).number == 0
    assert best_of(told([[1.0, 1.0], [0.5, 1.5], [2.0, 2.0]]), ROC_AUC).number == 2
    assert best_of([], RMSE) is None


@pytest.mark.parametrize("trials", [[], told([[1.0]]), told([[1.0, float("nan")]])])
def test_nothing_is_chosen_apart_with_fewer_than_two_scored_folds(trials):
    assert chosen_apart(trials, RMSE) is None


def test_a_fold_without_a_score_is_left_out():
    nan = float("nan")
    assert chosen_apart(told([[1.0, 4.0, nan], [3.0, 2.0, nan]]), RMSE) == pytest.approx((3.0 + 4.0) / 2)


def test_it_is_said_in_a_sentence_and_kept_as_json():
    trials = (*told([[3.0, 3.0], [1.0, 2.0]]), Told(2, "pruned", None, {}), Told(3, "failed", None, {}))
    tuned = Tuned("line", trials, 1, 1.5, 1.75, {"a": 1.0})
    assert (
        tuned.said == "line: 4 trials, 1 pruned, 1 failed; best 1.5 (trial 1, defaults 3); chosen on other folds 1.75"
    )
    state = json.loads(json.dumps(tuned.to_json(), allow_nan=False))
    assert [trial["state"] for trial in state["trials"]] == ["complete", "complete", "pruned", "failed"]
    nothing = Tuned("line", (Told(0, "failed", None, {}),), None, None, None)
    assert nothing.said == "line: 1 trials, 1 failed; none was completed"


def test_json_has_neither_nan_nor_infinity():
    nan, inf = float("nan"), float("inf")
    trial = Told(0, "complete", inf, {"most": inf, "sizes": (1, nan), "kind": "a"}, (1.0, nan))
    state = json.loads(json.dumps(Tuned("line", (trial,), 0, inf, -inf, {"a": nan}).to_json(), allow_nan=False))
    (told_of,) = state["trials"]
    assert (told_of["value"], told_of["folds"]) == (None, [1.0, None])
    assert told_of["params"] == {"most": None, "sizes": [1, None], "kind": "a"}
    assert (state["best_value"], state["chosen_apart"], state["importances"]) == (None, None, {"a": None})
