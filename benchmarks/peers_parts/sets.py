"""The sets of the comparison: bundled with scikit-learn, generated, and in folders that the user names."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from sklearn import datasets

from benchmarks.peers_parts import generated
from benchmarks.peers_parts.folders import in_folders
from benchmarks.peers_parts.task import TARGET, MetricName, Task, split

Draw = Callable[[int], Task]


def bundled(name: str, metric: MetricName, seed: int) -> Task:
    """A set of scikit-learn, split by a seed."""
    loaded = getattr(datasets, f"load_{name}")(as_frame=True)
    frame = loaded.data.assign(**{TARGET: loaded.target})
    if metric != "rmse":
        frame[TARGET] = [f"class-{code}" for code in frame[TARGET]]
    return split(name.replace("_", "-"), seed, frame, metric)


def all_sets(folders: str = "") -> Mapping[str, Draw]:
    """How to draw each set's task from a seed, by the set's name.

    Parameters
    ----------
    folders: paths with os.pathsep between them; see `folders.in_folders`.

    Raises
    ------
    Refusal: a path without data of a known layout.
    """
    draws: dict[str, Draw] = {
        "breast-cancer": partial(bundled, "breast_cancer", "log_loss"),
        "wine": partial(bundled, "wine", "log_loss"),
        "digits": partial(bundled, "digits", "log_loss"),
        "diabetes": partial(bundled, "diabetes", "rmse"),
        "friedman": generated.friedman,
        "wide": generated.wide,
        "categories": generated.categories,
        "unseen-groups": generated.unseen_groups,
        "shifted": generated.shifted,
        "class-imbalance": generated.class_imbalance,
    }
    return draws | in_folders([Path(path) for path in folders.split(os.pathsep) if path])
