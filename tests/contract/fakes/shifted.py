"""The prior of the test differs from train and is estimated from a pilot's test predictions; then a decision."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core import folds
from core.competition import Competition
from core.dataset import Dataset
from core.edition import Edition
from core.estimators.linear import LinearClassifier
from core.estimators.prior_corrected import PriorCorrectedClassifier
from core.member import Member
from core.metrics import LOG_LOSS
from core.objective import Objective
from core.priors import class_shares, correct_prior, prior_weights
from core.reading import read_csv
from core.submission import PROBABILITIES
from core.temperature import Temperature


class Shifted(Competition):
    slug = "shifted"
    editions = (Edition("fake", LOG_LOSS, ("train.csv", "test.csv"), PROBABILITIES),)

    def load(self, folder):
        train, test = read_csv(folder / "train.csv", text=["id", "y"]), read_csv(folder / "test.csv", text=["id"])
        sample = test[["id"]].assign(no=0.5, yes=0.5)
        return Dataset.tabular(train, test, sample, target="y", id_columns=["id"], outputs=["no", "yes"])

    def schemes(self, dataset):
        return [folds.stratified(dataset, 3)]

    def objective(self, dataset, pilot):
        """Expectation-maximisation of the test prior (Saerens et al. 2002)."""
        posterior = pilot("plain").mean_test
        source = target = class_shares(dataset.score.y, dataset.outputs)
        for _ in range(100):
            target = correct_prior(posterior, source, target).mean(axis=0)
        return Objective(LOG_LOSS, prior_weights(dataset.score.y, dataset.outputs, target))

    def members(self, dataset):
        def corrected(balance):
            return lambda params, seed: PriorCorrectedClassifier(LinearClassifier(**params), balance, seed)

        plain = Member("plain", lambda params, seed: LinearClassifier(**params), {"C": 1.0})
        return [plain, *(Member(name, corrected(name), {"C": 1.0}) for name in ("none", "weights", "undersample"))]

    def decision(self):
        return Temperature()

    def sample(self, folder, seed=0):
        rng = np.random.default_rng(seed)
        for name, rows, share in (("train", 300, 0.1), ("test", 200, 0.5)):
            positive = rng.random(rows) < share
            frame = pd.DataFrame({"id": [f"{name}{k}" for k in range(rows)], "x": rng.normal(1.5 * positive)})
            frame["y"] = np.where(positive, "yes", "no")
            frame.drop(columns=["y"] if name == "test" else []).to_csv(folder / f"{name}.csv", index=False)
