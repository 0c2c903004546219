"""Rows of made-up places."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.context import FitContext, PredictContext


def keys_of_places(rows: int = 120, places: int = 8, cities: int = 3, days: int = 20, seed: int = 0) -> pd.DataFrame:
    """Places in cities some degrees apart, days drawn."""
    rng = np.random.default_rng(seed)
    number = np.append(np.arange(places), rng.integers(0, places, rows - places))
    where = rng.uniform(-0.2, 0.2, (places, 2)) + 10.0 * (np.arange(places) % cities)[:, None]
    ids = pd.Index([f"r{k}" for k in range(rows)], dtype=object, name="id")
    return pd.DataFrame(
        {
            "place": [f"p{k}" for k in number],
            "city": [f"c{k % cities}" for k in number],
            "country": "X",
            "latitude": where[number, 0],
            "longitude": where[number, 1],
            "day": 19_000 + rng.integers(0, days, rows),
            "unit": "ug/m3",
        },
        index=ids,
    )


def fit_context(keys: pd.DataFrame) -> FitContext:
    return FitContext(keys, ("pm",), disjoint=("place",))


def predict_context(keys: pd.DataFrame) -> PredictContext:
    return PredictContext(keys, ("pm",))
