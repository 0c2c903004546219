"""What a metric is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.errors import Refusal

Array = npt.NDArray[np.float64]
Truth = Literal["class", "value", "labels", "values"]


def mean_of_known(scores: Array) -> float:
    """The mean of the scores that are no NaN; NaN without one."""
    known = scores[~np.isnan(scores)]
    return float(known.mean()) if len(known) else float("nan")


def written(*numbers: float) -> str:
    """Numbers as the names of metrics hold them: "10", "0.1,0.5"."""
    return ",".join(str(int(number)) if float(number).is_integer() else repr(float(number)) for number in numbers)


@dataclass(frozen=True)
class Metric:
    """A score, its direction and what it reads.

    It is NaN where the truth leaves it undefined (an area under the curve of one class), whatever is predicted:
    no prediction gets out of being scored.

    Parameters
    ----------
    name: as the field writes it, with its parameters ("ndcg@10"): it stands for the function in cache keys.
    function: of a module, for workers read it by name. `(truth, predictions, weight) -> float`; shapes
        (n,) or (n, k), (n, k) and (n,); every weight is above 0.
    higher_is_better: the direction, declared and never guessed.
    truth: "class" (codes 0..k-1 in the order of the outputs), "value" (floats, a relevance too), "labels"
        (an n × k matrix of 0 and 1) or "values" (an n × k matrix of floats).
    reads: "probabilities" or "values": what members must predict for it.
    only_order: whether any increasing transform of each column of predictions leaves the score as it is, so
        that ranks may be averaged.
    best_constant: the statistic of the truth that scores best when every row is predicted alike (one of
        `core.estimators.constant.STATISTICS`); the mean where none is known to.
    """

    name: str
    function: Callable[[npt.NDArray[np.generic], Array, Array], float]
    higher_is_better: bool
    truth: Truth
    reads: Literal["probabilities", "values"] = "values"
    only_order: bool = False
    best_constant: str = "mean"

    def __call__(self, truth: npt.NDArray[np.generic], predictions: Array, weight: Array | None = None) -> float:
        """The score of predictions, each row counted by its weight, as if it stood there so many times.

        Raises
        ------
        ValueError: no rows, different lengths or columns, predictions that are not finite, weights that are not
            one finite number per row, negative or all zero.
        """
        if predictions.ndim == 1:
            predictions = predictions[:, None]
        if len(truth) == 0 or len(truth) != len(predictions):
            raise ValueError(f"{self.name}: {len(truth)} rows of truth and {len(predictions)} of predictions")
        if truth.shape[1:] != (predictions.shape[1:] if self.truth in ("labels", "values") else ()):
            raise ValueError(f"{self.name}: truth of shape {truth.shape}, predictions of {predictions.shape}")
        if not np.isfinite(predictions).all():
            raise ValueError(f"{self.name}: predictions hold NaN or infinity")
        weight = np.ones(len(truth)) if weight is None else np.asarray(weight, dtype=float)
        if weight.shape != (len(truth),):
            raise ValueError(f"{self.name}: {len(truth)} rows and a weight of shape {weight.shape}")
        if not np.isfinite(weight).all() or (weight < 0).any() or weight.sum() <= 0:
            raise ValueError(f"{self.name}: weights are negative, not finite or all zero")
        if not weight.all():
            counted = weight > 0
            truth, predictions, weight = truth[counted], predictions[counted], weight[counted]
        return float(self.function(truth, predictions, weight))

    def better(self, a: float, b: float) -> bool:
        """Whether score a is better than score b; a NaN is never better."""
        if np.isnan(a) or np.isnan(b):
            return bool(np.isnan(b) and not np.isnan(a))
        return a > b if self.higher_is_better else a < b

    @property
    def worst(self) -> float:
        return -np.inf if self.higher_is_better else np.inf

    def encode(self, y: pd.Series | pd.DataFrame, outputs: Sequence[str]) -> npt.NDArray[np.generic]:
        """Turn a table's truth into the array that the metric reads.

        Raises
        ------
        Refusal: a class that is none of the outputs, a value that is missing or no number, a label that is
            neither 0 nor 1.
        """
        if self.truth in ("labels", "values"):
            return self._matrix((y if isinstance(y, pd.DataFrame) else y.to_frame())[list(outputs)])
        if isinstance(y, pd.DataFrame):
            raise ValueError(f"{self.name} reads one column of truth, not {y.shape[1]}")
        if self.truth == "value":
            return self._matrix(y.to_frame())[:, 0]
        codes = pd.Index(outputs).get_indexer(pd.Index(y.astype(str)))
        if (codes < 0).any():
            first = int(np.flatnonzero(codes < 0)[0])
            raise Refusal(
                f"row {y.index[first]!r}: unknown class {y.iloc[first]!r} in column {y.name!r}",
                "use the classes of the sample submission, or mend the row",
                expected="one of " + ", ".join(outputs),
            )
        return codes

    def _matrix(self, frame: pd.DataFrame) -> Array:
        values = frame.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        wrong = ~np.isin(values, (0.0, 1.0)) if self.truth == "labels" else ~np.isfinite(values)
        if not wrong.any():
            return np.asarray(values)
        row, column = np.argwhere(wrong)[0]
        where, name = frame.index[row], frame.columns[column]
        if self.truth == "labels":
            problem = f"row {where!r}: the label {name!r} is missing or neither 0 nor 1"
            raise Refusal(problem, "mend or drop that row", expected="0 or 1")
        raise Refusal(f"row {where!r}: the target {name!r} is missing or no number", "mend or drop that row")
