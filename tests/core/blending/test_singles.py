from __future__ import annotations

import numpy as np
import pytest

from core.blending.singles import Singles
from core.metrics import ACCURACY, BRIER, LOG_LOSS, RMSE, ROC_AUC
from core.objective import Judge

ROWS, PARTS = 90, 3


def made(metric, names: int = 12, groups=None):
    """Members, some of them alike, and their judge."""
    rng = np.random.default_rng(0)
    if metric is RMSE:
        members, truth = list(rng.normal(size=(names, ROWS, 1))), rng.normal(size=ROWS)
    else:
        members, truth = list(rng.dirichlet([1, 1], (names, ROWS))), rng.integers(0, 2, ROWS)
    members[5] = members[2].copy()
    return members, Judge(metric, truth, rng.random(ROWS), groups)


PIECES = np.array_split(np.arange(ROWS), PARTS)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("metric", [RMSE, ROC_AUC, LOG_LOSS, BRIER, ACCURACY], ids=lambda metric: metric.name)
def test_candidates_are_ranked_by_their_plain_scores(metric, known):
    members, judge = made(metric)
    choices = [(0,), (1, 2), (0, 1, 2)]
    singles = Singles(members, judge, PIECES, choices if known else ())
    for choice in choices:
        rows = np.concatenate([PIECES[part] for part in choice])
        sign = -1 if metric.higher_is_better else 1
        scores = [round(sign * judge.score(values[rows], rows), 12) for values in members]
        for among in (range(12), [3, 5, 8, 2]):
            assert singles.ranked(choice, among) == sorted(among, key=lambda k: (scores[k], k))


def test_a_score_averaged_over_groups_ranks_too():
    members, judge = made(ROC_AUC, groups=np.arange(ROWS) % 4)
    scores = [judge.score(values, np.arange(ROWS)) for values in members]
    assert Singles(members, judge, PIECES).ranked((0, 1, 2), range(12))[0] == int(np.argmax(scores))


def test_those_without_a_score_come_last():
    members, _ = made(ROC_AUC)
    judge = Judge(ROC_AUC, np.r_[np.zeros(ROWS - 1, dtype=int), 1], np.ones(ROWS))
    singles = Singles(members, judge, PIECES, [(0,)])
    assert singles.ranked((0,), [4, 1, 7]) == [1, 4, 7]


def test_some_of_them_are_numbered_anew_and_scored_no_more():
    members, judge = made(RMSE)
    singles = Singles(members, judge, PIECES, [(0, 1)])
    some = [7, 2, 9]
    found = singles.only(some)
    found.members = []  # what is known needs no predictions
    assert [some[k] for k in found.ranked((0, 1), range(3))] == singles.ranked((0, 1), some)


def test_one_candidate_at_a_time_is_made_ready(monkeypatch):
    from core.blending import singles

    asked, make = [], singles.scorer_of
    monkeypatch.setattr(singles, "scorer_of", lambda members, *more: asked.append(len(members)) or make(members, *more))
    Singles(*made(RMSE), PIECES, [(0,), (1,)])
    assert asked == [1] * 12
