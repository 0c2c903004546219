"""Predictions of the test rows alone, mixed into an answer at a weight set by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.blend import Blend, scaled
from core.metrics import Metric
from core.outside.member import OutsideMember

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Mixture:
    """A member that nothing validates, since it has no out-of-fold predictions.

    Parameters
    ----------
    member: with predictions of the test rows.
    weight: in the answer, above 0 and below 1; the blend has the rest.
    """

    member: OutsideMember
    weight: float

    def into(self, blended: Array, blend: Blend, metric: Metric, keys: pd.DataFrame, *, decided: bool) -> Array:
        """The blend's predictions of the test rows with these mixed in, (test rows, outputs), before the decision.

        Ranks are mixed where the blend is one of ranks, or where the metric reads nothing but the order (of columns
        that need not sum to 1) and no decision reads more; values otherwise, class probabilities rescaled.

        Parameters
        ----------
        decided: whether a decision that was fitted on the blend's values follows.
        """
        own, mixed = blended, self.member.test
        order = metric.only_order and not decided and (metric.truth != "class" or blended.shape[1] < 3)
        if blend.scale == "ranks" or order:
            groups = None if blend.per is None else keys[blend.per]
            mixed = scaled(mixed, "ranks", groups)
            own = own if blend.scale == "ranks" else scaled(own, "ranks", groups)
        total = (1 - self.weight) * own + self.weight * mixed
        if metric.truth == "class" and metric.reads == "probabilities" and total.shape[1] > 1:
            total = total / total.sum(axis=1, keepdims=True)
        return np.asarray(total)

    @property
    def note(self) -> str:
        """What the reader of the score must know."""
        return (
            f"unvalidated: {self.member.name} has weight {self.weight:g} in the answer and no out-of-fold predictions;"
            " all scores are those of the rest"
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.member.name,
            "weight": self.weight,
            "files": dict(self.member.files),
            "validated": False,
            "note": self.note,
            "suspicious": list(self.member.suspicious),
        }
