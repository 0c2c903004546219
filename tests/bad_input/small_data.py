"""A data folder so small that reading it takes a blink, written by hand; and what the command says about a bad one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.cli import main

CLASSES = ("ill", "sick", "well")
SUFFIX = "_diagnosis_probability"
HEADER = ["row_id", *(name + SUFFIX for name in CLASSES)]
ROWS, TEST_ROWS, VALIDATION_ROWS = 48, 9, 9
TEST_IDS = [f"{number:03d}" for number in range(7, 7 + TEST_ROWS)]


def text_of(rows: list[list[str]]) -> str:
    return "".join(",".join(cells) + "\n" for cells in rows)


def files() -> dict[str, str]:
    """The files of a folder that is in order, by name."""
    rng = np.random.default_rng(0)

    def row(row_id: str, *more: str) -> list[str]:
        return [row_id, f"{rng.normal():.3f}", str(rng.integers(0, 5)), rng.choice(["TL", "TR"]), *more]

    features = ["row_id", "axis", "digit", "place"]
    labels = [CLASSES[number % 3] for number in range(ROWS)]
    validation = [f"v{number}" for number in range(VALIDATION_ROWS)]
    return {
        "train.csv": text_of(
            [[*features, "diagnosis"], *(row(f"r{number:02d}", label) for number, label in enumerate(labels))]
        ),
        "validation.csv": text_of([features, *(row(row_id) for row_id in validation)]),
        "validation_ground_truth.csv": text_of(
            [["row_id", "diagnosis"], *([row_id, CLASSES[k % 3]] for k, row_id in enumerate(validation))]
        ),
        "test.csv": text_of([features, *(row(row_id) for row_id in TEST_IDS)]),
        "sample_submission.csv": text_of([HEADER, *([row_id, "0.4", "0.3", "0.3"] for row_id in TEST_IDS)]),
    }


def answer() -> list[list[str]]:
    """The cells of a submission that is in order, header first."""
    return [list(HEADER), *([row_id, "0.25", "0.5", "0.25"] for row_id in TEST_IDS)]


def write(folder: Path, contents: dict[str, str | bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def everything_in(folder: Path) -> dict[str, bytes | None]:
    """What lies in a folder and below it, to the byte."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str


def said(capsys: object, *arguments: object) -> Said:
    """Run `podium` in this process."""
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as ended:  # argparse
        code = int(ended.code or 0)
    captured = capsys.readouterr()  # type: ignore[attr-defined]
    return Said(code, captured.out, captured.err)


def is_refused(done: Said, *parts: str) -> None:
    """One message in the one style, which holds all these parts; nothing on stdout."""
    assert done.code == 2, done
    assert done.err.startswith("podium: "), done.err
    assert done.err.count("podium: ") == 1, done.err
    assert "Traceback" not in done.err
    problem, *rest = done.err.removeprefix("podium: ").splitlines()
    labels = [line.split()[0] for line in rest]
    assert labels in (["way"], ["expected:", "way"]), done.err
    assert all(line.startswith(("  expected: ", "  way out:  ")) and len(line) > 14 for line in rest), done.err
    assert problem.strip(), done.err
    for part in parts:
        assert part in done.err, f"{part!r} is not in:\n{done.err}"


Change = Callable[[list[list[str]]], object]


def lines_of(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.splitlines()]


def changed(text: str, change: Change) -> str:
    """Apply a change to the cells of a file; it may return the cells to take instead."""
    cells = lines_of(text)
    made = change(cells)
    return text_of(made if isinstance(made, list) and made and isinstance(made[0], list) else cells)
