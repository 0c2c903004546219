"""From members' predictions of the test rows to the answer; the same for a run and for `podium predict`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.blend import Blend
from core.competition import Competition
from core.decision import Decision
from core.submission import Layout
from core.table import Table

Array = npt.NDArray[np.float64]


def answer(
    competition: Competition,
    predictions: Mapping[str, Array],
    test: Table,
    blend: Blend,
    decision: Decision | None,
    outputs: Sequence[str],
    layout: Layout,
) -> pd.DataFrame:
    """Blend, decide and finish.

    Parameters
    ----------
    predictions: of the test rows, by member, (rows, outputs) averaged over seeds.
    """
    return competition.finish(decided(predictions, test, blend, decision, outputs), test, layout)


def decided(
    predictions: Mapping[str, Array], test: Table, blend: Blend, decision: Decision | None, outputs: Sequence[str]
) -> pd.DataFrame:
    """Blended predictions after the decision, ids × outputs."""
    blended = blend.apply(predictions, test.keys)
    if decision is not None:
        blended = decision.apply(blended, test.keys)
    return pd.DataFrame(blended, index=test.ids, columns=list(outputs))
