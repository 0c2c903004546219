from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core import folds as schemes
from core.dataset import Dataset
from core.errors import Refusal
from core.folds import Folds
from tests.core.folds.tables import dataset, keyed, plain, table

QUICK = settings(max_examples=40, deadline=None, derandomize=True)
CLASSES = ["ant", "bee"] * 10


def all_splitters() -> dict[str, Callable[[Dataset], Folds]]:
    return {
        "random": lambda data: schemes.random(data, 3),
        "stratified": lambda data: schemes.stratified(data, 3),
        "group": lambda data: schemes.group(data, "city", 3),
        "stratified_group": lambda data: schemes.stratified_group(data, "city", 3),
        "time": lambda data: schemes.time(data, "day", 3),
        "group_time": lambda data: schemes.group_time(data, "day", (), 3),
    }


def example(seed: int = 0, n: int = 60) -> Dataset:
    rng = np.random.default_rng(seed)
    return keyed(
        rng.permutation(np.resize(["ant", "bee"], n)).tolist(),
        city=[f"city {number}" for number in rng.integers(0, 9, n)],
        day=rng.integers(0, 12, n),
    )


def assert_each_row_scored_once(folds: Folds, data: Dataset) -> None:
    scored = np.concatenate([fold.score for fold in folds.folds])
    assert sorted(scored) == list(range(len(data.score)))


def assert_fitted_is_the_rest(folds: Folds, data: Dataset) -> None:
    for fold in folds.folds:
        rest = np.setdiff1d(np.arange(len(data.score)), fold.score)
        assert sorted(fold.fit) == rest.tolist()
        assert sorted(fold.fit_on_score) == rest.tolist()


@pytest.mark.parametrize("name", list(all_splitters()))
def test_an_equal_call_gives_equal_folds(name: str) -> None:
    split = all_splitters()[name]
    assert split(example()).digest() == split(example()).digest()


@pytest.mark.parametrize("name", ["random", "stratified", "group", "stratified_group"])
def test_another_seed_gives_other_folds(name: str) -> None:
    data = example()
    arguments = (data, "city", 3) if "group" in name else (data, 3)
    digests = {getattr(schemes, name)(*arguments, seed=seed).digest() for seed in range(4)}
    assert len(digests) > 1


@pytest.mark.parametrize("name", list(all_splitters()))
def test_every_scheme_says_what_it_imitates(name: str) -> None:
    assert all_splitters()[name](example()).imitates


@pytest.mark.parametrize(("name", "test_by"), [("random", "folds"), ("group", "folds"), ("time", "full")])
def test_folds_of_time_predict_the_test_set_by_a_refit(name: str, test_by: str) -> None:
    assert all_splitters()[name](example()).test_by == test_by


@QUICK
@given(st.integers(2, 6), st.integers(6, 50), st.integers(0, 99))
def test_random_folds_are_even_and_score_each_row_once(n_splits: int, n: int, seed: int) -> None:
    data = plain(n)
    folds = schemes.random(data, n_splits, seed=seed)
    assert len(folds) == n_splits
    assert_each_row_scored_once(folds, data)
    assert_fitted_is_the_rest(folds, data)
    sizes = [len(fold.score) for fold in folds.folds]
    assert max(sizes) - min(sizes) <= 1


@QUICK
@given(st.integers(2, 5), st.lists(st.integers(5, 20), min_size=2, max_size=4), st.integers(0, 99))
def test_stratified_folds_hold_each_class_in_its_share(n_splits: int, counts: list[int], seed: int) -> None:
    y = np.random.default_rng(seed).permutation(np.repeat([f"class {k}" for k in range(len(counts))], counts))
    data = plain(len(y), y.tolist())
    folds = schemes.stratified(data, n_splits, seed=seed)
    assert_each_row_scored_once(folds, data)
    assert_fitted_is_the_rest(folds, data)
    for label, count in zip(sorted(set(y)), counts, strict=True):
        for fold in folds.folds:
            here = int(np.sum(y[fold.score] == label))
            assert count // n_splits <= here <= -(-count // n_splits)


def test_a_class_with_fewer_rows_than_folds_is_refused_by_name() -> None:
    with pytest.raises(Refusal, match="'bee' has 2 rows, fewer than 3 folds"):
        schemes.stratified(plain(12, ["ant"] * 10 + ["bee"] * 2), 3)


def test_a_category_without_rows_does_not_stop_stratified_folds() -> None:
    y = pd.Categorical(CLASSES, categories=["ant", "bee", "cat"])
    assert len(schemes.stratified(plain(20, y), 5)) == 5


def test_stratified_folds_need_one_column_of_truth() -> None:
    data = plain(4)
    two = data.fit.truth().to_frame("a").assign(b=0.0)
    labels = dataset(type(data.fit)(data.fit.X, two))
    with pytest.raises(ValueError, match="one column"):
        schemes.stratified(labels, 2)


@QUICK
@given(st.lists(st.integers(0, 8), min_size=8, max_size=40), st.integers(2, 4), st.integers(0, 99))
@pytest.mark.parametrize("kind", ["text", "number", "category", "missing-free Int64"])
def test_a_group_is_never_on_both_sides(kind: str, cities: list[int], n_splits: int, seed: int) -> None:
    assume(len(set(cities)) >= n_splits)
    city = pd.Series(cities)
    if kind == "text":
        city = city.map(lambda number: f"city {number}")
    elif kind == "category":
        city = city.astype(str).astype("category")
    elif kind == "missing-free Int64":
        city = city.astype("Int64")
    data = keyed(city=city)
    folds = schemes.group(data, "city", n_splits, seed=seed)
    assert folds.disjoint == ("city",)
    assert len(folds) == n_splits
    assert_each_row_scored_once(folds, data)
    assert_fitted_is_the_rest(folds, data)
    for fold in folds.folds:
        assert not set(city.iloc[fold.fit]) & set(city.iloc[fold.score])


@QUICK
@given(st.integers(0, 9999), st.integers(2, 4), st.integers(4, 10))
def test_stratified_groups_are_apart_and_all_are_scored(seed: int, n_splits: int, n_cities: int) -> None:
    rng = np.random.default_rng(seed)
    city = np.r_[np.arange(n_cities), rng.integers(0, n_cities, 40)]
    data = keyed(np.resize(["ant", "bee"], len(city)).tolist(), city=[f"city {number}" for number in city])
    folds = schemes.stratified_group(data, "city", n_splits, seed=seed)
    assert_each_row_scored_once(folds, data)
    for fold in folds.folds:
        assert not set(city[fold.fit]) & set(city[fold.score])


def test_stratified_groups_even_out_the_classes() -> None:
    # Six cities of ants and six of bees: every fold can have a half of each.
    city = np.repeat([f"{number:02}" for number in range(12)], 5)
    y = np.array(["ant" if int(name) < 6 else "bee" for name in city])
    folds = schemes.stratified_group(keyed(y.tolist(), city=city), "city", 3)
    for fold in folds.folds:
        assert np.mean(y[fold.score] == "ant") == 0.5


def test_fewer_groups_than_folds_are_refused_with_the_number_that_works() -> None:
    data = keyed(CLASSES, city=["a", "b"] * 10)
    for split in (schemes.group, schemes.stratified_group):
        with pytest.raises(Refusal) as refusal:
            split(data, "city", 3)
        assert "2 values" in str(refusal.value)
        assert "use 2 folds" in str(refusal.value)


@pytest.mark.parametrize("name", ["random", "stratified"])
def test_fewer_rows_than_folds_are_refused(name: str) -> None:
    # A small share of the rows, asked for on the command line, comes here.
    with pytest.raises(Refusal, match="fewer than 3 folds"):
        all_splitters()[name](plain(2, ["ant", "ant"]))


def test_stratified_groups_of_too_rare_classes_are_refused() -> None:
    data = keyed(["ant"] * 2 + ["bee"] * 2, city=list("abcd"))
    with pytest.raises(Refusal, match="fewer than 3 folds"):
        schemes.stratified_group(data, "city", 3)


@pytest.mark.parametrize("name", ["group", "stratified_group", "time"])
def test_a_missing_key_is_refused_with_its_row(name: str) -> None:
    data = keyed(["ant", "bee"] * 3, city=["a", "b", "c", None, "a", "b"], day=[1, 2, 3, None, 5, 6])
    with pytest.raises(Refusal, match="row3"):
        all_splitters()[name](data)


def test_a_key_that_does_not_exist_is_an_error_that_names_the_others() -> None:
    with pytest.raises(ValueError, match=r"no key 'town'.*city"):
        schemes.group(keyed(city=["a", "b"]), "town", 2)


# Time


def brute_force(
    data: Dataset, fold_score: np.ndarray, groups: list[str], purge: object, embargo: object, forward_only: bool
) -> list[int]:
    """Row by row: which may be fitted when these are scored."""
    day, keys = data.score.keys["day"].tolist(), data.score.keys
    first, last = min(day[row] for row in fold_score), max(day[row] for row in fold_score)
    fitted = []
    for row, when in enumerate(day):
        before = when < first and first - when > purge
        after = not forward_only and when > last and when - last > embargo
        met = any(keys[name].iloc[row] in set(keys[name].iloc[fold_score]) for name in groups)
        if (before or after) and not met:
            fitted.append(row)
    return fitted


@QUICK
@given(
    st.lists(st.integers(0, 30), min_size=12, max_size=40),
    st.integers(2, 4),
    st.integers(0, 3),
    st.integers(0, 3),
    st.booleans(),
    st.booleans(),
    st.integers(0, 99),
)
@pytest.mark.parametrize("kind", ["number", "day", "zone"])
def test_blocks_of_time_match_their_definition(
    kind: str, days: list[int], n_splits: int, purge: int, embargo: int, forward_only: bool, grouped: bool, seed: int
) -> None:
    assume(len(set(days)) > n_splits)
    day, gaps = pd.Series(days), [purge, embargo]
    if kind != "number":
        start = pd.Timestamp("2024-01-01", tz="Africa/Nairobi" if kind == "zone" else None)
        day, gaps = start + pd.to_timedelta(day, "D"), [pd.Timedelta(days=gap) for gap in (purge, embargo)]
    city = np.random.default_rng(seed).integers(0, 8, len(days))
    groups = ["city"] if grouped else []
    data = keyed(day=day, city=[f"city {number}" for number in city])
    blocks = [
        np.flatnonzero(np.isin(days, part)) for part in np.array_split(sorted(set(days)), n_splits + forward_only)
    ][int(forward_only) :]
    expected = [brute_force(data, block, groups, gaps[0], gaps[1], forward_only) for block in blocks]
    arguments = {"purge": gaps[0], "embargo": gaps[1], "forward_only": forward_only}
    if not all(expected):
        with pytest.raises(Refusal, match="no rows to fit"):
            schemes.group_time(data, "day", groups, n_splits, **arguments)
        return
    folds = schemes.group_time(data, "day", groups, n_splits, **arguments)
    assert [fold.score.tolist() for fold in folds.folds] == [block.tolist() for block in blocks]
    assert [fold.fit.tolist() for fold in folds.folds] == expected
    assert [fold.fit_on_score.tolist() for fold in folds.folds] == expected


@QUICK
@given(st.lists(st.integers(0, 20), min_size=8, max_size=40), st.integers(1, 4))
def test_forward_chaining_fits_every_earlier_row_and_no_other(days: list[int], n_splits: int) -> None:
    assume(len(set(days)) > n_splits)
    data, day = keyed(day=days), np.array(days)
    for fold in schemes.time(data, "day", n_splits).folds:
        assert fold.fit.tolist() == np.flatnonzero(day < day[fold.score].min()).tolist()


def test_equal_times_are_always_in_the_same_block() -> None:
    data = keyed(day=[1] * 50 + [2, 3, 4])
    folds = schemes.group_time(data, "day", (), 4)
    assert [len(fold.score) for fold in folds.folds] == [50, 1, 1, 1]


def test_blocks_hold_an_equal_number_of_distinct_times() -> None:
    data = keyed(day=[0, 0, 0, 1, 2, 3, 4, 5, 5])
    folds = schemes.time(data, "day", 2)
    assert [fold.score.tolist() for fold in folds.folds] == [[4, 5], [6, 7, 8]]


@pytest.mark.parametrize("dtype", ["uint16", "int8", "Int64", "float32"])
def test_the_type_of_a_number_of_time_does_not_matter(dtype: str) -> None:
    days = pd.Series([-100, -50, 0, 50, 100, 120] if dtype != "uint16" else [2010, 2011, 2012, 2013, 2014, 2015])
    expected = schemes.time(keyed(day=days), "day", 2).digest()
    assert schemes.time(keyed(day=days.astype(dtype)), "day", 2).digest() == expected


def test_fewer_times_than_blocks_are_refused() -> None:
    data = keyed(day=[1, 1, 2, 2, 3, 3])
    schemes.time(data, "day", 2)
    with pytest.raises(Refusal, match="3 distinct times"):
        schemes.time(data, "day", 3)


def test_a_purge_that_leaves_nothing_to_fit_is_refused() -> None:
    with pytest.raises(Refusal, match="no rows to fit"):
        schemes.group_time(keyed(day=range(6)), "day", (), 3, purge=100, embargo=100)


def test_a_group_in_every_block_is_refused() -> None:
    with pytest.raises(Refusal, match="groups"):
        schemes.group_time(keyed(day=range(6), city=["a"] * 6), "day", ["city"], 3)


# Folds that someone else made


def fold_of(data: Dataset, numbers: list[object]) -> pd.Series:
    return pd.Series(numbers, index=data.score.ids)


def test_given_folds_follow_ids_and_not_positions() -> None:
    data = plain(6)
    shuffled = fold_of(data, [0, 1, 2, 0, 1, 2]).iloc[[5, 2, 0, 4, 1, 3]]
    folds = schemes.given(data, shuffled)
    assert [fold.score.tolist() for fold in folds.folds] == [[0, 3], [1, 4], [2, 5]]
    assert_fitted_is_the_rest(folds, data)


def test_a_negative_fold_is_always_fitted_and_never_scored() -> None:
    data = plain(5)
    folds = schemes.given(data, fold_of(data, [-1, 0, 1, -1, 1]))
    assert [fold.score.tolist() for fold in folds.folds] == [[1], [2, 4]]
    assert [fold.fit.tolist() for fold in folds.folds] == [[0, 2, 3, 4], [0, 1, 3]]


def test_numbers_of_given_folds_need_not_be_consecutive() -> None:
    data = plain(4)
    assert len(schemes.given(data, fold_of(data, [7, 3, 7, 3]))) == 2


@pytest.mark.parametrize(
    ("change", "example_id"),
    [
        (lambda folds: folds.iloc[1:], "row0"),
        (lambda folds: pd.concat([folds, pd.Series([0], index=["alien"])]), "alien"),
        (lambda folds: folds.where(folds.index != "row2"), "row2"),
        (lambda folds: pd.concat([folds, folds.iloc[3:4]]), "row3"),
    ],
    ids=["a row is missing", "an unknown row", "a missing number", "a row named twice"],
)
def test_given_folds_that_do_not_fit_the_rows_are_refused(
    change: Callable[[pd.Series], pd.Series], example_id: str
) -> None:
    data = plain(6)
    with pytest.raises(Refusal, match=example_id):
        schemes.given(data, change(fold_of(data, [0, 1, 0, 1, 0, 1])))


def test_given_folds_are_held_to_the_keys_they_promise() -> None:
    data = keyed(city=["a", "a", "b", "b"])
    assert schemes.given(data, fold_of(data, [0, 0, 1, 1]), disjoint=["city"]).disjoint == ("city",)
    with pytest.raises(schemes.BrokenPromise, match="city"):
        schemes.given(data, fold_of(data, [0, 1, 0, 1]), disjoint=["city"])


# Fitted rows that are not the scored ones


def unlike(n_fit: int, n_score: int, seed: int, *, shared_ids: bool = False) -> Dataset:
    """Clips are fitted, windows are scored; some cities and days occur in both."""
    rng = np.random.default_rng(seed)

    def keys(n: int) -> pd.DataFrame:
        cities = [f"city {number}" for number in rng.permutation(np.resize(np.arange(8), n))]
        return pd.DataFrame({"city": cities, "day": rng.permutation(np.resize(np.arange(10), n))})

    y = np.resize(["ant", "bee"], n_score).tolist()
    fit = table(keys(n_fit), prefix="row" if shared_ids else "clip")
    return dataset(table(keys(n_score), y), fit)


@pytest.mark.parametrize("name", ["random", "stratified"])
def test_without_keys_all_other_rows_are_fitted_but_those_that_share_an_id(name: str) -> None:
    apart, shared = unlike(30, 24, 0), unlike(30, 24, 0, shared_ids=True)
    for fold in all_splitters()[name](apart).folds:
        assert fold.fit.tolist() == list(range(30))
    for fold in all_splitters()[name](shared).folds:
        assert fold.fit.tolist() == sorted(set(range(30)) - set(fold.score))
        assert sorted(fold.fit_on_score) == sorted(set(range(24)) - set(fold.score))


@QUICK
@given(st.integers(10, 40), st.integers(20, 40), st.integers(0, 999))
@pytest.mark.parametrize("name", ["group", "stratified_group"])
def test_fitted_rows_of_another_table_share_no_group_with_the_scored(
    name: str, n_fit: int, n_score: int, seed: int
) -> None:
    data = unlike(n_fit, n_score, seed)
    fit_city, score_city = data.fit.keys["city"], data.score.keys["city"]
    folds = all_splitters()[name](data)
    assert_each_row_scored_once(folds, data)
    for fold in folds.folds:
        met = set(score_city.iloc[fold.score])
        assert fold.fit.tolist() == [row for row, city in enumerate(fit_city) if city not in met]
        assert sorted(fold.fit_on_score) == [row for row, city in enumerate(score_city) if city not in met]


@QUICK
@given(st.integers(10, 40), st.integers(20, 40), st.integers(0, 999), st.integers(0, 2))
def test_fitted_rows_of_another_table_keep_their_distance_in_time(
    n_fit: int, n_score: int, seed: int, gap: int
) -> None:
    data = unlike(n_fit, n_score, seed)
    fit_day, score_day = data.fit.keys["day"].to_numpy(), data.score.keys["day"].to_numpy()
    for fold in schemes.group_time(data, "day", (), 3, purge=gap, embargo=gap).folds:
        first, last = score_day[fold.score].min(), score_day[fold.score].max()
        assert fold.fit.tolist() == np.flatnonzero((fit_day < first - gap) | (fit_day > last + gap)).tolist()


def test_a_missing_key_of_the_fitted_rows_is_refused_too() -> None:
    data = unlike(12, 24, 0)
    keys = data.fit.keys.copy()
    keys.loc["clip4", "city"] = None
    broken = dataset(data.score, table(keys, prefix="clip"))
    with pytest.raises(Refusal, match="clip4"):
        schemes.group(broken, "city", 3)
