"""Reply cache: what was paid for once is not paid for again."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import OptwrightError
from .reply import UnusableReplyError, recalled
from .types import Answering, Completion, OnCall, Request

if TYPE_CHECKING:
    from sqlalchemy import Row

    from ..database import Database

_MIGRATIONS = (
    """CREATE TABLE replies (
        key TEXT PRIMARY KEY, model TEXT NOT NULL, reply TEXT NOT NULL,
        input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, created TEXT NOT NULL
    ) WITHOUT ROWID""",
)

_log = logging.getLogger("optwright")


class Cache(Answering):
    """Answers from one SQLite file where it can, and keeps the usable replies of `inner`.

    A cache that cannot be used costs money, not the run: one warning, then it is left alone.
    """

    def __init__(self, inner: Answering, path: Path, scope: str) -> None:
        """`scope` names the endpoint: equal requests to different endpoints are different entries."""
        from ..database import Database  # SQLAlchemy takes 0.2 s to import

        self.model = inner.model
        self._inner, self._scope = inner, scope
        self._database: Database | None = None
        try:
            self._database = Database(path, _MIGRATIONS)
        except OptwrightError as error:
            self._give_up(error)

    async def answer(self, request: Request, on_call: OnCall) -> Completion:
        key = request.key(self.model, self._scope)
        known = self._find(key, request)
        if known is not None:
            on_call(request.free_call(known))
            return known
        completion = await self._inner.answer(request, on_call)
        self._keep(key, completion)
        return completion

    async def aclose(self) -> None:
        await self._inner.aclose()

    def _find(self, key: str, request: Request) -> Completion | None:
        row = self._row(key)
        try:
            return recalled(request, *row) if row else None
        except UnusableReplyError:  # the schema's validators have changed since: ask again
            return None

    def _row(self, key: str) -> Row[Any] | None:
        if self._database is None:
            return None
        try:
            rows = self._database.rows(
                "SELECT reply, model, input_tokens, output_tokens FROM replies WHERE key = :key", key=key
            )
        except OptwrightError as error:
            return self._give_up(error)
        return rows[0] if rows else None

    def _keep(self, key: str, completion: Completion) -> None:
        if self._database is None:
            return
        try:
            self._database.execute(
                "INSERT OR REPLACE INTO replies VALUES (:key, :model, :reply, :input_tokens, :output_tokens, :created)",
                key=key,
                model=completion.model,
                reply=completion.text,
                input_tokens=completion.input_tokens,
                output_tokens=completion.output_tokens,
                created=datetime.now(UTC).isoformat(timespec="seconds"),
            )
        except OptwrightError as error:
            self._give_up(error)

    def _give_up(self, error: OptwrightError) -> None:
        _log.warning("going on without the reply cache: %s", error)
        if self._database is not None:
            self._database.close()
            self._database = None
