from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.blending.area_scorer import AreaScorer
from core.metrics import ROC_AUC
from core.objective import Judge
from tests.core.blending.growing import both


def columns(values: list[float]):
    return np.column_stack([np.zeros(len(values)), values])


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    members=st.lists(st.lists(st.integers(-4, 4), min_size=7, max_size=7), min_size=1, max_size=3),
    truth=st.lists(st.integers(0, 1), min_size=7, max_size=7),
    scale=st.sampled_from([0.25, 1.0, 3.0, 1e6]),
    least=st.sampled_from([-4, 0]),
    picks=st.lists(st.integers(0, 0), max_size=3),
)
def test_areas_are_exact_whatever_is_tied(
    members: list[list[int]], truth: list[int], scale: float, least: int, picks: list[int]
):
    """Few distinct values: ties, zeros of both signs, means of opposite numbers; one class alone is NaN in both."""
    values = [columns([scale * max(number, least) for number in member]) for member in members]
    judge, parts = Judge(ROC_AUC, np.array(truth), np.ones(7)), [np.arange(3), np.arange(3, 7)]
    found, expected = both(AreaScorer(values, judge, parts), values, judge, parts, [0, 1], picks)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("values", ["probabilities", "any"])
@pytest.mark.parametrize("weights", ["even", "by class", "uneven", "some none"])
@pytest.mark.parametrize("chosen", [[0, 1, 2], [0, 2]])
def test_weights_and_parts(values: str, weights: str, chosen: list[int]):
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 60)
    members = [columns(rng.random(60) if values == "probabilities" else rng.normal(scale=50, size=60)) for _ in "abc"]
    weight = {
        "even": np.full(60, 0.3),
        "by class": np.where(truth == 1, 0.2, 1.7),
        "uneven": rng.exponential(size=60),
        "some none": np.where(np.arange(60) % 4, np.where(truth == 1, 0.2, 1.7), 0.0),
    }[weights]
    judge, parts = Judge(ROC_AUC, truth, weight), np.array_split(rng.permutation(60), 3)
    found, expected = both(AreaScorer(members, judge, parts), members, judge, parts, chosen, [2, 0, 2])
    np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_zeros_of_both_signs_are_tied():
    members = [columns([0.0, -0.0, -1.0, 1.0]), columns([-0.0, 0.0, -1.0, 1.0])]
    judge = Judge(ROC_AUC, np.array([0, 1, 0, 1]), np.ones(4))
    scorer = AreaScorer(members, judge, [np.arange(4)])
    scorer.start([0])
    assert scorer.scores([0, 1]) == [judge.score(values, np.arange(4)) for values in members] == [0.875, 0.875]


def test_members_are_left_alone_where_they_are_scaled():
    members = [columns([5.0, -7.0, 100.0])]
    AreaScorer(members, Judge(ROC_AUC, np.array([0, 1, 0]), np.ones(3)), [np.arange(3)])
    assert members[0][:, 1].tolist() == [5.0, -7.0, 100.0]


def test_a_part_of_one_class_has_no_area():
    judge, parts = Judge(ROC_AUC, np.array([0, 0, 1, 0]), np.ones(4)), [np.arange(2), np.arange(2, 4)]
    scorer = AreaScorer([columns([0.1, 0.2, 0.3, 0.4])], judge, parts)
    scorer.start([0])
    assert np.isnan(scorer.scores([0])).all()
    scorer.start([1])
    assert scorer.scores([0]) == [0.0]


def test_predictions_that_are_not_finite_are_an_error():
    judge = Judge(ROC_AUC, np.array([0, 1]), np.ones(2))
    with pytest.raises(ValueError, match="NaN or infinity"):
        AreaScorer([columns([0.1, np.nan])], judge, [np.arange(2)])
