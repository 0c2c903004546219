"""Validating a submission of 1,000,000 × 10 against pandas reading the same file. Bar: 3 times.

Validating is all that `podium check` does once it knows the layout: read the file strictly, ids as text, and hold its
columns, ids and values against the layout. Reading the host's sample submission and making the layout of it comes on
top once a check; it is timed and shown too, under the same bar.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.ratio import compare
from core.reading import read_csv
from core.submission import PROBABILITIES, Layout

ROWS, COLUMNS = 1_000_000, 10


def measure() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        sample, submission = Path(folder) / "sample_submission.csv", Path(folder) / "submission.csv"
        _write(sample, submission)

        def layout() -> Layout:
            return Layout.of_sample(read_csv(sample, text=["id"], unique=["id"]), ["id"], PROBABILITIES)

        def validate(known: Layout) -> None:
            answer = read_csv(submission, text=known.id_columns, required=known.value_columns, strict=True)
            known.validate(answer, str(submission))

        known = layout()
        met = compare(
            "validating a submission / pandas.read_csv",
            lambda: validate(known),
            lambda: pd.read_csv(submission),
            bar=3,
            repeats=5,
        )
        return met & compare(
            "the same with reading the sample submission / pandas.read_csv",
            lambda: validate(layout()),
            lambda: pd.read_csv(submission),
            bar=3,
            repeats=5,
        )


def _write(sample: Path, submission: Path) -> None:
    """Class probabilities in full digits, and the example of equal shares for the same ids."""
    names = [f"class_{number}" for number in range(COLUMNS)]
    values = np.random.default_rng(0).dirichlet(np.ones(COLUMNS), ROWS)
    frame = pd.DataFrame(values, columns=names)
    frame.insert(0, "id", [f"row_{number:07d}" for number in range(ROWS)])
    frame.to_csv(submission, index=False)
    frame[["id"]].assign(**dict.fromkeys(names, 1 / COLUMNS)).to_csv(sample, index=False)
