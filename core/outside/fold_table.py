"""The folds of a run as a file that somebody else can train on."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.errors import Refusal
from core.outside.ground import Ground
from core.outside.sheet import FOLD
from core.writing import atomically

#: The column of what a row counts in the score.
WEIGHT = "weight"


def fold_table(ground: Ground) -> pd.DataFrame:
    """One line for each row and fold that scores it, rows that none scores with no fold.

    Returns
    -------
    Columns of the row id as in the data, `fold` (its number, as in `--fold`), and, where rows count unlike, the
    `weight` of each in the score.
    """
    ids = ground.dataset.score.ids
    rows = [fold.score for fold in ground.folds.folds]
    numbers = [np.full(len(part), number) for number, part in enumerate(rows)]
    unscored = np.setdiff1d(np.arange(len(ids)), np.concatenate(rows))
    places = np.concatenate([*rows, unscored])
    names = np.concatenate([*numbers, np.full(len(unscored), -1)])
    order = np.argsort(places, kind="stable")
    places, names = places[order], names[order]
    table = split_ids(ids[places], ground.score_columns)
    table[FOLD] = pd.Series(names, dtype="Int64").where(names >= 0)
    if ground.objective.weight is not None:
        table[WEIGHT] = ground.judge.weight[places]
    return table


def fold_positions(ground: Ground) -> dict[str, npt.NDArray[np.generic]]:
    """Row ids of the tables to fit and to score, and the positions of each fold in them."""
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "fit_ids": ground.dataset.fit.ids.to_numpy(dtype=str),
        "score_ids": ground.dataset.score.ids.to_numpy(dtype=str),
    }
    if ground.objective.weight is not None:
        arrays["weight"] = ground.judge.weight
    for number, fold in enumerate(ground.folds.folds):
        arrays |= {f"fit_{number}": fold.fit, f"score_{number}": fold.score}
    return arrays


def beyond_the_table(ground: Ground) -> str | None:
    """Why the rows to fit in a fold are not simply all rows of the other folds; None where they are."""
    dataset, folds = ground.dataset, ground.folds
    if not dataset.fits_on_score_rows:
        return (
            f"models are fitted on a table of its own ({len(dataset.fit)} rows), not on the {len(dataset.score)} rows"
            " that are scored"
        )
    every = np.arange(len(dataset.score))
    lacking = [len(np.setdiff1d(every, np.union1d(fold.fit, fold.score))) for fold in folds.folds]
    if not any(lacking):
        return None
    if folds.ordered is not None:
        way = "only rows before the scored ones are fitted" if folds.forward_only else "rows near the scored ones in"\
            " time are left out"  # fmt: skip
        return (
            f"folds follow {folds.ordered!r}: {way}, so that up to {max(lacking)} other rows are not fitted in a fold"
        )
    return f"up to {max(lacking)} rows of other folds are not fitted in a fold"


def write_folds(ground: Ground, path: Path, kind: str, *, replace: bool = False) -> int:
    """Write the folds as "csv" (see `fold_table`) or "npz" (see `fold_positions`); returns the rows that are scored.

    Parameters
    ----------
    replace: whatever stands there.

    Raises
    ------
    Refusal: no such folder, or another file is there.
    """
    content = BytesIO()
    if kind == "npz":
        np.savez(content, **fold_positions(ground))  # type: ignore[arg-type]
    else:
        content.write(fold_table(ground).to_csv(index=False, lineterminator="\n").encode("utf-8"))
    if not path.parent.is_dir():
        raise Refusal(f"--out {path}: there is no folder {path.parent}", "make it, or name another place")
    if path.exists() and not replace and path.read_bytes() != content.getvalue():
        raise Refusal(f"--out {path}: another file is there", "name another place, or replace it with --yes")
    with atomically(path) as file:
        file.write(content.getvalue())
    return int(sum(len(fold.score) for fold in ground.folds.folds))


def split_ids(ids: pd.Index, columns: Sequence[str]) -> pd.DataFrame:
    """The columns that `core.table.join_ids` joined.

    Raises
    ------
    ValueError: ids of another number of parts.

    >>> split_ids(pd.Index(["a|07", "a|8"]), ["event", "rider"])["rider"].tolist()
    ['07', '8']
    """
    if len(columns) == 1:
        return pd.DataFrame({columns[0]: ids.to_numpy(dtype=object)})
    parts = []
    for text in ids:
        # Every backslash is the first of a pair, so that pairs can be told from the left.
        hidden = str(text).replace("\\\\", "\0").replace("\\|", "\1").split("|")
        if len(hidden) != len(columns):
            raise ValueError(f"row id {text!r} has {len(hidden)} parts, not {len(columns)}")
        parts.append([part.replace("\1", "|").replace("\0", "\\") for part in hidden])
    return pd.DataFrame(parts, columns=list(columns), dtype=object)
