"""The arrays that a run keeps on disk, read back."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import Refusal
from core.predictions import MemberPredictions
from core.run import RunFolder

Arrays = Mapping[str, npt.NDArray[Any]]

OUT_OF_FOLD, TEST = "out_of_fold_", "test_"
ROW_IDS = {"score_ids", "test_ids"}


def stored_folds(run: RunFolder) -> Arrays:
    """Ids, truth and weight of the score rows, and the positions of each fold (see `core.results.fold_arrays`).

    Raises
    ------
    Refusal: no such file, or one that is damaged.
    """
    return _arrays(run, run.path / "folds.npz")


def stored_predictions(run: RunFolder, name: str) -> tuple[MemberPredictions, Arrays]:
    """The predictions of a member by seed, and all arrays of its file, with the ids of their rows.

    The ids are kept once for all members; files of earlier versions have their own.

    Raises
    ------
    Refusal: no such file, or one that is damaged.
    """
    arrays = _arrays(run, run.path / "predictions" / f"{name}.npz")
    if not arrays.keys() >= ROW_IDS:
        arrays = {**_arrays(run, run.path / "folds.npz", ROW_IDS), **arrays}

    def by_seed(start: str) -> dict[int, npt.NDArray[np.float64]]:
        numbers = {key: key.removeprefix(start) for key in arrays if key.startswith(start)}
        return {int(number): arrays[key] for key, number in numbers.items() if number.isdecimal()}

    return MemberPredictions(by_seed(OUT_OF_FOLD), by_seed(TEST)), arrays


def fold_count(arrays: Arrays) -> int:
    """How many folds the arrays of a run hold."""
    return sum(name.removeprefix("score_").isdecimal() for name in arrays)


def _arrays(run: RunFolder, path: Path, names: Collection[str] = ()) -> Arrays:
    """All arrays of a file, or those of some names."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in names or file.files}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        said = f"{path}: cannot be read ({error})"
        raise Refusal(said, f"run the competition again: run {run.run_id} is damaged") from None
