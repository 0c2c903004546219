"""Small tasks and cells for the tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from benchmarks.peers_parts.cells import Cell
from benchmarks.peers_parts.task import Task, split


def small(seed: int = 0, metric: str = "log_loss", group: bool = False, rows: int = 60) -> Task:
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({"x": rng.normal(size=rows), "kind": rng.choice(["a", "b"], rows)})
    frame["y"] = rng.normal(size=rows) if metric == "rmse" else np.where(np.arange(rows) % 2, "yes", "no")
    frame["place"] = np.arange(rows) // 5 % 12  # both classes in every group
    if not group:
        frame = frame.drop(columns="place")
    return split("small", seed, frame, metric, target="y", group="place" if group else None)


def cell(
    tool: str,
    predictions: Sequence[float] | None,
    *,
    name: str = "small",
    seed: int = 0,
    metric: str = "log_loss",
    truth: Sequence[float] = (0, 1, 0, 1),
    clusters: Sequence[str] | None = None,
    **more: object,
) -> Cell:
    """One with probabilities of the second class, or values; none of them for a cell that failed."""
    outputs = [] if predictions is None else [[p] if metric == "rmse" else [1 - p, p] for p in predictions]
    known: dict = {"kind": "plain", "minutes": 1.0, "seconds": 60.0, "version": "1", "key": "k"}
    if predictions is None:
        known["errors"] = ["first", "second\nlast line"]
    names = [f"{seed}-{row}" for row in range(len(truth))] if clusters is None else list(clusters)
    return Cell(
        tool=tool,
        set=name,
        seed=seed,
        metric=metric,
        truth=list(truth),
        predictions=outputs,
        clusters=names,
        **known | more,
    )
