"""Values of rows that come in groups with levels of their own, where the rows to predict are of other groups."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import RidgeCV

from core.context import FitContext, PredictContext, asks_for
from core.estimators.dense_encoder import DenseEncoder
from core.estimators.saving import OWN_PACKAGES, load_estimator, save_estimator

Array = npt.NDArray[np.float64]


#: Penalties of the line from columns to levels, of which leaving one group out chooses.
PENALTIES = np.logspace(-2, 4, 19)


class MixedEffectsRegressor(BaseEstimator):
    """Take off each group what only its name explains, then fit a regressor on the rest.

    Rows of a group share an error (the level of a sensor, a patient, a shop) that columns do not tell. A booster
    bends its function after these few large errors; without them it learns from every row what columns do tell: a
    random intercept, as in MERF (Hajjem, Bellavance & Larocque 2014), in three steps. A regressor learns how rows
    differ within their groups. What it leaves of each group is its level, and a penalised line says which part of
    that the columns explain. The other part is taken off, shrunk by how many rows the group has, and the regressor is
    fitted on what is left. A new group has no level of its own.

    Parameters
    ----------
    estimator: the regressor, cloned before each of its two fits.
    group: the key that tells the groups.

    Attributes
    ----------
    levels_: what was taken off, by group.
    fitted_: the regressor fitted on the rest.
    """

    def __init__(self, estimator: Any, group: str) -> None:
        self.estimator = estimator
        self.group = group

    def fit(
        self, X: pd.DataFrame, y: pd.Series, context: FitContext, sample_weight: npt.ArrayLike | None = None
    ) -> Self:
        """Fit on rows (n, columns), values (n,), their groups in the context and how much each row counts (n,)."""
        values = pd.to_numeric(y).astype(float)
        weight = None if sample_weight is None else np.asarray(sample_weight, dtype=float)
        groups = context.keys[self.group]
        self.levels_ = pd.Series(dtype=float)
        if groups.nunique() > 1:
            self.levels_ = self._levels(X, values, groups, context, weight)
        self.fitted_ = self._fitted(X, values - _of_rows(self.levels_, groups), context, weight)
        return self

    def _levels(
        self, X: pd.DataFrame, y: pd.Series, groups: pd.Series, context: FitContext, weight: Array | None
    ) -> pd.Series:
        """What only the name of a group explains."""
        counts = np.ones(len(y)) if weight is None else weight / weight.mean()
        centred = y - np.average(y, weights=counts)
        within = self._fitted(
            X, centred - _of_rows(levels(centred.to_numpy(), groups, counts), groups), context, weight
        )
        context.deadline.check()
        more = {"context": context} if asks_for(within.predict, "context") else {}
        rest = centred.to_numpy() - np.asarray(within.predict(X, **more), dtype=float)
        matrix = pd.DataFrame(DenseEncoder("standard").fit(X).transform(X)).mul(counts, axis=0)
        sums = matrix.assign(rest=counts * rest, count=counts).groupby(groups.to_numpy(), sort=True).sum()
        means = sums[sums["count"] > 0].div(sums["count"], axis=0)
        columns = means.drop(columns=["rest", "count"]).to_numpy()
        line = RidgeCV(PENALTIES).fit(columns, means["rest"])
        explained = pd.Series(line.predict(columns), index=means.index)
        return levels(rest - _of_rows(explained, groups), groups, counts)

    def _fitted(self, X: pd.DataFrame, y: pd.Series, context: FitContext, weight: Array | None) -> Any:
        model = clone(self.estimator)
        more: dict[str, Any] = {"context": context} if asks_for(model.fit, "context") else {}
        if weight is not None:
            more["sample_weight"] = weight
        return model.fit(X, y, **more)

    def predict(self, X: pd.DataFrame, context: PredictContext | None = None) -> Array:
        """Values (n,) of rows in groups whose level is not known."""
        more = {"context": context} if asks_for(self.fitted_.predict, "context") else {}
        return np.asarray(self.fitted_.predict(X, **more), dtype=float)

    def save_model(self, folder: Path) -> None:
        """Write levels and regressor into a folder."""
        state = {
            "group": self.group,
            "levels": [[str(name), level] for name, level in self.levels_.items()],
        }
        (folder / "state.json").write_text(json.dumps(state))
        save_estimator(self.fitted_, folder / "fitted")

    @classmethod
    def load_model(cls, folder: Path, trusted: Collection[str] = OWN_PACKAGES) -> Self:
        """Read what `save_model` wrote; the names of groups are text then."""
        state = json.loads((folder / "state.json").read_text())
        fitted = load_estimator(folder / "fitted", trusted)
        model = cls(fitted, state["group"])
        model.fitted_ = fitted
        model.levels_ = pd.Series(dict(state["levels"]), dtype=float)
        return model


def levels(rest: Array, groups: pd.Series, counts: Array) -> pd.Series:
    """The level of each group: its mean residual, shrunk as the variances within and between groups say.

    Parameters
    ----------
    rest: residuals, (n,).
    groups: of each row, (n,); a row without one has no level.
    counts: how many rows each counts as, (n,).

    Returns
    -------
    By group. All 0 where groups differ no more than their rows do.

    >>> levels(np.array([1.0, 1.2, -1.0, -1.2]), pd.Series(["a", "a", "b", "b"]), np.ones(4)).round(2).to_dict()
    {'a': 1.1, 'b': -1.1}
    """
    table = pd.DataFrame({"group": groups.to_numpy(), "count": counts, "sum": counts * rest})
    sums = table.groupby("group", sort=True)[["count", "sum"]].sum()
    sums = sums[sums["count"] > 0]
    means = sums["sum"] / sums["count"]
    apart = rest - pd.Series(groups.to_numpy()).map(means).to_numpy(dtype=float)
    spare = max(float(np.sum(counts)) - len(means), 1.0)
    within = float(np.nansum(counts * apart**2)) / spare
    between = float(means.var()) - float((within / sums["count"]).mean()) if len(means) > 1 else 0.0
    if not between > 0:
        return means * 0.0
    return means * (between / (between + within / sums["count"]))


def _of_rows(found: pd.Series, groups: pd.Series) -> Array:
    """The level of each row's group, (n,); 0 where there is none."""
    return groups.map(found).fillna(0.0).to_numpy(dtype=float)
