"""Files and folders that are there whole or not at all."""

from __future__ import annotations

import fcntl
import os
import platform
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from core.failpoints import failpoint

#: The end of the names of what is being written; a killed process leaves it behind.
UNFINISHED = ".unfinished"

UMASK = os.umask(0)
os.umask(UMASK)

#: Seconds after which something half-written is nobody's, on whatever machine its writer was.
VERY_OLD = 7 * 24 * 3600.0


@contextmanager
def atomically(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that takes the place of `path` when the block ends well, and leaves nothing otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=_prefix(path), suffix=UNFINISHED, dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            _hold(file.fileno())
            failpoint("file: begun")
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~UMASK)
        failpoint("file: written")
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    failpoint("file: replaced")


@contextmanager
def folder_beside(place: Path) -> Iterator[Path]:
    """A new folder beside a place, to be filled and renamed to it; what is not renamed is removed."""
    place.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=_prefix(place), suffix=UNFINISHED, dir=place.parent))
    folder.chmod(0o777 & ~UMASK)
    number = os.open(folder, os.O_RDONLY)
    try:
        _hold(number)
        yield folder
    finally:
        os.close(number)
        shutil.rmtree(folder, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with atomically(path) as file:
        file.write(text.encode("utf-8"))


def sweep(root: Path, pattern: str = "**/", *, all_of_it: bool = False) -> None:
    """Remove what killed processes left half-written below a folder, in the folders that a pattern finds.

    What is being written is left alone: its writer holds a lock on it, which dies with the writer. Where locks
    say nothing, on another machine, it is left for a week.

    Parameters
    ----------
    all_of_it: nobody else writes here, so that whatever is half-written is left over.
    """
    for path in list(root.glob(f"{pattern}.*{UNFINISHED}")):
        if all_of_it or _abandoned(path):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _prefix(path: Path) -> str:
    """Names the writer, so that others can tell whether it still lives."""
    return f".{path.name}-{_machine()}-{os.getpid()}-"


def _machine() -> str:
    """The name of this machine, in letters and digits."""
    return "".join(filter(str.isalnum, platform.node())) or "unnamed"


def _hold(number: int) -> None:
    """Lock an open file or folder until it is closed, for `sweep` to see; some file systems have no locks."""
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        pass


def _abandoned(path: Path) -> bool:
    writer = re.search(r"-([^-]+)-(\d+)-[^-]*$", path.name)
    try:
        age = time.time() - path.stat().st_mtime
        if writer is None or writer[1] != _machine():
            return age > VERY_OLD
        number = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            os.close(number)
    except OSError:
        return False  # held, perhaps in another container; or its writer has just finished; or locks are unknown here
    # Not held, and its writer is gone; or it is one that was about to lock it, some time ago.
    return not _alive(int(writer[2])) or age > 60


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # of another user; or no number of a process
        return True
    return True
