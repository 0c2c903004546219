from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.context import FitContext, PredictContext, asks_for

QUICK = settings(max_examples=40, deadline=None, derandomize=True)


def context(n: int | None = None, *, seed: int = 0, disjoint: tuple[str, ...] = (), **keys: object) -> FitContext:
    """The context of n rows, or of rows with keys; a key named day is followed."""
    frame = pd.DataFrame(index=range(n)) if n is not None else pd.DataFrame(keys)
    return FitContext(frame, ("y",), seed=seed, disjoint=disjoint, ordered="day" if "day" in keys else None)


def assert_parts(learn: np.ndarray, stop: np.ndarray, n: int) -> None:
    """Every row on exactly one side, and none of the sides empty."""
    assert sorted([*learn, *stop]) == list(range(n))
    assert len(learn) > 0
    assert len(stop) > 0


def values(n: int) -> pd.Series:
    return pd.Series(np.linspace(0, 1, n))


@QUICK
@given(st.lists(st.integers(0, 40), min_size=4, max_size=60), st.sampled_from([0.1, 0.15, 0.3, 0.5]))
@pytest.mark.parametrize("kind", ["number", "day"])
def test_with_an_order_the_latest_times_stop_and_equal_times_stay_together(
    kind: str, days: list[int], share: float
) -> None:
    assume(len(set(days)) > 1)
    day = pd.Series(days) if kind == "number" else pd.Timestamp("2024-01-01") + pd.to_timedelta(pd.Series(days), "D")
    learn, stop = context(day=day).inner_split(values(len(days)), share)
    assert_parts(learn, stop, len(days))
    assert day.iloc[learn].max() < day.iloc[stop].min()
    late = day.iloc[stop].nunique() / day.nunique()
    assert abs(late - share) <= 1 / day.nunique()


def test_one_time_alone_still_leaves_rows_to_learn_from() -> None:
    # The first fold of forward chaining may be fitted on a single year.
    learn, stop = context(day=[2019] * 20).inner_split(values(20))
    assert_parts(learn, stop, 20)


@QUICK
@given(st.lists(st.integers(0, 9), min_size=4, max_size=60), st.integers(0, 99))
def test_with_a_disjoint_key_no_group_is_on_both_sides(cities: list[int], seed: int) -> None:
    assume(len(set(cities)) > 1)
    city = np.array([f"city {number}" for number in cities])
    learn, stop = context(city=city, disjoint=("city",), seed=seed).inner_split(values(len(city)))
    assert_parts(learn, stop, len(city))
    assert not set(city[learn]) & set(city[stop])


def test_one_group_alone_still_leaves_rows_to_learn_from() -> None:
    # Two places in two folds: each model sees one place only.
    learn, stop = context(city=["a"] * 20, disjoint=("city",)).inner_split(values(20))
    assert_parts(learn, stop, 20)


@QUICK
@given(st.lists(st.integers(20, 60), min_size=2, max_size=4), st.integers(0, 99))
@pytest.mark.parametrize("kind", ["text", "number", "category"])
def test_without_keys_every_class_keeps_its_share(kind: str, counts: list[int], seed: int) -> None:
    y = pd.Series(np.repeat(range(len(counts)), counts)).sample(frac=1, random_state=seed, ignore_index=True)
    if kind == "text":
        y = y.map(lambda number: f"class {number}")
    elif kind == "category":
        y = y.astype(str).astype(pd.CategoricalDtype([*map(str, range(9))]))  # some of them in no row
    learn, stop = context(len(y), seed=seed).inner_split(y, 0.2)
    assert_parts(learn, stop, len(y))
    for label in y.unique():
        assert abs((y.iloc[stop] == label).sum() - 0.2 * (y == label).sum()) <= 1


@pytest.mark.parametrize(
    "y",
    [
        pd.Series(np.linspace(0, 1, 40)),
        pd.Series(range(40)),
        pd.Series(["ant"] * 39 + ["bee"]),
        pd.DataFrame({"a": [0, 1] * 20, "b": [1, 0] * 20}),
    ],
    ids=["values", "whole numbers", "a class of one row", "labels"],
)
def test_rows_that_cannot_be_stratified_are_split_at_random(y: pd.Series | pd.DataFrame) -> None:
    learn, stop = context(40).inner_split(y)
    assert_parts(learn, stop, 40)
    assert len(stop) == 6


@pytest.mark.parametrize(
    "y",
    [pd.Series(np.repeat([f"class {k:02}" for k in range(20)], 5)), pd.Series(np.repeat(range(50), 2))],
    ids=["many classes", "whole numbers that repeat"],
)
def test_more_classes_than_rows_to_stop_on_are_split_all_the_same(y: pd.Series) -> None:
    learn, stop = context(100).inner_split(y)
    assert_parts(learn, stop, 100)


@pytest.mark.parametrize("keys", [{}, {"city": list("abcdefghij") * 4}])
def test_an_equal_seed_gives_an_equal_split_and_another_seed_another(keys: dict[str, object]) -> None:
    def split(seed: int) -> tuple[list[int], list[int]]:
        made = context(None if keys else 40, seed=seed, disjoint=tuple(keys), **keys)
        learn, stop = made.inner_split(values(40))
        return learn.tolist(), stop.tolist()

    assert split(3) == split(3)
    assert len({str(split(seed)) for seed in range(5)}) > 1


def test_the_order_goes_before_the_groups() -> None:
    day = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    _, stop = context(day=day, city=list("aabbccddee"), disjoint=("city",)).inner_split(values(10), 0.2)
    assert stop.tolist() == [8, 9]


def test_the_order_and_the_groups_are_both_kept() -> None:
    # Both are promised to an inner split: rows of a city that is stopped on are not learnt from.
    city = np.array(list("abcabcabca"))
    made = context(day=range(10), city=city, disjoint=("city",))
    learn, stop = made.inner_split(values(10), 0.2)
    assert len(learn) > 0
    assert len(stop) > 0
    assert not set(city[learn]) & set(city[stop])
    assert learn.max() < stop.min()


def test_every_disjoint_key_is_kept() -> None:
    city, author = np.array(list("aabbccddeeff")), np.array(list("uuuuvvvvwwww"))
    for seed in range(5):
        made = context(city=city, author=author, disjoint=("city", "author"), seed=seed)
        learn, stop = made.inner_split(values(12), 0.3)
        assert len(learn) > 0
        assert not set(city[learn]) & set(city[stop])
        assert not set(author[learn]) & set(author[stop])


def test_asks_for_reads_the_names_of_arguments() -> None:
    def fit(X: object, y: object, context: object = None) -> None: ...

    assert asks_for(fit, "context")
    assert not asks_for(fit, "device")


def test_a_context_for_prediction_knows_nothing_about_truth() -> None:
    made = PredictContext(pd.DataFrame(index=["a"]), ("y",))
    assert not hasattr(made, "score_weight")
    assert made.upstream == {}


def test_narrowed_to_some_rows():
    keys = pd.DataFrame({"site": list("abcd")})
    upstream = {"first": pd.DataFrame({"p": [1.0, 2.0, 3.0, 4.0]})}
    context = FitContext(keys=keys, outputs=("p",), score_weight=np.arange(4.0), upstream=upstream, seed=5)
    some = context.narrowed(np.array([3, 1]))
    assert some.keys["site"].tolist() == ["d", "b"]
    assert some.score_weight is not None
    assert some.score_weight.tolist() == [3.0, 1.0]
    assert some.upstream["first"]["p"].tolist() == [4.0, 2.0]
    assert some.seed == 5
