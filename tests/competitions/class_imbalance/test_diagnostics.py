"""Whether more than the class shares changed between train and test."""

from __future__ import annotations

from dataclasses import replace

import pytest

from competitions.class_imbalance.competition import ClassImbalance
from competitions.class_imbalance.diagnostics import ALIKE, features_moved, told_apart
from competitions.class_imbalance.prior import counted_prior
from core.checks.resemblance import Told
from core.priors import Prior, class_shares
from core.table import Table
from tests.competitions.class_imbalance.tables import no_pilot, world, written

TRAIN, TEST = {"b": 900, "a": 100}, {"b": 100, "a": 100}
EVEN = Prior.known(("b", "a"), [0.5, 0.5])


@pytest.fixture(scope="module")
def shifted():
    """Classes are told apart by x; only their shares change."""
    return world(TRAIN, TEST, apart=3.0)


def test_class_shares_alone_leave_thinned_rows_as_they_are_in_the_test(shifted):
    told = told_apart(shifted, EVEN)
    assert abs(told.area - 0.5) < 3 * told.error
    note = features_moved(told, labelled=False)
    assert "warning" not in note
    assert "warning" not in note
    assert f"{told.area:.3f} ± {told.error:.3f}" in note


def test_under_a_wrong_prior_the_shares_themselves_are_told(shifted):
    natural = Prior.known(("b", "a"), class_shares(shifted.fit.labels(), ("b", "a")))
    told = told_apart(shifted, natural)
    assert told.area - 2 * told.error > ALIKE
    assert "warning" in features_moved(told, labelled=False)


def test_the_prior_is_followed_by_name(shifted):
    shares = {"a": 0.1, "b": 0.9}
    one, other = (Prior.known(names, [shares[name] for name in names]) for names in (("a", "b"), ("b", "a")))
    assert told_apart(shifted, one) == told_apart(shifted, other)


def test_a_feature_that_moved_within_its_class_is_named(shifted):
    moved = replace(shifted, test=Table(shifted.test.X.assign(noise=shifted.test.X["noise"] + 1.5)))
    told = told_apart(moved, EVEN)
    assert told.area - 2 * told.error > ALIKE
    note = features_moved(told, labelled=True)
    assert note.startswith("warning: ")
    assert "(most in 'noise'" in note


@pytest.mark.parametrize("labels", [{"b": 50, "a": 50}, {"a": 100}])
def test_validation_rows_and_their_labels_are_left_out(shifted, labels):
    with_rows = world(TRAIN, TEST, labels, apart=3.0)
    with_rows.fit.X.loc[with_rows.extra["validation"].ids, "noise"] = 1e6
    assert len(with_rows.fit) == len(shifted.fit) + 100
    assert told_apart(with_rows, EVEN) == told_apart(shifted, EVEN)


def test_nothing_is_changed_and_the_same_seed_says_the_same(shifted):
    before = shifted.fingerprint, shifted.fit.X.copy()
    first, again, other = (told_apart(shifted, EVEN, seed) for seed in (0, 0, 1))
    assert first == again != other
    assert shifted.fit.X.equals(before[1])
    assert replace(shifted).fingerprint == before[0]


def test_of_too_few_rows_nothing_is_said():
    few = world({"b": 9, "a": 9}, {"b": 4, "a": 4})
    assert told_apart(few, EVEN) is None
    assert features_moved(None, labelled=False).startswith("too few rows")


@pytest.mark.parametrize(
    ("area", "error", "said"),
    [
        (0.5, 0.01, "label shift"),
        (0.55, 0.01, "label shift"),
        (0.551, 0.01, "warning"),
        (0.7, 0.2, "too few rows"),
        (0.9, 0.01, "warning"),
    ],
)
def test_more_than_chance_must_lift_the_area_before_anyone_is_warned_or_calmed(area, error, said):
    note = features_moved(Told("test", area, error, (("x", 1.0),)), labelled=True)
    assert [words for words in ("label shift", "warning", "too few rows") if words in note] == [said]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ((("a", 0.6), ("b", 0.3), ("c", 0.05), ("d", 0.05)), "(most in 'a', 'b', 'c')"),
        ((("a", 0.9), ("b", 0.04)), "(most in 'a')"),
        ((("a", 0.04), ("b", 0.03)), "(most in 'a')"),  # among very many columns
    ],
)
def test_the_columns_that_tell_most_are_named(columns, said):
    assert said in features_moved(Told("test", 0.9, 0.01, columns), labelled=True)


def test_only_labelled_rows_that_are_there_are_to_be_trusted():
    told = Told("test", 0.9, 0.01, (("x", 1.0),))
    assert "validation" in features_moved(told, labelled=True)
    assert "validation" not in features_moved(told, labelled=False)


def test_the_objective_says_it_where_it_corrects(tmp_path):
    competition = ClassImbalance(options={"prior": "sick:0.3,well:0.2,ill:0.5"})
    dataset = competition.load(written(tmp_path))
    notes = competition.objective(dataset, no_pilot).notes
    assert notes[-1].startswith("too few rows to say")


@pytest.mark.parametrize("labels", [None, {"b": 20, "a": 20}])
def test_the_objective_sends_nobody_to_labels_that_are_not_there(labels):
    dataset = world(TRAIN, TEST, labels, apart=3.0)
    moved = replace(dataset, test=Table(dataset.test.X.assign(noise=dataset.test.X["noise"] + 3)))
    note = ClassImbalance(options={"prior": "a:0.5,b:0.5"}).objective(moved, no_pilot).notes[-1]
    assert "warning" in note
    assert ("trust the labelled validation rows" in note) == (labels is not None)


def test_an_estimate_with_an_interval_thins_like_a_known_prior(shifted):
    counted = counted_prior(shifted.fit.labels().iloc[:0], ("b", "a"))  # nothing is known: half a row each
    assert told_apart(shifted, counted) == told_apart(shifted, EVEN)
