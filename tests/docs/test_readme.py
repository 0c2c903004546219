"""Every command of the README and the other pages is one that works."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess

import pytest

from competitions.class_imbalance.sample import write_sample
from tests.support.command import CHECKOUT, podium

PAGES = ["README.md", "CONTRIBUTING.md", "docs/tuning.md", "competitions/class_imbalance/README.md"]
PAGES += ["competitions/world_champs/README.md", "competitions/air_quality/README.md"]
#: Competitions whose commands have tests of their own.
APART = ("world-champs", "air-quality")


def commands() -> list[str]:
    """Each line of each block of shell commands, comments cut."""
    found = []
    for page in PAGES:
        for block in re.findall(r"```sh\n(.*?)```", (CHECKOUT / page).read_text(encoding="utf-8"), flags=re.DOTALL):
            found += [line.partition("#")[0].strip() for line in block.splitlines()]
    return [command for command in found if command]


def test_the_readme_opens_with_what_it_does_and_two_commands():
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    head = text.split("```sh\n")
    assert len(head[0].strip().splitlines()) <= 6
    assert [line.split()[:2] for line in head[1].split("```")[0].strip().splitlines()] == [
        ["make", "class-imbalance"],
        ["make", "test"],
    ]


@pytest.mark.parametrize("command", [command for command in commands() if command.startswith("make ")])
def test_a_make_command_names_a_target(command):
    words = [word for word in shlex.split(command) if "house-prices" not in word]
    if words == ["make"]:
        pytest.skip("a target of the competition that the reader is making")
    done = subprocess.run([*words, "-n"], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """Sample data, and one finished run for the commands that look at one."""
    place = tmp_path_factory.mktemp("readme")
    write_sample(place / "files", rows={"train": 1500, "validation": 150, "test": 300})
    done = podium(
        "run", "class-imbalance", "--data", place / "files", "--members", "linear", submissions=place / "runs"
    )
    assert done.returncode == 0, done.stderr
    (submission,) = (place / "runs" / "class-imbalance").glob("*/submission.csv")
    shutil.copy(submission, place / "my.csv")
    return place


@pytest.mark.parametrize(
    "command",
    [line for line in commands() if line.startswith("podium ") and not any(slug in line for slug in APART)],
)
def test_a_podium_command_works_as_written(command, workplace):
    if command.startswith("podium new"):
        pytest.skip("tests/core/cli/test_new.py runs it in a copy of the checkout")
    words = shlex.split(command)[1:]
    # The same command on a smaller clock: the test is that it works, not what it scores.
    words = ["3s" if word in ("5m", "10m") else word for word in words]
    # A tenth of so few rows has no fold of each class.
    replaced = {"path/to/files": workplace / "files", "my.csv": workplace / "my.csv", "0.1": "0.5"}
    words = [replaced.get(word, word) for word in words]
    if "folds.csv" in words:
        words[words.index("folds.csv")] = workplace / "folds.csv"
    if words[0] == "predict":
        words += ["--out", workplace / "predictions.csv"]
    if "--more" in words:  # there must be a run to go on with
        first = words[: words.index("--more")]
        assert podium(*first, submissions=workplace / "runs").returncode == 0
    done = podium(*words, submissions=workplace / "runs")
    assert done.returncode == 0, done.stderr
