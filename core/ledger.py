"""An index of all runs, in SQLite; rebuilt from the run folders when it is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
)


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
        try:
            with self._open() as database:
                self._enter(database, run)
        except sqlite3.OperationalError:
            raise  # locked, or a full disk: nothing is lost, so nothing is thrown away
        except sqlite3.DatabaseError:
            self.rebuild()

    def rebuild(self) -> None:
        """Make the index again from the run folders."""
        for name in (self.path.name, f"{self.path.name}-wal", f"{self.path.name}-shm"):
            (self.root / name).unlink(missing_ok=True)
        with self._open() as database:
            for run in runs_of(self.root):
                self._enter(database, run)

    def runs(self, competition: str | None = None) -> list[dict[str, Any]]:
        """Runs, newest first; an index that is lost or damaged is rebuilt."""
        if not self.path.exists():
            self.rebuild()
        query = f"select {', '.join(COLUMNS)} from runs"
        if competition is not None:
            query += " where competition = ?"
        query += " order by run_id desc"
        parameters = () if competition is None else (competition,)
        try:
            with self._open() as database:
                rows = database.execute(query, parameters).fetchall()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            self.rebuild()
            with self._open() as database:
                rows = database.execute(query, parameters).fetchall()
        return [dict(zip(COLUMNS, row, strict=True)) for row in rows]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.root.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self.path, timeout=30)
        try:
            database.execute("pragma journal_mode = wal")
            database.execute(f"create table if not exists runs ({', '.join(COLUMNS)}, primary key (run_id))")
            with database:
                yield database
        finally:
            database.close()

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
        }
        places = ", ".join(f":{name}" for name in COLUMNS)
        database.execute(f"insert or replace into runs values ({places})", row)
