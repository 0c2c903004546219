"""Fit rows are not score rows: short clips are fitted, windows of recordings are scored."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core import folds
from core.competition import Competition
from core.dataset import Dataset, tabular_table
from core.edition import Edition
from core.estimators.linear import LinearRegressor
from core.member import Member
from core.metrics import RMSE
from core.reading import read_csv


class Clips(Competition):
    slug = "clips"
    editions = (Edition("fake", RMSE, ("clips.csv", "windows.csv", "test.csv")),)

    def load(self, folder):
        clips, windows, test = (read_csv(folder / f"{n}.csv", text=["id"]) for n in ("clips", "windows", "test"))
        return Dataset(
            fit=tabular_table(clips, ["pitch"], ["id"], ["author"], "loudness"),
            score=tabular_table(windows, ["pitch"], ["id"], ["author", "file"], "loudness"),
            test=tabular_table(test, ["pitch"], ["id"], ["author", "file"]),
            outputs=("loudness",),
            sample_submission=test[["id"]].assign(loudness=0.0),
            id_columns=("id",),
        )

    def schemes(self, dataset):
        return [folds.group(dataset, "author", 3), folds.random(dataset, 3)]

    def members(self, dataset):
        return [
            Member("on-clips", lambda params, seed: LinearRegressor(**params), {"alpha": 1.0}),
            Member("on-windows", lambda params, seed: LinearRegressor(**params), {"alpha": 1.0}, fit_on="score"),
        ]

    def sample(self, folder, seed=0):
        rng = np.random.default_rng(seed)
        for name, rows in {"clips": 90, "windows": 60, "test": 30}.items():
            frame = pd.DataFrame({"id": [f"{name}{k:03d}" for k in range(rows)], "pitch": rng.normal(size=rows)})
            frame["author"] = [f"a{k % 6}" for k in range(rows)]
            frame["file"] = [f"f{k // 5}" for k in range(rows)]
            frame["loudness"] = 2 * frame["pitch"] + rng.normal(size=rows)
            frame.to_csv(folder / f"{name}.csv", index=False)
