"""A classifier whose probabilities hold under the prior of the score, however it was trained."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, Self, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, clone

from core.context import FitContext, PredictContext, asks_for
from core.estimators.saving import OWN_PACKAGES, load_estimator, save_estimator
from core.priors import class_shares, correct_prior
from core.resampling import SmoteToPrior, undersample

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Balance = Literal["none", "weights", "undersample", "bagged", "smote"]


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
        "bagged": the mean of many such fits, each with its own random rows and its own seed (EasyEnsemble, Liu
        et al. 2009); the first is what "undersample" fits. "smote": synthetic rows, then thinned
        (`SmoteToPrior`); early stopping looks at real rows alone.
    random_state: of the sampling.
    correct: False answers what the classifier says, under the prior that it saw.
    bags: how many fits "bagged" has.

    Attributes
    ----------
    classes_: class names, sorted.
    target_: the prior of the score, (classes,).
    source_: the prior that the classifier saw, (classes,). Bags have their own.
    fitted_: the fitted classifier; for "bagged" instead `bags_`, fitted classifiers of this class.
    """

    def __init__(
        self,
        estimator: Any,
        balance: Balance = "none",
        random_state: int = 0,
        correct: bool = True,
        bags: int = 10,
    ) -> None:
        self.estimator = estimator
        self.balance = balance
        self.random_state = random_state
        self.correct = correct
        self.bags = bags

    def fit(
        self,
        X: pd.DataFrame,
        y: pd.Series,
        sample_weight: npt.ArrayLike | None = None,
        context: FitContext | None = None,
    ) -> Self:
        """Fit on rows (n, columns), class names (n,) and how much each row counts (n,).

        Raises
        ------
        ValueError: a balance that there is not, or no bag.
        """
        if self.balance not in get_args(Balance) or self.bags < 1:
            raise ValueError(f"balance is one of {get_args(Balance)}, not {self.balance!r}; bags is 1 or more")
        labels = y.astype(str)
        self.classes_ = np.array(sorted(labels.unique()), dtype=object)
        weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        score_weight = context.score_weight if context else None
        self.target_ = class_shares(labels, self.classes_.tolist(), weight if score_weight is None else score_weight)
        if self.balance == "bagged":
            self.bags_ = [self._bag(number, X, labels, sample_weight, context) for number in range(self.bags)]
        else:
            self._fit_one(X, labels, weight, sample_weight is not None, context)
        return self

    def _bag(
        self,
        number: int,
        X: pd.DataFrame,
        labels: pd.Series,
        sample_weight: npt.ArrayLike | None,
        context: FitContext | None,
    ) -> PriorCorrectedClassifier:
        """One fit of many. The first has the seeds that were given, the others their own."""
        if context:
            context.deadline.check()
        estimator, seed = clone(self.estimator), self.random_state
        if number:
            seed = int(np.random.SeedSequence([seed, number]).generate_state(1)[0] >> 1)
            seeded = [name for name in estimator.get_params() if name.split("__")[-1] == "random_state"]
            estimator.set_params(**dict.fromkeys(seeded, seed))
            context = replace(context, seed=seed) if context else None
        bag = PriorCorrectedClassifier(estimator, "undersample", seed, self.correct)
        return bag.fit(X, labels, sample_weight, context)

    def _fit_one(
        self, X: pd.DataFrame, labels: pd.Series, weight: Array, weighted: bool, context: FitContext | None
    ) -> None:
        names = self.classes_.tolist()
        target = pd.Series(self.target_, index=names)
        rows = np.arange(len(labels))
        if self.balance == "weights":
            ratio = self.target_ / class_shares(labels, names, weight)
            weight = weight * ratio[pd.Index(names).get_indexer(pd.Index(labels))]
        elif self.balance == "undersample":
            rows = undersample(labels, target, self.random_state)
            X, context = X.iloc[rows], context.narrowed(rows) if context else None
        elif self.balance == "smote":
            sampler = SmoteToPrior(target, random_state=self.random_state)
            context = context or FitContext(pd.DataFrame(index=X.index), tuple(names), seed=self.random_state)
            X, _ = sampler.fit_resample(X, labels)
            rows = sampler.base_indices_  # keys, weight and upstream predictions of a synthetic row are its base's
            context = _Resampled.of(context.narrowed(rows), sampler)
        seen, weight = labels.iloc[rows], weight[rows]
        self.source_ = class_shares(seen, names, weight)
        self.fitted_ = clone(self.estimator)
        more: dict[str, Any] = {"context": self._inner(context, seen)} if asks_for(self.fitted_.fit, "context") else {}
        if weighted or self.balance == "weights":
            more["sample_weight"] = weight
        self.fitted_.fit(X, seen, **more)

    def _inner(self, context: FitContext | None, seen: pd.Series) -> FitContext | None:
        """The context of the rows that are seen, counted under the prior that the inner classifier learns.

        The correction to the target prior comes after it; without this, early stopping would correct twice.
        """
        if context is None or context.score_weight is None:
            return context
        names = self.classes_.tolist()
        ratio = self.source_ / class_shares(seen, names, context.score_weight)
        return replace(context, score_weight=context.score_weight * ratio[pd.Index(names).get_indexer(pd.Index(seen))])

    def predict_proba(self, X: pd.DataFrame, context: PredictContext | None = None) -> Array:
        """Probabilities (n, classes), columns in the order of `classes_`; under the target prior if corrected."""
        if self.balance == "bagged":
            return np.asarray(np.mean([bag.predict_proba(X, context) for bag in self.bags_], axis=0))
        more: dict[str, Any] = {"context": context} if asks_for(self.fitted_.predict_proba, "context") else {}
        column = {str(name): position for position, name in enumerate(self.fitted_.classes_)}
        said = self.fitted_.predict_proba(X, **more)[:, [column[name] for name in self.classes_]]
        return correct_prior(said, self.source_, self.target_) if self.correct else np.asarray(said)

    def save_model(self, folder: Path) -> None:
        """Write state and classifier into a folder, or every bag into one of its own."""
        bagged = self.balance == "bagged"
        state = {
            "balance": self.balance,
            "random_state": self.random_state,
            "correct": self.correct,
            "bags": self.bags,
            "classes": self.classes_.tolist(),
            "source": None if bagged else self.source_.tolist(),
            "target": self.target_.tolist(),
        }
        (folder / "state.json").write_text(json.dumps(state))
        if bagged:
            for number, bag in enumerate(self.bags_):
                save_estimator(bag, folder / f"fitted-{number}")
        else:
            save_estimator(self.fitted_, folder / "fitted")

    @classmethod
    def load_model(cls, folder: Path, trusted: Collection[str] = OWN_PACKAGES) -> Self:
        """Read what `save_model` wrote."""
        # Models of earlier versions say nothing of correction and bags: they were corrected and had none.
        state = {"correct": True, "bags": 10, **json.loads((folder / "state.json").read_text())}
        bagged = state["balance"] == "bagged"
        names = [f"fitted-{number}" for number in range(state["bags"])] if bagged else ["fitted"]
        read = [load_estimator(folder / name, trusted) for name in names]
        estimator = read[0].estimator if bagged else read[0]
        model = cls(estimator, state["balance"], state["random_state"], state["correct"], state["bags"])
        model.classes_, model.target_ = np.array(state["classes"], dtype=object), np.array(state["target"])
        if bagged:
            model.bags_ = read
        else:
            model.fitted_, model.source_ = read[0], np.array(state["source"])
        return model


@dataclass(frozen=True)
class _Resampled(FitContext):
    """The context of rows of which some are synthetic.

    Parameters
    ----------
    synthetic: which are, (n,).
    parents: numbers of the two rows that each is made of, (n, 2); a real row has its own number twice.

    Raises
    ------
    ValueError: shapes that do not fit, as when another step took some of the rows.
    """

    synthetic: npt.NDArray[np.bool_] = field(kw_only=True)
    parents: Rows = field(kw_only=True)

    def __post_init__(self) -> None:
        if not len(self.keys) == len(self.synthetic) == len(self.parents):
            raise ValueError(f"{len(self.keys)} rows, but {len(self.synthetic)} are known to be synthetic or real")

    @classmethod
    def of(cls, context: FitContext, sampler: SmoteToPrior) -> Self:
        """Synthetic rows do not count in the score."""
        weight, synthetic = context.score_weight, sampler.synthetic_
        known = {one.name: getattr(context, one.name) for one in fields(FitContext)}
        known["score_weight"] = None if weight is None else np.where(synthetic, 0.0, weight)
        parents = np.column_stack([sampler.base_indices_, sampler.neighbor_indices_])
        return cls(**known, synthetic=synthetic, parents=parents)

    def inner_split(self, y: pd.Series | pd.DataFrame, share: float = 0.15) -> tuple[Rows, Rows]:
        """Split the real rows; a synthetic one is learnt from if both its parents are, and never stopped on."""
        real = np.flatnonzero(~self.synthetic)
        known = {one.name: getattr(self, one.name) for one in fields(FitContext)}
        learn, stop = FitContext(**known | {"keys": self.keys.iloc[real]}).inner_split(y.iloc[real], share)
        learnt = np.isin(self.parents, self.parents[real[learn], 0]).all(axis=1)
        return np.concatenate([real[learn], np.flatnonzero(self.synthetic & learnt)]), real[stop]
