"""What a run says of itself, against sums by hand."""

from __future__ import annotations

import json
import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import balanced_accuracy_score, f1_score, matthews_corrcoef

from competitions.class_imbalance.competition import ClassImbalance
from competitions.class_imbalance.extras import BLEND, LARGEST, MOST_CHARTS, explain
from competitions.class_imbalance.prior import counted_prior
from core.exhibit import Exhibit
from core.outcome import Outcome
from core.priors import Prior
from tests.competitions.class_imbalance.tables import outcome

PRIORS, STRATEGIES, EXPECTED, RELIABILITY, THRESHOLDS = (
    "class shares (95 % interval)",
    "strategies, out of fold under the test prior",
    "expected on the test",
    "reliability of the blend, out of fold under the test prior",
    "thresholds for label metrics under the test prior",
)
EVEN = Prior.known(("no", "yes"), [0.5, 0.5])


def titled(found: Outcome) -> dict[str, Exhibit]:
    """Exhibits by title; every one of them goes into run.json and comes back."""
    exhibits = explain(found)
    for exhibit in exhibits:
        assert Exhibit.from_json(json.loads(json.dumps(exhibit.to_json(), allow_nan=False))) == exhibit
    return {exhibit.title: exhibit for exhibit in exhibits}


def pairs(*positive: float) -> np.ndarray:
    return np.array([[1 - value, value] for value in positive])


#: Twelve rows, four of them "yes"; rows 3, 4 and 10 came from the validation file.
LABELS = ["no", "no", "yes", "no", "yes", "no", "no", "yes", "no", "no", "yes", "no"]
NESTED = pairs(0.1, 0.2, 0.7, 0.3, 0.6, 0.4, 0.05, 0.45, 0.2, 0.6, 0.8, 0.1)
SHARP = pairs(0.05, 0.1, 0.9, 0.2, 0.7, 0.3, 0.02, 0.6, 0.1, 0.5, 0.9, 0.05)
FLAT = pairs(*[0.5] * 12)
FOLDS = [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]


def two_classes(**more) -> Outcome:
    given = {"labels": LABELS, "validation": [3, 4, 10], "folds": FOLDS, "nested": NESTED, "priors": [EVEN]}
    return outcome(**{**given, "members": {"sharp": SHARP, "flat": FLAT}, "classes": ("no", "yes"), **more})


def cells(exhibit: Exhibit, column: str) -> list:
    return [row[exhibit.columns.index(column)] for row in exhibit.rows]


def own_losses(values: np.ndarray) -> list[float]:
    return [-math.log(row[int(label == "yes")]) for row, label in zip(values, LABELS, strict=True)]


def by_class(numbers: list[float], rows=range(12)) -> dict[str, list[float]]:
    return {name: [numbers[row] for row in rows if LABELS[row] == name] for name in ("no", "yes")}


def mean(numbers):
    return sum(numbers) / len(numbers)


def variance(numbers):
    return sum((number - mean(numbers)) ** 2 for number in numbers) / (len(numbers) - 1)


def stratified(numbers: list[float], shares: dict[str, float]) -> tuple[float, float]:
    """The mean under other class shares and its standard error."""
    parts = by_class(numbers)
    value = sum(share * mean(parts[name]) for name, share in shares.items())
    error = math.sqrt(sum(share**2 * variance(parts[name]) / len(parts[name]) for name, share in shares.items()))
    return value, error


# --- all together


def test_the_first_three_are_shown_after_every_run():
    assert [(exhibit.title, exhibit.brief) for exhibit in explain(two_classes())] == [
        (PRIORS, True), (STRATEGIES, True), (EXPECTED, True), (RELIABILITY, False), (THRESHOLDS, False)
    ]  # fmt: skip


def test_the_competition_shows_them():
    assert ClassImbalance().extras(two_classes()) == explain(two_classes())


def test_one_fold_alone_cuts_no_thresholds():
    found = titled(two_classes(fitted=[1]))
    assert THRESHOLDS not in found
    assert sum(cells(found[RELIABILITY], "rows")) == 12  # six rows for each of two classes


@given(
    st.integers(2, 4),
    st.integers(8, 30),
    st.integers(1, 3),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_whatever_a_run_comes_to_can_be_told(k, rows, folds, weighted, labelled, certain, seed):
    rng = np.random.default_rng(seed)
    classes = tuple("abcd"[:k])
    labels = [*classes, *rng.choice(list(classes), rows - k, p=rng.dirichlet(np.ones(k)))]
    nested, member = (rng.dirichlet(np.full(k, 0.1), rows) for _ in range(2))
    nested[0] = np.eye(k)[-1]  # as wrong as can be
    scored = np.array_split(rng.permutation(rows), folds)
    known, counted = (
        Prior.known(classes, rng.dirichlet(np.ones(k)) + 1e-3),
        counted_prior(pd.Series(labels[:3]), classes),
    )
    found = outcome(
        labels,
        range(rows // 4) if labelled else [],
        scored,
        {"member": member, "half": np.where(rng.random((rows, 1)) < 0.5, member, np.nan)},
        nested,
        classes=classes,
        priors=[known] if certain else [counted, known],
        weighted=weighted,
        fitted=range(max(1, folds - 1)),
    )
    exhibits = titled(found)
    assert len(exhibits) == 4 + (max(1, folds - 1) > 1)
    assert all(len(str(cell)) < 80 for exhibit in exhibits.values() for row in exhibit.rows for cell in row)


# --- priors


def test_the_prior_that_is_used_is_told_from_the_others():
    counted = counted_prior(two_classes().dataset.fit.labels(), ("no", "yes"))
    used, plain = (two_classes(priors=[counted, EVEN], weighted=weighted) for weighted in (True, False))
    found = titled(used)[PRIORS]
    assert found.columns == ("of", "no", "yes")
    assert found.rows[0] == ("train", "0.778", "0.222")  # seven and two: validation rows do not count
    low, high = counted.interval()[1]
    assert found.rows[1][0] == "test, used: counted in 12 labelled rows"
    assert found.rows[1][2] == f"0.346 ({low:.3f}–{high:.3f})"
    assert found.rows[2] == ("test: given", "0.500", "0.500")  # known, so that there is no interval
    assert cells(titled(plain)[PRIORS], "of")[1] == "test: counted in 12 labelled rows"


# --- strategies


def test_strategies_lose_what_their_rows_lose_under_the_test_prior():
    exhibit = titled(two_classes())[STRATEGIES]
    assert exhibit.columns == ("rank", "strategy", "log loss", "± s.e.", "behind", "± s.e.")
    half = {"no": 0.5, "yes": 0.5}
    losses = {name: own_losses(values) for name, values in (("sharp", SHARP), ("flat", FLAT), (BLEND, NESTED))}
    order = sorted(losses, key=lambda name: stratified(losses[name], half)[0])
    assert cells(exhibit, "strategy") == order == ["sharp", BLEND, "flat"]
    for row, name in zip(exhibit.rows, order, strict=True):
        behind = [one - best for one, best in zip(losses[name], losses[order[0]], strict=True)]
        assert row[2:4] == pytest.approx(stratified(losses[name], half), abs=1e-5)
        assert row[4:6] == pytest.approx(stratified(behind, half), abs=1e-5)
    assert exhibit.rows[0][4:] == (0, 0)


def test_what_chance_may_have_ordered_shares_a_rank():
    almost = SHARP + [[1e-3, -1e-3]] * 12
    exhibit = titled(two_classes(members={"sharp": SHARP, "almost": almost, "flat": FLAT}))[STRATEGIES]
    ranks = dict(zip(cells(exhibit, "strategy"), cells(exhibit, "rank"), strict=True))
    assert ranks["sharp"] == ranks["almost"] == 1
    assert ranks["flat"] > 1


def test_rows_count_as_much_as_kish_says():
    weight = np.where(np.array(LABELS) == "yes", 12 / 8, 12 / 16)  # to even shares, from four and eight
    expected = weight.sum() ** 2 / (weight**2).sum()
    assert f"12 rows tell as much as {expected:.0f} equal ones" in titled(two_classes())[STRATEGIES].notes[-1]


def test_a_member_without_a_prediction_of_some_scored_row_is_left_out():
    gap = SHARP.copy()
    gap[7] = np.nan
    exhibits = titled(two_classes(members={"sharp": SHARP, "gap": gap, "none": FLAT * np.nan}))
    assert cells(exhibits[STRATEGIES], "strategy") == ["sharp", BLEND]
    one_fold = titled(two_classes(members={"sharp": SHARP, "gap": gap}, fitted=[0]))  # row 7 is not scored
    assert set(cells(one_fold[STRATEGIES], "strategy")) == {"sharp", "gap", BLEND}


def test_rows_that_no_fold_scores_do_not_count():
    nested, sharp = NESTED.copy(), SHARP.copy()
    nested[6:], sharp[6:] = np.nan, np.nan
    few = titled(two_classes(fitted=[0], nested=nested, members={"sharp": sharp}))
    every = titled(two_classes(fitted=[0], members={"sharp": SHARP}))
    assert few == every


def test_an_error_that_nobody_knows_is_a_gap():
    """A class with one scored row has no spread."""
    exhibits = titled(two_classes(folds=[[0, 1, 2, 3], FOLDS[1]], fitted=[0], validation=[]))
    assert cells(exhibits[STRATEGIES], "± s.e.") == [None] * 3
    assert all(rank == 1 for rank in cells(exhibits[STRATEGIES], "rank"))


# --- expected loss


def interval(value: float, error: float) -> tuple[float, float]:
    factor = math.exp(norm.ppf(0.975) * error / value)
    return value / factor, value * factor


def said(value: float, ends: tuple[float, float]) -> tuple[str, str]:
    return f"{value:.4f}", f"{ends[0]:.4f}–{ends[1]:.4f}"


def test_the_expected_loss_is_that_of_the_blend_under_the_test_prior():
    exhibit = titled(two_classes())[EXPECTED]
    losses = own_losses(NESTED)
    value, error = stratified(losses, {"no": 0.5, "yes": 0.5})
    squares = sum(0.5 * mean([loss**2 for loss in part]) for part in by_class(losses).values())
    of_file = math.sqrt(error**2 + (squares - value**2) / 4)  # which four rows the test happens to hold
    assert exhibit.rows[0] == ("any number of test rows", *said(value, interval(value, error)))
    assert exhibit.rows[1] == ("these 4 test rows", *said(value, interval(value, of_file)))


def test_rows_of_train_say_what_to_expect_of_the_validation_rows():
    exhibit = titled(two_classes())[EXPECTED]
    losses = own_losses(NESTED)
    parts = by_class(losses, [row for row in range(12) if row not in (3, 4, 10)])
    value = sum(0.5 * mean(part) for part in parts.values())
    squares = sum(0.5 * mean([loss**2 for loss in part]) for part in parts.values())
    spread = sum(0.25 * variance(part) / len(part) for part in parts.values())
    ends = interval(value, math.sqrt(spread + (squares - value**2) / 3))
    found = mean([losses[row] for row in (3, 4, 10)])
    assert exhibit.rows[2] == ("3 validation rows, expected from train", *said(value, ends))
    assert exhibit.rows[3] == ("3 validation rows, found out of fold", f"{found:.4f}", None)
    assert ends[0] < found < ends[1]
    assert exhibit.notes == ("the loss on the labelled validation rows is inside the interval",)


def test_a_loss_on_the_validation_rows_that_cannot_be_chance_is_told():
    nested = NESTED.copy()
    nested[[3, 4, 10]] = [[0.001, 0.999], [0.999, 0.001], [0.999, 0.001]]
    (note,) = titled(two_classes(nested=nested))[EXPECTED].notes
    assert "OUTSIDE the interval" in note


def test_only_validation_rows_that_are_scored_are_checked():
    exhibit = titled(two_classes(fitted=[0]))[EXPECTED]
    assert cells(exhibit, "of")[-1].startswith("2 validation rows")


def test_without_validation_rows_nothing_is_checked():
    exhibit = titled(two_classes(validation=[]))[EXPECTED]
    assert len(exhibit.rows) == 2
    assert exhibit.notes == ()


def test_of_a_class_with_one_scored_row_nothing_is_expected():
    exhibit = titled(two_classes(folds=[[0, 1, 2, 3], FOLDS[1]], fitted=[0]))[EXPECTED]
    assert cells(exhibit, "log loss")[:3] == [None] * 3
    assert cells(exhibit, "log loss")[3] == f"{own_losses(NESTED)[3]:.4f}"
    assert "fewer than two scored rows" in exhibit.notes[-1]


def test_too_few_rows_of_train_cost_only_the_check():
    exhibit = titled(two_classes(validation=[2, 4, 7]))[EXPECTED]  # of "yes" one is left
    assert None not in cells(exhibit, "log loss")[:2]
    assert cells(exhibit, "log loss")[2] is None
    assert len(exhibit.notes) == 1


def test_where_nothing_is_corrected_rows_count_as_they_are():
    unsure = Prior(("no", "yes"), np.array([0.6, 0.4]), 0.01 * np.array([[1, -1], [-1, 1.0]]), "estimated")
    exhibits = titled(two_classes(priors=[unsure], weighted=False))
    losses = own_losses(NESTED)
    shares = {"no": 8 / 12, "yes": 4 / 12}
    value, error = stratified(losses, shares)
    parts = by_class(losses)
    unknown = 0.01 * (mean(parts["no"]) - mean(parts["yes"])) ** 2  # the prior is no surer for that
    expected = said(value, interval(value, math.sqrt(error**2 + unknown)))
    assert exhibits[EXPECTED].rows[0][1:] == expected
    assert f"{mean(losses):.4f}" == expected[0]
    assert cells(exhibits[STRATEGIES], "log loss")[1] == pytest.approx(mean(losses), abs=1e-5)
    assert not any("weighted to the test" in note for note in exhibits[STRATEGIES].notes)


def test_where_nothing_is_known_of_the_prior_the_interval_ends_at_the_largest_loss():
    unknown = Prior(("no", "yes"), np.array([0.6, 0.4]), 1e3 * np.array([[1, -1], [-1, 1.0]]), "estimated")
    exhibit = titled(two_classes(priors=[unknown], weighted=False))[EXPECTED]
    assert cells(exhibit, "95 % interval")[0] == f"0.0000–{LARGEST:.4f}"
    assert pytest.approx(13.8155, abs=1e-4) == LARGEST


def test_a_run_without_any_prior_is_explained_too():
    exhibits = titled(two_classes(priors=[], weighted=False))
    assert len(exhibits[PRIORS].rows) == 1
    value, error = stratified(own_losses(NESTED), {"no": 8 / 12, "yes": 4 / 12})
    assert exhibits[EXPECTED].rows[0][1:] == said(value, interval(value, error))


# --- reliability


def test_a_bin_compares_what_was_said_with_what_came():
    """Four distinct probabilities, each in a bin of its own."""
    labels = ["no", "no", "no", "yes", "no", "yes", "yes", "yes"]
    nested = pairs(0.1, 0.1, 0.3, 0.3, 0.6, 0.6, 0.8, 0.8)
    even = two_classes(labels=labels, validation=[], folds=[range(4), range(4, 8)], nested=nested, members={})
    found = titled(even)[RELIABILITY]
    yes = [row[1:] for row in found.rows if row[0] == "yes"]
    assert yes == [(0.1, 0.0, 0.0, 2), (0.3, 0.5, 0.5, 2), (0.6, 0.5, 0.5, 2), (0.8, 1.0, 0.0, 2)]
    no = [row[1:3] for row in found.rows if row[0] == "no"]
    assert no == [(0.2, 0.0), (0.4, 0.5), (0.7, 0.5), (0.9, 1.0)]
    assert found.notes[1].startswith("yes: calibration error 0.1500; ")  # (0.1 + 0.2 + 0.1 + 0.2) / 4


def test_rows_of_a_bin_count_as_in_the_test():
    labels, nested = ["no", "no", "no", "yes"], pairs(0.2, 0.2, 0.2, 0.2)
    found = two_classes(labels=labels, validation=[], folds=[[0, 1], [2, 3]], nested=nested, members={})
    (row,) = [row for row in titled(found)[RELIABILITY].rows if row[0] == "yes"]
    assert row[1:3] == (0.2, 0.5)  # one of four, three times as much


def test_a_single_row_of_a_bin_has_no_error():
    found = titled(two_classes())[RELIABILITY]
    assert {row[3] for row in found.rows if row[4] == 1} == {None}


# --- thresholds

METRICS = {"f1": f1_score, "mcc": matthews_corrcoef, "balanced accuracy": balanced_accuracy_score}


def best(said, truth, weight, metric):
    """The best cut midway between probabilities, nearest to a half, by brute force."""
    ends = [0.0, *sorted(set(said)), 1.0]
    cuts = [(low + high) / 2 for low, high in pairwise(ends)]
    values = [METRICS[metric](truth, said >= cut, sample_weight=weight) for cut in cuts]
    chosen = [cut for cut, value in zip(cuts, values, strict=True) if value > max(values) - 1e-9]
    return min(chosen, key=lambda cut: (round(abs(cut - 0.5), 9), cut))


def test_thresholds_are_the_best_and_their_value_is_honest():
    found = two_classes()
    exhibit = titled(found)[THRESHOLDS]
    weight, truth, said = found.judge.weight, np.array(LABELS) == "yes", NESTED[:, 1]
    assert cells(exhibit, "class against the rest") == ["yes"] * 3  # the rarer one says it all
    assert cells(exhibit, "metric") == list(METRICS)
    for row in exhibit.rows:
        metric = row[1]
        cut_at = np.empty(12)
        for rows, others in (FOLDS, FOLDS[::-1]):
            cut_at[rows] = best(said[others], truth[others], weight[others], metric)
        honest = METRICS[metric](truth, said >= cut_at, sample_weight=weight)
        at_half = METRICS[metric](truth, said >= 0.5, sample_weight=weight)
        assert row[2:] == pytest.approx((best(said, truth, weight, metric), honest, at_half), abs=1e-4)


def three_classes(**more) -> Outcome:
    rng = np.random.default_rng(0)
    labels = [*["sick", "well", "ill"] * 4, *["well"] * 8]
    nested = 0.5 * rng.dirichlet(np.ones(3), 20) + 0.5 * np.eye(3)[[("sick", "well", "ill").index(n) for n in labels]]
    return outcome(
        labels,
        range(0, 20, 4),
        np.array_split(rng.permutation(20), 4),
        {"a": nested[:, [1, 2, 0]]},
        nested,
        classes=("sick", "well", "ill"),
        priors=[Prior.known(("sick", "well", "ill"), [0.2, 0.3, 0.5])],
        **more,
    )


def test_each_of_three_classes_is_cut_from_the_rest():
    found = three_classes()
    exhibit = titled(found)[THRESHOLDS]
    assert cells(exhibit, "class against the rest") == [n for n in ("sick", "well", "ill") for _ in range(3)]
    truth = found.dataset.score.labels().to_numpy()
    for name, metric, threshold, *_ in exhibit.rows[::4]:  # each class by another metric
        said = found.nested[:, ("sick", "well", "ill").index(name)]
        assert threshold == pytest.approx(best(said, truth == name, found.judge.weight, metric), abs=1e-4)


def test_three_classes_are_told_by_name():
    exhibits = titled(three_classes())
    assert exhibits[PRIORS].columns == ("of", "sick", "well", "ill")
    assert exhibits[PRIORS].rows[1][1:] == ("0.200", "0.300", "0.500")
    assert list(dict.fromkeys(cells(exhibits[RELIABILITY], "class"))) == ["sick", "well", "ill"]
    assert [note.partition(":")[0] for note in exhibits[RELIABILITY].notes] == ["sick", "well", "ill"]
    # The blend says most of the true class, the member of another.
    assert cells(exhibits[STRATEGIES], "strategy") == [BLEND, "a"]


# --- pictures


def test_class_shares_are_drawn_with_the_intervals_that_the_table_has():
    counted = counted_prior(two_classes().dataset.fit.labels(), ("no", "yes"))
    found = titled(two_classes(priors=[counted, EVEN]))[PRIORS]
    (chart,) = found.charts
    assert [series.name for series in chart.series] == [row[0] for row in found.rows]
    assert [series.x for series in chart.series] == [("no", "yes")] * 3
    train, used, even = chart.series
    assert train.low == even.low == ()
    assert even.y == (0.5, 0.5)
    for low, share, high, cell in zip(used.low, used.y, used.high, found.rows[1][1:], strict=True):
        assert cell == f"{share:.3f} ({low:.3f}–{high:.3f})"
        assert low < share < high


def test_reliability_is_drawn_for_each_class_beside_that_of_perfect_probabilities():
    found = titled(two_classes())[RELIABILITY]
    assert [chart.title for chart in found.charts] == ["no", "yes"]
    for chart in found.charts:
        blend, perfect = chart.series
        rows = [row for row in found.rows if row[0] == chart.title]
        assert blend.x == tuple(row[1] for row in rows)
        assert blend.y == tuple(row[2] for row in rows)
        assert perfect.x == perfect.y
        for low, share, high, row in zip(blend.low, blend.y, blend.high, rows, strict=True):
            if row[3] is None:  # a single row
                assert low is None is high
            else:
                assert low == pytest.approx(max(0, share - 1.96 * row[3]), abs=2e-4)
                assert high == pytest.approx(min(1, share + 1.96 * row[3]), abs=2e-4)


def test_of_many_classes_only_some_are_drawn():
    names = tuple(f"c{k:02d}" for k in range(20))
    labels = [*names, *names]
    nested = np.full((40, 20), 0.05)
    prior = Prior.known(names, np.full(20, 0.05))
    found = outcome(labels, [], [range(20), range(20, 40)], {"flat": nested}, nested, classes=names, priors=[prior])
    assert len(titled(found)[RELIABILITY].charts) == MOST_CHARTS
