"""The members of the portfolio, and the variants of them that were weighed against each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.dataset import Dataset
from core.member import Member
from core.metrics import Metric
from core.portfolio import portfolio

#: By name: the member that a variant is of, and what differs.
VARIANTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "lightgbm-fixed": ("lightgbm", {"early_stopping_rounds": None, "n_estimators": 200}),
    "catboost-stopped": ("catboost", {"early_stopping_rounds": 30, "n_estimators": 1000}),
    "net-stopped": ("net", {"early_stopping": True}),
    "net-single": ("net", {"ensemble": 1, "dropout": 0.5}),
    "lightgbm-linear": ("lightgbm", {"extra": {"linear_tree": True}, "learning_rate": 0.1}),
}


def candidates(dataset: Dataset, metric: Metric) -> dict[str, Member]:
    """By name."""
    members = {member.name: member for member in portfolio(dataset, metric)}
    for name, (base, changes) in VARIANTS.items():
        if base in members:
            members[name] = replace(members[base], name=name, defaults={**members[base].defaults, **changes})
    return members
