from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.blending.log_loss_scorer import CHUNK, LogLossScorer, are_probabilities
from core.metrics import LOG_LOSS
from core.objective import Judge
from tests.core.blending.growing import both


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("scale", [1.0, 0.7])
@pytest.mark.parametrize("chosen", [[0, 1, 2], [0, 2], [1]])
def test_scores_are_those_of_the_metric(classes: int, weighted: bool, scale: float, chosen: list[int]):
    """Also where the rows of some members do not sum to 1."""
    rng = np.random.default_rng(0)
    members = list(rng.dirichlet(np.ones(classes), (4, 60)))
    members[2] = members[2] * scale
    weight = rng.exponential(size=60) if weighted else np.full(60, 0.4)
    judge, parts = Judge(LOG_LOSS, rng.integers(0, classes, 60), weight), np.array_split(rng.permutation(60), 3)
    found, expected = both(LogLossScorer(members, judge, parts), members, judge, parts, chosen, [0, 2, 2, 3])
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    members=st.lists(st.lists(st.integers(0, 4), min_size=4, max_size=4), min_size=1, max_size=3),
    truth=st.lists(st.integers(0, 1), min_size=4, max_size=4),
)
def test_certainty_is_clipped_as_the_metric_clips_it(members: list[list[int]], truth: list[int]):
    values = [np.array([[1 - q / 4, q / 4] for q in member]) for member in members]
    judge, parts = Judge(LOG_LOSS, np.array(truth), np.ones(4)), [np.arange(4)]
    found, expected = both(LogLossScorer(values, judge, parts), values, judge, parts, [0], [0, 0])
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_more_rows_than_are_taken_at_a_time():
    rng = np.random.default_rng(1)
    rows = 2 * CHUNK + 100
    members = list(rng.dirichlet(np.ones(3), (2, rows)))
    judge = Judge(LOG_LOSS, rng.integers(0, 3, rows), rng.exponential(size=rows))
    parts = [np.arange(CHUNK + 50), np.arange(CHUNK + 50, CHUNK + 60), np.arange(CHUNK + 60, rows)]
    found, expected = both(LogLossScorer(members, judge, parts), members, judge, parts, [0, 2], [1])
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_equal_members_have_equal_scores_to_the_last_bit():
    rng = np.random.default_rng(2)
    members = list(rng.dirichlet(np.ones(2), (3, 999)))
    members += [values.copy() for values in members]
    scorer = LogLossScorer(members, Judge(LOG_LOSS, rng.integers(0, 2, 999), rng.random(999)), [np.arange(999)])
    scorer.start([0])
    scorer.add(1)
    scores = scorer.scores(range(6))
    assert scores[:3] == scores[3:]


@pytest.mark.parametrize("wrong", [-1e-9, 1 + 1e-9, np.nan])
def test_what_is_no_probability_is_refused(wrong: float):
    values = np.array([[0.5, 0.5], [0.2, wrong]])
    assert not are_probabilities([values], [np.arange(2)])
    assert are_probabilities([values], [np.arange(1)])
    with pytest.raises(ValueError, match="outside 0 to 1"):
        LogLossScorer([values], Judge(LOG_LOSS, np.array([0, 1]), np.ones(2)), [np.arange(2)])
