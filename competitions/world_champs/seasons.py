"""Folds by calendar year: each is scored by models of earlier races."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.dataset import Dataset
from core.errors import Refusal
from core.folds import Fold, Folds

#: At most so many years are scored, the last ones; a year has so many races at least.
YEARS, RACES = 6, 5


def seasons(dataset: Dataset, key: str = "day", event: str = "event_id") -> Folds:
    """The last years that have races enough, each scored by models that were fitted on races before its first one.

    Raises
    ------
    Refusal: fewer than two years of races.
    """
    fit_day, score_day = (table.keys[key].to_numpy() for table in (dataset.fit, dataset.score))
    year = pd.to_datetime(score_day, unit="D").year.to_numpy()
    events = pd.Series(dataset.score.keys[event].to_numpy()).groupby(year).nunique()
    folds = []
    for number in events.index[events >= RACES][-YEARS:]:
        score = np.flatnonzero(year == number)
        first = score_day[score].min()
        fit, earlier = np.flatnonzero(fit_day < first), np.flatnonzero(score_day < first)
        if len(fit):
            folds.append(Fold(str(number), fit, score, earlier))
    if len(folds) < 2:
        raise Refusal(
            f"{len(folds)} years with {RACES} or more races to score and earlier ones to learn from, fewer than two",
            "give results of more seasons",
        )
    return Folds(
        name="season",
        folds=tuple(folds),
        imitates="races of a later year than every race that was learnt from",
        ordered=key,
        forward_only=True,
        test_by="full",
    ).check(dataset)
