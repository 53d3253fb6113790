"""Opening databases, the same way for the store and the reply cache: an SQLite file, or PostgreSQL by its URL."""

from __future__ import annotations

import fcntl
import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import quote

from sqlalchemy import Connection, CursorResult, Engine, Row, create_engine, exc, make_url, text
from sqlalchemy.pool import QueuePool

from ..errors import OptwrightError, SettingsError, UsageError

_BUSY_SECONDS = 5.0
_CONNECT_SECONDS = 10


class Lock(Protocol):
    def close(self) -> None:
        """Let go of it."""


class Database:
    """One database, for many threads and several processes.

    Every statement is its own transaction, which outlives this process once the call has returned. Raises
    OptwrightError, one line, for whatever the database has to say.
    """

    def __init__(self, place: Path | str, migrations: Sequence[str]) -> None:
        """Open or create the file, or open the database that a URL names; apply the `migrations` that it has not seen.

        Each migration is one script, in SQL that both kinds understand. Raises SettingsError for a URL that cannot be
        read, and UsageError where PostgreSQL's driver is not installed.
        """
        self._backend: _Backend = _SQLite(place) if isinstance(place, Path) else _PostgreSQL(place)
        self.name = self._backend.name
        """What errors call it: never with a password."""
        with self._one_line():
            self._engine = self._backend.engine()
            try:
                with self._engine.connect() as connection:
                    self._prepare(connection, migrations)
            except BaseException:
                self._engine.dispose()
                raise

    def _prepare(self, connection: Connection, migrations: Sequence[str]) -> None:
        if self._backend.version(connection) < len(migrations):
            self._migrate(connection, migrations)
        if self._backend.version(connection) > len(migrations):
            raise OptwrightError(f"{self.name} was written by a newer optwright; upgrade, or {self._backend.elsewhere}")

    def _migrate(self, connection: Connection, migrations: Sequence[str]) -> None:
        """All or nothing, and once: who comes second waits, then finds nothing left to do."""
        for statement in self._backend.begin:
            connection.exec_driver_sql(statement)
        for number in range(self._backend.version(connection), len(migrations)):
            for statement in (*migrations[number].split(";"), *self._backend.to_version(number + 1)):
                connection.exec_driver_sql(statement)
        connection.exec_driver_sql("COMMIT")  # a connection that is given back before this rolls back

    def execute(self, sql: str, **values: Any) -> int:
        """Run one statement, with `values` for its `:names`; the number of rows that it changed."""
        with self._one_line(), self._engine.connect() as connection:
            return self._run(connection, sql, values).rowcount

    def rows(self, sql: str, **values: Any) -> Sequence[Row[Any]]:
        with self._one_line(), self._engine.connect() as connection:
            return self._run(connection, sql, values).fetchall()

    @staticmethod
    def _run(connection: Connection, sql: str, values: dict[str, Any]) -> CursorResult[Any]:
        return connection.execute(text(sql), values)

    def lock(self, name: str) -> Lock | None:
        """The lock of that name, or None where it is taken, be it by this process. It ends with the process at last."""
        with self._one_line():
            return self._backend.lock(self._engine, name)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _one_line(self) -> Iterator[None]:
        try:
            yield
        except exc.SQLAlchemyError as error:
            said = " ".join(str(getattr(error, "orig", None) or error).split())
            raise OptwrightError(f"{self.name}: {said}; {self._backend.advice(said)}") from None
        except OSError as error:
            raise OptwrightError(f"{self.name}: {error.strerror}; {self._backend.elsewhere}") from None


class _Backend(Protocol):
    name: str
    elsewhere: str
    """How to have the data in another place."""
    begin: Sequence[str]
    """Statements that begin a transaction which no other process can be in at the same time."""

    def engine(self) -> Engine: ...

    def version(self, connection: Connection) -> int:
        """How many migrations the database has seen."""
        ...

    def to_version(self, number: int) -> Sequence[str]: ...

    def lock(self, engine: Engine, name: str) -> Lock | None: ...

    def advice(self, said: str) -> str:
        """What to do about an error that says this."""
        ...


# Threads take turns, as SQLite has one writer at a time anyhow, and no fair way of waiting for it.
_ONE_CONNECTION = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0, "pool_timeout": None}


class _SQLite:
    elsewhere = "set another OPTWRIGHT_HOME"
    begin: Sequence[str] = ("BEGIN IMMEDIATE",)

    def __init__(self, path: Path) -> None:
        self._path, self.name = path, str(path)

    def engine(self) -> Engine:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return create_engine("sqlite://", creator=self._connect, isolation_level="AUTOCOMMIT", **_ONE_CONNECTION)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            with self._lock_file("opening") as turn:
                fcntl.flock(turn, fcntl.LOCK_EX)  # two that switch a new file to WAL at once: SQLite refuses, unwaiting
                for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
                    connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        return connection

    def version(self, connection: Connection) -> int:
        return connection.exec_driver_sql("PRAGMA user_version").scalar_one()

    def to_version(self, number: int) -> Sequence[str]:
        return (f"PRAGMA user_version={number}",)

    def _lock_file(self, name: str) -> IO[str]:
        """A file to lock, which stays where it is: to remove one that somebody else just opened would split it."""
        folder = self._path.parent / "locks"
        folder.mkdir(exist_ok=True, mode=0o700)
        return (folder / quote(name, safe="")).open("a")

    def lock(self, engine: Engine, name: str) -> Lock | None:
        file = self._lock_file(name)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException as error:
            file.close()
            if isinstance(error, BlockingIOError):
                return None
            raise
        return file

    def advice(self, said: str) -> str:
        if "full" in said:
            return "free some space, or set another OPTWRIGHT_HOME"
        if "locked" in said:
            return "another process holds it: try again"
        if "not a database" in said or "malformed" in said:
            return "move the file away; a new one will be made"
        return self.elsewhere


class _PostgreSQL:
    elsewhere = "name another database in OPTWRIGHT_STORE"

    def __init__(self, address: str) -> None:
        try:
            url = make_url(address).set(drivername="postgresql+psycopg")
        except (exc.ArgumentError, ValueError):  # neither of which may be shown: they can hold the password
            raise SettingsError(f"OPTWRIGHT_STORE cannot be read as an address; {_SUCH_AS}") from None
        if "@" in (url.host or ""):
            raise SettingsError(f"OPTWRIGHT_STORE holds more than one @: write %40 for one in a password; {_SUCH_AS}")
        self._url = url.set(query={"connect_timeout": str(_CONNECT_SECONDS), **url.query})
        port = f":{url.port}" if url.port else ""
        self.name = f"postgresql://{url.host or url.query.get('host', '')}{port}/{url.database or ''}"
        self.begin: Sequence[str] = ("BEGIN", f"SELECT pg_advisory_xact_lock({_number('migrations')})")

    def engine(self) -> Engine:
        try:
            return create_engine(self._url, isolation_level="AUTOCOMMIT", pool_pre_ping=True, **_ONE_CONNECTION)
        except ImportError:
            raise UsageError(f"{self.name} needs a driver: pip install 'optwright[postgres]'") from None

    def version(self, connection: Connection) -> int:
        # Not to_regclass, which may remember that there was no such table before this process waited for another.
        visible = "tablename = 'optwright_version' AND schemaname = ANY (current_schemas(false))"
        if not connection.exec_driver_sql(f"SELECT count(*) FROM pg_tables WHERE {visible}").scalar_one():
            return 0
        return connection.exec_driver_sql("SELECT version FROM optwright_version").scalar_one()

    def to_version(self, number: int) -> Sequence[str]:
        return (
            "CREATE TABLE IF NOT EXISTS optwright_version (version BIGINT NOT NULL)",
            "DELETE FROM optwright_version",
            f"INSERT INTO optwright_version VALUES ({number})",
        )

    def lock(self, engine: Engine, name: str) -> Lock | None:
        """A lock of a session, and so with a connection of its own."""
        connection = engine.connect()
        connection.detach()
        taken = connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_number(name)})").scalar_one()
        if taken:
            return _Held(connection, _number(name))
        connection.close()
        return None

    def advice(self, said: str) -> str:
        if "No space left" in said or "could not extend" in said:
            return "free some space on the server"
        if "permission denied" in said:
            return "give the user of OPTWRIGHT_STORE a database of its own"
        return "check the server, and the address in OPTWRIGHT_STORE"


class _Held:
    """A lock, let go of before its connection is closed: the server notices the end of a session a moment later."""

    def __init__(self, connection: Connection, number: int) -> None:
        self._connection, self._number = connection, number

    def close(self) -> None:
        with suppress(exc.SQLAlchemyError):  # a session that is gone holds nothing
            self._connection.exec_driver_sql(f"SELECT pg_advisory_unlock({self._number})")
        self._connection.close()


_SUCH_AS = "write it as postgresql+psycopg://user@host/database"


def _number(name: str) -> int:
    """PostgreSQL's locks are named by 64-bit integers."""
    return int.from_bytes(hashlib.sha256(f"optwright {name}".encode()).digest()[:8], signed=True)
