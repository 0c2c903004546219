"""The members: boosters, networks, a rating, and the points of a season to beat."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from competitions.world_champs.column import Column
from competitions.world_champs.records import EVENT
from competitions.world_champs.within_event import WithinEvent
from core.estimators.catboost import CatBoostRanker
from core.estimators.lightgbm import LightGBMRanker, LightGBMRegressor
from core.estimators.tabular_net import TabularNetRanker, TabularNetRegressor
from core.member import Member

Params = Mapping[str, Any]

#: Columns of names, which only the source's network reads.
NAMES = ("rider", "race", "race_class")
#: What the source's network reads: rider, race, month, and the bodies.
SOURCE = (*NAMES, "month", "distance", "weight", "height")

#: Boosters are fitted so many times with other seeds: one seed moves NDCG by .005.
BAG = 3
REGRESSION = {
    "n_estimators": 400,
    "learning_rate": 0.03,
    "num_leaves": 8,
    "min_child_samples": 80,
    "colsample_bytree": 0.3,
    "reg_lambda": 5.0,
}
LAMBDARANK = {
    "n_estimators": 110,
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_child_samples": 150,
    "colsample_bytree": 0.6,
    "reg_lambda": 5.0,
}
CATBOOST = {"n_estimators": 200, "learning_rate": 0.06, "depth": 6, "l2_leaf_reg": 5.0}
LISTWISE = {"epochs": 15, "dropout": 0.2, "learning_rate": 3e-3, "ensemble": 4}
TRUNCATION = 20
NETWORKS = ("listwise net", "source net")


def torch_is_installed() -> bool:
    """Whether networks can be fitted here."""
    return find_spec("torch") is not None


def roster(numbers: tuple[str, ...]) -> list[Member]:
    """Members, cheapest first; networks where torch is installed.

    Parameters
    ----------
    numbers: the columns that are no names.
    """

    def within(model: Any, columns: tuple[str, ...] = numbers, *, gains: bool = False, bag: int = 1) -> WithinEvent:
        return WithinEvent(model, columns, gains, bag)

    every = [
        Member("season points", lambda params, seed: Column("points_365"), baseline=True, seeded=False),
        Member(
            "lambdarank",
            lambda params, seed: within(
                LightGBMRanker(EVENT, **params, random_state=seed, extra={"lambdarank_truncation_level": TRUNCATION}),
                gains=True,
                bag=BAG,
            ),
            LAMBDARANK,
            search_lambdarank,
        ),
        Member(
            "regression",
            lambda params, seed: within(LightGBMRegressor(**params, random_state=seed), bag=BAG),
            REGRESSION,
            search_regression,
        ),
        Member("rating", lambda params, seed: within(Column("rating")), seeded=False),
        Member(
            "listwise net",
            lambda params, seed: within(TabularNetRanker(EVENT, **params, random_state=seed)),
            LISTWISE,
            search_listwise,
        ),
        Member(
            "catboost",
            lambda params, seed: within(CatBoostRanker(EVENT, **params, random_state=seed), gains=True),
            CATBOOST,
            search_catboost,
        ),
        # What forecasts are put beside. With so few races weights are mostly luck, and it is by far the weakest.
        Member("source net", lambda params, seed: within(_source_network(seed), SOURCE), blended=False),
    ]
    return [member for member in every if member.name not in NETWORKS or torch_is_installed()]


def _source_network(seed: int) -> TabularNetRegressor:
    """The network of "Predicting the World Champion" (science4performance.com, 2019): embeddings, 200 and 100 units."""
    return TabularNetRegressor(
        hidden=(200, 100), periodic=False, ensemble=1, dropout=0.1, epochs=8, batch_size=512, random_state=seed
    )


def search_lambdarank(trial: Any) -> dict[str, Any]:
    return LAMBDARANK | {
        "n_estimators": trial.suggest_int("n_estimators", 50, 300, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.1, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 6, 40, log=True),
        "min_child_samples": trial.suggest_int("min_child_samples", 30, 400, log=True),
    }


def search_regression(trial: Any) -> dict[str, Any]:
    return REGRESSION | {
        "n_estimators": trial.suggest_int("n_estimators", 100, 800, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.08, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 6, 48, log=True),
        "min_child_samples": trial.suggest_int("min_child_samples", 30, 300, log=True),
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.2, 0.8),
    }


def search_listwise(trial: Any) -> dict[str, Any]:
    return LISTWISE | {
        "epochs": trial.suggest_int("epochs", 8, 40, log=True),
        "dropout": trial.suggest_float("dropout", 0.0, 0.5),
        "learning_rate": trial.suggest_float("learning_rate", 1e-3, 8e-3, log=True),
    }


def search_catboost(trial: Any) -> dict[str, Any]:
    return CATBOOST | {
        "n_estimators": trial.suggest_int("n_estimators", 100, 600, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.15, log=True),
        "depth": trial.suggest_int("depth", 4, 7),
    }
