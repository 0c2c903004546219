from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize, root
from scipy.stats import norm

from core.calibration import Calibration
from core.priors import Evidence, Prior, class_shares, correct_prior
from core.priors.groups import FLOOR, group_priors, group_weights

Array = npt.NDArray[np.float64]
CLASSES = ("ill", "well", "odd")
#: Joint shares of groups (rows) and classes among the fitted rows: the groups differ already there.
FIT = np.array([[0.06, 0.30, 0.04], [0.02, 0.45, 0.13]])
#: In the test the first group has far more ill ones, the second fewer; the groups are of other sizes too.
TEST = np.array([[0.15, 0.08, 0.02], [0.01, 0.56, 0.18]])
KNOWN = Prior.known(CLASSES, TEST.sum(axis=0))


def drawn(joint: Array, rows: int, seed: int) -> tuple[pd.Series, npt.NDArray[np.intp], Array]:
    """Groups, classes and what a classifier that knows the group says of them under the fitted shares."""
    rng = np.random.default_rng(seed)
    cell = rng.choice(joint.size, rows, p=joint.ravel())
    group, codes = np.divmod(cell, 3)
    x = rng.normal(1.5 * codes + group)  # in each group the classes lie elsewhere
    posterior = norm.pdf(x[:, None] - 1.5 * np.arange(3) - group[:, None]) * FIT[group]
    return pd.Series(np.array(["a", "b"])[group]), codes, posterior / posterior.sum(axis=1, keepdims=True)


def world(fit: int, test: int, seed: int = 0) -> tuple[Evidence, pd.Series, pd.Series]:
    groups, codes, said = drawn(FIT, fit, seed)
    tested, _, test_said = drawn(TEST, test, seed + 1)
    return Evidence(said, codes, test_said), groups, tested


def test_the_prior_of_each_group_is_found() -> None:
    evidence, groups, tested = world(12_000, 12_000)
    found = group_priors(CLASSES, evidence, groups, tested, KNOWN)
    assert list(found) == tested.unique().tolist()
    for number, name in enumerate("ab"):
        assert found[name] == pytest.approx(TEST[number] / TEST[number].sum(), abs=0.035)
        assert found[name].sum() == pytest.approx(1)


def test_all_rows_taken_as_one_group_mislead_where_groups_shift_apart() -> None:
    evidence, groups, tested = world(12_000, 12_000)
    one = (pd.Series("c", index=part.index) for part in (groups, tested))
    as_one = group_priors(CLASSES, evidence, *one, KNOWN)["c"]
    apart = group_priors(CLASSES, evidence, groups, tested, KNOWN)
    mixed = sum(apart[name] * (tested == name).mean() for name in "ab")
    assert np.abs(as_one - KNOWN.shares).max() > 2 * np.abs(mixed - KNOWN.shares).max()


@pytest.mark.parametrize("strength", [0.0, 50.0, 400.0])
def test_no_other_prior_is_likelier(strength: float) -> None:
    evidence, groups, tested = world(2_000, 400)
    labelled = np.array([3.0, 20.0, 0.0])
    found = group_priors(CLASSES, evidence, groups, tested, KNOWN, {"b": labelled}, strength)
    pi, rho = evidence.prior, KNOWN.shares
    calibration = Calibration.fit(
        correct_prior(evidence.out_of_fold, pi, rho), evidence.codes, (rho / pi)[evidence.codes]
    )
    # Odds under the fitted shares, of the fitted rows and of the test rows of the group.
    fitted, new = (
        calibration.apply(correct_prior(said[name == "b"], pi, rho)) * pi / rho
        for said, name in ((evidence.out_of_fold, groups), (evidence.test, tested))
    )
    fitted = np.vstack([fitted, *[pi] * 5])
    shares = (np.bincount(evidence.codes[groups == "b"], minlength=3) + 5 * pi) / len(fitted)
    unshifted = shares * rho / pi

    def gap(logs: Array) -> Array:
        """How far fitted rows, corrected from a prior to their shares, are from them on average."""
        joint = fitted * shares / np.exp(np.r_[0, logs])
        return ((joint / joint.sum(axis=1, keepdims=True)).mean(axis=0) - shares)[1:]

    implied = np.exp(np.r_[0, root(gap, np.zeros(2), tol=1e-10).x])

    def loss(logits: Array) -> float:
        prior = np.exp(np.r_[0, logits]) / np.exp(np.r_[0, logits]).sum()
        added = labelled + strength * unshifted / unshifted.sum()
        return float(-np.log((new / implied) @ prior).sum() - added @ np.log(prior))

    best = np.exp(np.r_[0, minimize(loss, np.zeros(2)).x])
    assert found["b"] == pytest.approx(best / best.sum(), abs=2e-4)


def unshifted(joint: Array) -> Array:
    """The class shares of each group of FIT, if the prior changed alike everywhere, (groups, k)."""
    moved = FIT * joint.sum(axis=0) / FIT.sum(axis=0)
    return moved / moved.sum(axis=1, keepdims=True)


def test_few_rows_are_drawn_to_what_no_shift_in_the_group_would_give_and_labels_count() -> None:
    evidence, groups, tested = world(3_000, 3_000)
    own, centre = TEST[0] / TEST[0].sum(), unshifted(TEST)[0]
    errors, nearer = [], []
    for strength in (0.0, 300.0, 30_000.0):
        found = group_priors(CLASSES, evidence, groups, tested, KNOWN, strength=strength)["a"]
        errors.append(np.abs(found - centre).max())
        labelled = group_priors(CLASSES, evidence, groups, tested, KNOWN, {"a": 10_000 * own}, strength)["a"]
        nearer.append(np.abs(labelled - own).max() < np.abs(found - own).max())
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.04  # the fitted shares of the group are those of a sample
    assert all(nearer)


@pytest.mark.parametrize("learnt", [True, False])
def test_groups_without_a_shift_of_their_own_have_the_shares_that_the_overall_one_gives(learnt: bool) -> None:
    """Whether the classifier learnt the group or ignores it."""
    rng = np.random.default_rng(3)
    alike = FIT * TEST.sum(axis=0) / FIT.sum(axis=0)
    prior = FIT if learnt else np.tile(FIT.sum(axis=0), (2, 1))

    def rows(joint: Array, count: int) -> tuple[pd.Series, npt.NDArray[np.intp], Array]:
        group, codes = np.divmod(rng.choice(joint.size, count, p=joint.ravel()), 3)
        x = rng.normal(1.5 * codes)  # the classes lie alike in both groups
        posterior = norm.pdf(x[:, None] - 1.5 * np.arange(3)) * prior[group]
        return pd.Series(np.array(["a", "b"])[group]), codes, posterior / posterior.sum(axis=1, keepdims=True)

    (groups, codes, said), (tested, _, new) = rows(FIT, 12_000), rows(alike, 12_000)
    found = group_priors(CLASSES, Evidence(said, codes, new), groups, tested, KNOWN)
    for number, name in enumerate("ab"):
        assert found[name] == pytest.approx(unshifted(TEST)[number], abs=0.035)


def test_groups_that_are_missing_or_not_fitted_have_the_overall_prior_and_none_else() -> None:
    evidence, groups, tested = world(2_000, 1_000)
    plain = group_priors(CLASSES, evidence, groups, tested, KNOWN)
    tested = tested.astype(object)
    tested.iloc[:40], tested.iloc[40:60] = None, "new"
    found = group_priors(CLASSES, evidence, groups, tested, KNOWN)
    assert set(found) == {"a", "b", "new"}
    assert found["new"].tolist() == KNOWN.shares.tolist()
    assert np.abs(found["a"] - plain["a"]).max() < 0.05
    fitted_gaps = groups.astype(object).where(groups == "a", None)
    assert group_priors(CLASSES, evidence, fitted_gaps, tested, KNOWN)["b"].tolist() == KNOWN.shares.tolist()


def test_a_group_in_which_a_class_was_never_fitted_stays_near_what_is_known() -> None:
    evidence, groups, tested = world(2_000, 1_000)
    codes = np.where((groups == "a") & (evidence.codes == 2), 1, evidence.codes)
    found = group_priors(CLASSES, Evidence(evidence.out_of_fold, codes, evidence.test), groups, tested, KNOWN)
    assert np.isfinite(found["a"]).all()
    assert (found["a"] > 0).all()


def test_classes_of_the_overall_prior_are_followed_by_name_and_rows_by_position() -> None:
    evidence, groups, tested = world(1_000, 500)
    turned = Prior.known(CLASSES[::-1], KNOWN.shares[::-1])
    expected = group_priors(CLASSES, evidence, groups, tested, KNOWN)
    relabelled = (groups.set_axis(range(5, 1_005)), tested.set_axis(["t"] * 500))
    found = group_priors(CLASSES, evidence, *relabelled, turned)
    assert all(found[name] == pytest.approx(expected[name]) for name in "ab")
    with pytest.raises(ValueError, match="do not fit"):
        group_priors(CLASSES, evidence, groups.iloc[:-1], tested, KNOWN)


# --- weights


@st.composite
def problems(draw: st.DrawFn) -> tuple[pd.Series, pd.Series, pd.Series, dict[str, Array], Prior]:
    """Rows of each class in each of three groups, test rows of the groups, and a prior for each."""
    names, more = ["p", "q", "r"], st.lists(st.tuples(st.sampled_from("pqr"), st.sampled_from(CLASSES)), max_size=30)
    pairs = [(name, label) for name in names for label in CLASSES] + draw(more)
    rows = draw(st.permutations(pairs))
    tested = draw(st.permutations(names + draw(st.lists(st.sampled_from(names), max_size=20))))
    shares = [np.array(draw(st.lists(st.floats(0.1, 1), min_size=3, max_size=3))) for _ in range(4)]
    *each, overall = (part / part.sum() for part in shares)
    index = [f"r{number}" for number in range(len(rows))]
    groups, y = (pd.Series(list(part), index=index) for part in zip(*rows, strict=True))
    return y, groups, pd.Series(tested), dict(zip(names, each, strict=True)), Prior.known(CLASSES, overall)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(problems())
def test_groups_and_their_classes_count_as_in_the_test(problem) -> None:
    y, groups, tested, priors, overall = problem
    weights = group_weights(y, groups, CLASSES, priors, tested, overall)
    assert weights.index.equals(y.index)
    assert weights.mean() == pytest.approx(1)
    for name, prior in priors.items():
        own = groups == name
        assert weights[own].sum() / len(y) == pytest.approx((tested == name).mean())
        assert class_shares(y[own], CLASSES, weights[own]) == pytest.approx(prior)
        assert weights[own].groupby(y[own]).nunique().max() == 1


def rows(**cells: str) -> tuple[pd.Series, pd.Series]:
    """Classes and groups: `a="ill ill"` are two ill rows of group a; the group `none` is missing."""
    pairs = [(label, None if name == "none" else name) for name, labels in cells.items() for label in labels.split()]
    y, groups = zip(*pairs, strict=True)
    return pd.Series(y), pd.Series(groups, dtype=object)


PRIORS = {"a": [0.5, 0.5], "b": [0.2, 0.8], "new": [0.4, 0.6]}
OVERALL = Prior.known(("ill", "well"), [0.4, 0.6])


def weighed(y: pd.Series, groups: pd.Series, tested: list) -> pd.Series:
    return group_weights(y, groups, ("ill", "well"), PRIORS, pd.Series(tested, dtype=object), OVERALL)


def test_rows_elsewhere_stand_for_test_rows_elsewhere() -> None:
    y, groups = rows(a="ill well", none="ill well well", gone="ill")
    weights = weighed(y, groups, ["a", "new", None, None])
    assert weights[groups == "a"].sum() / weights.sum() == pytest.approx(1 / 4)
    elsewhere = (groups != "a").to_numpy()
    assert class_shares(y[elsewhere], ("ill", "well"), weights[elsewhere]) == pytest.approx([0.4, 0.6])
    # One with the group that is missing in the test and one with a group that test has not are alike.
    assert weights[5] == pytest.approx(weights[2])


def test_rows_that_stand_for_no_test_row_hardly_count_but_a_class_keeps_its_weight() -> None:
    y, groups = rows(a="ill well well", gone="ill well")
    weights = weighed(y, groups, ["a", "a"])
    assert 0 < weights[groups == "gone"].max() < 0.02
    y, groups = rows(a="well well", gone="ill ill well")
    weights = weighed(y, groups, ["a", "a"])
    assert class_shares(y, ("ill", "well"), weights) == pytest.approx([0.5, 0.5])
    # Without groups a well row would weigh 0.5 / 0.6.
    assert weights[4] == pytest.approx(FLOOR * 0.5 / 0.6, rel=0.01)


def test_a_class_that_a_group_lacks_counts_through_its_rows_in_others() -> None:
    y, groups = rows(a="ill well", b="well well")
    weights = weighed(y, groups, ["a", "b", "b", "b"])
    # In all: a quarter of (0.5, 0.5) and three of (0.2, 0.8).
    assert class_shares(y, ("ill", "well"), weights) == pytest.approx([0.275, 0.725])
    assert weights[2] == pytest.approx(weights[3])


def test_a_label_that_is_no_class_is_an_error() -> None:
    y, groups = rows(a="ill odd")
    with pytest.raises(ValueError, match="not listed"):
        weighed(y, groups, ["a"])


@pytest.mark.parametrize("dtype", ["int64", "float64", "object", "category"])
def test_groups_may_be_numbers_of_another_type_in_the_test(dtype: str) -> None:
    y, groups = pd.Series(["ill", "well", "ill", "well"]), pd.Series([1, 1, 2, 2])
    tested = pd.Series([1, 2, 2, 2]).astype(dtype)
    weights = group_weights(y, groups, ("ill", "well"), {1: [0.5, 0.5], 2: [0.2, 0.8]}, tested, OVERALL)
    assert weights.tolist() == pytest.approx([0.5, 0.5, 0.6, 2.4])
