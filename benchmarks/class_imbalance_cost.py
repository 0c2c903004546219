"""What all of class imbalance costs on 17,000 × 23 rows. Bars: 60 s on two cores, 40 times one LightGBM fit.

All of it: reading, checks, the estimate of the prior (five pilot fits), the LightGBM strategies of the log-linear
stack (plain folds corrected, calibrated, weighted, ten under-sampled fits a fold), the blend with its nested score,
tables, submission and saved models. One fit: the same LightGBM with the same parameters and threads on all rows. Then,
without a bar, the same with every member.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.ratio import seconds
from competitions.class_imbalance.competition import ClassImbalance
from competitions.class_imbalance.members import LIGHTGBM
from core.context import FitContext
from core.dataset import Dataset
from core.estimators.lightgbm import LightGBMClassifier
from core.executors import available_cores
from core.road import run
from core.settings import Settings

ROWS, COLUMNS, TEST_ROWS, VALIDATION_ROWS = 17_000, 23, 4_000, 400
STACK = ("lightgbm", "lightgbm-calibrated", "lightgbm-weights", "lightgbm-bagged")
MOST_SECONDS, MOST_FITS, REPEATS = 60.0, 40.0, 3


def measure() -> bool:
    with data() as folder:
        runs = [seconds(lambda: walk(folder, STACK)) for _ in range(REPEATS)]
        dataset = ClassImbalance().load(folder)
        fits = [seconds(lambda: one_fit(dataset)) for _ in range(3 * REPEATS)]
        whole, fit = float(np.median(runs)), float(np.median(fits))
        print(f"the log-linear stack of LightGBM: {whole:.1f} s (median of {REPEATS}), bar {MOST_SECONDS:.0f}")
        print(f"one LightGBM fit: {fit:.3f} s; ratio {whole / fit:.1f}, bar {MOST_FITS:.0f}")
        met = whole <= MOST_SECONDS and whole / fit <= MOST_FITS
        print(f"cost: {'met' if met else 'MISSED'}", flush=True)
        every = seconds(lambda: walk(folder, None))
        print(f"every member: {every:.1f} s, {every / fit:.0f} fits\n")
    return met


def walk(folder: Path, members: tuple[str, ...] | None) -> None:
    with tempfile.TemporaryDirectory() as root:
        run(ClassImbalance(), folder, Settings(members=members), Path(root))


def one_fit(dataset: Dataset) -> None:
    X, y = dataset.fit.X, dataset.fit.labels()
    context = FitContext(keys=pd.DataFrame(index=X.index), outputs=dataset.outputs, threads=available_cores())
    LightGBMClassifier(**LIGHTGBM).fit(X, y, context=context)


@contextlib.contextmanager
def data() -> Iterator[Path]:
    """A folder in the layout of the competition: 5 % positives in train, half in test, whole numbers and names."""
    rng = np.random.default_rng(0)
    direction = rng.normal(size=COLUMNS) * (rng.random(COLUMNS) < 0.5)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts = (("train", ROWS, 0.05), ("validation", VALIDATION_ROWS, 0.5), ("test", TEST_ROWS, 0.5))
        for part, rows, share in parts:
            positive = rng.random(rows) < share
            X = rng.normal(size=(rows, COLUMNS)) + 0.5 * np.outer(positive, direction)
            X[:, 12:] = np.round(2 * X[:, 12:])
            frame = pd.DataFrame(X.round(3), columns=[f"x{number}" for number in range(COLUMNS)])
            frame.insert(0, "row_id", [f"{part}-{number}" for number in range(rows)])
            truth = pd.DataFrame({"row_id": frame["row_id"], "diagnosis": np.where(positive, "yes", "no")})
            (frame.assign(diagnosis=truth["diagnosis"]) if part == "train" else frame).to_csv(
                folder / f"{part}.csv", index=False
            )
            if part == "validation":
                truth.to_csv(folder / "validation_ground_truth.csv", index=False)
            if part == "test":
                sample = frame[["row_id"]].assign(no_diagnosis_probability=0.5, yes_diagnosis_probability=0.5)
                sample.to_csv(folder / "sample_submission.csv", index=False)
        yield folder
