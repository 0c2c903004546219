"""Synthetic data in the ADDI layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

CLASSES = ("normal", "post_alzheimer", "pre_alzheimer")
TRAIN_PRIOR = (0.952, 0.035, 0.013)
TEST_PRIOR = (0.746, 0.171, 0.083)
ROWS = {"train": 6000, "validation": 362, "test": 1473}
NUMERIC, CATEGORICAL = 98, 22


def write_sample(folder: Path, seed: int = 0, rows: Mapping[str, int] | None = None) -> None:
    """Write train, validation with truth, test and sample submission: 120 features, three classes.

    Within a class all parts are drawn alike (pure label shift), as the theory of prior correction assumes.
    Some features carry the class, through means, spreads and products; most do not. About 5 % of the numbers
    are missing, more often in sick classes. Row ids are random text and carry nothing.

    Parameters
    ----------
    rows: by part; the usual ones by default.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for part, (frame, truth) in draw_sample(seed, rows).items():
        labelled = frame.assign(diagnosis=truth) if part == "train" else frame
        labelled.to_csv(folder / f"{part}.csv", index=False, lineterminator="\n")
        if part == "validation":
            answers = pd.DataFrame({"row_id": frame["row_id"], "diagnosis": truth})
            answers.to_csv(folder / "validation_ground_truth.csv", index=False, lineterminator="\n")
        if part == "test":
            sample_of(frame, CLASSES).to_csv(folder / "sample_submission.csv", index=False, lineterminator="\n")


def draw_sample(
    seed: int,
    rows: Mapping[str, int] | None = None,
    train_prior: Sequence[float] = TRAIN_PRIOR,
    test_prior: Sequence[float] = TEST_PRIOR,
) -> dict[str, tuple[pd.DataFrame, pd.Series]]:
    """Rows with their ids, and their classes, of each part; benchmarks score the classes of the test rows.

    Parameters
    ----------
    rows: by part, in the order in which they are drawn; the usual ones by default.
    train_prior, test_prior: of two classes or three.
    """
    rng = np.random.default_rng(seed)
    world = _World(rng, len(train_prior))
    rows = ROWS if rows is None else rows
    ids = rng.permutation(sum(rows.values()))
    start, parts = 0, {}
    for part, count in rows.items():
        labels = rng.choice(len(train_prior), size=count, p=train_prior if part == "train" else test_prior)
        frame = world.draw(labels, rng)
        frame.insert(0, "row_id", [f"R{number:05d}" for number in ids[start : start + count]])
        start += count
        parts[part] = frame, pd.Series(np.array(CLASSES)[labels], name="diagnosis")
    return parts


def sample_of(test: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """The sample submission of test rows: even probabilities."""
    columns = {f"{name}_diagnosis_probability": 1 / len(classes) for name in classes}
    return test[["row_id"]].assign(**columns)


class _World:
    """How features depend on the class; drawn once, then the same for all parts."""

    def __init__(self, rng: np.random.Generator, classes: int) -> None:
        self.shift = np.zeros((classes, NUMERIC))
        self.shift[1:, :12] = rng.normal(0, 0.55, (classes - 1, 12))
        self.spread = np.ones((classes, NUMERIC))
        self.spread[1:, 12:18] = rng.uniform(1.2, 1.7, (classes - 1, 6))
        self.level = rng.dirichlet(np.full(4, 2.0), size=(classes, CATEGORICAL))
        self.level[1:, 8:] = self.level[0, 8:]

    def draw(self, labels: npt.NDArray[np.int64], rng: np.random.Generator) -> pd.DataFrame:
        numbers = rng.normal(size=(len(labels), NUMERIC)) * self.spread[labels] + self.shift[labels]
        numbers[:, 18] = numbers[:, 0] * numbers[:, 1] + rng.normal(size=len(labels))
        missing = rng.random(numbers.shape) < np.where(labels > 0, 0.07, 0.05)[:, None]
        numbers[missing] = np.nan
        columns: dict[str, object] = {f"between_axis_{k + 1}": numbers[:, k].round(3) for k in range(NUMERIC)}
        uniform = rng.random((len(labels), CATEGORICAL))
        for k in range(CATEGORICAL):
            codes = (uniform[:, k, None] > self.level[labels, k].cumsum(axis=1)[:, :3]).sum(axis=1)
            names = np.array(["TL", "TR", "BL", "BR"]) if k == 0 else np.arange(4)
            columns["intersection_pos_rel_centre" if k == 0 else f"missing_digit_{k}"] = names[codes]
        return pd.DataFrame(columns)
