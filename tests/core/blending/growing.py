"""A scorer held against the metric itself, while a mean grows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.blending.scorer import Scorer
from core.objective import Judge

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


def both(
    scorer: Scorer,
    members: Sequence[Array],
    judge: Judge,
    parts: Sequence[Rows],
    chosen: Sequence[int],
    picks: list[int],
) -> tuple[list[list[float]], list[list[float]]]:
    """The scores of every candidate after each pick: what the scorer says, and by definition."""
    rows = np.concatenate([parts[part] for part in chosen])
    found, expected = [], []
    scorer.start(chosen)
    for size in range(len(picks) + 1):
        found.append(scorer.scores(range(len(members))))
        sums = [sum(members[pick][rows] for pick in picks[:size]) + values[rows] for values in members]
        expected.append([judge.score(total / (size + 1), rows) for total in sums])
        if size < len(picks):
            scorer.add(picks[size])
    return found, expected
