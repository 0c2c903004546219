"""Scores of predictions with standard errors, and paired differences, for rows that are drawn in clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation import clustered_error
from core.metrics.catalogue import named
from core.metrics.classification import binary_auc, row_losses

Array = npt.NDArray[np.float64]

#: Resamples of an area under the curve, whose errors have no simple form where rows come in clusters.
RESAMPLES = 400


@dataclass(frozen=True)
class Estimate:
    """A value and its standard error; NaN where the error is not known."""

    value: float
    error: float


@dataclass(frozen=True)
class Judged:
    """The predictions of one tool on one task, with the truth.

    Parameters
    ----------
    metric: log_loss, rmse or roc_auc.
    truth: codes of the classes, or values, (n,).
    predictions: (n, outputs).
    clusters: names of what is drawn independently, (n,).
    weight: how much each row counts, (n,); None for all alike.
    """

    metric: str
    truth: Array
    predictions: Array
    clusters: npt.NDArray[np.generic]
    weight: Array | None = None

    @property
    def score(self) -> float:
        """The metric on all rows."""
        truth = self.truth if self.metric == "rmse" else self.truth.astype(np.intp)
        predictions = self.predictions[:, 0] if self.metric == "rmse" else self.predictions
        return named(self.metric)(truth, predictions, self.weight)

    @property
    def row_losses(self) -> Array:
        """Numbers by row whose weighted mean is the score, up to first order: its influence function, uncentred.

        Of log loss they are the losses. Of the root of the mean square r, a square e² moves r by e² / 2r, to which
        r / 2 is added so that the mean is r.

        Raises
        ------
        ValueError: an area under the curve, which is no mean over rows.
        """
        if self.metric == "log_loss":
            return row_losses(self.truth, self.predictions)
        if self.metric == "rmse":
            root = self.score
            squares = (self.predictions[:, 0] - self.truth) ** 2
            return squares / (2 * root) + root / 2 if root else squares
        raise ValueError(f"{self.metric} is no mean over rows")

    def estimate(self) -> Estimate:
        """The score and its standard error over clusters."""
        if self.metric == "roc_auc":
            return Estimate(self.score, float(np.std(resampled_areas([self], self.clusters)[0], ddof=1)))
        return Estimate(self.score, clustered_error(self.row_losses, self.clusters, self.weight))


def resampled_areas(judged: Sequence[Judged], clusters: npt.NDArray[np.generic], seed: int = 0) -> Array:
    """Areas under the curve of tools on the same rows, whole clusters drawn with replacement, (tools, resamples).

    A draw without rows of both classes is left out of every tool's.
    """
    rng = np.random.default_rng(seed)
    place = np.unique(clusters, return_inverse=True)[1]
    number = int(place.max()) + 1
    areas = []
    for _ in range(RESAMPLES):
        times = np.bincount(rng.integers(number, size=number), minlength=number)[place]
        drawn = times > 0
        areas.append(
            [
                binary_auc(
                    one.truth[drawn] == 1,
                    one.predictions[drawn, 1],
                    (times if one.weight is None else times * one.weight)[drawn].astype(float),
                )
                for one in judged
            ]
        )
    table = np.array(areas).T
    return np.asarray(table[:, ~np.isnan(table).any(axis=0)])


def paired(ours: Sequence[Judged], theirs: Sequence[Judged]) -> Estimate:
    """How much more we lose than they do, by seed the same rows; positive where they are better.

    The value is the mean over seeds of the difference of the scores. Its variance adds what the rows leave open and
    what the seeds do beyond it:

    - rows: differences of row losses of all seeds together, clustered by the name of the row or group, so that a row
      that several seeds hold out counts as one draw. Areas under the curve are resampled together, seed by seed, and
      the variances averaged; they are divided by the number of seeds only where no two seeds share a row.
    - seeds: (variance of the differences over seeds - mean variance within a seed) / seeds, where that is positive.
    """
    worse = -1.0 if ours[0].metric == "roc_auc" else 1.0
    pairs = list(zip(ours, theirs, strict=True))
    by_seed = np.array([worse * (a.score - b.score) for a, b in pairs])
    if ours[0].metric == "roc_auc":
        within = np.array([np.var(np.diff(resampled_areas([a, b], a.clusters), axis=0), ddof=1) for a, b in pairs])
        names = [np.unique(a.clusters) for a in ours]
        apart = len(np.unique(np.concatenate(names))) == sum(len(one) for one in names)
        rows = float(within.mean()) / (len(pairs) if apart else 1)
    else:
        differences = [a.row_losses - b.row_losses for a, b in pairs]
        within = np.array([clustered_error(d, a.clusters) ** 2 for d, (a, _) in zip(differences, pairs, strict=True)])
        # Every seed counts alike, however many rows it holds out.
        counted = np.concatenate([np.full(len(d), 1 / len(d)) for d in differences])
        names = np.concatenate([a.clusters for a in ours])
        # Around its own mean: what the seeds do is the other part.
        centred = np.concatenate([d - d.mean() for d in differences])
        rows = clustered_error(centred, names, counted) ** 2
    seeds = max(0.0, float(np.var(by_seed, ddof=1) - within.mean())) / len(pairs) if len(pairs) > 1 else 0.0
    return Estimate(float(by_seed.mean()), float(np.sqrt(rows + seeds)))
