"""Folds by calendar year: each is scored by models of earlier races."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.dataset import Dataset
from core.errors import Refusal
from core.folds import Fold, Folds

#: At most so many folds, the last ones, of so many races at least.
FOLDS, RACES = 6, 5


def seasons(dataset: Dataset, key: str = "day", event: str = "event_id") -> Folds:
    """The last years, each scored by models that were fitted on races before its first one.

    A year of few races is joined to the next one.

    Raises
    ------
    Refusal: races for fewer than two folds.
    """
    fit_day, score_day = (table.keys[key].to_numpy() for table in (dataset.fit, dataset.score))
    year = pd.to_datetime(score_day, unit="D").year.to_numpy()
    races = pd.Series(dataset.score.keys[event].to_numpy()).groupby(year).nunique()
    folds = []
    for first, last in _spans(races):
        score = np.flatnonzero((year >= first) & (year <= last))
        begins = score_day[score].min()
        fit, earlier = np.flatnonzero(fit_day < begins), np.flatnonzero(score_day < begins)
        if len(fit):
            folds.append(Fold(str(first) if first == last else f"{first}-{last}", fit, score, earlier))
    folds = folds[-FOLDS:]
    if len(folds) < 2:
        raise Refusal(
            f"{len(races)} years with {int(races.sum())} races to score: too few for two folds of {RACES} races, with"
            " earlier ones to learn from",
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


def _spans(races: pd.Series) -> list[tuple[int, int]]:
    """First and last year of each fold, from the number of races by year, in order."""
    spans: list[tuple[int, int]] = []
    last, count = None, 0
    for year in reversed(races.index):
        last, count = last or year, count + int(races[year])
        if count >= RACES:
            spans.insert(0, (int(year), int(last)))
            last, count = None, 0
    return spans
