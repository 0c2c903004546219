"""Rows that are nearly equal: a copy with a little noise on every number, or with a column or two changed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.checks.cells import Array, Rows
from core.checks.finding import Finding, percent
from core.checks.pairs import across_folds, agreement, judge, with_test
from core.checks.twins import Hashes, Mask, TwinFinder, hash_cells, joined
from core.checks.view import View

CHECK = "near-duplicate rows"

#: Columns in the signature of a row, and the widths of their cells in standard deviations.
SIGNATURE, WIDTHS = 8, (0.1, 0.03)


def near_duplicates(view: View) -> list[Finding]:
    """Near copies, by hashing over all rows; no distances between all pairs.

    Changed columns: the columns are dealt into three blocks; a copy with a changed column still agrees on two of the
    blocks. Noise: numbers are rounded to cells a tenth (then a thirtieth) of a standard deviation wide, at a random
    offset; a copy with little noise mostly falls into the cells of its original. Either way rows that agree must be
    a surprise (`core.checks.twins`), must not be equal, and all their columns are then compared: at most a tenth of
    them (one at least) may differ at all, or every number by at most a tenth of a standard deviation.
    """
    if not view.reads_all:
        return []
    columns = [k for k, column in enumerate(view.columns) if column not in view.names_rows]
    if len(columns) < 3:
        return []
    whole = joined(view.finder.hashes, columns)
    found = [
        _pairs(view, columns, whole, *candidate) for candidate in (*_changed(view, columns), *_noisy(view, columns))
    ]
    if not any(len(pair[0]) for pair in found):
        return []
    a, b = (np.concatenate([pair[side] for pair in found]) for side in (0, 1))
    return [*_across_folds(view, a, b), *_with_test(view, a, b)]


Candidate = tuple[Rows, Mask, Array | None]


def _changed(view: View, columns: list[int]) -> Iterator[Candidate]:
    """Rows that agree on all columns but those of a block."""
    dealt = view.rng("blocks").permutation(columns)
    for block in range(3):
        twins = view.finder.find(np.delete(dealt, np.s_[block::3]).tolist())
        if twins.copies.any():
            yield twins.codes, twins.copies, None


def _noisy(view: View, columns: list[int]) -> Iterator[Candidate]:
    """Rows that agree when numbers are rounded."""
    rng = view.rng("noise")
    scale = _scales(view)
    continuous = np.intersect1d(np.flatnonzero(scale > 0), columns)
    if len(continuous) < 2:
        return
    others = [k for k in columns if view.is_text(view.columns[k])][:SIGNATURE]
    for width in WIDTHS:
        chosen = rng.permutation(continuous)[:SIGNATURE]
        rounded = np.floor(view.cells[chosen] / (width * scale[chosen, None]) + rng.random((len(chosen), 1)))
        cells = np.concatenate([rounded, view.cells[others]])
        hashes = np.concatenate([hash_cells(rounded), view.finder.hashes[others]])
        twins = TwinFinder(cells, hashes, rng).find(range(len(cells)))
        if twins.copies.any():
            yield twins.codes, twins.copies, scale


def _scales(view: View) -> Array:
    """The standard deviation of each column of many numbers, after cutting a hundredth off both ends; 0 for others."""
    rows = view.sample(np.arange(len(view)), 2_000, "scales")
    scales = np.zeros(len(view.columns))
    for number, column in enumerate(view.columns):
        values = view.cells[number, rows]
        values = np.sort(values[np.isfinite(values)])
        if not view.is_text(column) and len(values) > 20 and np.count_nonzero(np.diff(values)) >= 20:
            cut = len(values) // 100
            scales[number] = values[cut : len(values) - cut].std()
    return scales


def _pairs(
    view: View, columns: list[int], whole: Hashes, codes: Rows, copies: Mask, scale: Array | None
) -> tuple[Rows, Rows]:
    """Neighbours among rows that agree, where they are unequal and close on all columns."""
    rows = np.flatnonzero(copies)
    rows = rows[np.argsort(codes[rows], kind="stable")]
    a, b = rows[:-1], rows[1:]
    keep = (codes[a] == codes[b]) & (whole[a] != whole[b])
    a, b = a[keep][: view.rows * 10], b[keep][: view.rows * 10]
    if not len(a):
        return a, b
    one, other = view.cells[np.ix_(columns, a)], view.cells[np.ix_(columns, b)]
    equal = (one == other) | (np.isnan(one) & np.isnan(other))
    if scale is None:
        close = (~equal).sum(axis=0) <= max(1, len(columns) // 10)
    else:
        with np.errstate(invalid="ignore"):
            close = (equal | (np.abs(one - other) <= WIDTHS[0] * scale[columns, None])).all(axis=0)
    return a[close], b[close]


def _across_folds(view: View, a: Rows, b: Rows) -> list[Finding]:
    pairs = across_folds(view, view.headline, a, b)
    if not len(pairs):
        return []
    agree, by_chance = agreement(view, pairs.held_out, pairs.fitted)
    one, other = view.ids[pairs.held_out[0]], view.ids[pairs.fitted[0]]
    columns = _differing(view, pairs.held_out[0], pairs.fitted[0])
    return [
        Finding(
            CHECK,
            judge(pairs, agree, by_chance),
            f"{len(pairs)} of {pairs.total} scored rows ({percent(pairs.share)}) have a near copy among the rows their"
            f" models are fitted on (scheme {view.headline.name!r}); such as rows {one!r} and {other!r}, which differ"
            f" {columns}; the truth agrees in {percent(agree)} of these pairs ({percent(by_chance)} by chance)",
            "keep near copies on one side: give them one key (the original they come from) and use folds.group",
        )
    ]


def _with_test(view: View, a: Rows, b: Rows) -> list[Finding]:
    pairs = with_test(view, a, b)
    if not len(pairs):
        return []
    one, other = view.ids[pairs.held_out[0]], view.ids[pairs.fitted[0]]
    return [
        Finding(
            "near-duplicate rows with test",
            "warning" if len(pairs) >= 3 and pairs.share >= 0.01 else "note",
            f"{len(pairs)} of {pairs.total} test rows ({percent(pairs.share)}) are nearly a train row; such as test row"
            f" {one!r} and {other!r}, which differ {_differing(view, pairs.held_out[0], pairs.fitted[0])}",
            "find out why: if the host's split did this, the folds should hold as many near copies",
        )
    ]


def _differing(view: View, a: np.intp, b: np.intp) -> str:
    one, other = view.cells[:, a], view.cells[:, b]
    unequal = np.flatnonzero(~((one == other) | (np.isnan(one) & np.isnan(other))))
    differ = [view.columns[column] for column in unequal if view.columns[column] not in view.names_rows]
    if len(differ) <= 2:
        return f"only in {' and '.join(map(repr, differ))}"
    return f"a little in {len(differ)} of {len(view.columns)} columns"
