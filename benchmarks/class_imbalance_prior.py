"""The class prior estimated from unlabelled test features alone, against the truth.

Bars, sample data with 1,600 test rows, 20 seeds: mean error at most .03 with two classes and .04 with three, the error
of a seed being that of its worst class. Beside it, how often the 95 % interval holds the share of the test rows, and
what EM without calibration (Saerens et al. 2002) and with calibration on natural rows (MLLS, Alexandari et al. 2020)
would give.

PODIUM_BENCH_SEEDS shortens it.
"""

from __future__ import annotations

import os

import numpy as np
import pandas as pd

from competitions.class_imbalance.members import LIGHTGBM
from competitions.class_imbalance.prior import QUICK
from competitions.class_imbalance.sample import CLASSES, TEST_PRIOR, TRAIN_PRIOR, draw_sample, sample_of
from core import folds
from core.calibration import Calibration
from core.context import FitContext
from core.dataset import Dataset
from core.estimators.lightgbm import LightGBMClassifier
from core.executors import available_cores
from core.priors import Evidence, estimated_prior
from core.priors.estimation import em

TEST_ROWS = 1_600
#: Name, prior of train, prior of test, bar.
CASES = (
    ("two classes", (0.952, 0.048), (0.746, 0.254), 0.03),
    ("three classes", TRAIN_PRIOR, TEST_PRIOR, 0.04),
)


def measure() -> bool:
    seeds = int(os.environ.get("PODIUM_BENCH_SEEDS", "20"))
    met = []
    for name, train_prior, test_prior, bar in CASES:
        found: dict[str, list[np.ndarray]] = {"ours": [], "EM": [], "MLLS": []}
        covered = []
        for seed in range(seeds):
            evidence, truth = evidence_of(seed, train_prior, test_prior)
            classes = CLASSES[: len(truth)]
            prior = estimated_prior(classes, evidence)
            ends = prior.interval()
            covered.append((ends[:, 0] <= truth) & (truth <= ends[:, 1]))
            natural = Calibration.fit(evidence.out_of_fold, evidence.codes).apply(evidence.test)
            for method, shares in (
                ("ours", prior.shares),
                ("EM", em(evidence.test / evidence.prior)[0]),
                ("MLLS", em(natural / evidence.prior)[0]),
            ):
                found[method].append(shares - truth)
        for method, errors in found.items():
            worst = np.abs(errors).max(axis=1)
            error = f"± {np.std(worst, ddof=1) / np.sqrt(seeds):.4f}" if seeds > 1 else ""
            print(
                f"{name}, {method}: mean error {worst.mean():.4f} {error}, largest {worst.max():.4f}, bias by class"
                f" {np.mean(errors, axis=0).round(4).tolist()}"
            )
        mean = float(np.abs(found["ours"]).max(axis=1).mean())
        print(f"{name}: 95 % intervals hold the share in {100 * np.mean(covered):.0f} % of classes and seeds")
        print(f"{name}: mean error {mean:.4f}, bar {bar}: {'met' if mean <= bar else 'MISSED'}\n", flush=True)
        met.append(mean <= bar)
    return all(met)


def evidence_of(
    seed: int, train_prior: tuple[float, ...], test_prior: tuple[float, ...]
) -> tuple[Evidence, np.ndarray]:
    """What five LightGBM fits say, and the class shares among the test rows."""
    drawn = draw_sample(seed, {"train": 6_000, "test": TEST_ROWS}, train_prior, test_prior)
    (train, labels), (test, truth) = drawn["train"], drawn["test"]
    classes = CLASSES[: len(train_prior)]
    dataset = Dataset.tabular(
        train.assign(diagnosis=labels),
        test,
        sample_of(test, classes),
        target="diagnosis",
        id_columns=["row_id"],
        outputs=classes,
    )
    X, y = dataset.fit.X, dataset.fit.labels()
    out_of_fold, tested = np.zeros((len(X), len(classes))), []
    for fold in folds.stratified(dataset).folds:
        model = LightGBMClassifier(**{**LIGHTGBM, **QUICK}, random_state=seed)
        keys = pd.DataFrame(index=X.index[fold.fit])
        context = FitContext(keys=keys, outputs=tuple(classes), seed=seed, threads=available_cores())
        model.fit(X.iloc[fold.fit], y.iloc[fold.fit], context=context)
        order = pd.Index(model.classes_).get_indexer(pd.Index(classes))
        out_of_fold[fold.score] = model.predict_proba(X.iloc[fold.score])[:, order]
        tested.append(model.predict_proba(dataset.test.X)[:, order])
    codes = pd.Index(classes).get_indexer(pd.Index(y))
    share = truth.value_counts(normalize=True).reindex(list(classes), fill_value=0).to_numpy()
    return Evidence(out_of_fold, codes, np.mean(tested, axis=0)), share
