"""Small mixed tables that the tests of estimators share."""

from __future__ import annotations

import numpy as np
import pandas as pd


def mixed_table(n: int = 240, seed: int = 0) -> pd.DataFrame:
    """Numbers and names of every common dtype, most of them with missing values."""
    rng = np.random.default_rng(seed)
    colours = rng.choice(["red", "green", "blue"], n).astype(object)
    colours[rng.random(n) < 0.1] = None
    amount = rng.normal(size=n)
    amount[rng.random(n) < 0.1] = np.nan
    counts = pd.array(rng.integers(0, 9, n), dtype="Int64")
    counts[rng.random(n) < 0.1] = pd.NA
    return pd.DataFrame(
        {
            "amount": amount,
            "colour": colours,
            "counts": counts,
            "flag": rng.random(n) < 0.5,
            "shape": pd.Categorical(rng.choice(["disc", "ball"], n)),
            "city": pd.array(rng.choice(["Oslo", "Rome", "Lima"], n), dtype="string"),
        },
        index=[f"row-{number}" for number in rng.permutation(n)],
    )


def class_names(X: pd.DataFrame, classes: int, seed: int = 0) -> pd.Series:
    """Class names that follow the amount and the colour, with some noise. Not in sorted order."""
    names = np.array(["wren", "owl", "jay"][:classes])
    noise = np.random.default_rng(seed).normal(scale=0.5, size=len(X))
    signal = X["amount"].fillna(0) + (X["colour"] == "red") + noise
    return pd.Series(names[pd.qcut(signal, classes, labels=False)], index=X.index, name="bird")


def values(X: pd.DataFrame, seed: int = 0) -> pd.Series:
    noise = np.random.default_rng(seed).normal(scale=0.3, size=len(X))
    return pd.Series(2 * X["amount"].fillna(0) + (X["colour"] == "red") + noise, index=X.index, name="value")
