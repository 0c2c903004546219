from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.folds import BrokenPromise, Fold, Folds
from core.folds.fold import outside_block
from tests.core.folds.tables import dataset, keyed, plain, table


def rows(*positions: int) -> np.ndarray:
    return np.array(positions, dtype=np.intp)


def fold(fit: Sequence[int], score: Sequence[int], fit_on_score: Sequence[int] | None = None) -> Fold:
    return Fold("f", rows(*fit), rows(*score), rows(*(fit if fit_on_score is None else fit_on_score)))


def scheme(*folds: Fold, **promises: object) -> Folds:
    return Folds("planted", folds, "nothing", **promises)


def test_folds_that_keep_every_promise_pass_and_are_returned() -> None:
    data = keyed(city=["a", "a", "b", "b"], day=[1, 1, 2, 2])
    kept = scheme(fold([0, 1], [2, 3]), disjoint=("city",), ordered="day")
    assert kept.check(data) is kept


@pytest.mark.parametrize(
    ("folds", "message"),
    [
        ((), "no folds"),
        ((fold([], [0, 1]),), "no rows to fit"),
        ((fold([0, 1], []),), "none to score"),
        ((fold([0, 1], [2]), fold([0, 3], [2])), "more than one fold"),
        ((fold([0, 1], [2, 2]),), "score holds a row more than once"),
        ((fold([0, 1], [2], fit_on_score=[1, 1]),), "fit_on_score holds a row more than once"),
        ((fold([0, -1], [2, 3]),), "fit holds something that is no position"),
        ((fold([0, 1], [2, 99]),), "score holds something that is no position"),
        ((Fold("f", np.array([True, True]), rows(2, 3), rows(0)),), "fit holds something that is no position"),
        ((fold([0, 1, 2], [2, 3]),), "'row2' is fitted and scored"),
        ((fold([0, 1], [2, 3], fit_on_score=[0, 3]),), "'row3' is fitted and scored"),
    ],
)
def test_each_breach_of_rows_is_caught(folds: tuple[Fold, ...], message: str) -> None:
    with pytest.raises(BrokenPromise, match=message):
        scheme(*folds).check(plain(4))


def test_a_row_fitted_twice_is_caught() -> None:
    with pytest.raises(Exception, match=r"more than once|twice"):
        scheme(fold([0, 1, 1], [2, 3])).check(plain(4))


def test_a_row_scored_in_one_fold_may_be_fitted_in_another() -> None:
    scheme(fold([0, 1], [2, 3]), fold([2, 3], [0, 1])).check(plain(4))


def test_a_shared_group_is_caught() -> None:
    data = keyed(city=["a", "b", "b", "c"])
    with pytest.raises(BrokenPromise, match="city 'b' is on both sides"):
        scheme(fold([0, 1], [2, 3], fit_on_score=[0]), disjoint=("city",)).check(data)
    scheme(fold([0], [2, 3]), disjoint=("city",)).check(data)


def test_a_group_shared_on_the_second_stage_side_alone_is_caught() -> None:
    data = keyed(city=["a", "b", "b", "c"])
    with pytest.raises(BrokenPromise, match="city 'b'"):
        scheme(fold([0], [2, 3], fit_on_score=[0, 1]), disjoint=("city",)).check(data)


def test_every_disjoint_key_is_checked() -> None:
    data = keyed(city=["a", "b"], author=["x", "x"])
    with pytest.raises(BrokenPromise, match="author 'x'"):
        scheme(fold([0], [1]), disjoint=("city", "author")).check(data)


@pytest.mark.parametrize("dtype", ["object", "float64", "Int64", "str", "category"])
def test_a_missing_group_on_both_sides_is_no_kept_promise(dtype: str) -> None:
    # Two rows without a city may well come from the same one; a NaN is not equal to itself.
    city = pd.Series([1, None, None, 2], dtype="Int64").astype(object).where([True, False, False, True], None)
    data = keyed(city=city if dtype == "object" else pd.Series([1, None, None, 2], dtype="float64").astype(dtype))
    with pytest.raises(Exception, match="city"):
        scheme(fold([0, 1], [2, 3]), disjoint=("city",)).check(data)


def test_numbers_of_groups_are_compared_by_value_across_tables() -> None:
    fit = table(pd.DataFrame({"city": pd.Series([1, 2], dtype="int64")}), prefix="fit")
    score = table(pd.DataFrame({"city": pd.Series([2.0, 3.0])}))
    with pytest.raises(BrokenPromise, match="city"):
        scheme(fold([0, 1], [0], []), disjoint=("city",)).check(dataset(score, fit))


def test_the_same_id_in_two_tables_is_the_same_row() -> None:
    fit, score = table(pd.DataFrame(index=range(4))), table(pd.DataFrame(index=range(4)))
    with pytest.raises(BrokenPromise, match="'row1' is fitted and scored"):
        scheme(fold([1, 2], [0, 1], [2, 3])).check(dataset(score, fit))
    scheme(fold([2, 3], [0, 1], [2, 3])).check(dataset(score, fit))


@pytest.mark.parametrize(
    ("fit", "score", "promises", "kept"),
    [
        ([0, 1], [2, 3], {}, True),
        ([2, 3], [0, 1], {}, False),  # later rows, though time only runs forward
        ([2, 3], [0, 1], {"forward_only": False}, True),
        ([1], [2], {"purge": 1}, False),  # exactly the purge away
        ([0], [2], {"purge": 1}, True),
        ([3], [2], {"forward_only": False, "embargo": 1}, False),
        ([4], [2], {"forward_only": False, "embargo": 1}, True),
        ([2], [1, 3], {"forward_only": False}, False),  # inside the block
    ],
)
def test_time_out_of_order_is_caught(
    fit: list[int], score: list[int], promises: dict[str, object], *, kept: bool
) -> None:
    data = keyed(day=range(5))
    planted = scheme(fold(fit, score), ordered="day", **promises)
    if kept:
        planted.check(data)
        return
    with pytest.raises(BrokenPromise, match=f"row{fit[0]}.*day"):
        planted.check(data)


def test_an_equal_time_on_both_sides_is_caught() -> None:
    with pytest.raises(BrokenPromise, match="too near"):
        scheme(fold([0, 1], [2]), ordered="day").check(keyed(day=[1, 2, 2]))


@pytest.mark.parametrize("missing", [0, 2])
def test_a_missing_time_is_no_kept_promise(missing: int) -> None:
    day = pd.Series(pd.date_range("2024-01-01", periods=4))
    day[missing] = pd.NaT
    with pytest.raises(Exception, match="day"):
        scheme(fold([0, 1], [2, 3]), ordered="day").check(keyed(day=day))


@pytest.mark.parametrize(
    "other",
    [
        scheme(fold([0, 1], [3, 2]), disjoint=("city",), ordered="day"),
        scheme(fold([1], [2, 3]), disjoint=("city",), ordered="day"),
        scheme(fold([0, 1], [2, 3], []), disjoint=("city",), ordered="day"),
        scheme(fold([0, 1], [2, 3]), fold([2, 3], [0, 1]), disjoint=("city",), ordered="day"),
        scheme(fold([0, 1], [2, 3]), ordered="day"),
        scheme(fold([0, 1], [2, 3]), disjoint=("city",)),
        scheme(fold([0, 1], [2, 3]), disjoint=("city",), ordered="day", forward_only=False),
        scheme(fold([0, 1], [2, 3]), disjoint=("city",), ordered="day", purge=pd.Timedelta("1D")),
        scheme(fold([0, 1], [2, 3]), disjoint=("city",), ordered="day", embargo=1),
    ],
)
def test_the_digest_changes_with_any_row_or_promise(other: Folds) -> None:
    base = scheme(fold([0, 1], [2, 3]), disjoint=("city",), ordered="day")
    assert base.digest() == scheme(fold([0, 1], [2, 3]), disjoint=("city",), ordered="day").digest()
    assert base.digest() != other.digest()


def test_the_digest_does_not_depend_on_the_integer_type_of_the_rows() -> None:
    narrow = Fold("f", *(np.array(part, dtype=np.int32) for part in ([0, 1], [2, 3], [0, 1])))
    assert scheme(narrow).digest() == scheme(fold([0, 1], [2, 3])).digest()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.integers(-100, 100), min_size=1, max_size=12),
    st.integers(-100, 100),
    st.integers(0, 60),
    st.sampled_from([0, 3, 20]),
    st.sampled_from([0, 3, 20]),
    st.booleans(),
    st.sampled_from(["int64", "int8", "Int64", "float64", "days", "zone"]),
)
def test_the_rows_outside_a_block_match_their_definition(
    numbers: list[int], first: int, length: int, purge: int, embargo: int, forward_only: bool, kind: str
) -> None:
    last = min(first + length, 100)
    expected = [first - number > purge or (not forward_only and number - last > embargo) for number in numbers]
    times = pd.Series([*numbers, first, last])
    gaps: list[object] = [purge, embargo]
    if kind in ("days", "zone"):
        # Days of 24 hours, so that the change to summer time does not move the border.
        times = pd.Timestamp("2024-03-31", tz="Europe/Berlin" if kind == "zone" else None) + pd.to_timedelta(times, "D")
        gaps = [pd.Timedelta(days=gap) for gap in gaps]
    else:
        times = times.astype(kind)
    block = times.iloc[-2:]
    got = outside_block(times.iloc[:-2], block.min(), block.max(), gaps[0], gaps[1], forward_only)
    assert got.tolist() == expected


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint64", "UInt8"])
def test_unsigned_times_do_not_wrap_around(dtype: str) -> None:
    # Years and step numbers are often read or stored as unsigned: 3 - 5 must stay negative.
    times = pd.Series([1, 3, 5, 7, 9], dtype=dtype)
    block = times.iloc[1:3]
    assert outside_block(times, block.min(), block.max(), 0, 0, True).tolist() == [True, False, False, False, False]
    both = outside_block(times, block.min(), block.max(), 2, 2, False)
    assert both.tolist() == [False, False, False, False, True]


def test_folds_that_go_forward_stand_in_the_order_of_time() -> None:
    data = keyed(day=range(6))
    early, late = fold([0, 1], [2, 3]), fold([0, 1, 2, 3], [4, 5])
    scheme(early, late, ordered="day").check(data)
    with pytest.raises(BrokenPromise, match="not after it in day"):
        scheme(late, early, ordered="day").check(data)
    scheme(late, early, ordered="day", forward_only=False).check(data)
