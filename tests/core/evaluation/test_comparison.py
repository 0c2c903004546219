from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import sem

from core.evaluation import Standing, clustered_error, paired_difference, rank, standard_error
from core.evaluation.comparison import counted

Array = npt.NDArray[np.float64]
QUICK = settings(max_examples=50, deadline=None, derandomize=True)


@st.composite
def samples(draw: st.DrawFn) -> tuple[Array, Array, Array, npt.NDArray[np.intp]]:
    """Losses of two strategies, weights that differ within strata, and strata of at least two rows."""
    strata = draw(st.integers(1, 4))
    n = draw(st.integers(2 * strata, 12))
    codes = np.arange(n) % strata
    a, b = (draw(arrays(float, n, elements=st.floats(0, 35))) for _ in range(2))
    return a, b, draw(arrays(float, n, elements=st.floats(0.01, 50))), codes


@QUICK
@given(samples())
def test_a_stratified_mean_is_its_formula_stratum_by_stratum(sample: tuple) -> None:
    a, b, _, codes = sample
    of_class = np.array([0.3, 7.0, 1.0, 20.0])
    weight = of_class[codes]
    value = variance = 0.0
    for k in np.unique(codes):
        d, share = (a - b)[codes == k], weight[codes == k].sum() / weight.sum()
        value += share * d.mean()
        variance += share**2 * d.var(ddof=1) / len(d)
    got = paired_difference(a, b, weight, codes)
    assert got.value == pytest.approx(value, abs=1e-9)
    assert got.standard_error == pytest.approx(np.sqrt(variance), abs=1e-9)


@QUICK
@given(samples())
def test_the_value_is_the_weighted_mean_with_strata_and_without(sample: tuple) -> None:
    a, b, weight, codes = sample
    for strata in (None, codes):
        assert paired_difference(a, b, weight, strata).value == pytest.approx(
            np.average(a - b, weights=weight), abs=1e-9
        )


@QUICK
@given(samples())
def test_equal_weights_give_the_standard_error_of_the_mean(sample: tuple) -> None:
    a = sample[0]
    assert standard_error(a, np.full(len(a), 3.0)) == pytest.approx(sem(a), abs=1e-9)


@QUICK
@given(samples(), st.floats(1e-6, 1e6), st.randoms())
def test_neither_the_scale_of_weights_nor_the_order_of_rows_nor_the_names_of_strata_matter(
    sample: tuple, scale: float, random: object
) -> None:
    a, b, weight, codes = sample
    order = list(range(len(a)))
    random.shuffle(order)
    got = paired_difference(a[order], b[order], scale * weight[order], np.array(list("wxyz"))[codes[order]])
    expected = paired_difference(a, b, weight, codes)
    assert got.value == pytest.approx(expected.value, abs=1e-9)
    assert got.standard_error == pytest.approx(expected.standard_error, abs=1e-9)


@QUICK
@given(samples())
def test_exchanged_strategies_differ_by_the_sign_alone(sample: tuple) -> None:
    a, b, weight, codes = sample
    there, back = paired_difference(a, b, weight, codes), paired_difference(b, a, weight, codes)
    assert back.value == pytest.approx(-there.value, abs=1e-12)
    assert back.standard_error == pytest.approx(there.standard_error, abs=1e-12)


@QUICK
@given(samples())
def test_rows_and_strata_without_weight_do_not_count(sample: tuple) -> None:
    a, b, weight, codes = sample
    more = [np.append(a, [9.0, np.nan]), np.append(b, [0.0, 1.0]), np.append(weight, [0, 0]), np.append(codes, [0, 9])]
    assert paired_difference(*more) == paired_difference(a, b, weight, codes)


def drawn(rng: np.random.Generator, n: int) -> tuple[Array, npt.NDArray[np.intp]]:
    """Losses whose mean and spread hang on a class that three rows of ten have."""
    codes = (rng.random(n) < 0.3).astype(np.intp)
    return rng.gamma(1.0, np.where(codes == 1, 2.0, 0.2)), codes


@pytest.mark.parametrize("stratified", [True, False])
def test_the_standard_error_is_the_spread_over_samples(stratified: bool) -> None:
    rng, values, errors = np.random.default_rng(0), [], []
    for _ in range(600):
        losses, codes = drawn(rng, 300)
        # Weights fixed by class alone, or such that each class counts as the target prior says.
        weight = np.array([0.5, 3.0])[codes]
        if stratified:
            weight = np.array([0.4, 0.6])[codes] / np.bincount(codes)[codes]
        got = paired_difference(losses, 0.0, weight, codes if stratified else None)
        values.append(got.value)
        errors.append(got.standard_error)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.08)


def test_pairs_tell_apart_what_single_errors_do_not() -> None:
    rng = np.random.default_rng(0)
    common = rng.exponential(size=200)
    a, b = common + 0.1 + rng.normal(scale=0.05, size=200), common
    assert standard_error(b, np.ones(200)) > 0.05
    assert paired_difference(a, b, np.ones(200)).standard_error < 0.005


def test_one_row_of_a_stratum_leaves_the_error_unknown() -> None:
    got = paired_difference([0.1, 0.2, 0.9], 0.0, [1, 1, 2], [0, 0, 1])
    assert got.value == pytest.approx(0.525)
    assert np.isnan(got.standard_error)
    assert np.isnan(standard_error([0.5], [1.0]))


def test_the_best_comes_first_and_names_settle_equal_losses() -> None:
    losses = {"b": [0.1, 0.2], "c": [5.0, 5.1], "a": [0.2, 0.1]}
    for names in ("bca", "abc", "cab"):
        table = rank({name: losses[name] for name in names}, [1, 1])
        assert [standing.name for standing in table] == ["a", "b", "c"]


def test_what_stands_in_the_table_is_the_difference_to_the_best() -> None:
    rng = np.random.default_rng(0)
    losses = {name: rng.exponential(size=50) + shift for name, shift in [("good", 0.0), ("middling", 1.0), ("bad", 9)]}
    codes = rng.integers(2, size=50)
    weight = np.array([0.5, 4.0])[codes]
    table = {standing.name: standing for standing in rank(losses, weight, codes)}
    assert (table["good"].behind, table["good"].behind_error, table["good"].rank) == (0, 0, 1)
    for name, values in losses.items():
        behind = paired_difference(values, losses["good"], weight, codes)
        assert table[name].loss == pytest.approx(np.average(values, weights=weight))
        assert table[name].standard_error == standard_error(values, weight, codes)
        assert (table[name].behind, table[name].behind_error) == (behind.value, behind.standard_error)


def apart(errors: float, n: int = 101) -> Array:
    """Differences whose mean is so many of their standard errors, (n,)."""
    noise = np.linspace(-1, 1, n)
    return np.asarray(noise + errors * sem(noise))


def ranks(table: list[Standing]) -> dict[str, int]:
    return {standing.name: standing.rank for standing in table}


@pytest.mark.parametrize(("errors", "expected"), [(0.5, 1), (1.99, 1), (2.01, 2), (5.0, 2)])
def test_two_paired_errors_open_a_rank(errors: float, expected: int) -> None:
    base = np.full(101, 3.0)
    assert ranks(rank({"base": base, "other": base + apart(errors)}, np.ones(101))) == {"base": 1, "other": expected}


def test_the_first_of_a_rank_is_what_the_next_are_compared_with() -> None:
    a = np.full(101, 3.0)
    b, c = a + apart(1.5), a + apart(3.0)[::-1]
    d, e = c + apart(1.5), c + apart(2.5)
    near = paired_difference(c, b, np.ones(101))
    assert near.value < 2 * near.standard_error  # c cannot be told from b, yet it opens a rank: it can from a
    table = rank({"e": e, "d": d, "c": c, "b": b, "a": a}, np.ones(101))
    assert ranks(table) == {"a": 1, "b": 1, "c": 2, "d": 2, "e": 3}


def test_noise_down_the_list_stays_in_the_rank_it_is_met_in() -> None:
    # "noisy" is less than two of its errors behind the best, but "steady" before it is more: documented.
    base = np.full(101, 3.0)
    noisy = base + apart(1.0) + apart(1.0)
    table = rank({"best": base, "steady": base + 0.05, "noisy": noisy}, np.ones(101))
    assert ranks(table) == {"best": 1, "steady": 2, "noisy": 2}
    assert table[2].behind < 2 * table[2].behind_error


def test_identical_strategies_share_a_rank_and_a_constant_gap_does_not() -> None:
    base = np.random.default_rng(0).exponential(size=30)
    losses = {"a": base, "b": base.copy(), "c": base + 0.5, "d": base + 0.5}
    assert ranks(rank(losses, np.ones(30))) == {"a": 1, "b": 1, "c": 2, "d": 2}


def test_rounding_opens_no_rank() -> None:
    base = np.full(30, 0.25)
    assert ranks(rank({"a": base, "b": base + 2e-16}, np.ones(30))) == {"a": 1, "b": 1}


def test_unknown_errors_order_nothing() -> None:
    table = rank({"a": [0.1, 0.1, 0.1], "b": [9.0, 9.1, 9.2]}, [1, 1, 1], ["x", "x", "y"])
    assert [(standing.name, standing.rank) for standing in table] == [("a", 1), ("b", 1)]


def test_no_strategies_have_no_ranks() -> None:
    assert rank({}, [1.0]) == []


@pytest.mark.parametrize(
    ("a", "b", "weight", "strata"),
    [
        ([1.0, 2.0], [1.0], [1, 1], None),
        ([1.0, 2.0], [1.0, 2.0], [1], None),
        ([1.0, 2.0], [1.0, 2.0], [1, 1], [0]),
        ([[1.0, 2.0]], 0.0, [1], None),
        ([[1.0], [2.0]], 0.0, [1, 1], [0, 0]),
        ([1.0, np.nan], 0.0, [1, 1], None),
        ([1.0, 2.0], [1.0, np.inf], [1, 1], None),
        ([1.0, 2.0], 0.0, [1, -1], None),
        ([1.0, 2.0], 0.0, [0, 0], None),
        ([1.0, 2.0], 0.0, [1, np.nan], None),
        ([], [], [], None),
    ],
)
def test_what_does_not_fit_is_an_error(a: list, b: list, weight: list, strata: list | None) -> None:
    with pytest.raises(ValueError, match=r"fit|finite|weights"):
        paired_difference(a, b, weight, strata)


def test_rows_that_count_are_those_above_zero() -> None:
    assert counted([0.0, 1e-300, 2.0], np.zeros((3, 2))).tolist() == [False, True, True]
    with pytest.raises(ValueError, match="fit"):
        counted([1.0, 1.0], np.zeros((3, 2)))


def test_clusters_of_copies_count_once():
    rng = np.random.default_rng(0)
    values = rng.normal(size=50)
    single = clustered_error(values, np.arange(50))
    assert clustered_error(np.repeat(values, 4), np.repeat(np.arange(50), 4)) == pytest.approx(single)
    assert clustered_error(np.repeat(values, 4), np.arange(200)) < 0.6 * single
    assert np.isnan(clustered_error(values, np.zeros(50)))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(-5, 5), st.integers(0, 4), st.floats(0.1, 3)), min_size=2, max_size=25))
def test_the_error_of_a_mean_is_its_definition(rows):
    values, place, weight = (np.array(column) for column in zip(*rows, strict=True))
    groups = np.unique(place)
    if len(groups) < 2:
        return
    mean = (weight * values).sum() / weight.sum()
    totals = [sum(w * (v - mean) for v, g, w in rows if g == group) for group in groups]
    expected = np.sqrt(len(groups) / (len(groups) - 1) * sum(t * t for t in totals)) / weight.sum()
    assert clustered_error(values, place, weight) == pytest.approx(expected, abs=1e-12)
