"""One season's worth of sample data, read once."""

from __future__ import annotations

from pathlib import Path

import pytest

from competitions.world_champs.records import Records, read_records
from competitions.world_champs.sample import write_sample


@pytest.fixture(scope="session")
def sample(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("world-champs")
    write_sample(folder, seed=3)
    return folder


@pytest.fixture(scope="session")
def records(sample) -> Records:
    return read_records(sample)
