"""A class prior with what is known of its error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import norm

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Prior:
    """The class shares of rows that are not labelled, and how sure they are.

    Parameters
    ----------
    classes: their names.
    shares: of the classes, (k,), positive, summing to 1.
    covariance: of the shares, (k, k); its rows sum to 0. All zero where the prior is known.
    source: where it comes from, as a person is told: "given", "counted in 400 labelled rows".

    Raises
    ------
    ValueError: shapes that do not fit, or shares that are not positive or do not sum to 1.

    >>> prior = Prior(("no", "yes"), np.array([0.7, 0.3]), np.full((2, 2), 0.01) * [[1, -1], [-1, 1]], "counted")
    >>> prior.interval().round(2).tolist()
    [[0.48, 0.86], [0.14, 0.52]]
    """

    classes: tuple[str, ...]
    shares: Array
    covariance: Array
    source: str

    def __post_init__(self) -> None:
        size = len(self.classes)
        if self.shares.shape != (size,) or self.covariance.shape != (size, size):
            raise ValueError(
                f"{size} classes, shares of shape {self.shares.shape}, covariance of {self.covariance.shape}"
            )
        if not (self.shares > 0).all() or abs(self.shares.sum() - 1) > 1e-9:
            raise ValueError(f"shares must be positive and sum to 1: {self.shares}")

    @classmethod
    def known(cls, classes: Sequence[str], shares: npt.ArrayLike, source: str = "given") -> Prior:
        """A prior without error; the shares are normalised."""
        values = np.asarray(shares, dtype=float)
        return cls(tuple(classes), values / values.sum(), np.zeros((len(values), len(values))), source)

    @property
    def errors(self) -> Array:
        """The standard error of each share, (k,)."""
        return np.sqrt(np.clip(np.diag(self.covariance), 0, None))

    def interval(self, level: float = 0.95) -> Array:
        """Lower and upper end of each share, (k, 2), on the scale of log odds, so that they stay between 0 and 1.

        Each class has its own interval; they do not hold for all classes together at that level. That scale would
        stretch a share that is smaller than its error over everything: its upper end is that of a share as large
        as the error, and so, the other way round, for shares near 1.
        """
        errors = self.errors
        least = np.minimum(errors, 0.5)
        low, high = np.minimum(self.shares, 1 - least), np.maximum(self.shares, least)
        width = norm.ppf(0.5 + level / 2) * errors
        lower = np.minimum(expit(logit(low) - width / _variance(low)), self.shares)
        upper = np.maximum(expit(logit(high) + width / _variance(high)), self.shares)
        return np.where(errors[:, None] == 0, self.shares[:, None], np.column_stack([lower, upper]))

    def covers(self, shares: npt.ArrayLike, level: float = 0.95) -> bool:
        """Whether the interval of every class holds the share of that class."""
        ends, values = self.interval(level), np.asarray(shares, dtype=float)
        return bool(((ends[:, 0] <= values) & (values <= ends[:, 1])).all())

    def by_name(self) -> pd.Series:
        """The shares, by class."""
        return pd.Series(self.shares, index=list(self.classes))

    @property
    def option(self) -> str:
        """The shares as an option holds them: "no:0.7,yes:0.3"."""
        return ",".join(f"{name}:{share:.6g}" for name, share in zip(self.classes, self.shares, strict=True))

    def to_json(self) -> dict[str, Any]:
        ends = self.interval()
        return {
            "source": self.source,
            "shares": dict(zip(self.classes, self.shares.tolist(), strict=True)),
            "interval": dict(zip(self.classes, ends.tolist(), strict=True)),
            "covariance": self.covariance.tolist(),
        }


def _variance(shares: Array) -> Array:
    """p (1 - p), above 0 also where rounding made a share 1."""
    return np.maximum(shares * (1 - shares), 1e-300)
