"""Cross-validating one LightGBM through the road against the bare loop. Bar: 1.05 times.

30,000 × 80 rows, 5 folds, the same parameters, folds and threads. The road does all it always does: fingerprint,
checked folds, baseline, saved models read back, predictions, nested score, submission and ledger. The bare loop bins,
fits and predicts the held-out and the test rows, and scores them.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd

from benchmarks.ratio import compare
from core import folds
from core.competition import Competition
from core.dataset import Dataset
from core.edition import Edition
from core.estimators.lightgbm import LightGBMClassifier
from core.executors import available_cores
from core.member import Member
from core.metrics import LOG_LOSS
from core.road import run
from core.settings import Settings
from core.submission import PROBABILITIES

# The rounds are the default of the estimator.
ROWS, COLUMNS, TEST_ROWS, ROUNDS = 30_000, 80, 3_000, 300


class Bench(Competition):
    """One LightGBM on a table that is in memory already."""

    slug = "bench"
    editions = (Edition("bench", LOG_LOSS, (), PROBABILITIES),)

    def load(self, folder: Path) -> Dataset:
        rng = np.random.default_rng(0)
        X = rng.normal(size=(ROWS + TEST_ROWS, COLUMNS))
        positive = X[:, :10].sum(axis=1) + X[:, 10] * X[:, 11] + rng.normal(0, 2, len(X)) > 0
        frame = pd.DataFrame(X, columns=[f"x{number}" for number in range(COLUMNS)])
        frame.insert(0, "id", [f"r{number}" for number in range(len(X))])
        frame["y"] = np.where(positive, "yes", "no")
        sample = frame[["id"]][ROWS:].assign(no=0.5, yes=0.5)
        test = frame[ROWS:].drop(columns="y")
        return Dataset.tabular(frame[:ROWS], test, sample, target="y", id_columns=["id"], outputs=["no", "yes"])

    def schemes(self, dataset: Dataset) -> list[folds.Folds]:
        return [folds.stratified(dataset)]

    def members(self, dataset: Dataset) -> list[Member]:
        return [Member("lightgbm", lambda params, seed: LightGBMClassifier(n_estimators=ROUNDS, random_state=seed))]


def measure() -> bool:
    threads = available_cores()
    bench = Bench()
    dataset = bench.load(Path())
    scheme = bench.schemes(dataset)[0]
    # Everybody's parameters: those that the estimator hands to LightGBM.
    estimator = LightGBMClassifier()
    estimator.classes_ = np.array(["no", "yes"])
    parameters = estimator._parameters(threads)

    def bare() -> float:
        X, y = dataset.fit.X.to_numpy(), (dataset.fit.y == "yes").to_numpy(dtype=float)
        X_test = dataset.test.X.to_numpy()
        out_of_fold, test = np.zeros(len(y)), np.zeros(len(X_test))
        for fold in scheme.folds:
            data = lightgbm.Dataset(X[fold.fit], y[fold.fit], params={"verbosity": -1})
            booster = lightgbm.train(parameters, data, num_boost_round=ROUNDS)
            out_of_fold[fold.score] = booster.predict(X[fold.score], num_threads=threads)
            test += booster.predict(X_test, num_threads=threads) / len(scheme)
        return float(-np.mean(np.log(np.where(y == 1, out_of_fold, 1 - out_of_fold))))

    class InMemory(Bench):
        def load(self, folder: Path) -> Dataset:
            # A new object: nothing that was computed about the data set is kept from one repeat to the next.
            return Dataset(
                dataset.fit, dataset.fit, dataset.test, dataset.outputs, dataset.sample_submission, dataset.id_columns
            )

    def ours() -> None:
        with tempfile.TemporaryDirectory() as folder:
            run(InMemory(), Path(folder), Settings(threads=threads), Path(folder) / "runs")

    bare()
    ours()
    return compare("the road / the bare loop", ours, bare, bar=1.05, repeats=5)
