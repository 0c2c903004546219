"""Folds by year, and their promises."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from competitions.world_champs.seasons import FOLDS, RACES, seasons
from core.dataset import Dataset
from core.errors import Refusal
from core.table import Table


def dataset(races_by_year):
    """Two riders in each race."""
    days, events = [], []
    for year, count in races_by_year.items():
        first = (pd.Timestamp(year, 3, 1) - pd.Timestamp(0)).days
        for number in range(count):
            days += [first + number] * 2
            events += [f"{year}-{number}"] * 2
    ids = pd.Index([f"r{number}" for number in range(len(days))])
    keys = pd.DataFrame({"day": days, "event_id": events}, index=ids)
    table = Table(pd.DataFrame({"x": np.arange(len(days))}, index=ids), pd.Series(0.0, index=ids), keys)
    return Dataset(table, table, table.take(np.arange(2)), ("posx",), pd.DataFrame({"id": ids[:2], "posx": 0}), ("id",))


def test_each_year_is_scored_by_earlier_ones():
    folds = seasons(dataset(dict.fromkeys(range(2012, 2023), RACES)))
    assert [fold.name for fold in folds.folds] == [str(year) for year in range(2023 - FOLDS, 2023)]
    assert folds.forward_only
    assert folds.test_by == "full"
    assert len(folds.folds[0].fit) == 2 * RACES * (2023 - FOLDS - 2012)


def test_years_of_few_races_are_joined():
    folds = seasons(dataset({2015: 9, 2016: 2, 2017: 3, 2018: 1, 2019: RACES}))
    assert [fold.name for fold in folds.folds] == ["2016-2018", "2019"]
    with pytest.raises(Refusal, match="too few for two folds"):
        seasons(dataset({2018: 2, 2019: RACES}))
