"""Where a study looks for better parameters: what is drawn is wide enough to hold the defaults of any table."""

from __future__ import annotations

from typing import Any

from core.portfolio.shape import Shape

Params = dict[str, Any]


def lightgbm(shape: Shape, trial: Any) -> Params:
    return {
        "n_estimators": 3000,
        "early_stopping_rounds": 50,
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.2, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 4, 128, log=True),
        "min_child_samples": trial.suggest_int("min_child_samples", 2, 100, log=True),
        "subsample": trial.suggest_float("subsample", 0.5, 1.0),
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.3, 1.0),
        "reg_lambda": trial.suggest_float("reg_lambda", 1e-2, 30, log=True),
    }


def catboost(shape: Shape, trial: Any) -> Params:
    return {
        "n_estimators": trial.suggest_int("n_estimators", 100, 1500, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.2, log=True),
        "depth": trial.suggest_int("depth", 3, 8),
        "l2_leaf_reg": trial.suggest_float("l2_leaf_reg", 0.5, 30, log=True),
    }


def xgboost(shape: Shape, trial: Any) -> Params:
    return {
        "n_estimators": 3000,
        "early_stopping_rounds": 50,
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.2, log=True),
        "max_depth": trial.suggest_int("max_depth", 2, 10),
        "min_child_weight": trial.suggest_float("min_child_weight", 0.1, 30, log=True),
        "subsample": trial.suggest_float("subsample", 0.5, 1.0),
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.3, 1.0),
        "reg_lambda": trial.suggest_float("reg_lambda", 1e-2, 30, log=True),
    }


def linear_classifier(shape: Shape, trial: Any) -> Params:
    return {"C": trial.suggest_float("C", 1e-3, 30, log=True)}


def linear_regressor(shape: Shape, trial: Any) -> Params:
    return {"alpha": trial.suggest_float("alpha", 1e-2, 1e4, log=True)}


def forest(shape: Shape, trial: Any) -> Params:
    return {
        "min_samples_leaf": trial.suggest_int("min_samples_leaf", 1, 50, log=True),
        "max_features": trial.suggest_float("max_features", 0.02, 1.0, log=True),
    }


def neighbours(shape: Shape, trial: Any) -> Params:
    return {"n_neighbors": trial.suggest_int("n_neighbors", 2, max(20, min(200, shape.rows // 4)), log=True)}


def kernel(shape: Shape, trial: Any) -> Params:
    return {"landmarks": trial.suggest_int("landmarks", 200, 1500, log=True)}


def net(shape: Shape, trial: Any) -> Params:
    return {
        "width": trial.suggest_int("width", 32, 256, log=True),
        "depth": trial.suggest_int("depth", 1, 3),
        "dropout": trial.suggest_float("dropout", 0.0, 0.5),
        "scaling": trial.suggest_categorical("scaling", ["quantile", "robust"]),
        "learning_rate": trial.suggest_float("learning_rate", 5e-4, 1e-2, log=True),
        "weight_decay": trial.suggest_float("weight_decay", 1e-3, 0.3, log=True),
    }
