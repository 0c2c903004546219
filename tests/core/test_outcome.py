from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.dataset import Dataset
from core.folds import Fold, Folds
from core.metrics import RMSE
from core.objective import Objective
from core.outcome import Outcome
from core.table import Table

SCORED = ([4, 1], [0], [3, 5, 2])


def outcome(*fitted: int) -> Outcome:
    ids = pd.Index([f"r{number}" for number in range(6)])
    table = Table(pd.DataFrame({"x": np.arange(6.0)}, index=ids), pd.Series(np.arange(6.0), index=ids, name="y"))
    dataset = Dataset(table, table, table, ("y",), pd.DataFrame({"id": ids}), ("id",))
    nothing = np.empty(0, dtype=np.intp)
    folds = Folds("s", tuple(Fold(str(rows), nothing, np.array(rows), nothing) for rows in SCORED), "nothing")
    objective, values = Objective(RMSE), np.zeros((6, 1))
    members, test = {"line": values}, np.zeros((6, 1))
    return Outcome(
        dataset,
        objective,
        objective.judge(dataset),
        folds,
        fitted,
        members,
        frozenset(),
        frozenset({"line"}),
        values,
        test,
    )


@pytest.mark.parametrize("fitted", [(0, 1, 2), (2,), (0, 2), (2, 0)])
def test_scored_rows_are_those_of_the_fitted_folds_in_their_order(fitted: tuple[int, ...]):
    found = outcome(*fitted)
    assert [rows.tolist() for rows in found.scored] == [SCORED[number] for number in fitted]
    assert found.rows.tolist() == [row for number in fitted for row in SCORED[number]]


def test_rows_are_put_together_once():
    found = outcome(0, 1)
    assert found.rows is found.rows
    assert found.scored is found.scored
