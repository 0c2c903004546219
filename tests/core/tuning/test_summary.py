"""The best, and how hopeful it is to call it so."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.metrics import RMSE, ROC_AUC
from core.tuning.study import Told
from core.tuning.summary import Tuned, best_of, chosen_apart

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
    assert "worse than the defaults" in Tuned("line", tuple(trials), 0, 2.0, 4.0).said
    assert "worse than the defaults" not in Tuned("line", tuple(trials), 0, 2.0, 1.5).said
    assert "worse than the defaults" not in Tuned("line", tuple(trials), 0, 2.0, 4.0, higher_is_better=True).said


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


def test_json_has_no_nan():
    trial = Told(0, "complete", 1.0, {}, (1.0, float("nan")))
    assert Tuned("line", (trial,), 0, 1.0, None).to_json()["trials"][0]["folds"] == [1.0, None]
