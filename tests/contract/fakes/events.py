"""Start lists are ranked event by event, folds follow time, and the test is predicted by a refit on all."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core import folds
from core.competition import Competition
from core.dataset import Dataset
from core.edition import Edition
from core.estimators.lightgbm import LightGBMRanker
from core.estimators.linear import LinearRegressor
from core.member import Member
from core.metrics import ndcg
from core.objective import Objective
from core.reading import read_csv

IDS = ("event", "rider")


class Events(Competition):
    slug = "events"
    editions = (Edition("fake", ndcg(3), ("results.csv", "startlists.csv")),)

    def load(self, folder):
        results = read_csv(folder / "results.csv", text=IDS)
        lists = read_csv(folder / "startlists.csv", text=IDS)
        sample = lists[list(IDS)].assign(gain=0.0)
        keys = [*IDS, "day"]
        return Dataset.tabular(results, lists, sample, target="gain", id_columns=IDS, outputs=["gain"], keys=keys)

    def schemes(self, dataset):
        return [folds.time(dataset, "day", 3), folds.group(dataset, "rider", 3)]

    def objective(self, dataset, pilot):
        return Objective(self.edition.metric, per="event")

    def members(self, dataset):
        return [
            Member("regression", lambda params, seed: LinearRegressor(**params), {"alpha": 1.0}, seeded=False),
            Member(
                "lambdarank",
                lambda params, seed: LightGBMRanker(**params, random_state=seed),
                {"n_estimators": 20, "min_child_samples": 5, "early_stopping_rounds": 5},
            ),
        ]

    def sample(self, folder, seed=0):
        rng = np.random.default_rng(seed)
        skill = rng.normal(size=12)
        for name, days in {"results": range(20), "startlists": range(20, 24)}.items():
            frame = pd.DataFrame([(f"e{day}", f"r{k:02d}", day, skill[k]) for day in days for k in range(12)])
            frame.columns = [*IDS, "day", "form"]
            frame["form"] += rng.normal(0, 0.5, len(frame))
            order = (frame["form"] + rng.normal(0, 0.5, len(frame))).groupby(frame["event"]).rank(ascending=False)
            frame["gain"] = (4 - order).clip(lower=0).astype(int)
            frame.drop(columns=["gain"] if name == "startlists" else []).to_csv(folder / f"{name}.csv", index=False)
