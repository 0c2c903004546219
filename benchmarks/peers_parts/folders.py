"""Sets of real data in folders of two layouts: class imbalance (ADDI) and air quality (AirQo 2024)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import pandas as pd

from benchmarks.peers_parts.task import Task, split
from core.errors import Refusal
from core.reading import read_csv

#: The metric of a folder in the layout of class imbalance, by its name; log loss for all others.
BY_AREA = {"credit"}


def in_folders(paths: Iterable[Path]) -> dict[str, Callable[[int], Task]]:
    """The tasks of data folders, and of the folders in them, by the folder's name.

    Of class imbalance the train rows alone are split, at random within each class: the prior stays as it is. Of air
    quality they are split by site.

    Raises
    ------
    Refusal: a path without a data folder, or two of one name.
    """
    draws: dict[str, Callable[[int], Task]] = {}
    for path in paths:
        inside = sorted(path.iterdir()) if path.is_dir() else []
        found = {folder.name: draw for folder in (path, *inside) if (draw := _recognised(folder)) is not None}
        if not found:
            raise Refusal(
                f"PODIUM_SETS: {path}: no data folder is there",
                "name data folders, or folders of them",
                expected="train.csv with row_id and diagnosis, or Train.csv with site_id and pm2_5",
            )
        twice = sorted({*found} & {*draws})
        if twice:
            raise Refusal(f"PODIUM_SETS: two folders are called {twice[0]!r}", "rename one of them")
        draws |= found
    return draws


def _recognised(folder: Path) -> Callable[[int], Task] | None:
    for file, needed, draw in (
        ("train.csv", {"row_id", "diagnosis"}, imbalanced),
        ("Train.csv", {"id", "site_id", "date", "pm2_5"}, air_quality),
    ):
        path = folder / file
        # By the names in the folder: on some disks the two files are one.
        if folder.is_dir() and file in {found.name for found in folder.iterdir()}:
            names = path.read_text(encoding="utf-8-sig").partition("\n")[0].strip().split(",")
            if needed <= {*names}:
                return partial(draw, path)
    return None


def imbalanced(path: Path, seed: int) -> Task:
    """The train rows of class imbalance, split within each class."""
    frame = read_csv(path, text=["row_id", "diagnosis"], unique=["row_id"])
    name = path.parent.name
    metric = "roc_auc" if name in BY_AREA else "log_loss"
    return split(name, seed, frame.drop(columns="row_id"), metric, target="diagnosis")


def air_quality(path: Path, seed: int) -> Task:
    """The train rows of air quality, split by site: the plain table, without anything of neighbouring days."""
    frame = read_csv(path, text=["id", "site_id", "date"], unique=["id"])
    days = (pd.to_datetime(frame["date"]) - pd.Timestamp("2020-01-01")).dt.days
    table = frame.drop(columns=["id", "date"]).assign(day=days)
    return split(path.parent.name, seed, table, "rmse", target="pm2_5", group="site_id")
