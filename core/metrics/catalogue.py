"""Metrics by their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.errors import Refusal
from core.metrics import (
    agreement,
    average_precision,
    classification,
    correlation,
    distribution,
    f1,
    log_loss,
    ranking,
    regression,
    top,
)
from core.metrics.metric import Metric


@dataclass(frozen=True)
class Family:
    """Metrics that differ in numbers, which stand in their names after an "@".

    Parameters
    ----------
    form: such as "ndcg@k", for messages.
    example: the name of one of them.
    make: from the numbers.
    number: int or float: what they are.
    count: how many; None for one or more.
    """

    form: str
    example: str
    make: Callable[..., Metric]
    number: type[int] | type[float] = int
    count: int | None = 1

    def read(self, text: str) -> Metric:
        """The metric of the numbers in a text such as "0.1,0.9".

        Raises
        ------
        ValueError: no such numbers, or not so many.
        """
        parts = text.split(",")
        if self.count is not None and len(parts) != self.count:
            raise ValueError(f"{self.form} has {self.count} number(s), not {len(parts)}")
        pattern = r"[+-]?\d+" if self.number is int else r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?"
        for part in parts:
            if re.fullmatch(pattern, part, re.ASCII) is None:
                raise ValueError(f"{part!r} is no {'whole ' if self.number is int else ''}number")
        return self.make(*[self.number(part) for part in parts])


#: Metrics without numbers, by name.
METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for module in (
        agreement,
        average_precision,
        classification,
        correlation,
        distribution,
        f1,
        log_loss,
        ranking,
        regression,
    )
    for metric in vars(module).values()
    if isinstance(metric, Metric)
}

#: Metrics with numbers, by the part of the name before the "@".
FAMILIES: Mapping[str, Family] = {
    family.form.partition("@")[0]: family
    for family in (
        Family("balanced_log_loss@weight,weight,…", "balanced_log_loss@1,2,1", log_loss.balanced_log_loss, float, None),
        Family("crps_cdf@first,last", "crps_cdf@-99,99", distribution.crps_cdf, int, 2),
        Family("hit_rate@k", "hit_rate@3", ranking.hit_rate),
        Family("map@k", "map@12", ranking.map_at),
        Family("map_classes@k", "map_classes@3", top.map_classes),
        Family("map_labels@k", "map_labels@7", top.map_labels),
        Family("ndcg@k", "ndcg@10", ranking.ndcg),
        Family("padded_cmap@rows", "padded_cmap@5", average_precision.padded_cmap),
        Family("pinball@quantile,…", "pinball@0.1,0.5,0.9", distribution.pinball, float, None),
        Family("qwk_values@low,high", "qwk_values@1,6", agreement.qwk_values, int, 2),
        Family("set_fbeta@beta", "set_fbeta@2", f1.set_fbeta, float),
        Family("weighted_log_loss@weight,weight,…", "weighted_log_loss@1,2,4", log_loss.weighted_log_loss, float, None),
    )
}


def named(text: str) -> Metric:
    """The metric of a name such as "rmse" or "ndcg@10".

    Raises
    ------
    Refusal: an unknown name (with the known ones), or numbers that the metric cannot have.
    """
    name, at, numbers = text.partition("@")
    if not at and name in METRICS:
        return METRICS[name]
    if at and name in FAMILIES:
        family = FAMILIES[name]
        try:
            return family.read(numbers)
        except ValueError as error:
            raise Refusal(f"metric {text!r}: {error}", "mend the numbers", expected=_form(family)) from None
    if name in METRICS or name in FAMILIES:
        problem = f"metric {text!r}: {name} has " + ("no numbers" if at else "numbers in its name")
        raise Refusal(problem, "write it so", expected=_form(FAMILIES[name]) if name in FAMILIES else name)
    raise Refusal(f"there is no metric {text!r}", "choose one of these, or write a Metric", expected=", ".join(names()))


def names() -> list[str]:
    """The names of all metrics, those with numbers by their form."""
    return sorted([*METRICS, *(family.form for family in FAMILIES.values())])


def _form(family: Family) -> str:
    return f"{family.form}, such as {family.example}"
