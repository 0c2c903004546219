"""Sorted scores with ties."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.metrics.metric import Array

Positions = npt.NDArray[np.intp]


def runs(ordered: Array) -> tuple[Positions, Positions]:
    """The positions of the first and the last of the equal values around each value, row by row.

    Parameters
    ----------
    ordered: (m, n), each row sorted.

    >>> runs(np.array([[3.0, 2.0, 2.0, 1.0]]))[1].tolist()
    [[0, 2, 2, 3]]
    """
    columns = np.arange(ordered.shape[1])
    changes = ordered[:, 1:] != ordered[:, :-1]
    first = np.zeros(ordered.shape, dtype=np.intp)
    first[:, 1:] = np.where(changes, columns[1:], 0)
    last = np.full(ordered.shape, columns[-1])
    last[:, :-1] = np.where(changes, columns[:-1], columns[-1])
    return np.maximum.accumulate(first, axis=1), np.minimum.accumulate(last[:, ::-1], axis=1)[:, ::-1]
