"""The tables on which the order and the parameters of the portfolio were found.

Generated ones and those that come with scikit-learn; none of the seeds is used to compare with peers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn import datasets as bundled

from core.dataset import Dataset
from core.metrics import LOG_LOSS, RMSE, Metric


@dataclass(frozen=True)
class Set:
    """A table with truth: class names, or numbers."""

    name: str
    X: pd.DataFrame
    y: pd.Series

    @property
    def classifies(self) -> bool:
        return not pd.api.types.is_float_dtype(self.y)

    @property
    def metric(self) -> Metric:
        return LOG_LOSS if self.classifies else RMSE

    def dataset(self) -> Dataset:
        """As a competition would load it; the first rows stand in for the test rows."""
        frame = self.X.assign(id=[f"r{number}" for number in range(len(self.X))], truth=self.y.to_numpy())
        outputs = sorted(self.y.unique()) if self.classifies else ["truth"]
        test = frame[:5].drop(columns="truth")
        sample = test[["id"]].assign(**dict.fromkeys(outputs, 0.0))
        return Dataset.tabular(frame, test, sample, target="truth", id_columns=["id"], outputs=outputs)


def named(matrix: Any) -> pd.DataFrame:
    return pd.DataFrame(matrix, columns=[f"x{number}" for number in range(matrix.shape[1])])


def classes(codes: Any) -> pd.Series:
    return pd.Series(codes).map("class {}".format)


def with_names(X: pd.DataFrame, seed: int, levels: tuple[int, ...] = (4, 8, 20)) -> pd.DataFrame:
    """The first columns cut into categories without order, and one value in twenty missing."""
    rng = np.random.default_rng(seed)
    X = X.copy()
    for name, count in zip(X.columns, levels, strict=False):
        codes = pd.qcut(X[name], count, labels=False, duplicates="drop")
        X[name] = pd.Series(rng.permutation(count)[codes]).map("level {}".format)
    return X.mask(rng.random(X.shape) < 0.05)


def _bundled(name: str) -> Set:
    data = getattr(bundled, f"load_{name}")()
    y = pd.Series(data.target, dtype=float) if name == "diabetes" else classes(data.target)
    return Set(name, named(data.data), y)


def _blobs(name: str, seed: int, rows: int, mixed: bool = True, **how: Any) -> Set:
    X, y = bundled.make_classification(rows, random_state=seed, n_redundant=2, **how)
    return Set(name, with_names(named(X), seed) if mixed else named(X), classes(y))


def _friedman(name: str, seed: int, rows: int, number: int, noise: float, **how: Any) -> Set:
    X, y = getattr(bundled, f"make_friedman{number}")(rows, noise=noise, random_state=seed, **how)
    return Set(name, with_names(named(X), seed, (12,)) if how else named(X), pd.Series(y))


def _rules(name: str, seed: int, rows: int, classifies: bool) -> Set:
    """Thresholds, effects of names, an interaction of both: a trees' world with one wave in it."""
    rng = np.random.default_rng(seed)
    X = named(rng.normal(size=(rows, 10)))
    X["town"] = rng.choice([f"t{number}" for number in range(40)], rows)
    X["kind"] = rng.choice(list("abcdefghij"), rows)
    town = X["town"].map(dict(zip(sorted(X["town"].unique()), rng.normal(size=40), strict=False)))
    kind = X["kind"].map(dict(zip("abcdefghij", rng.normal(size=10), strict=True)))
    signal = 2.0 * ((X.x0 > 0) & (X.x1 > 0.3)) + (X.x2 > 1) - 1.5 * (X.x3.abs() < 0.5)
    signal += kind + town * (X.x0 > 0) + np.sin(2 * X.x4)
    signal -= signal.mean()
    if classifies:
        return Set(name, X, classes(np.where(rng.random(rows) < 1 / (1 + np.exp(-1.5 * signal)), "yes", "no")))
    return Set(name, X, signal + rng.normal(0, 0.7, rows))


def _skewed(name: str, seed: int, rows: int) -> Set:
    """A price of skewed columns: products, heavy tails, noise that grows."""
    rng = np.random.default_rng(seed)
    X = named(np.exp(rng.normal(size=(rows, 8))))
    X["place"] = rng.choice([f"p{number}" for number in range(15)], rows)
    effect = X["place"].map(dict(zip(sorted(X["place"].unique()), rng.normal(0, 0.4, 15), strict=False)))
    level = 0.6 * np.log(X.x0) + 0.3 * np.log1p(X.x1 * X.x2) - 0.2 * X.x3.clip(upper=5) + effect
    return Set(name, X, np.exp(level + rng.normal(0, 0.25, rows)))


#: By name, the smallest first.
SETS: Mapping[str, Callable[[], Set]] = {
    "wine": lambda: _bundled("wine"),
    "diabetes": lambda: _bundled("diabetes"),
    "breast_cancer": lambda: _bundled("breast_cancer"),
    "friedman3": lambda: _friedman("friedman3", 8, 600, 3, 0.1),
    "noise": lambda: _blobs("noise", 4, 800, n_features=40, n_informative=6, flip_y=0.15),
    "friedman1": lambda: _friedman("friedman1", 8, 1000, 1, 1.0),
    "skewed": lambda: _skewed("skewed", 12, 1500),
    "digits": lambda: _bundled("digits"),
    "mixed": lambda: _blobs("mixed", 1, 2000, n_features=20, n_informative=8, flip_y=0.05),
    "six": lambda: _blobs("six", 3, 2000, mixed=False, n_features=20, n_informative=10, n_classes=6),
    "rules": lambda: _rules("rules", 6, 2500, True),
    "rules-values": lambda: _rules("rules-values", 7, 2500, False),
    "rare": lambda: _blobs(
        "rare", 2, 4000, n_features=20, n_informative=6, weights=[0.95], n_clusters_per_class=4, class_sep=0.8
    ),
    "friedman1-mixed": lambda: _friedman("friedman1-mixed", 11, 5000, 1, 1.5, n_features=15),
}
