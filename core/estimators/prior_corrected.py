"""A classifier whose probabilities hold under the prior of the score, however it was trained."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, clone

from core.context import FitContext, PredictContext, asks_for
from core.estimators.saving import load_estimator, save_estimator
from core.priors import class_shares, correct_prior

Array = npt.NDArray[np.float64]


class PriorCorrectedClassifier(BaseEstimator):
    """Fit a classifier on balanced or natural rows, then correct its prior to that of the score.

    The target prior is the share of each class among the fitted rows, counted as they are scored
    (`FitContext.score_weight`); the source prior is what the classifier really saw, after weights or
    sampling. Sampling happens inside `fit`, so no copy of a row can stand on both sides of a split.

    Parameters
    ----------
    estimator: the classifier, cloned before it is fitted.
    balance: "none": natural rows, then corrected (Elkan 2001). "weights": each class weighted to the target
        prior. "undersample": each class thinned at random to the target prior (Dal Pozzolo et al. 2015).
    random_state: of the sampling.
    """

    def __init__(
        self,
        estimator: Any,
        balance: Literal["none", "weights", "undersample"] = "none",
        random_state: int = 0,
    ) -> None:
        self.estimator = estimator
        self.balance = balance
        self.random_state = random_state

    def fit(
        self,
        X: pd.DataFrame,
        y: pd.Series,
        sample_weight: npt.ArrayLike | None = None,
        context: FitContext | None = None,
    ) -> Self:
        """Fit on rows (n, columns), class names (n,) and how much each row counts (n,)."""
        labels = y.astype(str)
        self.classes_ = np.array(sorted(labels.unique()), dtype=object)
        names = self.classes_.tolist()
        weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        score_weight = context.score_weight if context else None
        self.target_ = class_shares(labels, names, weight if score_weight is None else score_weight)
        rows = np.arange(len(y))
        if self.balance == "weights":
            ratio = self.target_ / class_shares(labels, names, weight)
            weight = weight * ratio[pd.Index(names).get_indexer(pd.Index(labels))]
        elif self.balance == "undersample":
            rows = undersampled(labels, names, self.target_, self.random_state)
        self.source_ = class_shares(labels.iloc[rows], names, weight[rows])
        self.fitted_ = clone(self.estimator)
        more: dict[str, Any] = (
            {"context": self._inner(context, labels, rows)} if asks_for(self.fitted_.fit, "context") else {}
        )
        if sample_weight is not None or self.balance == "weights":
            more["sample_weight"] = weight[rows]
        self.fitted_.fit(X.iloc[rows], labels.iloc[rows], **more)
        return self

    def _inner(self, context: FitContext | None, labels: pd.Series, rows: npt.NDArray[np.intp]) -> FitContext | None:
        """The context of the rows that are left, counted under the prior that the inner classifier learns.

        The correction to the target prior comes after it; without this, early stopping would correct twice.
        """
        inner = _narrowed(context, rows)
        if inner is None or inner.score_weight is None:
            return inner
        names, kept = self.classes_.tolist(), labels.iloc[rows]
        ratio = self.source_ / class_shares(kept, names, inner.score_weight)
        return replace(inner, score_weight=inner.score_weight * ratio[pd.Index(names).get_indexer(pd.Index(kept))])

    def predict_proba(self, X: pd.DataFrame, context: PredictContext | None = None) -> Array:
        """Probabilities (n, classes) under the target prior, columns in the order of `classes_`."""
        more: dict[str, Any] = {"context": context} if asks_for(self.fitted_.predict_proba, "context") else {}
        return correct_prior(self.fitted_.predict_proba(X, **more), self.source_, self.target_)

    def save_model(self, folder: Path) -> None:
        state = {
            "balance": self.balance,
            "random_state": self.random_state,
            "classes": self.classes_.tolist(),
            "source": self.source_.tolist(),
            "target": self.target_.tolist(),
        }
        (folder / "state.json").write_text(json.dumps(state))
        save_estimator(self.fitted_, folder / "fitted")

    @classmethod
    def load_model(cls, folder: Path) -> Self:
        state = json.loads((folder / "state.json").read_text())
        fitted = load_estimator(folder / "fitted")
        model = cls(fitted, state["balance"], state["random_state"])
        model.fitted_ = fitted
        model.classes_ = np.array(state["classes"], dtype=object)
        model.source_, model.target_ = np.array(state["source"]), np.array(state["target"])
        return model


def undersampled(labels: pd.Series, names: list[str], target: Array, seed: int) -> npt.NDArray[np.intp]:
    """Positions that are left when classes are thinned to the target prior, the scarcest kept whole.

    Raises
    ------
    ValueError: a class without rows.
    """
    from imblearn.under_sampling import RandomUnderSampler

    counts = labels.value_counts().reindex(names).to_numpy(dtype=float)
    size = (counts / target).min()
    kept = np.minimum(counts, np.maximum(1, np.round(size * target))).astype(int)
    wanted = dict(zip(names, kept.tolist(), strict=True))
    sampler = RandomUnderSampler(sampling_strategy=wanted, random_state=seed)
    sampler.fit_resample(np.arange(len(labels))[:, None], labels.to_numpy(dtype=object))
    return np.sort(sampler.sample_indices_)


def _narrowed(context: FitContext | None, rows: npt.NDArray[np.intp]) -> FitContext | None:
    if context is None:
        return None
    weight = context.score_weight
    upstream = {name: frame.iloc[rows] for name, frame in context.upstream.items()}
    return replace(
        context,
        keys=context.keys.iloc[rows],
        score_weight=None if weight is None else weight[rows],
        upstream=upstream,
    )
