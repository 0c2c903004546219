"""Sequences with a pre-training step that sees the test inputs and unlabelled text."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from core import folds
from core.competition import Competition
from core.dataset import Dataset, tabular_table
from core.edition import Edition
from core.member import Member, Pretrain
from core.metrics import LOG_LOSS
from core.reading import read_csv
from core.submission import PROBABILITIES


class Vocabulary(BaseEstimator):
    """Counts of letter pairs that occur anywhere in the inputs."""

    def fit(self, X):
        self.counter_ = CountVectorizer(analyzer="char", ngram_range=(1, 2)).fit(X["sequence"])
        return self


class OnPretrained(BaseEstimator):
    """Logistic regression on what the pre-trained step makes of a sequence."""

    def fit(self, X, y, context):
        counts = context.pretrained.counter_.transform(X["sequence"])
        self.model_ = LogisticRegression(C=0.1).fit(counts, y.to_numpy(dtype=object))
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, X, context):
        return self.model_.predict_proba(context.pretrained.counter_.transform(X["sequence"]))


class Sequences(Competition):
    slug = "sequences"
    editions = (Edition("fake", LOG_LOSS, ("Train.csv", "Test.csv"), PROBABILITIES),)

    def load(self, folder):
        train, test = read_csv(folder / "Train.csv", text=["ID", "target"]), read_csv(folder / "Test.csv", text=["ID"])
        outputs = sorted(train["target"].unique())
        extra = {"unlabelled": tabular_table(read_csv(folder / "Text.csv", text=["ID"]), ["sequence"], ["ID"])}
        sample = test[["ID"]].assign(**dict.fromkeys(outputs, 1 / len(outputs)))
        return Dataset.tabular(
            train, test, sample, target="target", id_columns=["ID"], outputs=outputs, keys=["species"], extra=extra
        )

    def schemes(self, dataset):
        return [folds.stratified_group(dataset, "species", 3), folds.stratified(dataset, 3)]

    def members(self, dataset):
        step = Pretrain("vocabulary", sees=("fit", "test", "unlabelled"), build=lambda seed: Vocabulary())
        return [Member("letters", lambda params, seed: OnPretrained(), pretrain=step)]

    def sample(self, folder, seed=0):
        rng = np.random.default_rng(seed)
        letters = {"A": list("KKRH"), "B": list("DDEN"), "C": list("LLIV")}
        for name, rows in {"Train": 90, "Test": 30, "Text": 50}.items():
            target = rng.choice(list(letters), size=rows)
            texts = ["".join(rng.choice([*letters[t], *"GSTP"], size=rng.integers(8, 20))) for t in target]
            ids = [f"{name}_{k}" for k in range(rows)]
            frame = pd.DataFrame({"ID": ids, "sequence": texts, "species": rng.choice(list("uvwxyz"), rows)})
            frame["target"] = target
            frame.drop(columns=[] if name == "Train" else ["target"]).to_csv(folder / f"{name}.csv", index=False)
