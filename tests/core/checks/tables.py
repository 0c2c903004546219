"""Clean data to plant leaks into."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core import folds
from core.checks import Finding
from core.checks.view import View
from core.dataset import Dataset
from core.folds import Folds
from core.table import Table


def frames(
    seed: int = 0, rows: int = 600, test_rows: int = 300, values: bool = False
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train and test: five numbers, one with gaps, a count, a category; a target that two numbers tell half."""
    rng = np.random.default_rng(seed)
    n = rows + test_rows
    frame = pd.DataFrame(rng.normal(size=(n, 5)), columns=[f"x{k}" for k in range(5)])
    frame.loc[rng.random(n) < 0.1, "x4"] = np.nan
    frame["count"] = rng.poisson(4, n)
    frame["colour"] = rng.choice(["red", "green", "blue", "grey"], n)
    told = frame["x0"] + frame["x1"] + rng.normal(size=n)
    frame["y"] = told if values else np.where(told > 0.5, "yes", "no")
    frame.insert(0, "id", [f"R{number:05d}" for number in rng.permutation(n)])
    return frame.iloc[:rows].reset_index(drop=True), frame.iloc[rows:].drop(columns="y").reset_index(drop=True)


def dataset(train: pd.DataFrame, test: pd.DataFrame, keys: Sequence[str] = ()) -> Dataset:
    """By hand, so that nothing is refused on the way."""
    outputs = ("no", "yes") if not pd.api.types.is_numeric_dtype(train["y"]) else ("y",)
    features = [column for column in train.columns if column in test.columns and column not in ("id", "y", *keys)]
    fit, new = (frame.set_index(frame["id"].astype(object)) for frame in (train, test))
    table = Table(fit[features], fit["y"], fit[list(keys)])
    sample = test[["id"]].assign(**dict.fromkeys(outputs, 0.5))
    return Dataset(table, table, Table(new[features], None, new[list(keys)]), outputs, sample, ("id",))


def schemes(data: Dataset) -> list[Folds]:
    return [folds.random(data)]


def view(train: pd.DataFrame, test: pd.DataFrame, keys: Sequence[str] = (), **more: object) -> View:
    data = dataset(train, test, keys)
    return View(data, more.pop("schemes", None) or schemes(data), **more)


def one(findings: Sequence[Finding], check: str) -> Finding:
    """The only finding of a check."""
    (found,) = [finding for finding in findings if finding.check == check]
    return found


def bad(findings: Sequence[Finding]) -> list[Finding]:
    """Leaks, warnings, and checks that broke."""
    return [finding for finding in findings if finding.severity != "note" or "not made" in finding.message]


def again(frame: pd.DataFrame, rows: pd.DataFrame, name: str = "C") -> pd.DataFrame:
    """The frame and copies of rows under new ids, in the place of its last rows."""
    copies = rows.assign(id=[f"{name}{number:05d}" for number in range(len(rows))])
    return pd.concat([frame.iloc[: len(frame) - len(rows)], copies], ignore_index=True)
