"""Opening SQLite files, the same way for the store and the reply cache."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import OptwrightError

_BUSY_SECONDS = 5.0


class Database:
    """One SQLite file in WAL mode, for many threads and several processes.

    Every statement is its own transaction. Raises OptwrightError, one line, for whatever SQLite has to say.
    """

    def __init__(self, path: Path, migrations: Sequence[str]) -> None:
        """Open or create `path`, then apply the `migrations` that it has not seen; each is one SQL script."""
        self.path = path
        self._lock = threading.Lock()
        with self._one_line():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare(migrations)
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self, migrations: Sequence[str]) -> None:
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute("PRAGMA foreign_keys=ON")
        if self._version() < len(migrations):
            self._migrate(migrations)
        if self._version() > len(migrations):
            raise OptwrightError(
                f"{self.path} was written by a newer optwright; upgrade, or set another OPTWRIGHT_HOME"
            )

    def _version(self) -> int:
        return self._connection.execute("PRAGMA user_version").fetchone()[0]

    def _migrate(self, migrations: Sequence[str]) -> None:
        """All or nothing, and once: who comes second waits, then finds nothing left to do."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for number in range(self._version(), len(migrations)):
                for statement in migrations[number].split(";"):
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version={number + 1}")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run one statement; the number of rows that it changed."""
        with self._one_line(), self._lock:  # SQLite counts changes per connection, not per thread
            return self._connection.execute(sql, values).rowcount

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple]:
        with self._one_line(), self._lock:
            return self._connection.execute(sql, values).fetchall()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def _one_line(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise OptwrightError(f"{self.path}: {error}; {_advice(str(error))}") from None
        except OSError as error:
            raise OptwrightError(f"{self.path}: {error.strerror}; set another OPTWRIGHT_HOME") from None


def _advice(said: str) -> str:
    if "full" in said:
        return "free some space, or set another OPTWRIGHT_HOME"
    if "locked" in said:
        return "another process holds it: try again"
    if "not a database" in said or "malformed" in said:
        return "move the file away; a new one will be made"
    return "set another OPTWRIGHT_HOME"
