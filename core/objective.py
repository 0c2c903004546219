"""What a run tries to do well, on which rows and how they count."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.dataset import Dataset
from core.errors import Refusal
from core.folds import Folds
from core.metrics import Metric
from core.priors import Prior

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Score:
    """A score on every fold. Its value is the mean over folds, its error the standard error of that mean.

    A fold on which the metric is undefined (an area under the curve of one class) is NaN and left out.
    """

    folds: tuple[float, ...]

    @property
    def value(self) -> float:
        return float(np.mean(self._known)) if self._known else float("nan")

    @property
    def standard_error(self) -> float:
        """Standard deviation over folds divided by the root of their number; NaN for a single fold."""
        if len(self._known) < 2:
            return float("nan")
        return float(np.std(self._known, ddof=1) / np.sqrt(len(self._known)))

    @property
    def _known(self) -> list[float]:
        return [score for score in self.folds if not np.isnan(score)]


@dataclass(frozen=True)
class Objective:
    """A metric, the weight of each scored row, and the key per which it is averaged.

    Parameters
    ----------
    metric: of the edition.
    weight: by id of the score rows: how much a row counts in the *score*, for example the ratio of test to
        train prior. None for all alike. Not to be confused with `Table.fit_weight`.
    per: a key (an event, a recording): the metric is taken in each of its groups and averaged over them;
        groups where it is undefined are left out.
    priors: what is known of the class prior of the test, if the weights come from it: the one that is used first.
    notes: what the reader of the scores must know of the weights.
    """

    metric: Metric
    weight: pd.Series | None = None
    per: str | None = None
    priors: tuple[Prior, ...] = field(default=(), compare=False)
    notes: tuple[str, ...] = ()

    def digest(self) -> str:
        """A hash for cache keys: weights reach estimators, so they change what a fit gives."""
        metric = self.metric
        kind = (metric.name, metric.truth, metric.reads, metric.higher_is_better, metric.only_order)
        value = hashlib.sha256(repr((kind, self.per)).encode())
        if self.weight is not None:
            value.update(pd.util.hash_pandas_object(self.weight.astype(float)).to_numpy().tobytes())  # and its ids
        return value.hexdigest()[:16]

    def judge(self, dataset: Dataset) -> Judge:
        """Bind the objective to the truth of a data set."""
        weight = np.ones(len(dataset.score))
        if self.weight is not None:
            weight = self.weight.reindex(dataset.score.ids).to_numpy(dtype=float)
            if not np.isfinite(weight).all():
                raise ValueError("the objective has no weight for some score rows")
        groups = None if self.per is None else pd.factorize(dataset.score.keys[self.per])[0]
        if groups is not None and (groups < 0).any():
            row = dataset.score.ids[groups < 0][0]
            raise Refusal(f"key {self.per!r} is missing at row {row!r}", "fill it in or drop the row")
        truth = self.metric.encode(dataset.score.truth(), dataset.outputs)
        return Judge(self.metric, truth, weight, groups, self.per)


@dataclass(frozen=True)
class Judge:
    """An objective bound to the truth of the score rows.

    Parameters
    ----------
    truth: encoded for the metric, (n,) or (n, k).
    weight: (n,).
    groups: group number of each row where the metric is averaged per key, (n,).
    per: that key.
    """

    metric: Metric
    truth: npt.NDArray[np.generic]
    weight: Array
    groups: npt.NDArray[np.intp] | None = None
    per: str | None = None

    def score(self, predictions: Array, rows: Rows) -> float:
        """The score of the predictions of some rows.

        Parameters
        ----------
        predictions: (len(rows), k), in the order of `rows`.
        rows: positions in the score table.
        """
        return self.of(rows)(predictions)

    def of(self, rows: Rows) -> Callable[[Array], float]:
        """The score as a function of predictions of these rows, for those who ask for it many times."""
        truth, weight = self.truth[rows], self.weight[rows]
        if self.groups is None:
            return lambda predictions: self.metric(truth, predictions, weight)
        order = np.argsort(self.groups[rows], kind="stable")
        starts = np.flatnonzero(np.diff(self.groups[rows][order])) + 1
        parts = [part for part in np.split(order, starts) if weight[part].any()]

        def mean_over_groups(predictions: Array) -> float:
            each = [self.metric(truth[part], predictions[part], weight[part]) for part in parts]
            return float("nan") if np.isnan(each).all() else float(np.nanmean(each))

        return mean_over_groups

    def over_folds(self, predictions: Array, folds: Folds, numbers: Sequence[int] | None = None) -> Score:
        """The score in each fold, or in those of the given numbers.

        Parameters
        ----------
        predictions: of all score rows, (n, k); rows that no fold scores may be NaN.
        """
        scored = [folds.folds[number].score for number in (range(len(folds)) if numbers is None else numbers)]
        return Score(tuple(self.score(predictions[rows], rows) for rows in scored))
