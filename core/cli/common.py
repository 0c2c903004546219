"""What several verbs share: folders, options, the competition of a run."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.discovery import CHECKOUT, load_competition
from core.errors import Refusal

if TYPE_CHECKING:
    from core.competition import Competition
    from core.run import RunFolder


def add_submissions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--submissions",
        type=Path,
        default=Path(os.environ.get("PODIUM_SUBMISSIONS", CHECKOUT / "submissions")),
        metavar="DIR",
        help="folder of all runs (default: submissions/ of the checkout, or PODIUM_SUBMISSIONS)",
    )


def add_choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--edition", metavar="NAME", help="the year, where the files do not tell")
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of the competition (see `podium info`); may be repeated",
    )


def add_storage(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--storage", metavar="URL", help="of studies: postgresql://…, sqlite:///…, or a journal's path"
                        " (default: .studies/ of the submissions)")  # fmt: skip


def read_options(texts: Sequence[str]) -> dict[str, str]:
    """Split each name=value."""
    options = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise Refusal(f"--option {text!r} has no value", "write it like that", expected="--option name=value")
        options[name] = value
    return options


def competition_for(slug: str, data: Path, edition: str | None, options: Sequence[str]) -> Competition:
    """The competition, of the edition that was named or that the folder's files tell."""
    kind = load_competition(slug)
    if not data.is_dir():
        said = "a file, not a folder" if data.exists() else "no such folder"
        raise Refusal(f"{data}: {said}", f"name the folder of {slug}'s files with --data")
    return kind(edition or kind.recognise(data), read_options(options))


def competition_of(run: RunFolder) -> Competition:
    """The competition of a run, of the same edition and with the same options."""
    request = run.record["request"]
    return load_competition(run.record["competition"])(request["edition"], request["options"])


def sample_folder(slug: str, submissions: Path, seed: int = 0) -> Path:
    """Sample data of a competition, written when it is not there yet; complete or absent."""
    from core.code_hash import code_hash
    from core.writing import folder_beside, sweep

    kind = load_competition(slug)
    # The code is part of the name, so that a changed generator makes new data.
    place = submissions / ".sample" / f"{slug}-{seed}-{code_hash([kind.__module__])[:8]}"
    if not place.is_dir():
        sweep(place.parent, "")
        with folder_beside(place) as temporary:
            kind().sample(temporary, seed)
            try:
                temporary.rename(place)
            except OSError:
                if not place.is_dir():  # else another process was faster
                    raise
    return place
