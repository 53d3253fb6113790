"""The store: every run, its events, and its exchanges with a model, in one SQLite file or a PostgreSQL database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from ..errors import OptwrightError, UsageError
from .llm.types import Call, Message

if TYPE_CHECKING:
    from sqlalchemy import Row

    from .settings import Settings

# Only what SQLite and PostgreSQL both understand. A migration that was released is never changed.
_MIGRATIONS = (
    """CREATE TABLE runs (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, created TEXT NOT NULL, title TEXT NOT NULL,
        settings TEXT NOT NULL, status TEXT NOT NULL, result TEXT
    );
    CREATE TABLE calls (
        run TEXT NOT NULL REFERENCES runs(id), seq BIGINT NOT NULL,
        prompt TEXT NOT NULL, sample BIGINT NOT NULL, messages TEXT NOT NULL, reply TEXT NOT NULL, error TEXT NOT NULL,
        model TEXT NOT NULL, input_tokens BIGINT NOT NULL, output_tokens BIGINT NOT NULL, cost DOUBLE PRECISION,
        cached BOOLEAN NOT NULL, seconds DOUBLE PRECISION NOT NULL,
        PRIMARY KEY (run, seq)
    )""",
    """CREATE TABLE events (
        run TEXT NOT NULL REFERENCES runs(id), seq BIGINT NOT NULL,
        kind TEXT NOT NULL, body TEXT NOT NULL, created TEXT NOT NULL,
        PRIMARY KEY (run, seq)
    )""",
    "ALTER TABLE calls ADD COLUMN part TEXT NOT NULL DEFAULT ''",
    "CREATE TABLE links (name TEXT PRIMARY KEY, target TEXT NOT NULL)",
)
_PAGE = 100
"""Events that are held in memory at once where they are read one by one."""
_MESSAGES = TypeAdapter(tuple[Message, ...])
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class Run(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str
    kind: str
    created: datetime
    title: str
    settings: str
    """JSON."""
    status: str
    """`running` until it is finished."""
    result: str | None = None
    """JSON; None while there is none."""


class Event(BaseModel):
    """One thing that happened in a run."""

    model_config = ConfigDict(frozen=True)

    seq: int
    """From 1, in the order of the run's events, without a gap."""
    kind: str
    body: str
    """JSON."""
    created: datetime


_RUN, _EVENT, _CALL = (", ".join(record.model_fields) for record in (Run, Event, Call))


class Store:
    """Safe from threads and from several processes. Every method raises OptwrightError where the database fails.

    What a method has written outlives the process once it has returned. Characters that PostgreSQL cannot keep
    (NUL, lone surrogates) become U+FFFD, in either kind of database; in JSON they are escaped, and stay.
    """

    def __init__(self, place: Path | str) -> None:
        """In the SQLite file at `place`, or in the PostgreSQL database whose URL it is."""
        from .database import Database  # SQLAlchemy takes 0.2 s to import

        self._database = Database(place, _MIGRATIONS)
        self.name = self._database.name
        """What messages call it: never with a password."""

    @classmethod
    def of(cls, settings: Settings) -> Store:
        """The one that `settings` name."""
        return cls(settings.store.get_secret_value() if settings.store else settings.home / "runs.sqlite")

    def create_run(self, id: str, kind: str, title: str, settings: BaseModel) -> None:
        """Begin a run; `id` is the caller's choice and must be new. Secrets in `settings` are written as stars."""
        if not self._database.execute(
            f"INSERT INTO runs ({_RUN}) VALUES (:id, :kind, :created, :title, :settings, 'running', NULL) "
            "ON CONFLICT DO NOTHING",
            id=id, kind=kind, created=_now(), title=_storable(title), settings=settings.model_dump_json(),
        ):  # fmt: skip
            raise OptwrightError(f"run {id} exists already in {self.name}; resume it, or take another id")

    def update_settings(self, run: str, settings: BaseModel) -> None:
        """Set what the run goes on with. Raises UsageError where there is no such run."""
        self._update(run, "settings = :settings", settings=settings.model_dump_json())

    def rename(self, run: str, title: str) -> None:
        """Raises UsageError where there is no such run."""
        self._update(run, "title = :title", title=_storable(title))

    def finish_run(self, run: str, status: str, result: BaseModel | None = None) -> None:
        """Set how the run ended; may be called again after a resume. Raises UsageError where there is no such run."""
        text = result.model_dump_json() if result else None
        self._update(run, "status = :status, result = :result", status=status, result=text)

    def run(self, run: str) -> Run:
        """Raises UsageError where there is no such run."""
        rows = self._database.rows(f"SELECT {_RUN} FROM runs WHERE id = :run", run=run)
        if not rows:
            raise self._unknown(run)
        return _run(rows[0])

    def runs(self, kind: str | None = None) -> tuple[Run, ...]:
        """All of them, or those of one kind, the newest first."""
        sql = f"SELECT {_RUN} FROM runs WHERE kind = coalesce(:kind, kind) ORDER BY created DESC, id"
        return tuple(map(_run, self._database.rows(sql, kind=kind)))

    def record_call(self, run: str, call: Call, part: str = "") -> None:
        """Append to the run's calls; `part` says for what part of the run it was.

        Raises UsageError where there is no such run.
        """
        values = {name: _plain(getattr(call, name)) for name in Call.model_fields}
        self._insert("calls", run, {**values, "part": _storable(part)})

    def calls(self, run: str, part: str | None = None) -> tuple[Call, ...]:
        """The run's calls, all or those of one part, in the order in which they were recorded."""
        sql = f"SELECT {_CALL} FROM calls WHERE run = :run AND part = coalesce(:part, part) ORDER BY seq"
        return tuple(map(_call, self._database.rows(sql, run=run, part=part)))

    def append(self, run: str, kind: str, body: BaseModel) -> int:
        """Append to the run's events; the event's `seq`. Raises UsageError where there is no such run."""
        return self._insert("events", run, {"kind": kind, "body": body.model_dump_json(), "created": _now()})

    def events(self, run: str, kind: str | None = None, after: int = 0) -> tuple[Event, ...]:
        """The run's events, all or those of one kind, in the order in which they were appended.

        `after` leaves out those up to that `seq`.
        """
        sql = f"SELECT {_EVENT} FROM events WHERE run = :run AND seq > :after AND kind = coalesce(:kind, kind) "
        rows = self._database.rows(sql + "ORDER BY seq", run=run, after=after, kind=kind)
        return tuple(Event.model_validate(row._asdict()) for row in rows)

    def each(self, run: str, kind: str) -> Iterator[Event]:
        """`events`, without ever holding all of them in memory."""
        sql = (
            f"SELECT {_EVENT} FROM events WHERE run = :run AND seq > :after AND kind = :kind ORDER BY seq LIMIT {_PAGE}"
        )
        after = 0
        while rows := self._database.rows(sql, run=run, after=after, kind=kind):
            after = rows[-1].seq
            yield from (Event.model_validate(row._asdict()) for row in rows)

    def link(self, name: str, target: str) -> None:
        """Let `name` stand for `target` from now on, whatever it stood for before."""
        self._database.execute(
            "INSERT INTO links (name, target) VALUES (:name, :target) "
            "ON CONFLICT (name) DO UPDATE SET target = excluded.target",
            name=_storable(name), target=_storable(target),
        )  # fmt: skip

    def linked(self, name: str) -> str | None:
        """What `name` stands for, or None."""
        rows = self._database.rows("SELECT target FROM links WHERE name = :name", name=_storable(name))
        return rows[0].target if rows else None

    @contextmanager
    def claim(self, run: str) -> Iterator[None]:
        """Work on `run` as the only one, until the block or the process ends, however it ends.

        Raises UsageError where somebody works on it already, and where there is no such run.
        """
        self.run(run)
        lock = self._database.lock(run)
        if lock is None:
            raise UsageError(f"another process is working on run {run}; wait for it, or stop it first")
        with closing(lock):
            yield

    def close(self) -> None:
        self._database.close()

    def _insert(self, table: str, run: str, values: dict[str, object]) -> int:
        """With the run's next number, which is returned."""
        sql = (
            f"INSERT INTO {table} (run, seq, {', '.join(values)}) "
            f"SELECT id, (SELECT coalesce(max(seq), 0) + 1 FROM {table} WHERE run = :run), :{', :'.join(values)} "
            "FROM runs WHERE id = :run ON CONFLICT DO NOTHING RETURNING seq"
        )
        while not (rows := self._database.rows(sql, run=run, **values)):
            self.run(run)  # if it exists, another process took the number first
        return rows[0][0]

    def _update(self, run: str, change: str, **values: object) -> None:
        if not self._database.execute(f"UPDATE runs SET {change} WHERE id = :run", run=run, **values):
            raise self._unknown(run)

    def _unknown(self, run: str) -> UsageError:
        return UsageError(f"no run {run!r} in {self.name}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _storable(text: str) -> str:
    return _UNSTORABLE.sub("\ufffd", text)


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return _MESSAGES.dump_json(value).decode()
    return _storable(value) if isinstance(value, str) else value


def _run(row: Row[Any]) -> Run:
    return Run.model_validate(row._asdict())


def _call(row: Row[Any]) -> Call:
    return Call.model_validate({**row._asdict(), "messages": _MESSAGES.validate_json(row.messages)})
