"""Runs of a competition of which a member from outside knows more than its own members do."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from core.outside.ground import Ground, ground_of
from core.road import run
from core.run import RunFolder
from core.settings import Settings
from tests.support.small import OnUpstream, Small, member

ROWS, TEST_ROWS = 240, 90


class Wide(Small):
    """Rows enough to tell levels; half of the target is hidden from the features."""

    def members(self, dataset):
        return [member("line"), member("noisy", defaults={"noise": 0.02})]

    def sample(self, folder, seed=0):
        rng = np.random.default_rng(seed)
        for name, rows in (("train", ROWS), ("test", TEST_ROWS)):
            frame = pd.DataFrame({"id": [f"{name}{k:03d}" for k in range(rows)], "x": rng.normal(5, 1, rows)})
            frame["place"], hidden = rng.choice(list("abcdef"), rows), rng.normal(0, 0.5, rows)
            frame["y"] = 2 * frame["x"] + hidden + rng.normal(0, 0.3, rows)
            seen = 5 + frame["x"] + hidden + rng.normal(0, 0.6, rows)
            frame[["id"]].assign(y=seen).to_csv(folder / f"outside-{name}.csv", index=False)
            frame.drop(columns=["y"] if name == "test" else []).to_csv(folder / f"{name}.csv", index=False)


class WithSecond(Wide):
    """A second stage that reads a member whose predictions depend on the seed."""

    def members(self, dataset):
        return [member("line", defaults={"noise": 0.5}), member("second", OnUpstream, needs=("line",))]


def data_of(kind: type[Small], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    kind().sample(folder)
    return folder


def finished(kind: type[Small], data: Path, root: Path, **settings) -> RunFolder:
    return run(kind(), data, Settings(**{"threads": 1, **settings}), root)


def ground(found: RunFolder, kind: type[Small] = Wide) -> Ground:
    return ground_of(found, kind())


def copied(found: RunFolder, place: Path) -> RunFolder:
    """A run that a test may damage."""
    shutil.copytree(found.path, place)
    return RunFolder.open(place)
