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
        """Averaged over seeds, in the order of the seeds; not to be written to."""
        return _mean_of(self.out_of_fold)

    @property
    def mean_test(self) -> Array:
        return _mean_of(self.test)

    def and_seed(self, other: MemberPredictions) -> MemberPredictions:
        """These and the seeds of another, of the same member."""
        return MemberPredictions(
            {**self.out_of_fold, **other.out_of_fold}, {**self.test, **other.test}, self.seconds + other.seconds
        )


#: Predictions of a run, by member name.
Predictions = dict[str, MemberPredictions]


def _mean_of(seeds: Mapping[int, Array]) -> Array:
    """The mean of all seeds; of one alone a view, since runs hold many large ones."""
    if len(seeds) > 1:
        return mean([seeds[seed] for seed in sorted(seeds)])
    (alone,) = seeds.values()
    view = alone.view()
    view.flags.writeable = False
    return view


def mean(arrays: list[Array]) -> Array:
    """Add up in the order given and divide once, so that equal inputs give equal bytes everywhere."""
    total = arrays[0].copy()
    for array in arrays[1:]:
        total += array
    return total / len(arrays)
