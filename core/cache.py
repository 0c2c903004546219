"""Content-addressed results: what makes a killed run resume."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Any

from core.failpoints import failpoint
from core.writing import folder_beside, sweep

MANIFEST = "manifest.json"

#: Errors of reading that say nothing of what is read.
NO_DAMAGE = {errno.EMFILE, errno.ENFILE, errno.EACCES, errno.EPERM, errno.ENOMEM}


def key_of(parts: Mapping[str, Any]) -> str:
    """The key of everything that determines a result: sha256 of its sorted JSON."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=_as_text).encode()).hexdigest()


def _as_text(value: object) -> str:
    """Only what its text tells in full: that of a long array is shortened, that of a set has no order."""
    if isinstance(value, PurePath):
        return str(value)
    raise TypeError(f"no part of a key: {value!r}")


class DamagedEntry(UserWarning):
    """A result on disk was not what its checksums say."""


class Cache:
    """Folders of finished results, each complete or absent.

    An entry is written beside its place and renamed into it, so that a kill leaves none by halves; a
    manifest of checksums tells a damaged one, which is thrown away aloud and made again. Two processes that
    make one entry at once do not disturb each other: the first to finish is kept.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def get(self, key: str) -> Path | None:
        """The folder of an entry, or None where there is none to trust."""
        folder = self._place(key)
        if not folder.is_dir():
            return None
        damage = damage_of(folder)
        if damage is None:
            return folder
        said = f"cache entry {folder.name[:12]} is damaged ({damage}); it is made again"
        warnings.warn(said, DamagedEntry, stacklevel=2)
        self._discard(folder)
        return None

    def put(self, key: str, write: Callable[[Path], None]) -> Path:
        """Let `write` fill a new folder, then make it the entry of this key."""
        place = self._place(key)
        with folder_beside(place) as temporary:
            failpoint("cache: begun")
            write(temporary)
            failpoint("cache: filled")
            seal(temporary)
            failpoint("cache: sealed")
            for last in (False, False, False, True):
                try:
                    temporary.rename(place)
                    break
                except OSError:
                    # Another was faster; or a damaged entry is there, which `get` throws away.
                    if self.get(key) is not None:
                        break
                    if last:
                        raise
        failpoint("cache: entered")
        return place

    def sweep(self) -> None:
        """Remove what killed processes left half-written."""
        sweep(self.root, "*/")

    def _place(self, key: str) -> Path:
        return self.root / key[:2] / key

    def _discard(self, folder: Path) -> None:
        """Move aside first, so that no reader finds half an entry."""
        with folder_beside(folder) as aside:
            try:
                os.replace(folder, aside / "entry")
                if damage_of(aside / "entry") is None:  # made again by another since it was looked at
                    os.replace(aside / "entry", folder)
            except OSError:
                pass  # another process was faster


def cache_of(folder: Path) -> Path:
    """A folder of results, made and swept.

    Raises
    ------
    OSError: it cannot be written; better now than by everything that is put.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
    Cache(folder).sweep()
    return folder


def seal(folder: Path) -> None:
    """Write down the checksum of every file in a folder, for `damage_of`."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)
    sums = {path.relative_to(folder).as_posix(): _checksum(path) for path in files}
    (folder / MANIFEST).write_text(json.dumps(sums))


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def damage_of(folder: Path) -> str | None:
    """What is wrong with a sealed folder, or None."""
    try:
        sums = json.loads((folder / MANIFEST).read_text())
        for name, expected in sums.items():
            if _checksum(folder / name) != expected:
                return f"{name} does not match its checksum"
    except (OSError, ValueError, AttributeError) as error:
        if isinstance(error, OSError) and error.errno in NO_DAMAGE:
            raise
        return str(error)
    return None
