"""Tuning that gives up poor trials after a fold or two, against tuning that fits them all.

LightGBM with the search space of the class imbalance competition, on two generated sets (log loss of two and of three
classes), five folds, five seeds of data and sampler, 30 trials. Bar: the study that prunes ends within noise of the
other's best loss (one standard error of the paired difference over folds) in at most .6 of its time, medians over seeds
on each set. Time is that of the processor, one thread. PODIUM_BENCH_SEEDS and PODIUM_BENCH_TRIALS make it shorter.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd

from competitions.class_imbalance.members import LIGHTGBM, search_lightgbm
from core import folds
from core.competition import Competition
from core.cross_validation import Fitted
from core.dataset import Dataset
from core.edition import Edition
from core.estimators.lightgbm import LightGBMClassifier
from core.executors import SerialExecutor
from core.fitting import Fitting
from core.member import Member
from core.metrics import LOG_LOSS
from core.objective import Objective
from core.submission import PROBABILITIES
from core.tuning import Studies, Tuned
from core.tuning.halving import FoldHalving
from core.tuning.search import Search
from core.tuning.summary import best_of
from core.workbench import Workbench

BAR = 0.6
SETS = {"two classes": (3000, 2), "three classes": (2000, 3)}


class Generated(Competition):
    """A table with twenty columns, of which six tell the classes apart, some together."""

    slug = "bench"
    editions = (Edition("bench", LOG_LOSS, (), PROBABILITIES),)

    def __init__(self, rows: int, classes: int, seed: int) -> None:
        super().__init__()
        self.rows, self.classes, self.seed = rows, classes, seed

    def load(self, folder: Path) -> Dataset:
        rng = np.random.default_rng(self.seed)
        X = rng.normal(size=(self.rows + 10, 20))
        signal = np.column_stack([X[:, k] + X[:, k + 1] * X[:, k + 2] for k in range(self.classes)])
        codes = (signal + rng.gumbel(0, 1.0, signal.shape)).argmax(axis=1)
        frame = pd.DataFrame(X, columns=[f"x{number}" for number in range(20)])
        frame.insert(0, "id", [f"r{number}" for number in range(len(X))])
        outputs = [f"c{number}" for number in range(self.classes)]
        frame["y"] = np.array(outputs)[codes]
        test = frame[self.rows :].drop(columns="y")
        sample = test[["id"]].assign(**dict.fromkeys(outputs, 1 / self.classes))
        return Dataset.tabular(frame[: self.rows], test, sample, target="y", id_columns=["id"], outputs=outputs)

    def schemes(self, dataset: Dataset) -> list[folds.Folds]:
        return [folds.stratified(dataset)]

    def members(self, dataset: Dataset) -> list[Member]:
        build = lambda params, seed: LightGBMClassifier(**params, random_state=seed)  # noqa: E731
        return [Member("lightgbm", build, LIGHTGBM, search_lightgbm)]


def measure() -> bool:
    seeds = int(os.environ.get("PODIUM_BENCH_SEEDS", "5"))
    trials = int(os.environ.get("PODIUM_BENCH_TRIALS", "30"))
    met = True
    for name, (rows, classes) in SETS.items():
        pairs: list[tuple[float, float]] = []
        for seed in range(seeds):
            competition = Generated(rows, classes, seed)
            whole, whole_seconds = _study(competition, seed, optuna.pruners.NopPruner(), trials)
            pruned, seconds = _study(competition, seed, FoldHalving(), trials)
            pairs.append((seconds / whole_seconds, _behind(pruned, whole)))
            print(
                f"{name}, seed {seed}: {whole.best_value:.5f} in {whole_seconds:.1f} s;"
                f" {pruned.count('pruned')} of {trials} pruned: {pruned.best_value:.5f} in {pairs[-1][0]:.2f} of the"
                f" time, {pairs[-1][1]:+.2f} standard errors behind",
                flush=True,
            )
        ratio, errors = (float(np.median(values)) for values in zip(*pairs, strict=True))
        fine = ratio <= BAR and errors <= 1
        met &= fine
        print(
            f"{name}: median {ratio:.2f} of the time (bar {BAR}), {errors:+.2f} standard errors behind (bar 1):"
            f" {'met' if fine else 'MISSED'}"
        )
    return met


def _study(competition: Generated, seed: int, pruner: Any, trials: int) -> tuple[Tuned, float]:
    """A whole search in a folder of its own, and the seconds of processor time that it took."""
    with tempfile.TemporaryDirectory() as folder:
        dataset = competition.load(Path())
        objective = Objective(competition.edition.metric)
        bench = Workbench(competition, dataset, competition.schemes(dataset)[0], objective, Path(folder), seed=seed)
        member = competition.members(dataset)[0]
        fitting = Fitting(SerialExecutor(), tuple(range(len(bench.folds))), "folds")
        studies = Studies(Path(folder) / "studies" / "bench.journal")
        search = Search(bench, member, fitting, Fitted(), studies, trials, lambda _: None, pruner=pruner)
        began = time.process_time()
        while search.step():
            pass
        return Tuned.of(search.study, LOG_LOSS), time.process_time() - began


def _behind(pruned: Tuned, whole: Tuned) -> float:
    """By how many standard errors of the paired difference over folds the best of one is behind the other's."""
    ours, theirs = (best_of(tuned.trials, LOG_LOSS) for tuned in (pruned, whole))
    assert ours is not None
    assert theirs is not None
    apart = np.array(ours.folds) - np.array(theirs.folds)
    error = apart.std(ddof=1) / np.sqrt(len(apart))
    return 0.0 if not apart.any() else float(apart.mean() / max(error, 1e-12))
