"""By how much one set of predictions is better than another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Gain:
    """A difference of two scores, how sure it is and how large.

    Parameters
    ----------
    value: positive where the new score is better, in units of the metric.
    error: its paired standard error; NaN where there is too little to tell.
    share: of the way from the old score to that of the truth itself; NaN where that is not known.
    """

    value: float
    error: float
    share: float

    @property
    def errors(self) -> float:
        """How many standard errors it is; NaN where they tell nothing."""
        return self.value / self.error if np.isfinite(self.error) and self.error > 0 else float("nan")

    def __str__(self) -> str:
        """For a message.

        >>> str(Gain(0.5, 0.05, 0.25))
        '0.5, which is 10 standard errors and 25 % of the way to a perfect score'
        """
        large = f" and {self.share:.0%} of the way to a perfect score".replace("%", " %") if self.share > 0 else ""
        return f"{self.value:.4g}, which is {self.errors:.0f} standard errors{large}"
