"""Sample data, and a quick run of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from competitions.air_quality.competition import AirQuality
from competitions.air_quality.sample import write_sample
from core.road import run
from core.run import RunFolder
from core.settings import Settings


@pytest.fixture(scope="session")
def sample(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("air-quality")
    write_sample(folder, seed=1)
    return folder


@pytest.fixture(scope="session")
def finished(sample, tmp_path_factory) -> RunFolder:
    """A run of two members."""
    members = ("linear", "nearest inputs")
    settings = Settings(threads=1, members=members)
    return run(AirQuality("airqo-2024"), sample, settings, tmp_path_factory.mktemp("runs"))
