"""Where studies are kept: a journal file, or a database that several machines share."""

from __future__ import annotations

import fcntl
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from core.errors import Refusal

#: How every line of a journal begins.
FIRST = b'{"op_code":'


def journal_of(root: Path, competition: str) -> Path:
    """Where the studies of a competition are kept below the folder of submissions."""
    return root / ".studies" / f"{competition}.journal"


class Studies:
    """The studies of one competition.

    Parameters
    ----------
    journal: an Optuna journal, made when it is first needed; its locks lie beside it.
    url: of a database instead ("postgresql://…", "sqlite:///…"), or the path of another journal.
    apart: tells these studies from all others there.

    Raises
    ------
    Refusal: a storage that cannot be opened or read.
    """

    def __init__(self, journal: Path, url: str | None = None, apart: str = "") -> None:
        other = url is not None and "://" not in url
        self.journal = Path(str(url)) if other else journal
        self.url = None if other else url
        self.apart = apart

    def open(self) -> None:
        """Open the storage now: what is refused at all is refused before anything is fitted."""
        _ = self.storage

    @cached_property
    def storage(self) -> Any:
        """Optuna's storage."""
        import optuna

        quiet_optuna()
        if self.url is None:
            refuse_foreign(self.journal)
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
            kind, _, rest = self.url.partition("://")
            expected = "postgresql://user@host/name, sqlite:///file, or the path of a journal"
            if isinstance(error, ImportError):
                package = DRIVERS.get(kind, "its driver")
                way_out = f"pip install {package}, or name another storage"
                return Refusal(f"--storage: no driver for {kind}:// is installed", way_out, expected=expected)
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            for secret in filter(None, (rest, _password(self.url))):
                said = said.replace(secret, "…")
            return Refusal(f"--storage: {said[:200]}", "name a database that is there", expected=expected)
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


#: The package of a driver, by the kind of database.
DRIVERS = {"postgresql": "psycopg2-binary", "mysql": "mysqlclient", "mysql+pymysql": "pymysql"}


def _password(url: str) -> str | None:
    try:
        return urlsplit(url).password
    except ValueError:  # no URL at all
        return None


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


def refuse_foreign(journal: Path) -> None:
    """Refuse a file that never was a journal: what `mend` cut off there would be somebody's.

    Raises
    ------
    Refusal: the first line is none of a journal, nor the beginning of one.
    """
    if not journal.exists():
        return
    with journal.open("rb") as file:
        line = file.readline(1 << 16)
    begun = line[: len(FIRST)] == FIRST[: len(line)]
    try:
        known = begun if not line.endswith(b"\n") else "op_code" in json.loads(line)
    except (ValueError, TypeError):
        known = False
    if not known:
        expected = "a path where nothing is yet, or an Optuna journal; sqlite:///FILE for a database"
        raise Refusal(f"{journal}: no journal of studies", "move the file away, or name another", expected=expected)


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
