from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.priors import class_shares, correct_prior, prior_weights, priors_of_rows

Array = npt.NDArray[np.float64]
QUICK = settings(max_examples=80, deadline=None, derandomize=True)


@st.composite
def problems(draw: st.DrawFn) -> tuple[Array, Array, Array]:
    """Probabilities with zeros in them, and two priors from even to very rare."""
    k = draw(st.integers(2, 6))
    p = draw(arrays(float, (draw(st.integers(1, 8)), k), elements=st.floats(0, 1)))
    p[:, draw(st.integers(0, k - 1))] += 0.01  # no row of zeros
    priors = [draw(arrays(float, k, elements=st.floats(1e-3, 1))) for _ in range(2)]
    return p / p.sum(axis=1, keepdims=True), priors[0], priors[1]


@QUICK
@given(problems())
def test_there_and_back_again_changes_nothing(problem: tuple[Array, Array, Array]) -> None:
    p, source, target = problem
    there = correct_prior(p, source, target)
    assert np.abs(correct_prior(there, target, source) - p).max() < 1e-12


@QUICK
@given(problems())
def test_corrected_rows_are_probabilities_and_zeros_stay_zero(problem: tuple[Array, Array, Array]) -> None:
    q = correct_prior(*problem)
    assert np.abs(q.sum(axis=1) - 1).max() < 1e-12
    assert (q >= 0).all()
    assert (q[problem[0] == 0] == 0).all()


@QUICK
@given(problems())
def test_an_equal_prior_changes_nothing_and_its_scale_does_not_matter(problem: tuple[Array, Array, Array]) -> None:
    p, source, target = problem
    assert np.abs(correct_prior(p, source, 3 * source) - p).max() < 1e-12
    scaled = correct_prior(p, 7 * source, target / 5)
    assert np.abs(scaled - correct_prior(p, source, target)).max() < 1e-12


@QUICK
@given(problems())
def test_the_order_of_classes_does_not_matter(problem: tuple[Array, Array, Array]) -> None:
    p, source, target = problem
    turned = correct_prior(p[:, ::-1], source[::-1], target[::-1])[:, ::-1]
    assert np.abs(turned - correct_prior(p, source, target)).max() < 1e-12


@QUICK
@given(st.floats(0, 1), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_two_classes_follow_the_closed_form_of_elkan(p: float, b: float, b_new: float) -> None:
    # Elkan 2001, theorem 2: p' = b' (p - p b) / (b - p b + b' p - b b').
    expected = b_new * (p - p * b) / (b - p * b + b_new * p - b * b_new)
    got = correct_prior([[1 - p, p]], [1 - b, b], [1 - b_new, b_new])[0, 1]
    assert got == pytest.approx(expected, abs=1e-9)


@QUICK
@given(st.floats(0, 1), st.floats(0.01, 1), st.floats(0.01, 0.5))
def test_under_sampling_follows_the_closed_form_of_dal_pozzolo(p: float, beta: float, prior: float) -> None:
    # Dal Pozzolo et al. 2015: negatives kept with probability beta, p_s = p / (p + beta (1 - p)), and so back
    # p = beta p_s / (beta p_s - p_s + 1).
    sampled = prior / (prior + beta * (1 - prior))
    expected = beta * p / (beta * p - p + 1)
    got = correct_prior([[1 - p, p]], [1 - sampled, sampled], [1 - prior, prior])[0, 1]
    assert got == pytest.approx(expected, abs=1e-9)


def test_exact_posteriors_of_one_prior_become_those_of_the_other() -> None:
    rng = np.random.default_rng(0)
    likelihood = rng.random((50, 3))
    source, target = np.array([0.7, 0.2, 0.1]), np.array([0.1, 0.3, 0.6])

    def posterior(prior: Array) -> Array:
        joint = likelihood * prior
        return np.asarray(joint / joint.sum(axis=1, keepdims=True))

    assert np.allclose(correct_prior(posterior(source), source, target), posterior(target), atol=1e-14)


@pytest.mark.parametrize("wrong", [[0.0, 1.0], [-0.1, 1.1], [np.nan, 1.0], [np.inf, 1.0]])
@pytest.mark.parametrize("place", ["source", "target"])
def test_a_prior_that_is_not_positive_is_an_error_without_a_warning(wrong: list[float], place: str) -> None:
    priors = {"source": [0.5, 0.5], "target": [0.5, 0.5], place: wrong}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="positive"):
            correct_prior([[0.5, 0.5]], **priors)


@pytest.mark.parametrize(
    ("p", "source", "target"),
    [
        ([0.5, 0.5], [0.5, 0.5], [0.5, 0.5]),
        ([[0.5, 0.5]], [0.3, 0.3, 0.4], [0.3, 0.3, 0.4]),
        ([[0.5, 0.5]], [0.3, 0.3, 0.4], [0.5, 0.5]),
        ([[0.5, 0.5]], [0.5], [0.5]),
    ],
)
def test_shapes_that_do_not_fit_are_an_error(p: list, source: list[float], target: list[float]) -> None:
    with pytest.raises(ValueError, match="shape"):
        correct_prior(p, source, target)


# Names, not positions


def test_shares_follow_the_names_of_the_classes() -> None:
    y = pd.Series(["bee", "ant", "bee", "bee"])
    assert class_shares(y, ["bee", "ant"]).tolist() == [0.75, 0.25]
    assert class_shares(y, ["ant", "bee"]).tolist() == [0.25, 0.75]
    assert class_shares(y, ["ant", "cat", "bee"]).tolist() == [0.25, 0.0, 0.75]


@pytest.mark.parametrize("dtype", ["int64", "Int64", "object", "category"])
def test_shares_of_whole_numbers_follow_their_names_too(dtype: str) -> None:
    assert class_shares(pd.Series([10, 2, 10, 10]).astype(dtype), ["10", "2"]).tolist() == [0.75, 0.25]


def test_weighted_shares_count_by_position_of_the_row() -> None:
    y = pd.Series(["bee", "ant", "bee"], index=[5, 5, 7])
    assert class_shares(y, ["ant", "bee"], [1.0, 2.0, 5.0]).tolist() == [0.25, 0.75]


@pytest.mark.parametrize("wrong", ["cat", None])
def test_a_label_that_is_not_listed_is_an_error(wrong: str | None) -> None:
    y = pd.Series(["ant", wrong], dtype=object)
    with pytest.raises(ValueError, match="not listed"):
        class_shares(y, ["ant", "bee"])
    with pytest.raises(ValueError, match="not listed"):
        prior_weights(y, ["ant", "bee"], [0.5, 0.5])


@QUICK
@given(
    st.lists(st.sampled_from(["ant", "bee", "cat"]), max_size=30), st.lists(st.floats(0.01, 1), min_size=3, max_size=3)
)
def test_weighted_classes_count_as_under_the_target_prior(labels: list[str], target: list[float]) -> None:
    classes = ["cat", "ant", "bee"]
    y = pd.Series([*classes, *labels], index=[f"r{number}" for number in range(len(labels) + 3)])
    weights = prior_weights(y, classes, np.array(target) / sum(target))
    assert weights.index.equals(y.index)
    assert weights.mean() == pytest.approx(1, rel=1e-12)
    assert np.allclose(class_shares(y, classes, weights), np.array(target) / sum(target), atol=1e-12)
    assert y.groupby(y).apply(lambda part: weights[part.index].nunique()).eq(1).all()


def test_weights_have_mean_one_though_the_target_does_not_sum_to_one() -> None:
    weights = prior_weights(pd.Series(["ant", "ant", "ant", "bee"]), ["ant", "bee"], [2.0, 2.0])
    assert weights.tolist() == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2.0])


def test_a_class_without_rows_gives_no_warning_and_finite_weights() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        weights = prior_weights(pd.Series(["ant", "bee"]), ["ant", "bee", "cat"], [0.6, 0.2, 0.2])
    assert weights.tolist() == pytest.approx([1.5, 0.5])


# By group


@QUICK
@given(problems(), st.integers(1, 3), st.randoms(use_true_random=False))
def test_a_correction_per_group_is_that_of_each_group_alone_and_invertible(problem, many: int, random) -> None:
    p, source, target = problem
    groups = pd.Series([random.choice("abc"[:many]) for _ in p])
    sources = {name: source * [random.uniform(0.5, 2) for _ in source] for name in "ab"}
    targets = {name: target * [random.uniform(0.5, 2) for _ in target] for name in "ab"}
    rows = priors_of_rows(groups, sources, source), priors_of_rows(groups, targets, target)
    there = correct_prior(p, *rows)
    assert np.abs(correct_prior(there, *rows[::-1]) - p).max() < 1e-12
    for name in groups.unique():
        own = (groups == name).to_numpy()
        alone = correct_prior(p[own], sources.get(name, source), targets.get(name, target))
        assert np.abs(there[own] - alone).max() < 1e-12


@pytest.mark.parametrize("dtype", ["int64", "object", "category", "string"])
def test_groups_are_found_by_name_whatever_their_type(dtype: str) -> None:
    groups = pd.Series([10, 2, 10, 7]).astype(str if dtype in ("string", "category") else dtype).astype(dtype)
    priors = {groups.iloc[0]: [0.9, 0.1], groups.iloc[1]: [0.2, 0.8]}
    rows = priors_of_rows(groups, priors, otherwise=[0.5, 0.5])
    assert rows.tolist() == [[0.9, 0.1], [0.2, 0.8], [0.9, 0.1], [0.5, 0.5]]


def test_one_prior_per_row_needs_as_many_as_rows() -> None:
    with pytest.raises(ValueError, match="shape"):
        correct_prior([[0.5, 0.5]] * 3, [[0.5, 0.5]] * 2, [0.5, 0.5])
