"""What members predict: out of fold on the score rows, and on the test rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MemberPredictions:
    """Predictions of one member by each of its seeds.

    Parameters
    ----------
    out_of_fold: by seed, (score rows, outputs); NaN where no fold scores the row.
    test: by seed, (test rows, outputs).
    seconds: time spent fitting and predicting, all seeds and folds.
    """

    out_of_fold: Mapping[int, Array]
    test: Mapping[int, Array]
    seconds: float = 0.0

    @property
    def mean_out_of_fold(self) -> Array:
        """Averaged over seeds, in the order of the seeds."""
        return mean([self.out_of_fold[seed] for seed in sorted(self.out_of_fold)])

    @property
    def mean_test(self) -> Array:
        return mean([self.test[seed] for seed in sorted(self.test)])

    def and_seed(self, other: MemberPredictions) -> MemberPredictions:
        """These and the seeds of another, of the same member."""
        return MemberPredictions(
            {**self.out_of_fold, **other.out_of_fold}, {**self.test, **other.test}, self.seconds + other.seconds
        )


#: Predictions of a run, by member name.
Predictions = dict[str, MemberPredictions]


def mean(arrays: list[Array]) -> Array:
    """Add up in the order given and divide once, so that equal inputs give equal bytes everywhere."""
    total = arrays[0].copy()
    for array in arrays[1:]:
        total += array
    return total / len(arrays)
