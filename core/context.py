"""What an estimator may know besides X and y, when its `fit` or `predict` asks for a `context`."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit, StratifiedShuffleSplit

from core.deadline import Deadline

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class PredictContext:
    """Known about the rows at hand.

    Parameters
    ----------
    keys: group, time, event, … of the rows, by id.
    outputs: the order of prediction columns.
    upstream: for members with `needs`: by member name, its predictions of these rows (ids × outputs). For
        rows with truth these are out-of-fold.
    pretrained: the fitted pre-training step of the member, or None.
    threads: how many threads this fit may use.
    device: "cpu" or "cuda".
    """

    keys: pd.DataFrame
    outputs: tuple[str, ...]
    upstream: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    pretrained: Any = None
    threads: int = 1
    device: str = "cpu"


@dataclass(frozen=True)
class FitContext(PredictContext):
    """Known about the rows that are fitted.

    Parameters
    ----------
    seed: for everything random in the fit.
    score_weight: what each row counts in the score, (n,), or None where fitted rows are not scored ones:
        early stopping and calibration weigh rows by it.
    disjoint, ordered, purge: the promises of the scheme, which an inner split keeps too.
    deadline: when the fit must end. An alarm ends it wherever Python code runs; a loop inside a library asks
        `deadline.passed`, or calls `deadline.check()`, between its rounds.
    """

    seed: int = 0
    score_weight: npt.NDArray[np.float64] | None = None
    disjoint: tuple[str, ...] = ()
    ordered: str | None = None
    purge: float | pd.Timedelta = 0
    deadline: Deadline = field(default_factory=Deadline.never)

    def narrowed(self, rows: Rows | slice) -> Self:
        """The same about some of the rows, by position."""
        weight = self.score_weight
        return replace(
            self,
            keys=self.keys.iloc[rows],
            score_weight=None if weight is None else weight[rows],
            upstream={name: frame.iloc[rows] for name, frame in self.upstream.items()},
        )

    def inner_split(self, y: pd.Series | pd.DataFrame, share: float = 0.15) -> tuple[Rows, Rows]:
        """Split the fitted rows once more, for early stopping, as the outer folds do.

        The last share of the times where folds follow time; else whole groups of the first disjoint key;
        else a share of every class; else random rows. Rows that share a disjoint key with those to stop on
        are not learnt from, unless none were left. A rule that would leave a side empty gives way to the next.

        Returns
        -------
        Positions to learn from and positions to stop on.
        """
        rows = np.arange(len(self.keys))
        if self.ordered is not None and self.keys[self.ordered].nunique() > 1:
            times = self.keys[self.ordered]
            distinct = np.sort(times.drop_duplicates().to_numpy())
            first = distinct[min(len(distinct) - 1, int(np.ceil((1 - share) * len(distinct))))]
            late = (times >= first).to_numpy()
            early = ~late
            if self.purge and ((gap := times[late].min() - times) > self.purge).any():
                early &= (gap > self.purge).to_numpy()
            return self._apart(rows[early], rows[late]), rows[late]
        seed = self.seed
        if self.disjoint and self.keys[self.disjoint[0]].nunique() > 1:
            splitter: Any = GroupShuffleSplit(1, test_size=share, random_state=seed)
            learn, stop = next(splitter.split(rows, groups=self.keys[self.disjoint[0]]))
            return self._apart(learn, stop), stop
        counts = y.value_counts() if isinstance(y, pd.Series) and not pd.api.types.is_float_dtype(y) else None
        if counts is not None:
            counts = counts[counts > 0]  # a categorical column counts classes without rows too
        few_values = counts is not None and counts.min() >= 2 and len(counts) <= int(share * len(rows))
        splitter = StratifiedShuffleSplit if few_values else ShuffleSplit
        learn, stop = next(splitter(1, test_size=share, random_state=seed).split(rows, y if few_values else None))
        return learn, stop

    def _apart(self, learn: Rows, stop: Rows) -> Rows:
        """Of the rows to learn from, those that share no disjoint key with the others; all where none is left."""
        apart = np.ones(len(learn), dtype=bool)
        for key in self.disjoint:
            values = self.keys[key]
            apart &= ~values.iloc[learn].isin(values.iloc[stop]).to_numpy()
        return learn[apart] if apart.any() else learn


def asks_for(function: Any, name: str) -> bool:
    """Whether a function takes an argument of this name."""
    return name in inspect.signature(function).parameters
