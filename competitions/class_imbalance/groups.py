"""Groups of rows, named by the user, that each have a class prior of their own in the test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.class_imbalance.prior import PILOT, QUICK
from core.dataset import Dataset
from core.errors import Refusal
from core.exhibit import Cell, Exhibit
from core.outcome import Outcome
from core.predictions import MemberPredictions
from core.priors import Evidence, Prior
from core.priors.groups import STRENGTH, cells, group_priors, group_weights, places
from core.reading import some
from core.table import Table

Array = npt.NDArray[np.float64]

#: The key that holds the group; the column that it is read from is a feature too.
KEY = "prior group"
#: Two groups must have so many test rows.
FEWEST = 30
#: A column of numbers with more values than these is a measurement.
MOST_VALUES = 50
#: Groups that the table shows.
SHOWN = 20
#: Where the class shares of a group come to rest if its test rows tell nothing.
DRAWN = f"drawn to the fitted shares of the group, moved as in all rows, as by {STRENGTH:.0f} rows"


def with_groups(dataset: Dataset, column: str) -> Dataset:
    """The data set with a column's values as a key of every table.

    Raises
    ------
    Refusal: no such column in both files, a measurement, or fewer than two groups that train has too and whose test
        rows are enough to say anything of.
    """
    fit = with_key(dataset.fit, column)
    values, counts = fit.keys[KEY], dataset.test.X[column].value_counts()
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > MOST_VALUES:
        raise Refusal(
            f"--option groups={column}: the column is a number with {values.nunique()} values, not a group",
            "name a column of groups",
            expected=f"a column of text, or of numbers with {MOST_VALUES} values or fewer",
        )
    enough = (counts[counts.index.isin(values.dropna())] >= FEWEST).sum()
    if enough < 2:
        raise Refusal(
            f"--option groups={column}: {enough} of the groups that train has too have {FEWEST} test rows or more",
            "name a column of few and large groups, or leave the option out",
            expected=f"two or more groups with {FEWEST} test rows",
        )
    return replace(
        dataset,
        fit=fit,
        score=fit if dataset.fits_on_score_rows else with_key(dataset.score, column),
        test=with_key(dataset.test, column),
        extra={name: with_key(table, column) for name, table in dataset.extra.items()},
    )


def with_key(table: Table, column: str, files: str = "both train and test") -> Table:
    """The table with a column's values as a key.

    Parameters
    ----------
    files: what the table was read from, as a refusal calls it.

    Raises
    ------
    Refusal: the column is no feature, or a feature is called as the key is.
    """
    if column not in table.X.columns:
        raise Refusal(
            f"--option groups={column}: no such column in {files}",
            "name a column that is there",
            expected=some(list(table.X.columns)),
        )
    if KEY in table.X.columns:
        raise Refusal(f"--option groups={column}: a column is called {KEY!r}", "give that column another name")
    return replace(table, keys=table.keys.assign(**{KEY: table.X[column]}))


def weight_by_group(
    dataset: Dataset, overall: Prior, pilot: Callable[..., MemberPredictions], *, labelled: bool = True
) -> tuple[pd.Series, str]:
    """The weight of each scored row under the test prior of its group, and what is to be said of it.

    Parameters
    ----------
    overall: the prior of all test rows.
    pilot: gives out-of-fold and test predictions under the prior of the fitted rows.
    labelled: whether labelled validation rows, where there are any, count as drawn like the test rows.
    """
    classes, score = dataset.outputs, dataset.score
    groups, tested = score.keys[KEY], dataset.test.keys[KEY]
    predictions = pilot(PILOT, **QUICK)
    known = np.isfinite(predictions.mean_out_of_fold).all(axis=1)  # not all are, where only some folds are fitted
    evidence = Evidence(predictions.mean_out_of_fold[known], _codes(score, classes)[known], predictions.mean_test)
    counts = _counts(dataset.extra["validation"], classes) if labelled and "validation" in dataset.extra else {}
    priors = group_priors(classes, evidence, groups.iloc[np.flatnonzero(known)], tested, overall, counts)
    weight = group_weights(score.labels(), groups, classes, priors, tested, overall)
    there = tested[tested.isin(groups.dropna())].value_counts()
    large = int((there >= FEWEST).sum())
    said = (
        f"the test prior is estimated in each of {len(there)} groups, {large} of them with {FEWEST} test rows or"
        f" more, and {DRAWN}"
    )
    return weight, said


def explain_groups(outcome: Outcome) -> Exhibit:
    """Rows and class shares of the largest groups of the test: as they are fitted, and as the score counts them."""
    dataset, classes = outcome.dataset, outcome.dataset.outputs
    score, counts = dataset.score, dataset.test.keys[KEY].value_counts()
    names = counts.index.tolist()
    place, codes, shape = places(score.keys[KEY], names), _codes(score, classes), (len(names) + 1, len(classes))
    fitted, weights = cells(place, codes, *shape), cells(place, codes, *shape, outcome.judge.weight)
    shown: list[tuple[Cell, ...]] = [
        (str(name), int(fitted[number].sum()), int(counts.iloc[number]), *_shares(fitted[number], weights[number]))
        for number, name in enumerate(names[:SHOWN])
    ]
    elsewhere = len(dataset.test) - int(counts.to_numpy()[fitted[:-1].any(axis=1)].sum())
    notes = [f"class shares: of the fitted rows → of the test, {DRAWN}"]
    if len(names) > SHOWN:
        notes.append(f"{len(names) - SHOWN} smaller groups are not shown")
    if elsewhere:
        notes.append(f"{elsewhere} test rows are of no group that train has: the overall prior stands for them")
    if any(None in row for row in shown):
        notes.append("–: no fitted row of the class in the group")
    return Exhibit("class shares by group", ("group", "fitted rows", "test rows", *classes), tuple(shown), tuple(notes))


def _shares(rows: Array, weights: Array) -> list[Cell]:
    total, weighed = rows.sum(), weights.sum()
    return [f"{a / total:.3f} → {b / weighed:.3f}" if a else None for a, b in zip(rows, weights, strict=True)]


def _codes(table: Table, classes: Sequence[str]) -> npt.NDArray[np.intp]:
    return pd.Index(classes).get_indexer(pd.Index(table.labels().astype(str)))


def _counts(table: Table, classes: Sequence[str]) -> dict[Any, Array]:
    """Rows of each class by group, (k,)."""
    names = table.keys[KEY].dropna().unique().tolist()
    found = cells(places(table.keys[KEY], names), _codes(table, classes), len(names) + 1, len(classes))
    return dict(zip(names, found, strict=False))  # those of no group stand last
