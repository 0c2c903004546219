"""Class priors, and probabilities corrected from one prior to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]


def correct_prior(probabilities: npt.ArrayLike, source: npt.ArrayLike, target: npt.ArrayLike) -> Array:
    """Move class probabilities from the prior they were learnt under to the prior they are used under.

    q_k = p_k (target_k / source_k) / sum_j p_j (target_j / source_j)      (Elkan 2001)

    It holds when only the prior changed (label shift), and it is its own inverse with the priors exchanged.

    Parameters
    ----------
    probabilities: (n, k), rows sum to 1.
    source, target: (k,), or (n, k) where each row has its own, as in groups; positive; need not be normalised.

    Raises
    ------
    ValueError: shapes that do not fit, or a prior that is not positive.

    >>> correct_prior([[0.9, 0.1]], source=[0.9, 0.1], target=[0.5, 0.5])
    array([[0.5, 0.5]])
    """
    p = np.asarray(probabilities, dtype=float)
    ratio = np.asarray(target, dtype=float) / _positive(source)
    _positive(target)
    if p.ndim != 2 or ratio.shape not in ((p.shape[1],), p.shape):
        raise ValueError(f"probabilities of shape {p.shape} and priors of shape {ratio.shape} do not fit")
    q = p * ratio
    return np.asarray(q / q.sum(axis=1, keepdims=True))


def priors_of_rows(groups: pd.Series, priors: Mapping[Any, npt.ArrayLike], otherwise: npt.ArrayLike) -> Array:
    """The prior of each row by its group, (n, k), for a correction per group.

    (The fourth place of Quora Question Pairs, Kaggle 2017, corrected parts of the test set differently.)

    Parameters
    ----------
    groups: of the rows, (n,).
    priors: by group, each (k,).
    otherwise: the prior of rows whose group is missing or not listed, (k,).

    >>> priors_of_rows(pd.Series(["a", "b", None]), {"a": [0.9, 0.1]}, otherwise=[0.5, 0.5]).tolist()
    [[0.9, 0.1], [0.5, 0.5], [0.5, 0.5]]
    """
    listed = list(priors)
    table = np.array([*(priors[name] for name in listed), otherwise], dtype=float)
    return np.asarray(table[pd.Index(listed, dtype=object).get_indexer(groups.astype(object))])


def class_shares(y: pd.Series, classes: Sequence[str], weight: npt.ArrayLike | None = None) -> Array:
    """The share of each class among labels, in the order of `classes`, (k,)."""
    weights = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=float)
    codes = pd.Index(classes).get_indexer(pd.Index(y.astype(str)))
    if (codes < 0).any():
        raise ValueError("labels hold a class that is not listed")
    totals = np.bincount(codes, weights=weights, minlength=len(classes))
    return np.asarray(totals / totals.sum())


def prior_weights(y: pd.Series, classes: Sequence[str], target: npt.ArrayLike) -> pd.Series:
    """The weight of each row that makes the classes of y count as they would under the target prior.

    w = target_y / share_y; the weights have mean 1.
    """
    shares = class_shares(y, classes)
    codes = pd.Index(classes).get_indexer(pd.Index(y.astype(str)))
    weights = _positive(target)[codes] / shares[codes]
    return pd.Series(weights / weights.mean(), index=y.index)


def _positive(prior: npt.ArrayLike) -> Array:
    values = np.asarray(prior, dtype=float)
    if not (np.isfinite(values).all() and (values > 0).all()):
        raise ValueError(f"a prior must be positive: {values}")
    return values
