"""The members of a portfolio, in the order in which they pay."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import Any

from core.dataset import Dataset
from core.errors import Refusal
from core.estimators.catboost import CatBoostClassifier, CatBoostRegressor
from core.estimators.forest import ForestClassifier, ForestRegressor
from core.estimators.kernel import KernelClassifier, KernelRegressor
from core.estimators.lightgbm import LightGBMClassifier, LightGBMRegressor
from core.estimators.linear import LinearClassifier, LinearRegressor
from core.estimators.mixed_effects import MixedEffectsRegressor
from core.estimators.neighbours import NeighboursClassifier, NeighboursRegressor
from core.estimators.tabular_net import TabularNetClassifier, TabularNetRegressor
from core.estimators.xgboost import XGBoostClassifier, XGBoostRegressor, xgboost_is_installed
from core.member import Member
from core.metrics import Metric
from core.portfolio import spaces
from core.portfolio.shape import Shape

Params = Mapping[str, Any]
Search = Callable[[Shape, Any], dict[str, Any]]

#: Rows × columns beyond which distances between all rows cost more than they give.
NEIGHBOURS_CELLS = 400_000

#: Rows × outputs, and columns, beyond which a kernel machine costs more than it gives.
KERNEL_ROWS, KERNEL_COLUMNS = 20_000, 300

#: The order in which members pay, by `benchmarks/portfolio.py`: what the blend gains with each for its seconds. One on
#: groups unseen, which that has no sets for, comes behind the member that it is made of.
ORDER = (
    "linear",
    "lightgbm",
    "kernel",
    "catboost",
    "catboost-mixed",
    "net",
    "kernel-even",
    "lightgbm-extra",
    "extra-trees",
    "neighbours",
    "random-forest",
    "xgboost",
)

#: Beyond so many rows another order pays: a network takes five times as long as LightGBM there, a forest is coarse.
#: (By the seconds of fits; the sets of the benchmark end at this size.)
LARGE_ROWS = 5_000
LARGE_ORDER = (
    "linear",
    "lightgbm",
    "kernel",
    "lightgbm-extra",
    "catboost",
    "catboost-mixed",
    "net",
    "extra-trees",
    "kernel-even",
    "random-forest",
    "xgboost",
    "neighbours",
)

#: From so many classes on most boosters pay last: they grow a tree for each class in every round, while a forest, a
#: kernel machine and a network answer all classes at once. (`benchmarks/portfolio.py`, sets of six and ten classes.)
MANY_CLASSES = 5
ORDER_OF_MANY = (
    "linear",
    "extra-trees",
    "kernel-even",
    "kernel",
    "net",
    "lightgbm-extra",
    "catboost",
    "random-forest",
    "neighbours",
    "lightgbm",
    "xgboost",
)

#: Beyond so many rows LightGBM learns twice as fast: its rounds cost too much to take small steps.
HUGE_ROWS = 20_000

#: Rows that a tree of a forest sees at most.
FOREST_ROWS = 20_000


def portfolio(dataset: Dataset, metric: Metric, unseen: str | None = None) -> list[Member]:
    """Members for a table, the one that pays first at the head: a budget takes as many as it has time for.

    For class probabilities where the truth of the metric is a class, otherwise for one value. Parameters depend on
    the shape of the table alone, and on whether the metric counts absolute errors.

    Parameters
    ----------
    unseen: the key whose groups in the test rows are other ones than in train, and in held-out rows too.

    Raises
    ------
    Refusal: a metric of several values or labels per row, or several outputs for one truth.
    """
    if metric.truth in ("labels", "values"):
        raise Refusal(
            f"the metric {metric.name} has several truths per row, for which there is no portfolio",
            "name members of the competition's own",
        )
    classifies = metric.truth == "class"
    if not classifies and len(dataset.outputs) > 1:
        raise Refusal(
            f"the metric {metric.name} reads {len(dataset.outputs)} values per row, and the members of a portfolio"
            " predict one",
            "name members of the competition's own",
        )
    shape = Shape.of(dataset, len(dataset.outputs) if classifies else 1)
    members = {member.name: member for member in _members(shape, classifies, "median" in metric.best_constant)}
    if unseen is not None and not classifies:
        members["catboost-mixed"] = _mixed(members["catboost"], unseen)
    return [members[name] for name in order_of(shape) if name in members and suits(name, shape)]


def order_of(shape: Shape) -> tuple[str, ...]:
    """The names of all members in the order in which they pay on tables of this shape."""
    if shape.classes >= MANY_CLASSES:
        return ORDER_OF_MANY
    return ORDER if shape.rows <= LARGE_ROWS else LARGE_ORDER


def suits(name: str, shape: Shape) -> bool:
    """Whether a member can be had here, and is worth its time on a table of this shape."""
    if name == "neighbours":
        return shape.cells <= NEIGHBOURS_CELLS
    if name in ("kernel", "kernel-even"):
        return shape.rows * max(1, shape.classes - 1) <= KERNEL_ROWS and shape.columns <= KERNEL_COLUMNS
    if name == "net":
        return find_spec("torch") is not None
    return xgboost_is_installed() if name == "xgboost" else True


def _members(shape: Shape, classifies: bool, absolute: bool) -> list[Member]:
    make = partial(_member, shape, classifies)
    return [
        # Monotone and additive truth; a few rows; costs next to nothing.
        make("linear", LinearClassifier, LinearRegressor, {}, _linear_space(classifies), seeded=False),
        # The strongest single learner per second on most tables of names and numbers.
        make("lightgbm", LightGBMClassifier, LightGBMRegressor, lightgbm_params(shape, absolute), spaces.lightgbm),
        # Smooth truth on up to some thousand rows, of few columns that matter: there it beats every booster.
        make("kernel", KernelClassifier, KernelRegressor, {}, spaces.kernel),
        # Where every column matters a little: images, measurements of one thing.
        make("kernel-even", KernelClassifier, KernelRegressor, {"even": True}, spaces.kernel),
        # Names with many categories (ordered target statistics); robust on small tables.
        make("catboost", CatBoostClassifier, CatBoostRegressor, catboost_params(shape, absolute), spaces.catboost),
        # Smooth truth and interactions of many numbers, where trees need many rows. Errs unlike the boosters.
        make(
            "net",
            TabularNetClassifier,
            TabularNetRegressor,
            net_params(shape) | _net_loss(absolute, classifies),
            spaces.net,
        ),
        # Many weak or noisy columns: random thresholds over-fit least of all trees.
        make(
            "extra-trees", ForestClassifier, ForestRegressor, forest_params(shape, "extra", classifies), spaces.forest
        ),
        # As lightgbm, its thresholds drawn at random and its trees shallow: another bias for the same price.
        make(
            "lightgbm-extra",
            LightGBMClassifier,
            LightGBMRegressor,
            extra_lightgbm_params(shape, absolute),
            spaces.lightgbm,
        ),
        # Local truth: clusters, repeated rows, images.
        make("neighbours", NeighboursClassifier, NeighboursRegressor, {}, spaces.neighbours, seeded=False),
        # Sharp thresholds with few rows in each cell.
        make(
            "random-forest",
            ForestClassifier,
            ForestRegressor,
            forest_params(shape, "random", classifies),
            spaces.forest,
        ),
        # Depth-wise growth and its own handling of missing values, where it is installed.
        make("xgboost", XGBoostClassifier, XGBoostRegressor, xgboost_params(absolute), spaces.xgboost),
    ]


def _member(
    shape: Shape,
    classifies: bool,
    name: str,
    classifier: Any,
    regressor: Any,
    defaults: Params,
    search: Search,
    seeded: bool = True,
) -> Member:
    kind = classifier if classifies else regressor
    space = partial(_space, search, shape, defaults)
    return Member(name, partial(_build, kind, seeded), defaults, space, seeded=seeded)


def _mixed(member: Member, group: str) -> Member:
    """The member on values without what only the name of a group explains."""
    build = partial(_build_mixed, member.build, group)
    return replace(member, name=f"{member.name}-mixed", build=build)


def _build_mixed(build: Callable[[Params, int], Any], group: str, params: Params, seed: int) -> Any:
    return MixedEffectsRegressor(build(params, seed), group)


def _build(kind: Any, seeded: bool, params: Params, seed: int) -> Any:
    return kind(**params, random_state=seed) if seeded else kind(**params)


def _space(search: Search, shape: Shape, defaults: Params, trial: Any) -> dict[str, Any]:
    return {**defaults, **search(shape, trial)}


def _linear_space(classifies: bool) -> Search:
    return spaces.linear_classifier if classifies else spaces.linear_regressor


def lightgbm_params(shape: Shape, absolute: bool, **more: Any) -> dict[str, Any]:
    """Early stopping: how many rounds are best differs by ten times between tables. Smaller leaves on small ones."""
    extra = {"objective": "regression_l1"} if absolute else {}
    many = shape.classes >= MANY_CLASSES  # a tree for each class in every round
    return {
        "n_estimators": 1000,
        "learning_rate": 0.15 if many else 0.05 if shape.rows <= HUGE_ROWS else 0.1,
        "early_stopping_rounds": 15 if many else 30,
        "min_child_samples": min(20, max(3, shape.rows // 50)),
        **more,
        "extra": extra | more.get("extra", {}),
    }


def extra_lightgbm_params(shape: Shape, absolute: bool) -> dict[str, Any]:
    """Shallow trees of random thresholds, which need many rounds: twice the rate on many rows."""
    many = shape.classes >= MANY_CLASSES
    rate = 0.15 if many else 0.05 if shape.rows <= LARGE_ROWS else 0.1
    how = {"learning_rate": rate, "num_leaves": 15, "colsample_bytree": 0.5, "extra": {"extra_trees": True}}
    return lightgbm_params(shape, absolute, **how)


def xgboost_params(absolute: bool) -> dict[str, Any]:
    """As LightGBM: rounds by early stopping."""
    extra = {"objective": "reg:absoluteerror"} if absolute else {}
    return {"n_estimators": 1000, "learning_rate": 0.05, "early_stopping_rounds": 30, "extra": extra}


def catboost_params(shape: Shape, absolute: bool) -> dict[str, Any]:
    """Fixed rounds: CatBoost's trees over-fit late, and a second fit would cost as much as another member."""
    extra = {"loss_function": "MAE"} if absolute else {}
    if shape.classes > 3:  # each round costs as many trees
        return {"n_estimators": 200, "learning_rate": 0.12, "depth": 5, "extra": extra}
    if shape.rows > LARGE_ROWS:
        return {"n_estimators": 500, "learning_rate": 0.12, "depth": 6, "extra": extra}
    return {"n_estimators": 400, "learning_rate": 0.06, "depth": 6, "extra": extra}


def forest_params(shape: Shape, kind: str, classifies: bool) -> dict[str, Any]:
    """Leaves grow with the rows, so that a forest stays small on disk; a split of classes sees few columns."""
    few = (math.isqrt(max(1, shape.columns)) + 0.5) / max(1, shape.columns)  # the half: a share is cut to whole columns
    return {
        "kind": kind,
        "n_estimators": 200,
        "min_samples_leaf": max(1, shape.rows // 10_000),
        "max_features": min(1.0, few) if classifies else 0.7,
        "max_rows": FOREST_ROWS,
    }


def net_params(shape: Shape) -> dict[str, Any]:
    """About 500 steps on small tables; more, with larger batches, on large ones. Two classes over-fit soonest.

    Many classes need width more than they need an ensemble of networks.
    """
    batch_size = min(512, max(32, 2 ** ((shape.rows // 16).bit_length() - 1)))
    steps = (400 if shape.classes == 2 else 600) + shape.rows // 100
    epochs = min(100, max(6, round(steps * batch_size / shape.rows)))
    wide = {"width": 256, "ensemble": 4} if shape.classes >= MANY_CLASSES else {}
    return {"epochs": epochs, "batch_size": batch_size, **wide}


def _net_loss(absolute: bool, classifies: bool) -> dict[str, Any]:
    return {} if classifies or not absolute else {"loss": "absolute"}
