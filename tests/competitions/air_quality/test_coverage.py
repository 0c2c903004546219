"""Coverage by intervals that the errors of a place did not make."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from competitions.air_quality.coverage import covered


def table(seed=0, places=30, rows=1500):
    rng = np.random.default_rng(seed)
    place = rng.integers(0, places, rows)
    told = rng.lognormal(3, 0.5, rows)
    truth = told * np.exp(0.3 * rng.normal(size=rows))
    return pd.DataFrame(
        {"regime": "city unseen", "city": "c", "place": place.astype(str), "day": 0, "truth": truth, "told": told}
    )


def test_nine_of_ten_are_held_where_places_are_alike():
    found = covered(table())
    assert found.rows["inside"].mean() == pytest.approx(0.9, abs=0.02)
    assert found.rows["width"].mean() < found.constant_width


def test_errors_of_a_place_do_not_widen_its_own_intervals():
    """A place of huge errors is not held: only the others made its intervals."""
    rows = table()
    wild = (rows["place"] == "7").to_numpy()
    rows.loc[wild, "truth"] *= 100
    found = covered(rows).rows
    there = (found["place"] == "7").to_numpy()
    assert not found["inside"][there].any()
    usual = covered(rows[~wild]).rows
    np.testing.assert_allclose(found["width"][there].mean() / rows["told"][wild].mean(),
                               usual["width"].mean() / usual["told"].mean(), rtol=0.1)  # fmt: skip
