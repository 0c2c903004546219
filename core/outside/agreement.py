"""Whether runs may be blended: one competition, the same rows, truth, weights and folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import Refusal
from core.outside.stored import Arrays, fold_count, stored_folds, stored_predictions
from core.run import RunFolder

#: Parts of the records that must be equal: what is said where they are not, and where they stand.
PARTS = (
    ("the competition differs", ("competition",)),
    ("the edition differs", ("request", "edition")),
    ("the options differ", ("request", "options")),
    ("the metric differs", ("result", "metric")),
    ("the key that the score is averaged per differs", ("result", "per")),
    ("the outputs differ", ("outputs",)),
    ("the columns of the answer differ", ("columns",)),
    ("the share of the rows differs", ("request", "settings", "fraction")),
    ("the scheme differs", ("folds", "scheme")),
    ("the fitted folds differ", ("folds", "fitted")),
)


#: Further parts that a joint run reads.
NEEDED = (
    ("request", "data"),
    ("request", "folds"),
    ("request", "settings", "seed"),
    ("result", "reads"),
    ("result", "higher_is_better"),
    ("result", "weighted"),
    ("result", "members"),
    ("result", "nested"),
    ("blend", "weights"),
    ("data_folder",),
    ("id_columns",),
    ("models",),
    ("needs",),
    ("pretrain",),
    ("notes",),
)
#: What a joint run reads of each member.
OF_A_MEMBER = ("baseline", "score", "standard_error", "folds", "seeds", "seconds")


def refuse_incomplete(run: RunFolder) -> None:
    """Accept a finished run whose record and arrays hold what a joint run reads.

    Raises
    ------
    Refusal: a run that is not finished, or one of an earlier version, with what its record does not say.
    """
    if not run.finished:
        raise Refusal(f"run {run.run_id} is not finished", "run the same command again to finish it")
    for path in (*(path for _, path in PARTS), *NEEDED):
        _at(run, path)
    for name in _at(run, ("result", "members")):
        for part in OF_A_MEMBER:
            _at(run, ("result", "members", name, part))
    if "nested" not in stored_folds(run):
        raise Refusal(
            f"run {run.run_id} is of an earlier version and kept no nested predictions",
            "give its command with --fresh; its fits are made again",
        )


def refuse_unlike(runs: Sequence[RunFolder]) -> None:
    """Accept finished runs that may be blended, or refuse them for the first thing that differs.

    Raises
    ------
    Refusal: what differs between the first run and another one, and by how much.
    """
    for run in runs:
        refuse_incomplete(run)
        if sum(other.run_id == run.run_id for other in runs) > 1:
            raise Refusal(f"run {run.run_id} is named more than once", "name each run once")
    first, *others = runs
    arrays, tested = (stored_folds(first), _test_ids(first)) if others else ({}, np.empty(0))
    for other in others:
        pair = f"runs {first.run_id} and {other.run_id}"
        for said, path in PARTS:
            own, found = _at(first, path), _at(other, path)
            if own != found:
                raise _unlike(pair, f"{said}: {own} and {found}")
        _refuse_other_rows(pair, arrays, stored_folds(other), tested, _test_ids(other))
        if _at(first, ("request", "data")) != _at(other, ("request", "data")):
            said = "row ids and truth are the same, but features, test rows or the sample submission are not"
            raise _unlike(pair, f"the data differ: {said}")


def _at(run: RunFolder, path: Sequence[str]) -> Any:
    value: Any = run.record
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            raise Refusal(
                f"run {run.run_id} is of an earlier version: its record does not say {'.'.join(path)}",
                "give its command with --fresh; its fits are made again",
            )
        value = value[name]
    return list(value) if isinstance(value, tuple) else value  # as it will be read back


def _test_ids(run: RunFolder) -> npt.NDArray[Any]:
    _, arrays = stored_predictions(run, next(iter(run.record["result"]["members"])))
    return arrays["test_ids"]


def _refuse_other_rows(
    pair: str, first: Arrays, other: Arrays, tested: npt.NDArray[Any], tested_other: npt.NDArray[Any]
) -> None:
    for what, own, found in (
        ("score", first["score_ids"], other["score_ids"]),
        ("test", tested, tested_other),
    ):
        if not np.array_equal(own, found):
            apart = len(np.setxor1d(own, found))
            said = f"{apart} row ids are in one of them only" if apart else "the rows stand in another order"
            raise _unlike(pair, f"the data differ: the {what} rows are {len(own)} and {len(found)}, {said}")
    ids = first["score_ids"]
    unequal = _rows_apart(first["truth"], other["truth"])
    if unequal.any():
        said = f"the truth of {int(unequal.sum())} rows is another, first {ids[unequal.argmax()]!r}"
        raise _unlike(pair, f"the data differ: {said}")
    moved = _fold_of(first) != _fold_of(other)
    if moved.any():
        said = f"{int(moved.sum())} of {len(ids)} rows sit in other folds, first {ids[moved.argmax()]!r}"
        raise _unlike(pair, f"the folds differ: {said}")
    for number in range(fold_count(first)):
        fits = first[f"fit_{number}"], other[f"fit_{number}"]
        if not np.array_equal(np.sort(fits[0]), np.sort(fits[1])):
            apart = len(np.setxor1d(*fits))
            raise _unlike(pair, f"the folds differ: {apart} rows are fitted in fold {number} of one of them only")
    apart_by = np.abs(first["weight"] - other["weight"])
    if apart_by.any():
        raise _unlike(
            pair,
            f"the weights of {int((apart_by > 0).sum())} score rows differ, by up to {apart_by.max():.3g}",
            "run both with the same --option (a prior, say), so that they are scored alike",
        )


def _fold_of(arrays: Arrays) -> npt.NDArray[np.intp]:
    """The number of the fold that scores each row, -1 where none does, (score rows,)."""
    place = np.full(len(arrays["score_ids"]), -1, dtype=np.intp)
    for number in range(fold_count(arrays)):
        place[arrays[f"score_{number}"]] = number
    return place


def _rows_apart(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    if a.shape != b.shape:
        return np.ones(len(a), dtype=bool)
    return np.asarray((a != b).reshape(len(a), -1).any(axis=1))


def _unlike(pair: str, said: str, way_out: str | None = None) -> Refusal:
    return Refusal(f"{pair} cannot be blended: {said}", way_out or "blend runs of the same data, edition and options")
