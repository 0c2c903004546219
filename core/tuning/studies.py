"""Where studies are kept: a journal file, or a database that several machines share."""

from __future__ import annotations

import fcntl
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from core.errors import Refusal


def journal_of(root: Path, competition: str) -> Path:
    """Where the studies of a competition are kept below the folder of submissions."""
    return root / ".studies" / f"{competition}.journal"


class Studies:
    """The studies of one competition.

    Parameters
    ----------
    journal: an Optuna journal, made when it is first needed; its locks lie beside it.
    url: of a database instead ("postgresql://…", "sqlite:///…"), or the path of another journal.

    Raises
    ------
    Refusal: a storage that cannot be opened or read.
    """

    def __init__(self, journal: Path, url: str | None = None) -> None:
        other = url is not None and "://" not in url
        self.journal = Path(str(url)) if other else journal
        self.url = None if other else url

    @cached_property
    def storage(self) -> Any:
        """Optuna's storage."""
        import optuna

        quiet_optuna()
        self.locks.mkdir(parents=True, exist_ok=True)
        try:
            if self.url is not None:
                return optuna.storages.RDBStorage(self.url)
            self.journal.parent.mkdir(parents=True, exist_ok=True)
            backend = optuna.storages.journal.JournalFileBackend(str(self.journal), lock_obj=JournalLock(self.journal))
            return optuna.storages.JournalStorage(backend)
        except OSError:
            raise
        except Exception as error:  # whatever a driver, a parser or a damaged line raises
            raise self.refusal(error) from None

    def refusal(self, error: Exception) -> Refusal:
        """What to tell a person of a storage that fails."""
        if self.url is not None:
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            expected = "postgresql://user@host/name, sqlite:///file, or the path of a journal"
            way_out = "name a database that is there and whose driver is installed"
            return Refusal(f"--storage: {said[:200]}", way_out, expected=expected)
        return Refusal(
            f"{self.journal}: no journal of studies can be read ({type(error).__name__}: {error})",
            "move the file away: its fits are in the cache and are not made again",
        )

    @property
    def locks(self) -> Path:
        """The folder of lock files of this machine's processes."""
        return self.journal.parent / ".locks"

    @contextmanager
    def asking(self) -> Iterator[None]:
        """One process of this machine at a time asks for a trial, so that none is asked for twice."""
        self.locks.mkdir(parents=True, exist_ok=True)
        with (self.locks / "asking").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def hold(self, name: str) -> IO[str] | None:
        """Hold a trial for this process until the file is closed; None while another holds it. It dies with it."""
        file = (self.locks / name).open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return file

    def forget(self, name: str) -> None:
        """Remove the lock of a trial that is finished."""
        (self.locks / name).unlink(missing_ok=True)


class JournalLock:
    """Lets one process at a time append to a journal, and mends what a killed one left half-written.

    Optuna's own locks are files that stay when their process is killed; everybody then waits half a minute.
    """

    def __init__(self, journal: Path) -> None:
        self.journal = journal
        self._file: IO[str] | None = None

    def acquire(self) -> bool:
        self._file = self.journal.with_name(f"{self.journal.name}.lock").open("a")
        fcntl.flock(self._file, fcntl.LOCK_EX)
        mend(self.journal)
        return True

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def mend(journal: Path) -> None:
    """Cut off a last line that its writer did not end."""
    if not journal.exists():
        return
    with journal.open("rb+") as file:
        size = file.seek(0, 2)
        end = size
        while end:
            begin = max(0, end - 4096)
            file.seek(begin)
            found = file.read(end - begin).rfind(b"\n")
            if found >= 0:
                end = begin + found + 1
                break
            end = begin
        if end < size:
            file.truncate(end)


def quiet_optuna() -> None:
    """No log lines, no warnings of what is experimental: people are told of trials by the listener."""
    import optuna

    optuna.logging.set_verbosity(logging.WARNING)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
