"""The store: every run and every exchange with a model, in one SQLite file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from ..errors import OptwrightError, UsageError
from .database import Database
from .llm.types import Call, Message

_MIGRATIONS = (
    """CREATE TABLE runs (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, created TEXT NOT NULL, title TEXT NOT NULL,
        settings TEXT NOT NULL, status TEXT NOT NULL, result TEXT
    );
    CREATE TABLE calls (
        run TEXT NOT NULL REFERENCES runs(id), seq INTEGER NOT NULL,
        prompt TEXT NOT NULL, sample INTEGER NOT NULL, messages TEXT NOT NULL, reply TEXT NOT NULL, error TEXT NOT NULL,
        model TEXT NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cost REAL,
        cached INTEGER NOT NULL, seconds REAL NOT NULL,
        PRIMARY KEY (run, seq)
    ) WITHOUT ROWID""",
)
_CALL = tuple(Call.model_fields)
_RUN = "id, kind, created, title, settings, status, result"
_MESSAGES = TypeAdapter(tuple[Message, ...])


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


class Store:
    """Safe from threads and from several processes. Every method raises OptwrightError where the file fails."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _MIGRATIONS)

    def create_run(self, id: str, kind: str, title: str, settings: BaseModel) -> None:
        """Begin a run; `id` is the caller's choice and must be new. Secrets in `settings` are written as stars."""
        row = (id, kind, datetime.now(UTC).isoformat(), title, settings.model_dump_json(), "running", None)
        if not self._database.execute("INSERT OR IGNORE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)", row):
            raise OptwrightError(f"run {id} exists already in {self._database.path}; resume it, or take another id")

    def record_call(self, run: str, call: Call) -> None:
        """Append to the run's calls. On disk when this returns."""
        fields = [_plain(getattr(call, name)) for name in _CALL]
        places = ", ".join("?" * len(_CALL))
        self._database.execute(
            f"INSERT INTO calls (run, seq, {', '.join(_CALL)}) "
            f"SELECT ?, coalesce(max(seq), 0) + 1, {places} FROM calls WHERE run = ?",
            [run, *fields, run],
        )

    def finish_run(self, run: str, status: str, result: BaseModel | None = None) -> None:
        """Set how the run ended; may be called again after a resume."""
        text = result.model_dump_json() if result else None
        if not self._database.execute("UPDATE runs SET status = ?, result = ? WHERE id = ?", [status, text, run]):
            raise self._unknown(run)

    def run(self, run: str) -> Run:
        rows = self._database.rows(f"SELECT {_RUN} FROM runs WHERE id = ?", [run])
        if not rows:
            raise self._unknown(run)
        return _run(rows[0])

    def runs(self) -> tuple[Run, ...]:
        """All of them, the newest first."""
        return tuple(map(_run, self._database.rows(f"SELECT {_RUN} FROM runs ORDER BY created DESC, rowid DESC")))

    def calls(self, run: str) -> tuple[Call, ...]:
        """The run's calls in the order in which they were recorded."""
        rows = self._database.rows(f"SELECT {', '.join(_CALL)} FROM calls WHERE run = ? ORDER BY seq", [run])
        return tuple(_call(row) for row in rows)

    def close(self) -> None:
        self._database.close()

    def _unknown(self, run: str) -> UsageError:
        return UsageError(f"no run {run!r} in {self._database.path}")


def _plain(value: object) -> object:
    return _MESSAGES.dump_json(value).decode() if isinstance(value, tuple) else value


def _run(row: Sequence[object]) -> Run:
    return Run.model_validate(dict(zip(_RUN.split(", "), row, strict=True)))


def _call(row: Sequence[object]) -> Call:
    values = dict(zip(_CALL, row, strict=True))
    return Call.model_validate({**values, "messages": _MESSAGES.validate_json(str(values["messages"]))})
