"""Copies told from chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.checks.twins import TwinFinder, groups_of, hash_cells, joined


def finder(cells, seed=0):
    cells = np.ascontiguousarray(cells, dtype=float)
    return TwinFinder(cells, hash_cells(cells), np.random.default_rng(seed))


@given(
    st.lists(
        st.tuples(*[st.sampled_from([0.0, -0.0, 1.0, float("nan"), float("inf"), 1e-300])] * 3), min_size=1, max_size=30
    )
)
@settings(max_examples=100, deadline=None)
def test_hashes_are_equal_where_rows_are_equal_and_nowhere_else(rows):
    cells = np.array(rows).T
    codes, sizes = groups_of(joined(hash_cells(cells), range(3)))
    as_text = [tuple("nan" if np.isnan(value) else repr(value + 0.0) for value in row) for row in rows]
    for a, one in enumerate(as_text):
        assert sizes[a] == as_text.count(one)
        for b, other in enumerate(as_text):
            assert (codes[a] == codes[b]) == (one == other)


def test_equal_values_in_two_columns_have_other_hashes():
    hashes = hash_cells(np.ones((2, 3)))
    assert hashes[0, 0] != hashes[1, 0]


def test_copies_are_found_and_no_other_row():
    rng = np.random.default_rng(0)
    cells = rng.normal(size=(5, 500))
    cells[:, 400:420] = cells[:, 100:120]
    twins = finder(cells).find(range(5))
    assert sorted(np.flatnonzero(twins.copies)) == [*range(100, 120), *range(400, 420)]
    assert (twins.codes[400:420] == twins.codes[100:120]).all()


def _one_hot(rng, n):
    return np.concatenate([(rng.integers(0, 4, n) == np.arange(4)[:, None]) for _ in range(5)]).astype(float)


def _derived(rng, n):
    a, b, c = rng.integers(0, 12, (3, n)).astype(float)
    return np.stack([a, b, c, a * b, a + b + c, a / (c + 1)])


def _idle(rng, n):
    """Most accounts do nothing: eight columns are 0 together."""
    return np.stack(
        [
            *np.where(rng.random(n) < 0.4, rng.gamma(1, 100, (8, n)).round(), 0),
            rng.integers(18, 60, n),
            rng.integers(0, 2, n),
        ]
    )


def _scale(rng, n):
    """Answers from 1 to 5 that one opinion is behind."""
    return np.clip(np.round(3 + rng.normal(size=n) + 0.5 * rng.normal(size=(10, n))), 1, 5)


def _functions(x):
    return np.stack([x, np.sqrt(x), -x, x**2])


TABLES = {
    "binary": lambda rng, n: (rng.random((12, n)) < 0.4).astype(float),
    "one-hot": _one_hot,
    "derived": _derived,
    "idle": _idle,
    "scale": _scale,
    "one column": lambda rng, n: rng.integers(0, 5_000, (1, n)).astype(float),
    "rounded": lambda rng, n: rng.normal(size=(3, n)).round(1),
    "constant": lambda rng, n: np.zeros((4, n)),
    "missing": lambda rng, n: np.full((4, n), np.nan),
    "one column and its functions": lambda rng, n: _functions(rng.integers(0, 3_000, n).astype(float)),
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("rows", [300, 3_000])
def test_tables_that_repeat_rows_by_themselves_are_not_suspected(name, rows):
    for seed in range(10):
        cells = TABLES[name](np.random.default_rng(seed), rows)
        assert not finder(cells, seed).find(range(len(cells))).copies.any(), seed


def test_the_tables_above_do_repeat_rows():
    for name, make in TABLES.items():
        cells = np.nan_to_num(make(np.random.default_rng(0), 3_000), nan=-1)
        assert len(np.unique(cells, axis=1).T) < 3_000, name


def test_copies_are_found_in_a_table_of_mixed_columns():
    rng = np.random.default_rng(1)
    cells = np.stack(
        [
            rng.integers(18, 90, 2_000),
            rng.integers(0, 12, 2_000),
            rng.normal(1e3, 1e3, 2_000).round(),
            rng.integers(0, 31, 2_000),
            rng.integers(0, 2, 2_000),
        ]
    ).astype(float)
    cells[:, :30] = cells[:, 1_000:1_030]
    twins = finder(cells).find(range(5))
    assert twins.copies[:30].mean() > 0.9
    assert twins.copies[30:1_000].sum() == 0


def test_columns_that_hang_together_count_once():
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(2, 3_000))
    told = finder(np.stack([x, np.exp(x), -x, z, x**2])).independent(range(5))
    assert len(told) == 2
    assert 3 in told


def test_no_rows_and_one_row_have_no_twins():
    for rows in (0, 1):
        assert not finder(np.zeros((3, rows))).find(range(3)).copies.any()
