"""The labelled validation rows: they count the prior, join the rows to fit, and check the score."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.dataset import Dataset
from core.table import Table, kind_of, refuse_other_kind

#: The key that says which file a row to fit came from (see `part_key`), and its values.
PART, TRAIN, VALIDATION = "part", "train", "validation"


def with_validation(dataset: Dataset, validation: Table | None, train_file: str, file: str) -> Dataset:
    """The data set with its labelled validation rows among those that are fitted and scored, and by themselves.

    They are spread evenly among the rows of train: at the end they would look like a drift along the file. Ids
    that stand in both files are told apart.

    Parameters
    ----------
    file: what the validation rows are called in a refusal.

    Raises
    ------
    Refusal: a column that is numbers in one file and text in the other.
    """
    train = dataset.fit
    if validation is None:
        own = replace(train, keys=pd.DataFrame({part_key(train): TRAIN}, index=train.ids))
        return replace(dataset, fit=own, score=own)
    for column in train.X.columns:
        refuse_other_kind(validation.X[column], kind_of(train.X[column]), file, train_file)
    while train.ids.isin(validation.ids).any():
        renamed = pd.Index([f"{VALIDATION} {name}" for name in validation.ids], name=validation.ids.name)
        validation = replace(
            validation,
            X=validation.X.set_axis(renamed),
            y=validation.truth().set_axis(renamed),
            keys=validation.keys.set_axis(renamed),
        )
    parts = np.repeat([TRAIN, VALIDATION], [len(train), len(validation)]).astype(object)
    # A column that one file leaves empty takes the type of the other.
    known = [part.X.dropna(axis=1, how="all") for part in (train, validation)]
    joined = Table(
        X=pd.concat(known).reindex(columns=train.X.columns),
        y=pd.concat([train.truth(), validation.truth()]),
        keys=pd.DataFrame({part_key(train): parts}, index=train.ids.append(validation.ids)),
    ).take(_spread(len(train), len(validation)))
    return replace(dataset, fit=joined, score=joined, extra={**dataset.extra, VALIDATION: validation})


def part_key(table: Table) -> str:
    """The name of the key: no feature may be called so."""
    name = PART
    while name in table.X.columns:
        name += "_"
    return name


def is_validation(table: Table) -> npt.NDArray[np.bool_]:
    """Which rows came from the validation file, (n,)."""
    return (table.keys[part_key(table)] == VALIDATION).to_numpy()


def _spread(many: int, few: int) -> npt.NDArray[np.intp]:
    """An order of `many` rows and of `few` behind them in which the few lie evenly among the many."""
    places = np.r_[np.arange(many, dtype=float), (np.arange(few) + 0.5) * many / max(few, 1) - 0.5]
    return np.argsort(places, kind="stable")
