"""Smooth functions of all columns: kernel machines on small and middling mixed tables."""

from __future__ import annotations

import json
import warnings
from abc import abstractmethod
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.linalg import cholesky, solve_triangular
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from core.context import FitContext
from core.estimators.dense_encoder import DenseEncoder
from core.estimators.gaussian_kernel import GaussianKernel

Array = npt.NDArray[np.float64]

#: Rows that the lengths of the kernel are learnt from at most.
LEARNT_FROM = 300

#: Rows that a classifier's penalties are compared on at most: the better one is the same on more.
COMPARED_ON = 3000

#: Penalties that are tried, as factors of the noise that the kernel was learnt with.
FACTORS = (0.1, 0.3, 1.0, 3.0, 10.0)

#: Rows that are predicted in one go.
ROWS_AT_ONCE = 4096


class _Kernel(BaseEstimator):
    """A Gaussian process on numbers and one-hot names (`DenseEncoder`), made cheap by landmarks.

    The kernel is learnt by the marginal likelihood of a few hundred rows; then all rows are described by how alike
    they are to the landmarks (Nyström; Williams & Seeger 2001), and a penalised linear model is fitted on that.

    Parameters
    ----------
    landmarks: rows that others are compared with, drawn at random; all rows where there are fewer.
    even: one length for all columns. Where every column matters a little, as in images and measurements of one
        thing, a few hundred rows learn noise from lengths of their own; where some matter not at all, they are needed.
    """

    def __init__(self, landmarks: int = 600, even: bool = False, random_state: int = 0) -> None:
        self.landmarks = landmarks
        self.even = even
        self.random_state = random_state

    def fit(
        self,
        X: pd.DataFrame,
        y: pd.Series,
        sample_weight: npt.ArrayLike | None = None,
        context: FitContext | None = None,
    ) -> Self:
        """Fit on rows (n, columns), truth (n,) and how much each row counts (n,)."""
        context = context or FitContext(keys=pd.DataFrame(index=X.index), outputs=(), seed=self.random_state)
        # Hundreds of small products: threads would wait for one another longer than they work.
        with threadpool_limits(1):
            self._fit(X, y, sample_weight, context)
        return self

    def _fit(self, X: pd.DataFrame, y: pd.Series, sample_weight: npt.ArrayLike | None, context: FitContext) -> None:
        self.encoder_ = DenseEncoder().fit(X)
        matrix = self.encoder_.transform(X)
        weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        targets = self._targets(y, weight)
        drawn = np.random.default_rng(self.random_state).permutation(len(matrix))
        some = np.sort(drawn[:LEARNT_FROM])
        self.kernel_ = GaussianKernel.learnt(matrix[some], _scaled(targets[some]), context.deadline, self.even)
        self.marks_ = matrix[np.sort(drawn[: self.landmarks])]
        likeness = self.kernel_.between(self.marks_, self.marks_)
        likeness[np.diag_indices_from(likeness)] += 1e-6 * np.trace(likeness) / len(likeness)
        root = cholesky(likeness, lower=True)
        features = solve_triangular(root, self.kernel_.between(self.marks_, matrix), lower=True).T
        coefficients, self.intercept_ = self._solve(features, targets, weight, y, context)
        self.coefficients_ = solve_triangular(root, coefficients, lower=True, trans="T")

    @abstractmethod
    def _targets(self, y: pd.Series, weight: Array) -> Array:
        """The truth as numbers, (n, outputs)."""

    @abstractmethod
    def _solve(
        self, features: Array, targets: Array, weight: Array, y: pd.Series, context: FitContext
    ) -> tuple[Array, Array]:
        """Coefficients (features, outputs) and intercept (outputs,)."""

    def _scores(self, X: pd.DataFrame) -> Array:
        """(n, outputs); some rows at a time, since each has a number for every landmark."""
        starts = range(0, max(len(X), 1), ROWS_AT_ONCE)
        parts = (self.encoder_.transform(X.iloc[start : start + ROWS_AT_ONCE]) for start in starts)
        return np.vstack([self.kernel_.between(part, self.marks_) @ self.coefficients_ for part in parts]) + (
            self.intercept_
        )

    def save_model(self, folder: Path) -> None:
        """Write landmarks and coefficients, encoder and kernel into a folder."""
        state = {
            "params": self.get_params(),
            "encoder": self.encoder_.to_json(),
            "kernel": self.kernel_.to_json(),
            **self._state(),
        }
        (folder / "state.json").write_text(json.dumps(state))
        with (folder / "arrays.npz").open("wb") as file:
            np.savez(file, marks=self.marks_, coefficients=self.coefficients_, intercept=self.intercept_)

    @classmethod
    def load_model(cls, folder: Path) -> Self:
        """Read what `save_model` wrote."""
        state = json.loads((folder / "state.json").read_text())
        model = cls(**state["params"])
        model.encoder_ = DenseEncoder.from_json(state["encoder"])
        model.kernel_ = GaussianKernel.from_json(state["kernel"])
        model._take(state)
        with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
            model.marks_, model.coefficients_ = arrays["marks"], arrays["coefficients"]
            model.intercept_ = arrays["intercept"]
        return model

    @abstractmethod
    def _state(self) -> dict[str, Any]:
        """What a classifier or a regressor learnt besides, for JSON."""

    @abstractmethod
    def _take(self, state: dict[str, Any]) -> None:
        """Take it back."""


class KernelClassifier(_Kernel):
    """Two or more classes, by log loss; the penalty is the best of a few on an inner split.

    Attributes
    ----------
    classes_: class names, sorted.
    """

    def _targets(self, y: pd.Series, weight: Array) -> Array:
        labels = y.astype(str)
        self.classes_ = np.array(sorted(labels.unique()), dtype=object)
        if len(self.classes_) < 2:
            raise ValueError(f"a classifier needs two classes; these rows hold only {self.classes_.tolist()}")
        columns = labels.to_numpy(dtype=object)[:, None] == self.classes_
        return np.asarray(columns[:, 1:] if len(self.classes_) == 2 else columns, dtype=float)

    def _solve(
        self, features: Array, targets: Array, weight: Array, y: pd.Series, context: FitContext
    ) -> tuple[Array, Array]:
        from sklearn.linear_model import LogisticRegression

        codes = targets[:, 0].astype(int) if len(self.classes_) == 2 else targets.argmax(axis=1)

        def fitted(rows: Any, strength: float) -> Any:
            context.deadline.check()
            model = LogisticRegression(C=strength, max_iter=200)
            with warnings.catch_warnings():
                # One that ends before its minimum is shrunk a little more, and was compared as such.
                warnings.simplefilter("ignore", ConvergenceWarning)
                return model.fit(features[rows], codes[rows], sample_weight=weight[rows])

        learn, stop = context.inner_split(y)
        learn = np.sort(np.random.default_rng(self.random_state).permutation(learn)[:COMPARED_ON])
        counts = weight if context.score_weight is None else context.score_weight
        losses = {}
        if len(np.unique(codes[learn])) == len(self.classes_):
            for factor in FACTORS:
                chances = fitted(learn, factor / self.kernel_.noise).predict_proba(features[stop])
                true_class = chances[np.arange(len(stop)), codes[stop]]
                losses[factor] = -np.average(np.log(np.clip(true_class, 1e-15, 1)), weights=counts[stop])
        best = min(losses, key=lambda factor: losses[factor]) if losses else 1.0
        model = fitted(slice(None), best / self.kernel_.noise)
        return model.coef_.T, model.intercept_

    def predict_proba(self, X: pd.DataFrame) -> Array:
        """Probabilities (n, classes), columns in the order of `classes_`."""
        scores = self._scores(X)
        if len(self.classes_) == 2:
            scores = np.hstack([np.zeros_like(scores), scores])
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def predict(self, X: pd.DataFrame) -> npt.NDArray[Any]:
        """Class names (n,)."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])

    def _state(self) -> dict[str, Any]:
        return {"classes": self.classes_.tolist()}

    def _take(self, state: dict[str, Any]) -> None:
        self.classes_ = np.array(state["classes"], dtype=object)


class KernelRegressor(_Kernel):
    """Values, by squared error; the penalty is the best of a few by leaving one row out.

    No prediction lies outside the values that were fitted.
    """

    def _targets(self, y: pd.Series, weight: Array) -> Array:
        values = pd.to_numeric(y).to_numpy(dtype=float)
        self.limits_ = [float(values.min()), float(values.max())]
        self.centre_, self.spread_ = float(np.average(values, weights=weight)), float(values.std()) or 1.0
        return ((values - self.centre_) / self.spread_)[:, None]

    def _solve(
        self, features: Array, targets: Array, weight: Array, y: pd.Series, context: FitContext
    ) -> tuple[Array, Array]:
        root = np.sqrt(weight / weight.mean())[:, None]
        tall, truth = features * root, targets * root
        values, vectors = np.linalg.eigh(tall.T @ tall)
        values, turned = np.maximum(values, 0), tall @ vectors
        wanted = turned.T @ truth
        losses = {}
        for factor in FACTORS:
            context.deadline.check()
            shrunk = 1 / (values + factor * self.kernel_.noise)
            lever = (turned**2 @ shrunk)[:, None]
            left_out = (truth - turned @ (shrunk[:, None] * wanted)) / np.maximum(1 - lever, 1e-6)
            losses[factor] = float((left_out**2).mean())
        best = min(losses, key=lambda factor: losses[factor])
        coefficients = vectors @ (wanted / (values + best * self.kernel_.noise)[:, None])
        return coefficients, np.zeros(1)

    def predict(self, X: pd.DataFrame) -> Array:
        """Values (n,)."""
        values = self._scores(X)[:, 0] * self.spread_ + self.centre_
        return np.clip(values, self.limits_[0], self.limits_[1])

    def _state(self) -> dict[str, Any]:
        return {"limits": self.limits_, "centre": self.centre_, "spread": self.spread_}

    def _take(self, state: dict[str, Any]) -> None:
        self.limits_, self.centre_, self.spread_ = state["limits"], state["centre"], state["spread"]


def _scaled(targets: Array) -> Array:
    """Columns of mean 0 and deviation 1; a constant one is 0."""
    spread = targets.std(axis=0)
    return np.asarray((targets - targets.mean(axis=0)) / np.where(spread > 0, spread, 1))
