"""Riders as a map."""

from __future__ import annotations

import numpy as np
import pandas as pd

from competitions.world_champs.embedding_map import SHOWN, STYLES, embedding_map


def test_the_direction_in_which_riders_differ_most_comes_first():
    rng = np.random.default_rng(0)
    ids = [f"r{number}" for number in range(60)]
    style = np.linspace(-1, 1, 60)
    values = np.column_stack([0.1 * rng.normal(size=60), 5 * style, rng.normal(size=60)])
    riders = pd.DataFrame({"name": ids, "climb_slope": style, "points_365": rng.random(60)}, index=ids)
    found = embedding_map(pd.DataFrame(values, index=ids), riders)
    (chart,) = found.charts
    assert [series.name for series in chart.series] == list(STYLES)
    middles = [np.mean(series.x) for series in chart.series]
    assert middles[0] < middles[1] < middles[2]
    assert sum(len(series.x) for series in chart.series) == 60
    assert len(found.rows) == SHOWN


def test_riders_without_a_style_or_an_embedding_are_left_out():
    ids = list("abcdefgh")
    values = pd.DataFrame(np.random.default_rng(1).normal(size=(8, 3)), index=ids)
    riders = pd.DataFrame({"name": ids, "climb_slope": 1.0, "points_365": 1.0}, index=ids)
    riders.loc["a", "climb_slope"] = np.nan
    found = embedding_map(values.drop(index="b"), riders)
    assert {row[0] for row in found.rows} == set("cdefgh")
