"""Blocks of scored rows, on which two trials are compared before all folds are fitted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.workbench import Workbench

Rows = npt.NDArray[np.intp]

#: Blocks of each fold, and rows that a block has at least: fewer rows make fewer blocks.
BLOCKS, FEWEST_ROWS = 8, 10


def blocks_of(bench: Workbench, fold: int) -> list[Rows]:
    """Positions of the rows of each block, disjoint, together all scored rows of the fold.

    Rows that a metric takes together (an event), and rows of one group where groups are held out whole, stay
    together; other rows are dealt out in the order of their truth, so that each block is a small copy of the fold.
    """
    rows = bench.folds.folds[fold].score
    number = min(BLOCKS, len(rows) // FEWEST_ROWS)
    if number < 2:
        return [rows]
    groups = _groups(bench, rows)
    if groups is not None and groups.max() + 1 >= 2 * number:
        parts = groups % number
    else:
        truth = bench.judge.truth[rows]
        order = np.argsort(truth if truth.ndim == 1 else truth[:, 0], kind="stable")
        parts = np.empty(len(rows), dtype=np.intp)
        parts[order] = np.arange(len(rows)) % number
    return [rows[parts == part] for part in range(number)]


def _groups(bench: Workbench, rows: Rows) -> Rows | None:
    """The number of the group of each row, larger groups first; None where rows stand alone."""
    names: npt.NDArray[np.generic]
    if bench.judge.groups is not None:
        names = bench.judge.groups[rows]
    elif bench.folds.disjoint:
        names = bench.dataset.score.keys[bench.folds.disjoint[0]].iloc[rows].astype(str).to_numpy()
    else:
        return None
    _, codes, sizes = np.unique(names, return_inverse=True, return_counts=True)
    ranks = np.empty(len(sizes), dtype=np.intp)
    ranks[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return ranks[codes]
