"""A correction of the class prior in each group, after the blend."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.decision import Decision
from core.priors.correction import correct_prior, priors_of_rows
from core.priors.groups import cells, places

Array = npt.NDArray[np.float64]

#: As many rows of the weighted class shares are added to both priors of each group.
PSEUDO_ROWS = 10.0


class GroupCorrection(Decision):
    """Moves class probabilities, in each group, from the prior they imply there to the one the score counts by.

    The source is what the predictions say of a group on average, out of fold, its rows counted as without groups: by
    the ratio of weighted to unweighted shares of their class. The target is how the score counts the group's classes.

    Both are drawn to the weighted class shares as by ten rows, so that a small group is hardly moved. Rows of other
    groups, or of none, stay as they are. (The fourth place of Quora Question Pairs, Kaggle 2017, corrected parts of
    the test set differently.)

    Parameters
    ----------
    key: the column of the keys that holds the group.

    Attributes
    ----------
    source, target: by group, (k,).
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self.source: dict[Any, Array] = {}
        self.target: dict[Any, Array] = {}

    def fit(self, predictions: Array, truth: npt.NDArray[np.generic], weight: Array, keys: pd.DataFrame) -> Self:
        groups, codes, k = keys[self.key], truth.astype(np.intp), predictions.shape[1]
        names = groups.dropna().unique().tolist()
        place = places(groups, names)
        rows = cells(place, codes, len(names) + 1, k)
        weights = cells(place, codes, len(names) + 1, k, weight / weight.mean())
        # A class without rows has no ratio, and no part in the priors of any group but for half a row.
        ratio = weights.sum(axis=0) / np.maximum(rows.sum(axis=0), 1)
        overall = (weights.sum(axis=0) + 0.5) / (len(codes) + k / 2)
        implied = _sums(place, predictions * ratio[codes][:, None], len(names) + 1)
        for number, name in enumerate(names):
            size = rows[number].sum()
            # Where the rows count nothing, nothing is known of the target.
            counted = weights[number].sum() > 0 and implied[number].sum() > 0
            pair = (implied[number], weights[number]) if counted else (overall, overall)
            self.source[name], self.target[name] = (
                (size * part / part.sum() + PSEUDO_ROWS * overall) / (size + PSEUDO_ROWS) for part in pair
            )
        return self

    def apply(self, predictions: Array, keys: pd.DataFrame) -> Array:
        return correct_prior(predictions, *self._priors(predictions, keys))

    def _priors(self, predictions: Array, keys: pd.DataFrame) -> tuple[Array, Array]:
        same = np.ones(predictions.shape[1])
        groups = keys[self.key]
        return priors_of_rows(groups, self.source, same), priors_of_rows(groups, self.target, same)

    def to_json(self) -> dict[str, Any]:
        # Lists: names may be numbers, which keys of JSON cannot be.
        return {
            "groups": list(self.source),
            "source": [prior.tolist() for prior in self.source.values()],
            "target": [prior.tolist() for prior in self.target.values()],
        }

    def load_json(self, state: dict[str, Any]) -> Self:
        for name in ("source", "target"):
            priors = (np.array(prior, dtype=float) for prior in state[name])
            setattr(self, name, dict(zip(state["groups"], priors, strict=True)))
        return self


def _sums(place: npt.NDArray[np.intp], values: Array, places_: int) -> Array:
    """The sum of rows of values in each place, (places, k)."""
    return np.column_stack([np.bincount(place, weights=column, minlength=places_) for column in values.T])
