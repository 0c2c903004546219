"""CatBoost on mixed tables: classifier, regressor and ranker."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.context import FitContext
from core.deadline import Deadline, OutOfTime
from core.estimators.boosting import Array, Booster, ClassProbabilities, Rows


class _CatBoost(Booster):
    """Parameters have CatBoost's own names and meaning; `extra` passes any further ones through.

    64 borders instead of 254 cost a quarter of the time on a hundred columns, and seldom any score.
    """

    def __init__(
        self,
        n_estimators: int = 400,
        learning_rate: float = 0.06,
        depth: int = 6,
        l2_leaf_reg: float = 3.0,
        border_count: int = 64,
        early_stopping_rounds: int | None = None,
        random_state: int = 0,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.depth = depth
        self.l2_leaf_reg = l2_leaf_reg
        self.border_count = border_count
        self.early_stopping_rounds = early_stopping_rounds
        self.random_state = random_state
        self.extra = extra

    def _loss(self) -> str:
        raise NotImplementedError

    def _model(self, rounds: int, context: FitContext, **more: Any) -> Any:
        import catboost

        return catboost.CatBoost(
            {
                "iterations": rounds,
                "learning_rate": self.learning_rate,
                "depth": self.depth,
                "l2_leaf_reg": self.l2_leaf_reg,
                "border_count": self.border_count,
                "random_seed": self.random_state,
                "thread_count": context.threads,
                "task_type": "GPU" if context.device == "cuda" else "CPU",
                "loss_function": self._loss(),
                "allow_writing_files": False,
                "logging_level": "Silent",
                **more,
                **(self.extra or {}),
            }
        )

    def _pool(self, matrix: Array, target: Array | None = None, weight: Array | None = None) -> Any:
        import catboost

        positions = self.encoder_.categorical_positions
        if not positions:
            return catboost.Pool(matrix, target, weight=weight)
        frame = pd.DataFrame(matrix)
        for position in positions:
            # An unseen or missing category is -1: CatBoost takes no NaN among categories.
            frame[position] = np.where(np.isnan(matrix[:, position]), -1, matrix[:, position]).astype(int)
        return catboost.Pool(frame, target, weight=weight, cat_features=positions)

    def _best_rounds(
        self, matrix: Array, target: Array, weight: Array | None, learn: Rows, stop: Rows, context: FitContext
    ) -> int:
        counts = context.score_weight
        if self.classifies:
            # CatBoost refuses classes it has not learnt, which a held-out group may have to itself.
            stop = stop[np.isin(target[stop], target[learn])]
            if len(np.unique(target[learn])) < 2 or not len(stop):
                return self.n_estimators
        model = self._model(self.n_estimators, context, use_best_model=True)
        _fit_until(
            context,
            model,
            self._pool(matrix[learn], target[learn], None if weight is None else weight[learn]),
            eval_set=self._pool(matrix[stop], target[stop], None if counts is None else counts[stop]),
            early_stopping_rounds=self.early_stopping_rounds,
        )
        return int(model.tree_count_)

    def _train(self, matrix: Array, target: Array, weight: Array | None, context: FitContext) -> None:
        self.model_ = self._model(max(1, self.n_rounds_), context)
        _fit_until(context, self.model_, self._pool(matrix, target, weight))

    def _raw_predict(self, matrix: Array, threads: int) -> Array:
        kind = "Probability" if self.classifies else "RawFormulaVal"
        return np.asarray(self.model_.predict(self._pool(matrix), prediction_type=kind, thread_count=threads))

    def _write(self, folder: Path) -> None:
        import catboost

        try:
            self.model_.save_model(str(folder / "model.cbm"))
        except catboost.CatBoostError as error:
            number = re.search(r"\(Error (\d+)", str(error))  # what the disk said, wrapped up
            if number is None:
                raise
            raise OSError(int(number[1]), os.strerror(int(number[1])), str(folder)) from None

    def _read(self, folder: Path) -> None:
        import catboost

        self.model_ = catboost.CatBoost().load_model(str(folder / "model.cbm"))


class _Ending:
    """Asked by CatBoost after each round, also where no alarm rings."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.ended = False

    def after_iteration(self, info: Any) -> bool:
        self.ended = self.deadline.passed
        return not self.ended


def _fit_until(context: FitContext, model: Any, pool: Any, **more: Any) -> None:
    """Train a model, or end with OutOfTime: one of fewer rounds than asked for is none."""
    if context.device == "cuda" or math.isinf(context.deadline.at):  # a GPU training takes no callbacks
        model.fit(pool, **more)
        return
    ending = _Ending(context.deadline)
    model.fit(pool, callbacks=[ending], **more)
    if ending.ended:
        raise OutOfTime


class CatBoostClassifier(ClassProbabilities, _CatBoost):
    """Two or more classes, by log loss."""

    def _loss(self) -> str:
        return "Logloss" if len(self.classes_) == 2 else "MultiClass"


class CatBoostRegressor(_CatBoost):
    """Values, by squared error."""

    def _loss(self) -> str:
        return "RMSE"


class CatBoostRanker(_CatBoost):
    """Order inside events, by YetiRank (Gulin, Kuralenok and Pavlov 2011).

    y is a number of 0 or more for each row: its gain. The events are the key `event_key` of the context; each counts
    as much as its rows do on average.
    """

    def __init__(
        self,
        event_key: str = "event",
        n_estimators: int = 300,
        learning_rate: float = 0.06,
        depth: int = 6,
        l2_leaf_reg: float = 3.0,
        border_count: int = 64,
        random_state: int = 0,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(
            n_estimators, learning_rate, depth, l2_leaf_reg, border_count, None, random_state=random_state, extra=extra
        )
        self.event_key = event_key

    def _loss(self) -> str:
        return "YetiRank"

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {name: value for name, value in super().get_params(deep).items() if name != "early_stopping_rounds"}

    def _train(self, matrix: Array, target: Array, weight: Array | None, context: FitContext) -> None:
        if self.event_key not in context.keys:
            raise ValueError(f"CatBoostRanker needs the key {self.event_key!r} of the rows it is fitted on")
        events = pd.factorize(context.keys[self.event_key])[0]
        order = np.argsort(events, kind="stable")
        self.model_ = self._model(max(1, self.n_rounds_), context)
        pool = self._pool(matrix[order], target[order], None)
        pool.set_group_id(events[order])
        if weight is not None:  # the library weighs whole events
            rows = np.bincount(events)
            pool.set_group_weight((np.bincount(events, weights=weight) / rows)[events[order]])
        _fit_until(context, self.model_, pool)
