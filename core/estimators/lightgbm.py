"""LightGBM on mixed tables: classifier, regressor and ranker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.context import FitContext
from core.deadline import Deadline
from core.estimators.boosting import Array, Booster, ClassProbabilities, Rows

#: Bins of histograms that are worth a thread, by 1,000 to 50,000 rows of 10 to 60 columns, where threads that wait
#: do not spin (`core.__init__`): two threads took 1.3 to 2.3 times as long on 10 columns, .6 to 1 of it on 60.
BINS_OF_A_THREAD = 5_000

#: From so many rows on, threads pay on any columns.
MANY_ROWS = 100_000


class _LightGBM(Booster):
    """Parameters have LightGBM's own names and meaning; `extra` passes any further ones through."""

    def __init__(
        self,
        n_estimators: int = 300,
        learning_rate: float = 0.05,
        num_leaves: int = 31,
        min_child_samples: int = 20,
        subsample: float = 0.8,
        colsample_bytree: float = 0.8,
        reg_lambda: float = 1.0,
        early_stopping_rounds: int | None = None,
        random_state: int = 0,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.min_child_samples = min_child_samples
        self.subsample = subsample
        self.colsample_bytree = colsample_bytree
        self.reg_lambda = reg_lambda
        self.early_stopping_rounds = early_stopping_rounds
        self.random_state = random_state
        self.extra = extra

    def _objective(self) -> dict[str, Any]:
        raise NotImplementedError

    def _parameters(self, threads: int) -> dict[str, Any]:
        return {
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "min_child_samples": self.min_child_samples,
            "subsample": self.subsample,
            "subsample_freq": 1,
            "colsample_bytree": self.colsample_bytree,
            "reg_lambda": self.reg_lambda,
            "seed": self.random_state,
            "num_threads": threads,
            # Equal bytes on every run: without both, histogram sums depend on a timing at start-up.
            "deterministic": True,
            "force_col_wise": True,
            "verbosity": -1,
            **self._objective(),
            **(self.extra or {}),
        }

    def _data(self, matrix: Array, target: Array, weight: Array | None, group: Any = None, like: Any = None) -> Any:
        import lightgbm

        return lightgbm.Dataset(
            matrix,
            target,
            weight=weight,
            group=group,
            reference=like,
            categorical_feature=self.encoder_.categorical_positions,
            params=self._parameters(1),  # what it is made of, before `useful_threads` asks for its bins
        )

    def _groups(self, rows: Rows, context: FitContext) -> tuple[Rows, Any]:
        """Rows in the order LightGBM wants them, and the size of each group, for a ranker."""
        return rows, None

    def _best_rounds(
        self, matrix: Array, target: Array, weight: Array | None, learn: Rows, stop: Rows, context: FitContext
    ) -> int:
        import lightgbm

        learn, learn_groups = self._groups(learn, context)
        stop, stop_groups = self._groups(stop, context)
        counts = context.score_weight
        data = self._data(matrix[learn], target[learn], None if weight is None else weight[learn], learn_groups)
        held_out = self._data(
            matrix[stop], target[stop], None if counts is None else counts[stop], stop_groups, like=data
        )
        booster = lightgbm.train(
            self._parameters(useful_threads(data, context.threads)),
            data,
            num_boost_round=self.n_estimators,
            valid_sets=[held_out],
            callbacks=[
                lightgbm.early_stopping(int(self.early_stopping_rounds or 0), verbose=False),
                _until(context.deadline),
            ],
        )
        return max(1, int(booster.best_iteration))

    def _train(self, matrix: Array, target: Array, weight: Array | None, context: FitContext) -> None:
        import lightgbm

        rows, groups = self._groups(np.arange(len(target)), context)
        if groups is not None:
            matrix, target, weight = matrix[rows], target[rows], None if weight is None else weight[rows]
        data = self._data(matrix, target, weight, groups)
        self.booster_ = lightgbm.train(
            self._parameters(useful_threads(data, context.threads)),
            data,
            num_boost_round=self.n_rounds_,
            callbacks=[_until(context.deadline)],
        )

    def _raw_predict(self, matrix: Array, threads: int) -> Array:
        raw = np.asarray(self.booster_.predict(matrix, num_threads=threads))
        if self.classifies and raw.ndim == 1:
            return np.column_stack([1 - raw, raw])
        return raw

    def _write(self, folder: Path) -> None:
        # By Python: a full disk is then an error of the disk, not one of LightGBM's.
        (folder / "model.txt").write_text(self.booster_.model_to_string(), encoding="utf-8")

    def _read(self, folder: Path) -> None:
        import lightgbm

        self.booster_ = lightgbm.Booster(model_file=folder / "model.txt")


def useful_threads(data: Any, threads: int) -> int:
    """How many threads a fit is faster with: they meet after every histogram, which takes longer than a small one.

    Parameters
    ----------
    data: a `lightgbm.Dataset`.
    threads: how many there are.
    """
    data.construct()
    if data.num_data() >= MANY_ROWS:
        return threads
    bins = sum(data.feature_num_bin(column) for column in range(data.num_feature()))
    return max(1, min(threads, bins // BINS_OF_A_THREAD))


def _until(deadline: Deadline) -> Callable[[Any], None]:
    """A callback that ends a training when it is time, also where no alarm rings."""

    def check(_: Any) -> None:
        deadline.check()

    return check


class LightGBMClassifier(ClassProbabilities, _LightGBM):
    """Two or more classes, by log loss."""

    def _objective(self) -> dict[str, Any]:
        if len(self.classes_) == 2:
            return {"objective": "binary"}
        return {"objective": "multiclass", "num_class": len(self.classes_)}


class LightGBMRegressor(_LightGBM):
    """Values, by squared error unless `extra` names another objective."""

    def _objective(self) -> dict[str, Any]:
        return {"objective": "regression"}


class LightGBMRanker(_LightGBM):
    """Order inside events, by LambdaRank (Burges 2010).

    y is a whole number of 0 or more for each row: its gain. The events are the key `event_key` of the
    context. The label gain is linear; LightGBM's own default is exponential.
    """

    def __init__(
        self,
        event_key: str = "event",
        n_estimators: int = 100,
        learning_rate: float = 0.05,
        num_leaves: int = 15,
        min_child_samples: int = 20,
        subsample: float = 1.0,
        colsample_bytree: float = 0.8,
        reg_lambda: float = 1.0,
        early_stopping_rounds: int | None = None,
        random_state: int = 0,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(
            n_estimators,
            learning_rate,
            num_leaves,
            min_child_samples,
            subsample,
            colsample_bytree,
            reg_lambda,
            early_stopping_rounds,
            random_state,
            extra,
        )
        self.event_key = event_key

    def _objective(self) -> dict[str, Any]:
        return {"objective": "lambdarank", "label_gain": list(range(self.largest_gain_ + 1))}

    def _encode(self, y: pd.Series) -> Array:
        target = super()._encode(y)
        self.largest_gain_ = int(target.max())
        return target

    def _groups(self, rows: Rows, context: FitContext) -> tuple[Rows, Any]:
        if self.event_key not in context.keys:
            raise ValueError(f"LightGBMRanker needs the key {self.event_key!r} of the rows it is fitted on")
        events = pd.factorize(context.keys[self.event_key].iloc[rows])[0]
        order = np.argsort(events, kind="stable")
        return rows[order], np.bincount(events)
