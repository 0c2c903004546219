"""The run folder: everything needed to trust, repeat, predict new rows with, and blend a run."""

from __future__ import annotations

import errno
import fcntl
import glob
import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import numpy as np

from core.cache import key_of, seal
from core.errors import Refusal
from core.failpoints import failpoint
from core.predictions import MemberPredictions
from core.writing import atomically, folder_beside, sweep, write_text

#: Raised when the meaning of a file in the folder changes.
SCHEMA_VERSION = 3


#: Names of members and models, which are names of files too; "~" and "@" stand for trials and runs.
NAME = re.compile(r"\w[\w .~@+-]*")


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
    def plan_of_extension(self) -> Path:
        """The plan of what is added to a finished run, until it replaces `plan`."""
        return self.path / "plan.extending.json"

    @property
    def models(self) -> Path:
        return self.path / "models"

    @property
    def finished(self) -> bool:
        """Whether it ended, and its submission is the one that was written then."""
        if self.record.get("status") != "finished" or not self.submission.is_file():
            return False
        expected = self.record.get("result", {}).get("submission_sha256")
        return expected is None or hashlib.sha256(self.submission.read_bytes()).hexdigest() == expected

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
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Refusal(
                f"{path / 'run.json'}: no run can be read ({error})",
                "run the same command again, or see `podium runs` for others",
            ) from None
        if schema > SCHEMA_VERSION:
            raise Refusal(f"{path}: written by a newer Podium (schema {schema})", "update Podium")
        refuse_odd_names(path, record)
        return cls(path, record)

    @property
    def granted(self) -> float:
        """Seconds that the unfinished extension of a finished run was granted; 0 where there is none."""
        return float(self.record.get("extending", {}).get("seconds", 0.0))

    @classmethod
    def begin(
        cls, root: Path, competition: str, request: Mapping[str, Any], *, fresh: bool = False, extend: bool = False
    ) -> RunFolder:
        """The finished or unfinished run of this very request, or a new one; locked while there is work to do.

        Parameters
        ----------
        root: the folder of all submissions.
        request: everything asked for; equal requests resume one another.
        fresh: start a new run, or go on with an unfinished one that was started so.
        extend: go on with a finished run too.

        Raises
        ------
        Refusal: a run to extend that is not there, or that another process extends already.
        """
        mark = key_of(request)[:8]
        for run in sorted(runs_of(root, competition), key=lambda run: run.run_id, reverse=True):
            if run.record.get("request_key") != mark or (fresh and (run.finished or not run.record.get("fresh"))):
                continue
            if run._taken(extend):
                return run
        if extend:
            raise Refusal(
                "--more: no run of this very request is there to go on with (data, options, code and versions count)",
                "give the same command without --more first; `podium runs` lists those there are",
            )
        return cls._new(root, competition, dict(request), mark, fresh)

    def _taken(self, extend: bool) -> bool:
        """Whether this run is the one to return: finished, or unfinished and now locked."""
        if self.finished and not extend:
            return True
        if not self.lock():
            if self.finished:
                raise Refusal(f"run {self.run_id} is being extended by another process", "wait until it ends")
            return False
        self.record = type(self).open(self.path).record  # another process may have finished it before the lock
        sweep(self.path, all_of_it=True)
        if not self.finished:
            self.save(status="running")  # until it ends: an interim submission makes no run finished
        elif not extend:
            self.unlock()
        return True

    @classmethod
    def _new(cls, root: Path, competition: str, request: dict[str, Any], mark: str, fresh: bool) -> RunFolder:
        """A folder that others see only when it is locked and holds its record."""
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        sweep(root / competition, "")
        with folder_beside(root / competition / stamp) as temporary:
            failpoint("run: made")
            run = cls(temporary, {"schema": SCHEMA_VERSION, "request_key": mark, "status": "running"})
            run.lock()
            failpoint("run: locked")
            run.record |= {"competition": competition, "started": datetime.now(UTC).isoformat(timespec="seconds")}
            run.record |= {"request": request, "fresh": fresh}
            for number in range(100):
                run_id = f"{stamp}-{mark}" + (f"-{number}" if number else "")
                run.save(run_id=run_id)
                try:
                    temporary.rename(root / competition / run_id)
                    break
                except OSError as error:
                    if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                        raise
            else:
                raise Refusal(f"{root / competition}: the runs of this second are all taken", "wait a second")
            run.path = root / competition / run_id
        failpoint("run: begun")
        return run

    def lock(self) -> bool:
        """Hold the run for this process; False while another holds it. The lock dies with its process."""
        file = (self.path / ".lock").open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        except OSError as error:
            file.close()
            way_out = "name a folder on another file system with --submissions"
            raise Refusal(f"{self.path}: no lock can be held here ({error.strerror})", way_out) from None
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

    def save_predictions(self, name: str, predictions: MemberPredictions) -> None:
        """Keep a member's predictions by seed, as arrays without pickles; `folds.npz` has the ids of their rows."""
        arrays: dict[str, Any] = {f"out_of_fold_{seed}": values for seed, values in predictions.out_of_fold.items()}
        arrays |= {f"test_{seed}": values for seed, values in predictions.test.items()}
        with atomically(self.path / "predictions" / f"{name}.npz") as file:
            np.savez(file, **arrays)

    def save_model(self, entry: Path, *parts: str) -> None:
        """Copy a model out of the cache, whole or not at all."""
        place = self.models.joinpath(*parts)
        if place.exists():
            return
        with folder_beside(place) as temporary:
            shutil.copytree(entry, temporary, dirs_exist_ok=True)
            seal(temporary)
            failpoint("model: copied")
            temporary.rename(place)
        failpoint("model: renamed")


def refuse_odd_names(path: Path, record: Mapping[str, Any]) -> None:
    """Refuse a record that would lead out of its folder: names of members and places of models become paths.

    Raises
    ------
    Refusal: a name that is none, such as "../other".
    """
    try:
        members = [*(record.get("result") or {}).get("members", {}), *(record.get("blend") or {}).get("weights", {})]
        places = [place for seeds in record.get("models", {}).values() for found in seeds.values() for place in found]
        steps = [step for step in record.get("pretrain", {}).values() if step is not None]
        names = [*members, *(part for place in places for part in place.split("/")), *steps]
        odd = [name for name in names if not NAME.fullmatch(name) or ".." in name]
    except (AttributeError, TypeError) as error:
        raise Refusal(f"{path}: no run can be read ({error})", "see `podium runs` for those there are") from None
    if odd:
        raise Refusal(f"{path}: {odd[0]!r} is no name of a member or of a model", "take the run from whom you trust")


def runs_of(root: Path, competition: str | None = None) -> Iterator[RunFolder]:
    """Every readable run below the folder of submissions; what cannot be read is passed over."""
    for path in sorted(root.glob(f"{competition or '*'}/[!.]*/run.json")):
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
    for damaged in root.glob(f"*/{glob.escape(name)}/run.json"):  # one that is there says what is wrong with it
        return RunFolder.open(damaged.parent)
    said = f"{len(found)} runs begin with {name!r}" if found else f"no run {name!r} in {root}"
    raise Refusal(said, "see `podium runs`, and name one in full")
