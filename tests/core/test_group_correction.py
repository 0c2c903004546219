from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from core.ensembling import Ensemble, ensemble
from core.folds import Fold, Folds
from core.group_correction import PSEUDO_ROWS, GroupCorrection
from core.metrics import LOG_LOSS
from core.objective import Judge
from core.priors import Evidence, Prior, class_shares, correct_prior
from core.priors.groups import group_priors, group_weights

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
CLASSES = ("0", "1", "2")


@st.composite
def problems(draw: st.DrawFn) -> tuple[Array, Codes, Array, pd.DataFrame]:
    """Predictions, classes, weights and groups; some groups, classes or weights may be missing or nought."""
    n, k = draw(st.integers(1, 40)), draw(st.integers(2, 4))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    groups = draw(st.lists(st.sampled_from(["a", "b", 3, None]), min_size=n, max_size=n))
    weight = rng.exponential(size=n) ** draw(st.sampled_from([1, 6])) * (
        rng.random(n) < draw(st.sampled_from([1, 0.5]))
    )
    weight[rng.integers(n)] = 1.0
    keys = pd.DataFrame({"site": pd.Series(groups, dtype=object)})
    return rng.dirichlet(np.full(k, 0.3), size=n), rng.integers(0, draw(st.integers(1, k)), n), weight, keys


@settings(max_examples=60, deadline=None, derandomize=True)
@given(problems(), st.randoms(use_true_random=False))
def test_any_rows_are_corrected_to_probabilities(problem, random) -> None:
    predictions, truth, weight, keys = problem
    decision = GroupCorrection("site").fit(predictions, truth, weight, keys)
    there = decision.apply(predictions, keys)
    assert np.isfinite(there).all()
    assert np.abs(there.sum(axis=1) - 1).max() < 1e-12
    none = keys["site"].isna()
    assert np.abs(there[none] - predictions[none]).max(initial=0) < 1e-15
    turned = random.sample(range(len(keys)), len(keys))
    again = GroupCorrection("site").fit(predictions[turned], truth[turned], weight[turned], keys.iloc[turned])
    assert np.abs(again.apply(predictions, keys) - there).max() < 1e-9


@settings(max_examples=40, deadline=None, derandomize=True)
@given(problems())
def test_json_keeps_a_correction_and_its_groups_whatever_their_type(problem) -> None:
    predictions, truth, weight, keys = problem
    decision = GroupCorrection("site").fit(predictions, truth, weight, keys)
    again = GroupCorrection("site").load_json(json.loads(json.dumps(decision.to_json())))
    assert again.apply(predictions, keys).tobytes() == decision.apply(predictions, keys).tobytes()


def test_the_priors_of_a_group_are_those_of_the_formula() -> None:
    # Group a: 1 and 3 rows of the classes, group b: 2 and 2; weights of a: 6 and 1 each, of b: 1 and 2.
    truth = np.array([0, 1, 1, 1, 0, 0, 1, 1])
    weight = np.array([6.0, 1, 1, 1, 1, 1, 2, 2])
    keys = pd.DataFrame({"site": list("aaaabbbb")})
    first = np.array([0.9, 0.3, 0.2, 0.4, 0.5, 0.6, 0.7, 0.1])
    predictions = np.column_stack([first, 1 - first])
    decision = GroupCorrection("site").fit(predictions, truth, weight, keys)
    # All in all 8 of class 0 in 3 rows and 7 of class 1 in 5; weights of mean 1 are 8/15 of those.
    overall = (np.array([8, 7]) * 8 / 15 + 0.5) / 9
    said = np.array([0.9, 0.1]) * 8 / 3 + np.array([0.3 + 0.2 + 0.4, 0.7 + 0.8 + 0.6]) * 7 / 5
    weighted = np.array([6, 3])
    source, target = said / said.sum(), weighted / weighted.sum()
    assert decision.source["a"] == pytest.approx((4 * source + PSEUDO_ROWS * overall) / (4 + PSEUDO_ROWS))
    assert decision.target["a"] == pytest.approx((4 * target + PSEUDO_ROWS * overall) / (4 + PSEUDO_ROWS))


def test_groups_that_the_weights_treat_alike_and_the_predictions_know_stay_as_they_are() -> None:
    rng = np.random.default_rng(0)
    truth, groups = rng.integers(0, 3, 500), rng.choice(list("abcd"), 500, p=[0.4, 0.3, 0.2, 0.1])
    weight = np.array([0.2, 1.0, 3.0])[truth]
    predictions = np.empty((500, 3))
    for name in "abcd":
        own = groups == name
        apart = rng.dirichlet([1, 1, 1], size=own.sum())
        apart -= weight[own] @ apart / weight[own].sum()
        # On average, what the score counts in the group.
        predictions[own] = np.bincount(truth[own], weight[own]) / weight[own].sum() + 0.05 * apart
    keys = pd.DataFrame({"site": groups})
    decision = GroupCorrection("site").fit(predictions, truth, weight, keys)
    assert np.abs(decision.apply(predictions, keys) - predictions).max() < 1e-12
    # Those that say too much of a class in all groups are put right.
    biased = correct_prior(predictions, [1, 1, 1], [1, 2, 1])
    moved = GroupCorrection("site").fit(biased, truth, weight, keys).apply(biased, keys)
    assert np.abs(moved - predictions).mean() < 0.3 * np.abs(biased - predictions).mean()


def test_groups_that_were_not_fitted_and_an_unfitted_correction_change_nothing() -> None:
    predictions = np.array([[0.2, 0.8], [0.6, 0.4]])
    keys = pd.DataFrame({"site": ["new", None]})
    assert np.abs(GroupCorrection("site").apply(predictions, keys) - predictions).max() < 1e-15
    rows = pd.DataFrame({"site": ["a", "a"]})
    decision = GroupCorrection("site").fit(predictions, np.array([0, 1]), np.array([1.0, 9.0]), rows)
    assert np.abs(decision.apply(predictions, keys) - predictions).max() < 1e-15


def test_a_small_group_is_moved_little_and_a_large_one_whole() -> None:
    def moved(rows: int) -> float:
        """How far the odds of a group go whose classes are weighted 1 to 8, beside a large one that is not."""
        truth = np.r_[np.tile([0, 1], 2_000), np.tile([0, 1], rows // 2)]
        groups = np.repeat(["large", "own"], [4_000, rows])
        weight = np.where((groups == "own") & (truth == 1), 8.0, 1.0)
        even = np.full((len(truth), 2), 0.5)
        keys = pd.DataFrame({"site": groups})
        low, high = GroupCorrection("site").fit(even, truth, weight, keys).apply(even, keys)[-1]
        return float(high / low)

    sizes = [moved(rows) for rows in (2, 20, 200)]
    assert 1 < sizes[0] < sizes[1] < sizes[2] < 8
    assert sizes[0] < 2.0
    assert sizes[2] > 4.0


# --- what it is worth: the loss on folds, and on test rows, with and without


FIT = np.array([[0.28, 0.08, 0.04], [0.45, 0.05, 0.10]])
UNLIKE = np.array([[0.10, 0.30, 0.05], [0.45, 0.02, 0.08]])
#: The odds of the classes move by the same factors in both groups.
ALIKE = FIT * [0.5, 3.0, 1.0]


def drawn(joint: Array, rows: int, rng: np.random.Generator, learnt: bool = True) -> tuple[pd.Series, Codes, Array]:
    """Groups, classes and exact probabilities under the fitted shares, of the group or of all rows."""
    cell = rng.choice(joint.size, rows, p=joint.ravel() / joint.sum())
    group, codes = np.divmod(cell, 3)
    x = rng.normal(1.2 * codes)
    shares = FIT[group] if learnt else FIT.sum(axis=0)
    joint = norm.pdf(x[:, None] - 1.2 * np.arange(3)) * shares
    return pd.Series(np.array(["a", "b"])[group]), codes, joint / joint.sum(axis=1, keepdims=True)


def gains(test: Array, estimated: bool, learnt: bool = True) -> Array:
    """By how much the correction lowers the nested loss and that of test rows, in eight worlds, (8, 2)."""
    return np.array([gain(test / test.sum(), estimated, learnt, seed) for seed in range(8)])


def gain(test: Array, estimated: bool, learnt: bool, seed: int) -> tuple[float, float]:
    rng, rows = np.random.default_rng(seed), 1_500
    groups, codes, natural = drawn(FIT, rows, rng, learnt)
    tested, truth, new = drawn(test, 2_000, rng, learnt)
    y = pd.Series(codes.astype(str))
    overall = Prior.known(CLASSES, test.sum(axis=0))
    priors = {name: test[number] / test[number].sum() for number, name in enumerate("ab")}
    if estimated:
        priors = group_priors(CLASSES, Evidence(natural, codes, new), groups, tested, overall)
    weight = group_weights(y, groups, CLASSES, priors, tested, overall)
    shares = class_shares(y, CLASSES), class_shares(y, CLASSES, weight)
    judge = Judge(LOG_LOSS, codes, weight.to_numpy())
    members = {"natural": correct_prior(natural, *shares)}
    parts = [np.arange(k, rows, 5) for k in range(5)]
    every = np.arange(rows)
    scheme = Folds(
        "five", tuple(Fold(str(k), np.setdiff1d(every, part), part, every[:0]) for k, part in enumerate(parts)), ""
    )
    keys = pd.DataFrame({"site": groups})

    def joined(**more) -> Ensemble:
        return ensemble(members, judge, scheme, keys, fitted=range(5), **more)

    pair = joined(), joined(decision=lambda: GroupCorrection("site"))
    answers = [one.answer({"natural": correct_prior(new, *shares)}, pd.DataFrame({"site": tested})) for one in pair]
    plain, corrected = (LOG_LOSS(truth, answer, np.ones(len(truth))) for answer in answers)
    return pair[0].nested.value - pair[1].nested.value, plain - corrected


def test_where_groups_have_unlike_priors_the_nested_and_the_test_loss_are_clearly_lower() -> None:
    known = gains(UNLIKE, estimated=False)
    assert known.min() > 0.08
    assert known[:, 0].mean() == pytest.approx(known[:, 1].mean(), rel=0.1)
    # Estimated priors are drawn to those of no shift in the group: the score promises less than the test rows keep.
    estimated = gains(UNLIKE, estimated=True)
    assert estimated[:, 0].min() > 0.02
    assert estimated[:, 1].min() > 0.05


def test_where_groups_have_like_priors_the_loss_is_that_without_it_but_for_noise() -> None:
    known = gains(ALIKE, estimated=False)
    assert known.min() > -0.008
    assert known.mean(axis=0) == pytest.approx([0, 0], abs=0.003)
    estimated = gains(ALIKE, estimated=True)
    assert estimated[:, 1].min() > -0.006
    assert estimated[:, 1].mean() > -0.003


def test_where_groups_have_like_priors_and_the_classifier_ignores_them_nothing_is_lost() -> None:
    for estimated in (False, True):
        found = gains(ALIKE, estimated, learnt=False)
        # The shares of the groups are learnt on the way.
        assert found[:, 0].min() > 0.005
        assert found[:, 1].min() > 0.015
