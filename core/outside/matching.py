"""Rows of a file put in the order of a run, and its folds held against those of the run."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.errors import Refusal
from core.folds import Folds
from core.outside.sheet import Sheet
from core.table import refuse_other_ids, shown

Rows = npt.NDArray[np.intp]


def rows_in_order(
    sheet: Sheet, ids: pd.Index, needed: npt.NDArray[np.bool_], *, what: str, other: pd.Index, other_what: str
) -> Rows:
    """For each id of the run the position of its row in the file, -1 where it has none and needs none, (ids,).

    Parameters
    ----------
    ids: of the run.
    needed: which of them the file must hold, (ids,).
    what: the rows are, for a message: "out-of-fold rows".
    other, other_what: the ids that a mixed-up file would hold, and what that file is.

    Raises
    ------
    Refusal: ids that are missing or unknown.
    """
    known = ids.map(str)
    found = sheet.ids.isin(known)
    mixed_up = not found.any() and bool(sheet.ids.isin(other.map(str)).any())
    if mixed_up:
        raise Refusal(
            f"{sheet.row(0)}: row id {sheet.ids[0]!r} is one of the {other_what}, not of the {what}",
            "are the two files swapped? name each behind its own option (--oof, --test)",
            expected=f"ids of the {len(ids)} {what}, first {known[0]!r}",
        )
    expected = known[needed | known.isin(sheet.ids)].rename(ids.name)
    refuse_other_ids(
        sheet.ids,
        expected,
        name=str(sheet.path),
        other=f"the run's {what}",
        way_out="write one row for each of them, in any order; is the file cut off, or of other data?",
    )
    return np.asarray(sheet.ids.get_indexer(known), dtype=np.intp)


def refuse_other_folds(sheet: Sheet, rows: Rows, folds: Folds) -> None:
    """Accept a file whose folds part the rows as the run does, whatever the folds are called there.

    Parameters
    ----------
    rows: see `rows_in_order`, of the score rows.

    Raises
    ------
    Refusal: rows that sit together in one of the two and not in the other, or that have no fold.
    """
    if sheet.fold is None:
        return
    own = np.full(len(rows), -1, dtype=np.intp)
    for number, fold in enumerate(folds.folds):
        own[fold.score] = number
    scored = np.flatnonzero((own >= 0) & (rows >= 0))
    places = rows[scored]
    label = sheet.fold.iloc[places]
    if label.isna().any():
        place = int(places[label.isna().argmax()])
        raise Refusal(
            f"{sheet.row(place)}, column {sheet.fold.name!r}: empty, but a fold of the run scores the row",
            "write the fold of every row as `podium folds export` does, or leave the column out",
        )
    codes, names = pd.factorize(label)
    counts = np.zeros((len(names), len(folds)), dtype=np.intp)
    np.add.at(counts, (codes, own[scored]), 1)
    main, back = counts.argmax(axis=1), counts.argmax(axis=0)
    wrong = (main[codes] != own[scored]) | (back[own[scored]] != codes)
    if wrong.any():
        number = int(wrong.argmax())
        raise Refusal(
            f"{sheet.row(int(places[number]))}, column {sheet.fold.name!r}: trained on other folds:"
            f" {int(wrong.sum())} of {len(wrong)} rows are in another fold than in the run, first"
            f" {sheet.ids[places[number]]!r}; out-of-fold predictions leak between the folds of two ways to split,"
            " and the score of the blend would lie",
            "train on the folds that `podium folds export` writes",
            expected=f"its fold {shown(names[back[own[scored][number]]])} for all rows of the run's fold"
            f" {int(own[scored][number])}, and no others",
        )
