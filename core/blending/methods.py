"""Which blenders suit a metric."""

from __future__ import annotations

from collections.abc import Sequence

from core.blend import Scale
from core.blending.log_loss_scorer import are_probabilities
from core.blending.scorer import Array, Rows
from core.blending.squared_scorer import SquaredScorer
from core.metrics import Metric
from core.objective import Judge

#: The blender that has other weights in each regime.
BY_REGIME = "by regime"


def methods_of(
    judge: Judge, members: Sequence[Array], parts: Sequence[Rows], *, rounds: int, regimes: bool
) -> list[str]:
    """The blenders that compete, the simplest first: of equals the first is taken.

    Parameters
    ----------
    members: their predictions of all score rows, (rows, outputs) each.
    parts: the rows that are scored.
    rounds: of greedy selection; 0 for none of it.
    regimes: whether rows have regimes.
    """
    if len(members) == 1:
        return ["single"]
    metric, outputs = judge.metric, members[0].shape[1]
    blenders = ["mean", "greedy"] if rounds else ["mean"]
    found = ["best single", *blenders]
    if "ranks" in scales_of(metric, outputs):
        found += [f"rank {blender}" for blender in blenders]
    if judge.groups is None and SquaredScorer.suits(metric, outputs):
        found += ["least squares", *(["stacking"] if metric.reads == "values" else [])]
    if pools(metric) and (metric.name == "log_loss" or are_probabilities(members, parts)):
        found.append("log-linear")
    return [*found, BY_REGIME] if regimes else found


def scale_of(method: str) -> Scale:
    """On which scale a blender joins predictions."""
    if method == "log-linear":
        return "logs"
    return "ranks" if method.startswith("rank ") else "values"


def scales_of(metric: Metric, outputs: int) -> list[Scale]:
    """On which scales members are averaged: ranks too, where only the order counts."""
    # Ranks of three or more classes are no probabilities: their rows do not sum to 1.
    return ["values", "ranks"] if metric.only_order and (metric.truth != "class" or outputs < 3) else ["values"]


def pools(metric: Metric) -> bool:
    """Whether log probabilities of members are pooled too: where those of classes are scored by their logarithms,
    or by their order, which good probabilities put right."""
    fitting = metric.name == "log_loss" or metric.only_order
    return fitting and metric.truth == "class" and metric.reads == "probabilities"


def in_regimes(methods: Sequence[str]) -> str:
    """The blender that is fitted in each regime: one that is drawn towards equal weights where there is one."""
    return next(name for name in ("log-linear", "stacking", "least squares", "greedy", "mean") if name in methods)
