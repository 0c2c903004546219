"""Pictures as data: what a chart shows, for whoever draws it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Kind = Literal["line", "bar", "scatter", "heatmap"]
Point = str | float | int
Numbers = tuple[float | None, ...]


@dataclass(frozen=True)
class Series:
    """Values of one name in a chart.

    Parameters
    ----------
    name: in the legend; of a heatmap, the row.
    x: numbers, or names where the axis has steps; of a heatmap, the columns.
    y: as many values; None is a gap.
    low, high: ends of the interval of each value, or nothing; None where an interval is not known.

    Raises
    ------
    ValueError: parts of different lengths.
    """

    name: str
    x: tuple[Point, ...]
    y: Numbers
    low: Numbers = ()
    high: Numbers = ()

    def __post_init__(self) -> None:
        lengths = {len(self.x), len(self.y), *(len(ends) for ends in (self.low, self.high) if ends)}
        if len(lengths) > 1 or bool(self.low) != bool(self.high):
            raise ValueError(f"series {self.name!r}: x, y, low and high of different lengths")

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Series:
        return cls(state["name"], *(tuple(state[part]) for part in ("x", "y", "low", "high")))


@dataclass(frozen=True)
class Chart:
    """A picture described by its data, not drawn: it fits into run.json, and whoever shows it draws it in his own way.

    Parameters
    ----------
    kind: "line" joins points in their order, "scatter" does not, "bar" has one for each name, "heatmap" a row for
        each series.
    series: drawn in this order.
    x_label, y_label: of the axes, with units.
    title: one line; empty where the exhibit's says it all.

    Raises
    ------
    ValueError: a kind that is none of these.

    >>> Chart("bar", (Series("rows", ("a", "b"), (3, 5)),), y_label="rows").series[0].y
    (3, 5)
    """

    kind: Kind
    series: tuple[Series, ...]
    x_label: str = ""
    y_label: str = ""
    title: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"a chart is one of {', '.join(get_args(Kind))}, not {self.kind!r}")

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Chart:
        series = tuple(Series.from_json(part) for part in state["series"])
        return cls(state["kind"], series, state["x_label"], state["y_label"], state["title"])
