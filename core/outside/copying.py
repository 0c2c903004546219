"""Files and models of finished runs, brought into another run without writing them again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from core.errors import Refusal
from core.run import RunFolder
from core.writing import atomically, folder_beside


def bring_file(source: Path, place: Path) -> None:
    """Link a file, or copy it where the file system has no links; whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)  # of an attempt that was killed
    try:
        os.link(source, place)
    except OSError:
        with source.open("rb") as file, atomically(place) as copy:
            shutil.copyfileobj(file, copy)


def bring_folder(source: Path, place: Path) -> None:
    """Link or copy a folder and all that is in it; whole or not at all."""
    if place.exists():
        return
    with folder_beside(place) as temporary:
        shutil.copytree(source, temporary, dirs_exist_ok=True, copy_function=_link_or_copy)
        temporary.rename(place)


def _link_or_copy(source: str, place: str) -> str:
    try:
        os.link(source, place)
    except OSError:
        shutil.copy2(source, place)
    return place


def refuse_lost_models(runs: Iterable[RunFolder]) -> None:
    """Refuse runs of which somebody removed models that their records name."""
    for run in runs:
        steps = {f"pretrain-{step}" for step in run.record["pretrain"].values()}
        for place in sorted(steps.union(*(_places(run, name) for name in run.record["models"]))):
            if not (run.models / place).is_dir():
                said = f"{run.models / place}: the models of run {run.run_id} are gone"
                raise Refusal(said, "run the competition again with --fresh")


def bring_models(run: RunFolder, name: str, into: RunFolder, as_name: str) -> dict[str, list[str]] | None:
    """Link the models of a member into another run; None where the run has none (a member from outside).

    Returns
    -------
    Those that predict new rows, by seed, as paths below the models of `into`.
    """
    if name not in run.record["models"]:
        return None
    for place in sorted(_places(run, name)):
        bring_folder(run.models / place, into.models / as_name)
    saved = run.record["models"][name]
    return {seed: [f"{as_name}/{path.partition('/')[2]}" for path in paths] for seed, paths in saved.items()}


def _places(run: RunFolder, name: str) -> set[str]:
    """The folders below the models of a run that hold those of a member."""
    return {path.partition("/")[0] for paths in run.record["models"][name].values() for path in paths}
