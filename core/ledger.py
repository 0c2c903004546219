"""An index of all runs, in SQLite; rebuilt from the run folders when it is lost."""

from __future__ import annotations

import fcntl
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from core.errors import Refusal
from core.failpoints import failpoint
from core.run import RunFolder, runs_of

COLUMNS = (
    "run_id",
    "competition",
    "edition",
    "status",
    "started",
    "seconds",
    "metric",
    "score",
    "standard_error",
    "selection",
    "baseline",
    "rows",
    "data",
    "submission_sha256",
    "unvalidated",
)

#: Tells a ledger with these columns from any other, in the file's `user_version`.
LAYOUT = zlib.crc32(",".join(COLUMNS).encode()) & 0x7FFFFFFF


class Ledger:
    """Runs of a submissions folder, one row each.

    Parameters
    ----------
    root: the folder of all submissions; the database is `ledger.sqlite` in it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = root / "ledger.sqlite"

    def record(self, run: RunFolder) -> None:
        """Enter a run, or what is new about it."""
        with self._open() as database:
            self._enter(database, run)
        failpoint("ledger: written")

    def rebuild(self) -> None:
        """Make the index again from the run folders."""
        with self._open(anew=True):
            pass

    def runs(self, competition: str | None = None) -> list[dict[str, Any]]:
        """Runs, newest first."""
        query = f"select {', '.join(COLUMNS)} from runs"
        if competition is not None:
            query += " where competition = ?"
        query += " order by run_id desc"
        with self._open() as database:
            rows = database.execute(query, () if competition is None else (competition,)).fetchall()
        return [dict(zip(COLUMNS, row, strict=True)) for row in rows]

    @contextmanager
    def _open(self, anew: bool = False) -> Iterator[sqlite3.Connection]:
        """The database; one that is lost, damaged or of another layout is rebuilt.

        One process at a time: to rebuild is to throw the file away, which nobody else may have open.

        Raises
        ------
        Refusal: somebody else holds it, or the disk is full or read-only.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".ledger.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                anew = anew or not self._sound()
                if anew:
                    for name in (self.path.name, f"{self.path.name}-journal"):
                        (self.root / name).unlink(missing_ok=True)
                with closing(sqlite3.connect(self.path, timeout=30)) as database, database:
                    if anew:
                        self._fill(database)
                    yield database
            except sqlite3.OperationalError as error:  # locked, read-only, a full disk: nothing is lost
                way_out = "free some space, or wait for the process that holds it, then run the same command again"
                raise Refusal(f"{self.path}: {error}", way_out) from None

    def _sound(self) -> bool:
        if not self.path.exists():
            return False
        database = sqlite3.connect(self.path, timeout=30)
        try:
            (layout,) = database.execute("pragma user_version").fetchone()
            return layout == LAYOUT and database.execute("pragma quick_check").fetchone() == ("ok",)
        except sqlite3.OperationalError:
            raise  # nothing is lost, so nothing is thrown away
        except sqlite3.DatabaseError:
            return False
        finally:
            database.close()

    def _fill(self, database: sqlite3.Connection) -> None:
        database.execute("begin immediate")
        database.execute(f"create table runs ({', '.join(COLUMNS)}, primary key (run_id))")
        for run in runs_of(self.root):
            self._enter(database, run)
        database.execute(f"pragma user_version = {LAYOUT}")

    @staticmethod
    def _enter(database: sqlite3.Connection, run: RunFolder) -> None:
        record = run.record
        request, result = record.get("request", {}), record.get("result", {})
        nested = result.get("nested", {})
        row = {
            **{name: record.get(name) for name in ("run_id", "competition", "status", "started")},
            "edition": request.get("edition"),
            "seconds": result.get("seconds"),
            "metric": result.get("metric"),
            "score": nested.get("score"),
            "standard_error": nested.get("standard_error"),
            "selection": result.get("selection"),
            "baseline": result.get("baseline", {}).get("score"),
            "rows": record.get("rows", {}).get("test"),
            "data": request.get("data"),
            "submission_sha256": result.get("submission_sha256"),
            "unvalidated": (record.get("mixed") or {}).get("name"),  # mixed in at a weight set by hand
        }
        places = ", ".join(f":{name}" for name in COLUMNS)
        database.execute(f"insert or replace into runs values ({places})", row)
