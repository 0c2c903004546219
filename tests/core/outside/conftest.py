"""Two finished runs of one competition, made once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from core.run import RunFolder
from tests.contract.fakes.events import Events
from tests.contract.fakes.shifted import Shifted
from tests.core.outside.made import Wide, data_of, finished


@dataclass(frozen=True)
class Pair:
    """Two runs with other seeds: the member "line" is the same in both, "noisy" is not."""

    data: Path
    root: Path
    first: RunFolder
    second: RunFolder


@pytest.fixture(scope="session")
def pair(tmp_path_factory) -> Pair:
    folder = tmp_path_factory.mktemp("outside")
    data = data_of(Wide, folder / "data")
    runs = [finished(Wide, data, folder / "runs", seed=seed) for seed in (0, 1)]
    return Pair(data, folder / "runs", *sorted(runs, key=lambda run: run.run_id))


@pytest.fixture(scope="session")
def events(tmp_path_factory) -> RunFolder:
    """Ids of two columns, folds that follow time, a metric per event."""
    folder = tmp_path_factory.mktemp("events")
    return finished(Events, data_of(Events, folder / "data"), folder / "runs", members=("regression",))


@pytest.fixture(scope="session")
def shifted(tmp_path_factory) -> RunFolder:
    """Two classes, weighted rows, a decision."""
    folder = tmp_path_factory.mktemp("shifted")
    return finished(Shifted, data_of(Shifted, folder / "data"), folder / "runs", members=("plain", "weights"))
