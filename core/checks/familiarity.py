"""Ids and groups that train and test share, beside those that the folds let models share."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.checks.finding import Finding, percent
from core.checks.view import View
from core.folds import Folds
from core.table import Table

IDS, GROUPS = "ids in train and test", "groups of test beside those of the folds"


def familiarity(view: View) -> list[Finding]:
    """For every key: the share of test rows whose value train has, and the share of scored rows whose value the models
    of their fold have seen, under the headline scheme.

    Half the rows apart and more is worth saying: a warning when models know what they are scored on better than what
    they must predict (the score is too hopeful), a note when they know it less (too gloomy, which costs less).
    """
    return [*_ids(view), *(finding for key in view.dataset.test.keys.columns for finding in _groups(view, key))]


def _ids(view: View) -> list[Finding]:
    test = view.dataset.test.ids
    shared = test[test.isin(view.dataset.fit.ids) | test.isin(view.dataset.score.ids)]
    if not len(shared):
        return []
    return [
        Finding(
            IDS,
            "note",
            f"{len(shared)} of {len(test)} row ids of test also name a train row; such as {shared[0]!r}",
            "fine where both files count from 0; if they name the same thing, its truth is known",
        )
    ]


def _groups(view: View, key: str) -> list[Finding]:
    data, scheme = view.dataset, view.headline
    tables = [table for table in (data.fit, data.score) if key in table.keys]
    if not tables or key not in data.score.keys or not len(data.test):
        return []
    test = data.test.keys[key].dropna()
    score = data.score.keys[key].dropna()
    # Where every scored row has a value of its own, the key names rows, not groups.
    if not len(test) or not len(score) or score.nunique() > len(score) / 2:
        return []
    known_test = float(test.isin(pd.concat([table.keys[key] for table in tables])).mean())
    known_folds = _known_in_folds(data.fit, data.score, scheme, key)
    if np.isnan(known_folds) or abs(known_folds - known_test) < 0.5:
        return []
    said = (
        f"key {key!r}: train knows the group of {percent(known_test)} of the test rows, but under scheme"
        f" {scheme.name!r} models know the group of {percent(known_folds)} of the rows they are scored on"
    )
    if known_folds > known_test:
        example = test[~test.isin(pd.concat([table.keys[key] for table in tables]))]
        return [
            Finding(
                GROUPS,
                "warning",
                f"{said}; test group {str(example.iloc[0])!r} (row {example.index[0]!r}) is new",
                f"the score is too hopeful: make folds.group on {key!r} the headline scheme",
            )
        ]
    return [Finding(GROUPS, "note", said, f"the score is gloomier than the leaderboard if only {key!r} differs")]


def _known_in_folds(fit: Table, score: Table, scheme: Folds, key: str) -> float:
    known, total = 0, 0
    for fold in scheme.folds:
        seen = [score.keys[key].iloc[fold.fit_on_score]]
        if key in fit.keys and fit is not score:
            seen.append(fit.keys[key].iloc[fold.fit])
        scored = score.keys[key].iloc[fold.score].dropna()
        known += int(scored.isin(pd.concat(seen)).sum())
        total += len(scored)
    return known / total if total else float("nan")
