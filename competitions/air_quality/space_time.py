"""A Gaussian process over places, days and inputs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.linalg import cho_factor, cho_solve
from sklearn.base import BaseEstimator

from competitions.air_quality.distances import kilometres
from competitions.air_quality.keys import DAY, PLACE, positions
from core.context import FitContext, PredictContext
from core.estimators.dense_encoder import DenseEncoder

Array = npt.NDArray[np.float64]

#: Lengths in km and days: air of one day, air of one spell of weather, what a region has in common.
DAY_KM, DAY_DAYS, SPELL_KM, SPELL_DAYS, REGION_KM = 30.0, 1.5, 60.0, 20.0, 500.0
#: Rows that are predicted at once.
AT_ONCE = 2048
#: Scaled inputs beyond so many deviations count as these.
FURTHEST = 3.0


class SpaceTimeProcess(BaseEstimator):
    """Kriging of the target's log: rows are alike by place, by day and by inputs (Cressie & Wikle 2011, chapter 6).

    The covariance is a sum of exponential ones: of a day's air, of a spell's, of a region, and of one place alone, and
    besides of a Gaussian and a linear one of the inputs, which alone reach a city far from all others. Each parameter
    is a share of the log's variance. A place without neighbours, or of no known position, is predicted by its inputs
    and the mean.

    Parameters
    ----------
    day, spell, region, place: of what rows near each other in days and km share.
    inputs, line: of what rows with alike inputs share.
    noise: of what no row shares.
    width: the length of the Gaussian covariance, in root mean square deviations of the inputs.
    columns: of the inputs that are read; None for all.
    """

    def __init__(
        self,
        day: float = 0.35,
        spell: float = 0.2,
        region: float = 0.2,
        place: float = 0.3,
        inputs: float = 0.3,
        line: float = 0.5,
        noise: float = 0.12,
        width: float = 0.7,
        columns: Sequence[str] | None = None,
    ) -> None:
        self.day = day
        self.spell = spell
        self.region = region
        self.place = place
        self.inputs = inputs
        self.line = line
        self.noise = noise
        self.width = width
        self.columns = columns

    def fit(self, X: pd.DataFrame, y: pd.Series, context: FitContext) -> Self:
        """Fit on inputs (n, columns), targets (n,) that are not below -1, and keys place, day, latitude and longitude.

        Raises
        ------
        ValueError: a row whose position is not known.
        """
        if np.isnan(positions(context.keys)).any():
            raise ValueError("the position of a row is not known")
        target = np.log1p(pd.to_numeric(y).to_numpy(dtype=float))
        self.mean_, self.deviation_ = float(target.mean()), float(target.std()) or 1.0
        self.encoder_ = DenseEncoder("quantile").fit(self._read(X))
        self.known_ = context.keys[[PLACE, DAY, "latitude", "longitude"]].reset_index(drop=True)
        self.inputs_ = self._scaled(X)
        covariance = self._covariance(self.known_, self.inputs_)
        covariance[np.diag_indices_from(covariance)] += self.noise
        context.deadline.check()
        self.weights_ = cho_solve(cho_factor(covariance, lower=True), (target - self.mean_) / self.deviation_)
        return self

    def predict(self, X: pd.DataFrame, context: PredictContext) -> Array:
        """Targets, (n,)."""
        scaled, parts = self._scaled(X), [np.zeros(0)]
        for first in range(0, len(X), AT_ONCE):
            rows = slice(first, first + AT_ONCE)
            parts.append(self._covariance(context.keys.iloc[rows], scaled[rows]) @ self.weights_)
        found = np.concatenate(parts)
        return np.maximum(np.expm1(self.mean_ + self.deviation_ * found), 0.0)

    def _read(self, X: pd.DataFrame) -> pd.DataFrame:
        return X if self.columns is None else X[list(self.columns)]

    def _scaled(self, X: pd.DataFrame) -> Array:
        scaled = np.clip(self.encoder_.transform(self._read(X)), -FURTHEST, FURTHEST)
        return scaled / np.sqrt(max(1, scaled.shape[1]))

    def _covariance(self, keys: pd.DataFrame, inputs: Array) -> Array:
        """Of rows and the fitted ones, (n, m)."""
        known = self.known_
        apart = kilometres(positions(keys), positions(known))
        days = np.abs(keys[DAY].to_numpy(dtype=float)[:, None] - known[DAY].to_numpy(dtype=float)[None, :])
        apart = np.where(np.isnan(apart), np.inf, apart)  # nobody is near a place of no known position
        found = self.day * np.exp(-apart / DAY_KM - days / DAY_DAYS)
        found += self.spell * np.exp(-apart / SPELL_KM - days / SPELL_DAYS)
        found += self.region * np.exp(-apart / REGION_KM)
        found += self.place * (keys[PLACE].to_numpy()[:, None] == known[PLACE].to_numpy()[None, :])
        line = inputs @ self.inputs_.T
        squares = (inputs**2).sum(axis=1)[:, None] + (self.inputs_**2).sum(axis=1) - 2 * line
        found += self.inputs * np.exp(-0.5 * np.maximum(squares, 0.0) / self.width**2)
        return np.asarray(found + self.line * line)

    def save_model(self, folder: Path) -> None:
        """Write it as JSON and arrays."""
        state: dict[str, Any] = {
            "parameters": self.get_params() | {"columns": None if self.columns is None else list(self.columns)},
            "mean": self.mean_,
            "deviation": self.deviation_,
            "encoder": self.encoder_.to_json(),
            "places": self.known_[PLACE].astype(str).tolist(),
        }
        (folder / "process.json").write_text(json.dumps(state))
        where = self.known_[[DAY, "latitude", "longitude"]].to_numpy(dtype=float)
        np.savez(folder / "process.npz", where=where, inputs=self.inputs_, weights=self.weights_)

    @classmethod
    def load_model(cls, folder: Path) -> Self:
        state = json.loads((folder / "process.json").read_text())
        found = cls(**state["parameters"])
        found.mean_, found.deviation_ = state["mean"], state["deviation"]
        found.encoder_ = DenseEncoder.from_json(state["encoder"])
        with np.load(folder / "process.npz") as arrays:
            found.inputs_, found.weights_ = arrays["inputs"], arrays["weights"]
            known = pd.DataFrame(arrays["where"], columns=[DAY, "latitude", "longitude"])
        found.known_ = known.assign(**{PLACE: state["places"]})
        return found
