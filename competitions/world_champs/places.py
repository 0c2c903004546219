"""The official metric, read from PosX."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from competitions.world_champs.posx import SCORED, gain_of
from core.metrics import Metric, ndcg

_OF_GAINS = ndcg(SCORED)


def _score(
    truth: npt.NDArray[np.generic], predictions: npt.NDArray[np.float64], weight: npt.NDArray[np.float64]
) -> float:
    return _OF_GAINS(gain_of(truth.astype(float)), predictions, weight)


#: NDCG of the first ten of a race: gain 11 - place. The truth is the PosX of each rider.
PLACES = Metric(f"ndcg@{SCORED} of places", _score, True, truth="value", only_order=True)
