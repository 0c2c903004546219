"""A finished run that the tests of several verbs look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.command import podium


@dataclass(frozen=True)
class Finished:
    """A run of class imbalance on its sample data."""

    submissions: Path
    data: Path
    stdout: str
    stderr: str


QUICK = ("--members", "linear", "--fraction", "0.2", "--threads", "1")


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Finished:
    submissions = tmp_path_factory.mktemp("submissions")
    done = podium("run", "class-imbalance", *QUICK, "--json", submissions=submissions)
    assert done.returncode == 0, done.stderr
    (data,) = (submissions / ".sample").iterdir()
    return Finished(submissions, data, done.stdout, done.stderr)
