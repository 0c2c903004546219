"""The members: three learners, each with every strategy against a shifted prior."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from core.estimators.catboost import CatBoostClassifier
from core.estimators.lightgbm import LightGBMClassifier
from core.estimators.linear import LinearClassifier
from core.estimators.prior_corrected import PriorCorrectedClassifier
from core.estimators.restated import Calibrated, Uncorrected
from core.member import Member

Params = Mapping[str, Any]
Build = Callable[[Params, int], Any]

LIGHTGBM = {"n_estimators": 150, "learning_rate": 0.04, "num_leaves": 15, "min_child_samples": 20, "reg_lambda": 1.0}
CATBOOST = {"n_estimators": 250, "learning_rate": 0.06, "depth": 5, "l2_leaf_reg": 3.0}
LINEAR = {"C": 0.1}


def _lightgbm(params: Params, seed: int) -> LightGBMClassifier:
    return LightGBMClassifier(**params, random_state=seed)


def _catboost(params: Params, seed: int) -> CatBoostClassifier:
    return CatBoostClassifier(**params, random_state=seed)


def _linear(params: Params, seed: int) -> LinearClassifier:
    return LinearClassifier(**params)


def search_lightgbm(trial: Any) -> dict[str, Any]:
    return {
        "n_estimators": trial.suggest_int("n_estimators", 50, 400, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.15, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 4, 63, log=True),
        "min_child_samples": trial.suggest_int("min_child_samples", 5, 100, log=True),
        "reg_lambda": trial.suggest_float("reg_lambda", 0.01, 30, log=True),
    }


def search_catboost(trial: Any) -> dict[str, Any]:
    return {
        "n_estimators": trial.suggest_int("n_estimators", 100, 600, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.15, log=True),
        "depth": trial.suggest_int("depth", 3, 7),
        "l2_leaf_reg": trial.suggest_float("l2_leaf_reg", 0.5, 30, log=True),
    }


def search_linear(trial: Any) -> dict[str, Any]:
    return {"C": trial.suggest_float("C", 1e-3, 10, log=True)}


#: How to build each learner, its parameters and its search space; the one that pays first at the head.
LEARNERS: Mapping[str, tuple[Build, Params, Any]] = {
    "lightgbm": (_lightgbm, LIGHTGBM, search_lightgbm),
    "linear": (_linear, LINEAR, search_linear),
    "catboost": (_catboost, CATBOOST, search_catboost),
}

#: What bags have instead: half the rounds at twice the rate. A mean of ten forgives it, and bags cost most of all.
BAGGED: Mapping[str, Params] = {
    "lightgbm": {**LIGHTGBM, "n_estimators": 75, "learning_rate": 0.08},
    "linear": LINEAR,
    "catboost": {**CATBOOST, "n_estimators": 125, "learning_rate": 0.12},
}

#: The strategies of the blog post that motivates this competition, as suffixes of member names.
SOURCE_STRATEGIES = ("unmodified", "weights", "undersampled", "smote")


def roster() -> list[Member]:
    """All members, in the order in which they pay: a budget takes as many as it has time for.

    For each learner: natural rows corrected to the test prior (its own name), that calibrated on prior-weighted
    rows (`-calibrated`), the mean of ten fits on rows thinned to the test prior (`-bagged`), classes weighted to it
    (`-weights`). Learners differ more than strategies of one learner do, so that each learner comes once before any
    comes again. For comparison, never blended, and last: no modification at all (`-unmodified`), one thinned fit
    (`-undersampled`), SMOTE and thinning (`-smote`).
    """
    plain = [member for learner in LEARNERS for member in (_balanced(learner, "", "none"), _calibrated(learner))]
    bagged = [_balanced(learner, "-bagged", "bagged", params=BAGGED[learner]) for learner in LEARNERS]
    weighted = [_balanced(learner, "-weights", "weights") for learner in LEARNERS]
    return [*plain, *bagged, *weighted, *(member for learner in LEARNERS for member in _compared(learner))]


def _calibrated(learner: str) -> Member:
    return _second(learner, "calibrated", Calibrated)


def _compared(learner: str) -> list[Member]:
    return [
        _second(learner, "unmodified", Uncorrected, blended=False),
        _balanced(learner, "-undersampled", "undersample", blended=False),
        _balanced(learner, "-smote", "smote", blended=False),
    ]


def _balanced(learner: str, strategy: str, balance: str, *, params: Params | None = None, **more: Any) -> Member:
    build, defaults, search = LEARNERS[learner]
    # A linear model is the same whatever its seed; rows that are drawn are not.
    seeded = learner != "linear" or balance in ("bagged", "undersample", "smote")
    name = f"{learner}{strategy}"
    return Member(name, partial(_corrected, build, balance), params or defaults, search, seeded=seeded, **more)


def _corrected(build: Build, balance: Any, params: Params, seed: int) -> PriorCorrectedClassifier:
    return PriorCorrectedClassifier(build(params, seed), balance, random_state=seed)


def _second(learner: str, strategy: str, kind: Any, **more: Any) -> Member:
    seeded = learner != "linear"  # as the member that it reads
    return Member(f"{learner}-{strategy}", partial(_restated, kind, learner), needs=(learner,), seeded=seeded, **more)


def _restated(kind: Any, source: str, params: Params, seed: int) -> Any:
    return kind(source)
