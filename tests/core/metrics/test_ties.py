from __future__ import annotations

import numpy as np
import pytest

from core.metrics.ties import runs


@pytest.mark.parametrize("seed", range(20))
def test_runs_are_those_of_a_loop_over_each_row(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ordered = -np.sort(-rng.integers(0, 4, (3, int(rng.integers(1, 9)))).astype(float), axis=1)
    first, last = runs(ordered)
    for row, column in np.ndindex(ordered.shape):
        equal = np.flatnonzero(ordered[row] == ordered[row, column])
        assert (first[row, column], last[row, column]) == (equal[0], equal[-1])
