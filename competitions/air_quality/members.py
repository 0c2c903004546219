"""The members: models that survive cities they have not seen, and models that read what neighbours measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from competitions.air_quality.city_windows import compact
from competitions.air_quality.features import inputs_of
from competitions.air_quality.keys import CITY, positions
from competitions.air_quality.place_model import PlaceModel
from competitions.air_quality.space_time import SpaceTimeProcess
from core.dataset import Dataset
from core.estimators.catboost import CatBoostRegressor
from core.estimators.constant import ConstantRegressor
from core.estimators.forest import ForestRegressor
from core.estimators.lightgbm import LightGBMRegressor
from core.estimators.linear import LinearRegressor
from core.estimators.neighbours import NeighboursRegressor
from core.member import Member

Params = Mapping[str, Any]

#: Few leaves, few columns, a strong penalty: what is learnt of one city is to hold in another.
LIGHTGBM = {
    "n_estimators": 200,
    "learning_rate": 0.03,
    "num_leaves": 7,
    "min_child_samples": 20,
    "colsample_bytree": 0.4,
    "reg_lambda": 10.0,
}
FOREST = {"kind": "extra", "n_estimators": 300, "min_samples_leaf": 3, "max_features": 0.4}
CATBOOST = {"n_estimators": 300, "learning_rate": 0.05, "depth": 4, "l2_leaf_reg": 20.0}
LINEAR = {"alpha": 300.0}
#: A Gaussian process holds a matrix of all rows by all rows.
PROCESS_ROWS = 5_000


def roster(dataset: Dataset) -> list[Member]:
    """Members, cheapest first; those that read neighbours where positions or cities are known.

    Where they are, few places decide on the weights of a blend: of two members of one kind that which reads neighbours
    enters it, and what suits seen places alone (raw targets, all features) stands in the table for comparison.
    """
    few = compact(dataset.fit.X.columns)
    keys = pd.concat([dataset.fit.keys, dataset.test.keys])
    placed = not np.isnan(positions(keys)).any()
    alone = not placed and bool((dataset.fit.keys[CITY] == "").all())
    every = [
        Member("train mean", lambda params, seed: ConstantRegressor("mean"), baseline=True, seeded=False),
        Member("train median", lambda params, seed: ConstantRegressor("median"), baseline=True, seeded=False),
        Member("linear", _linear(few), LINEAR, search_linear, seeded=False),
    ]
    if placed and len(dataset.fit) <= PROCESS_ROWS:
        every.append(Member("space-time", _process(few), {}, search_process, seeded=False))
    if not alone:
        every += [
            Member("lightgbm neighbours", _lightgbm(few, labels=True), LIGHTGBM, search_lightgbm),
            Member("extra trees neighbours", _forest(few, labels=True), FOREST, search_forest),
        ]
    return [
        *every,
        Member("nearest inputs", _nearest(few), {}, seeded=False),
        Member("catboost", _catboost(few), CATBOOST, search_catboost),
        Member("lightgbm", _lightgbm(few), LIGHTGBM, search_lightgbm, blended=alone),
        Member("extra trees", _forest(few), FOREST, search_forest, blended=alone),
        Member("lightgbm raw", _lightgbm(few, log=False), LIGHTGBM, search_lightgbm, blended=alone),
        Member("lightgbm wide", _wide(dataset), LIGHTGBM, search_lightgbm, blended=alone),
    ]


def _linear(columns: Sequence[str]) -> Any:
    return lambda params, seed: PlaceModel(LinearRegressor(**params), columns=columns)


def _lightgbm(columns: Sequence[str] | None, *, log: bool = True, labels: bool = False) -> Any:
    return lambda params, seed: PlaceModel(LightGBMRegressor(**params, random_state=seed), log, labels, columns)


def _wide(dataset: Dataset) -> Any:
    """On all features, and a component of each satellite product."""
    inputs = inputs_of(dataset.fit.X.columns)
    return lambda params, seed: PlaceModel(LightGBMRegressor(**params, random_state=seed), components=inputs)


def _catboost(columns: Sequence[str]) -> Any:
    return lambda params, seed: PlaceModel(CatBoostRegressor(**params, random_state=seed), columns=columns)


def _forest(columns: Sequence[str], *, labels: bool = False) -> Any:
    return lambda params, seed: PlaceModel(ForestRegressor(**params, random_state=seed), labels=labels, columns=columns)


def _nearest(columns: Sequence[str]) -> Any:
    return lambda params, seed: PlaceModel(NeighboursRegressor(**params), columns=columns)


def _process(columns: Sequence[str]) -> Any:
    return lambda params, seed: SpaceTimeProcess(**params, columns=columns)


def search_linear(trial: Any) -> dict[str, Any]:
    return {"alpha": trial.suggest_float("alpha", 10.0, 10_000.0, log=True)}


def search_lightgbm(trial: Any) -> dict[str, Any]:
    return {
        "n_estimators": trial.suggest_int("n_estimators", 50, 500, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.06, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 3, 15, log=True),
        "min_child_samples": trial.suggest_int("min_child_samples", 5, 60, log=True),
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.1, 0.8),
        "reg_lambda": trial.suggest_float("reg_lambda", 1.0, 100.0, log=True),
    }


def search_forest(trial: Any) -> dict[str, Any]:
    return FOREST | {
        "min_samples_leaf": trial.suggest_int("min_samples_leaf", 1, 15, log=True),
        "max_features": trial.suggest_float("max_features", 0.1, 0.8),
    }


def search_catboost(trial: Any) -> dict[str, Any]:
    return {
        "n_estimators": trial.suggest_int("n_estimators", 100, 600, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.1, log=True),
        "depth": trial.suggest_int("depth", 2, 6),
        "l2_leaf_reg": trial.suggest_float("l2_leaf_reg", 3.0, 100.0, log=True),
    }


def search_process(trial: Any) -> dict[str, Any]:
    return {
        "place": trial.suggest_float("place", 0.05, 1.0, log=True),
        "region": trial.suggest_float("region", 0.02, 0.5, log=True),
        "inputs": trial.suggest_float("inputs", 0.05, 1.0, log=True),
        "line": trial.suggest_float("line", 0.05, 2.0, log=True),
        "noise": trial.suggest_float("noise", 0.05, 0.4, log=True),
    }
