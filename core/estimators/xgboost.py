"""XGBoost on mixed tables: classifier and regressor, where xgboost is installed."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from core.context import FitContext
from core.deadline import Deadline
from core.errors import Refusal
from core.estimators.boosting import Array, Booster, ClassProbabilities, Rows
from core.estimators.packed_trees import as_single


def xgboost_is_installed() -> bool:
    """Whether xgboost can be imported, found without importing it."""
    return find_spec("xgboost") is not None


class _XGBoost(Booster):
    """Parameters have XGBoost's own names and meaning; `extra` passes any further ones through."""

    def __init__(
        self,
        n_estimators: int = 300,
        learning_rate: float = 0.05,
        max_depth: int = 6,
        min_child_weight: float = 1.0,
        subsample: float = 0.8,
        colsample_bytree: float = 0.8,
        reg_lambda: float = 1.0,
        early_stopping_rounds: int | None = None,
        random_state: int = 0,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.max_depth = max_depth
        self.min_child_weight = min_child_weight
        self.subsample = subsample
        self.colsample_bytree = colsample_bytree
        self.reg_lambda = reg_lambda
        self.early_stopping_rounds = early_stopping_rounds
        self.random_state = random_state
        self.extra = extra

    def _objective(self) -> dict[str, Any]:
        raise NotImplementedError

    def _parameters(self, context: FitContext) -> dict[str, Any]:
        return {
            "learning_rate": self.learning_rate,
            "max_depth": self.max_depth,
            "min_child_weight": self.min_child_weight,
            "subsample": self.subsample,
            "colsample_bytree": self.colsample_bytree,
            "reg_lambda": self.reg_lambda,
            "tree_method": "hist",
            "device": context.device,
            "seed": self.random_state,
            "nthread": context.threads,
            "verbosity": 0,
            **self._objective(),
            **(self.extra or {}),
        }

    def _data(self, matrix: Array, threads: int, target: Array | None = None, weight: Array | None = None) -> Any:
        named = set(self.encoder_.categorical_positions)
        kinds = ["c" if position in named else "q" for position in range(matrix.shape[1])]
        return _library().DMatrix(
            as_single(matrix), target, weight=weight, feature_types=kinds, enable_categorical=True, nthread=threads
        )

    def _best_rounds(
        self, matrix: Array, target: Array, weight: Array | None, learn: Rows, stop: Rows, context: FitContext
    ) -> int:
        counts = context.score_weight
        held_out = self._data(matrix[stop], context.threads, target[stop], None if counts is None else counts[stop])
        model = _library().train(
            self._parameters(context),
            self._data(matrix[learn], context.threads, target[learn], None if weight is None else weight[learn]),
            num_boost_round=self.n_estimators,
            evals=[(held_out, "stop")],
            early_stopping_rounds=self.early_stopping_rounds,
            callbacks=[_until(context.deadline)],
            verbose_eval=False,
        )
        return int(model.best_iteration) + 1

    def _train(self, matrix: Array, target: Array, weight: Array | None, context: FitContext) -> None:
        self.model_ = _library().train(
            self._parameters(context),
            self._data(matrix, context.threads, target, weight),
            num_boost_round=self.n_rounds_,
            callbacks=[_until(context.deadline)],
        )

    def _raw_predict(self, matrix: Array, threads: int) -> Array:
        raw = np.asarray(self.model_.predict(self._data(matrix, threads)), dtype=float)
        if self.classifies and raw.ndim == 1:
            return np.column_stack([1 - raw, raw])
        return raw / raw.sum(axis=1, keepdims=True) if self.classifies else raw

    def _write(self, folder: Path) -> None:
        # By Python: a full disk is then an error of the disk, not one of XGBoost's.
        (folder / "model.ubj").write_bytes(self.model_.save_raw("ubj"))

    def _read(self, folder: Path) -> None:
        self.model_ = _library().Booster()
        self.model_.load_model(bytearray((folder / "model.ubj").read_bytes()))


def _library() -> Any:
    try:
        return import_module("xgboost")
    except ImportError:
        raise Refusal(
            "this member needs xgboost, which is not installed", "pip install xgboost (or xgboost-cpu), or leave it out"
        ) from None


def _until(deadline: Deadline) -> Any:
    """A callback that ends a training when it is time, also where no alarm rings."""

    class Until(_library().callback.TrainingCallback):  # type: ignore[misc]
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            deadline.check()
            return False

    return Until()


class XGBoostClassifier(ClassProbabilities, _XGBoost):
    """Two or more classes, by log loss."""

    def _objective(self) -> dict[str, Any]:
        if len(self.classes_) == 2:
            return {"objective": "binary:logistic"}
        return {"objective": "multi:softprob", "num_class": len(self.classes_)}


class XGBoostRegressor(_XGBoost):
    """Values, by squared error unless `extra` names another objective."""

    def _objective(self) -> dict[str, Any]:
        return {"objective": "reg:squarederror"}
