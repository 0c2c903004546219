"""The run folder: everything needed to trust, repeat, predict new rows with, and blend a run."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import numpy as np

from core.cache import key_of
from core.errors import Refusal
from core.predictions import MemberPredictions
from core.table import Table
from core.writing import atomically, write_text

#: Raised when the meaning of a file in the folder changes.
SCHEMA_VERSION = 1


@dataclass
class RunFolder:
    """A run on disk: `submissions/<competition>/<run-id>/`.

    `run.json` (schema, request, scores, blend, versions), `plan.json`, `submission.csv`,
    `predictions/<member>.npz`, `folds.npz`, `models/<member>/seed-<s>/<fold>/`, `errors/<member>.txt`.
    """

    path: Path
    record: dict[str, Any]
    _lock: IO[str] | None = None

    @property
    def run_id(self) -> str:
        return self.path.name

    @property
    def submission(self) -> Path:
        return self.path / "submission.csv"

    @property
    def plan(self) -> Path:
        return self.path / "plan.json"

    @property
    def models(self) -> Path:
        return self.path / "models"

    @property
    def finished(self) -> bool:
        return bool(self.record.get("status") == "finished") and self.submission.exists()

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Read a run folder.

        Raises
        ------
        Refusal: no run there, or one of a newer schema.
        """
        try:
            record = json.loads((path / "run.json").read_text(encoding="utf-8"))
            schema = int(record["schema"])
            _ = record["competition"], record["status"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Refusal(f"{path}: no run can be read ({error})", "see `podium runs` for those there are") from None
        if schema > SCHEMA_VERSION:
            raise Refusal(f"{path}: written by a newer Podium (schema {schema})", "update Podium")
        return cls(path, record)

    @classmethod
    def begin(cls, root: Path, competition: str, request: Mapping[str, Any], fresh: bool = False) -> RunFolder:
        """The finished or unfinished run of this very request, or a new one; locked while unfinished.

        Parameters
        ----------
        root: the folder of all submissions.
        request: everything asked for; equal requests resume one another.
        fresh: start a new run in any case.
        """
        mark = key_of(request)[:8]
        if not fresh:
            for run in sorted(runs_of(root, competition), key=lambda run: run.run_id, reverse=True):
                if run.record.get("request_key") != mark:
                    continue
                if run.finished:
                    return run
                if run.lock():
                    run.record = cls.open(run.path).record  # another process may have finished it before the lock
                    if run.finished:
                        run.unlock()
                    else:
                        run.save(status="running")  # until it ends: an interim submission makes no run finished
                    return run
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        for number in range(100):
            path = root / competition / (f"{stamp}-{mark}" + (f"-{number}" if number else ""))
            try:
                path.mkdir(parents=True)
                break
            except FileExistsError:
                continue
        else:
            raise Refusal(f"{path}: the folders of this second are all taken", "wait a second")
        run = cls(path, {"schema": SCHEMA_VERSION, "run_id": path.name, "request_key": mark, "status": "running"})
        run.record |= {"competition": competition, "started": datetime.now(UTC).isoformat(timespec="seconds")}
        run.record["request"] = dict(request)
        run.lock()  # before run.json is there, from which others find the run
        run.save()
        return run

    def lock(self) -> bool:
        """Hold the run for this process; False while another holds it. The lock dies with its process."""
        file = (self.path / ".lock").open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._lock = file
        return True

    def unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def save(self, **more: Any) -> None:
        """Write run.json with further entries."""
        self.record |= more
        write_text(self.path / "run.json", json.dumps(self.record, indent=1, default=str, allow_nan=False))

    def save_predictions(self, name: str, predictions: MemberPredictions, score: Table, test: Table) -> None:
        """Keep a member's predictions with their row ids, by seed, as arrays without pickles."""
        arrays: dict[str, Any] = {"score_ids": score.ids.to_numpy(dtype=str), "test_ids": test.ids.to_numpy(dtype=str)}
        arrays |= {f"out_of_fold_{seed}": values for seed, values in predictions.out_of_fold.items()}
        arrays |= {f"test_{seed}": values for seed, values in predictions.test.items()}
        with atomically(self.path / "predictions" / f"{name}.npz") as file:
            np.savez(file, **arrays)

    def save_model(self, entry: Path, *parts: str) -> None:
        """Copy a model out of the cache, whole or not at all."""
        place = self.models.joinpath(*parts)
        if place.exists():
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = place.with_name(f".{place.name}-{os.getpid()}")
        shutil.rmtree(temporary, ignore_errors=True)
        try:
            shutil.copytree(entry, temporary)
            temporary.rename(place)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def runs_of(root: Path, competition: str | None = None) -> Iterator[RunFolder]:
    """Every readable run below the folder of submissions; what cannot be read is passed over."""
    for path in sorted(root.glob(f"{competition or '*'}/*/run.json")):
        try:
            yield RunFolder.open(path.parent)
        except Refusal:
            continue


def find_run(root: Path, name: str) -> RunFolder:
    """A run by its folder, its id, or "competition" for the newest finished one of a competition.

    Raises
    ------
    Refusal: none, or several that begin with the name.
    """
    folder = Path(name)
    if (folder / "run.json").is_file():
        return RunFolder.open(folder)
    runs = list(runs_of(root))
    newest = [run for run in runs if run.record["competition"] == name and run.finished]
    if newest:
        return max(newest, key=lambda run: run.run_id)
    found = [run for run in runs if run.run_id.startswith(name)]
    found = [run for run in found if run.run_id == name] or found
    if len(found) == 1:
        return found[0]
    said = f"{len(found)} runs begin with {name!r}" if found else f"no run {name!r} in {root}"
    raise Refusal(said, "see `podium runs`, and name one in full")
