"""A second stage reads the first stage's predictions of neighbouring windows in the same file."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.linear_model import Ridge

from core import folds
from core.competition import Competition
from core.dataset import Dataset
from core.edition import Edition
from core.estimators.lightgbm import LightGBMRegressor
from core.member import Member
from core.metrics import RMSE
from core.reading import read_csv


class Neighbours(BaseEstimator):
    """Ridge on the first stage's prediction of the window itself, the one before and the one after."""

    def fit(self, X, y, context):
        self.model_ = Ridge(alpha=1.0).fit(self._around(context), y)
        return self

    def predict(self, X, context):
        return self.model_.predict(self._around(context))

    def _around(self, context):
        own = context.upstream["first"].iloc[:, 0]
        inside = own.groupby(context.keys["file"])
        return np.column_stack([own, inside.shift(1).fillna(own), inside.shift(-1).fillna(own)])


class Windows(Competition):
    slug = "windows"
    editions = (Edition("fake", RMSE, ("train.csv", "test.csv")),)

    def load(self, folder):
        train, test = read_csv(folder / "train.csv", text=["id"]), read_csv(folder / "test.csv", text=["id"])
        sample = test[["id"]].assign(call=0.0)
        return Dataset.tabular(
            train, test, sample, target="call", id_columns=["id"], outputs=["call"], keys=["file", "second"]
        )

    def schemes(self, dataset):
        return [folds.group(dataset, "file", 3), folds.random(dataset, 3)]

    def members(self, dataset):
        def first(params, seed):
            return LightGBMRegressor(**params, random_state=seed)

        return [
            Member("second", lambda params, seed: Neighbours(), needs=("first",), fit_on="score"),
            Member("first", first, {"n_estimators": 20, "min_child_samples": 5}),
        ]

    def sample(self, folder, seed=0):
        rng = np.random.default_rng(seed)
        for name, files in {"train": 12, "test": 4}.items():
            rows = [(f"{name}{f}-{s}", f"{name}{f}", s) for f in range(files) for s in range(10)]
            frame = pd.DataFrame(rows, columns=["id", "file", "second"])
            frame["call"] = np.repeat(rng.normal(size=files), 10) + rng.normal(0, 0.2, len(frame))
            frame["level"] = frame["call"] + rng.normal(0, 1, len(frame))
            frame.drop(columns=["call"] if name == "test" else []).to_csv(folder / f"{name}.csv", index=False)
