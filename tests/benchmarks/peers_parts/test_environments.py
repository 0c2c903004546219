from __future__ import annotations

import json
import subprocess

import pytest

from benchmarks.peers_parts import environments
from benchmarks.peers_parts.environments import environment
from core.errors import Refusal


@pytest.fixture
def pip(monkeypatch):
    """Records the commands instead of running them; `fails` makes installing fail."""
    calls: list[list[str]] = []
    state = {"fails": False}

    def run(command, **options):
        calls.append(command)
        if "venv" in command:
            folder = environments.Path(command[-1])
            (folder / "bin").mkdir(parents=True)
            (folder / "bin" / "python").touch()
        said = json.dumps([{"name": "FLAML", "version": "2.7.0"}]) if "list" in command else ""
        code = int(state["fails"] and "install" in command)
        return subprocess.CompletedProcess(command, code, stdout=said)

    monkeypatch.setattr(environments.subprocess, "run", run)
    return calls, state


@pytest.fixture
def pins(tmp_path):
    path = tmp_path / "constraints.txt"
    path.write_text("numpy==2.4.6\nlightgbm==4.7.0\n")
    return path


def test_an_environment_is_made_once(pip, pins, tmp_path):
    calls, _ = pip
    python, versions = environment("flaml", tmp_path / "bench", pins)
    assert python == tmp_path / "bench" / "flaml" / "bin" / "python"
    assert versions == {"flaml": "2.7.0"}
    assert any("lightgbm==4.7.0" in command and "numpy==2.4.6" not in command for command in calls)
    made = len(calls)
    assert environment("flaml", tmp_path / "bench", pins) == (python, versions)
    assert len(calls) == made


def test_one_that_is_half_made_or_of_other_pins_is_made_anew(pip, pins, tmp_path):
    calls, _ = pip
    environment("flaml", tmp_path / "bench", pins)
    folder = tmp_path / "bench" / "flaml"
    for spoil in (
        (folder / ".ready").unlink,
        (folder / "bin" / "python").unlink,
        lambda: pins.write_text("lightgbm==4.6.0\n"),
    ):
        (folder / "left").touch()
        spoil()
        made = len(calls)
        environment("flaml", tmp_path / "bench", pins)
        assert len(calls) > made
        assert not (folder / "left").exists()


def test_packages_that_cannot_be_installed_are_refused_and_leave_nothing_that_seems_ready(pip, pins, tmp_path):
    _, state = pip
    state["fails"] = True
    with pytest.raises(Refusal, match=r"install\.log"):
        environment("flaml", tmp_path / "bench", pins)
    assert not (tmp_path / "bench" / "flaml" / ".ready").exists()
    state["fails"] = False
    assert environment("flaml", tmp_path / "bench", pins)[1] == {"flaml": "2.7.0"}


def test_the_package_of_every_peer_is_among_its_requirements():
    assert {*environments.PACKAGES} == {*environments.REQUIREMENTS}
    for tool, package in environments.PACKAGES.items():
        assert any(one.startswith(package) for step in environments.REQUIREMENTS[tool] for one in step)
