"""Every chat of an engine: begun, opened again, listed. A chat that nobody watches or works on takes no memory."""

from __future__ import annotations

import contextlib
import secrets
from datetime import datetime
from typing import NamedTuple
from weakref import WeakValueDictionary

from pydantic import BaseModel, ConfigDict

from ...errors import UsageError
from ..engine import Engine, Given
from ..store import Run
from .events import EVENT, Began, Event
from .session import Session
from .standing import standing

KIND = "chat"
"""The kind of a chat's run in the store."""
_UNTOLD = "(nothing said yet)"
"""Title of a chat until its first message gives it one."""


class Opened(BaseModel):
    """What a chat was begun with."""

    model_config = ConfigDict(frozen=True)

    owner: str
    """Whose it is; nobody else can open it."""
    effort: str


class Listed(NamedTuple):
    id: str
    title: str
    created: datetime


class Chats:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # Two tabs on one chat share its session.
        self._sessions: WeakValueDictionary[str, Session] = WeakValueDictionary()

    def new(self, owner: str, effort: str | None = None) -> Session:
        opened = Opened(owner=owner, effort=effort or self.engine.settings.effort)
        return self._session(self._create(_UNTOLD, opened), opened)

    def open(self, id: str, owner: str, go_on: bool = True) -> Session:
        """A chat that was begun before; with `go_on` a turn that was cut short goes on.

        Raises UsageError where there is no such chat, in the same words where it is somebody else's.
        """
        session = self._sessions.get(id)
        opened = _opened(self._record(id))
        if opened is None or opened.owner != owner:
            raise UsageError(f"there is no chat {id!r}")
        if session is None:
            session = self._session(id, opened)
            with contextlib.suppress(UsageError):  # another process is at work on it
                if go_on:
                    session.go_on()
        return session

    def fork(self, session: Session, at: int, effort: str | None = None) -> Session:
        """A new chat of the same owner that begins with a copy of `session` up to its event number `at` in the store.

        That event must be the end of a turn. Neither chat hears of what happens in the other from then on.
        """
        store, origin = self.engine.store, self.engine.store.run(session.id)
        begun = Opened.model_validate_json(origin.settings)
        opened = begun.model_copy(update={"effort": effort or begun.effort})
        events = [EVENT.validate_json(each.body) for each in store.events(session.id) if each.seq <= at]
        id = self._create(origin.title, opened)
        for each in self._own(events):
            store.append(id, each.kind, each)
        return self._session(id, opened)

    def _own(self, events: list[Event]) -> list[Event]:
        """The events; a run that waits for an answer can be given one only, so the copy has one of its own to name."""
        stands = standing(events)
        if not stands.question or not stands.begun:
            return events
        waiting = stands.begun.run
        given = Given.model_validate_json(self.engine.store.run(waiting).settings)
        own = {"run": self.engine.create(given)}
        return [
            each.model_copy(update=own) if isinstance(each, Began) and each.run == waiting else each for each in events
        ]

    def listed(self, owner: str) -> list[Listed]:
        """The owner's chats in which something was said, the newest first."""
        runs = self.engine.store.runs(KIND)
        mine = [run for run in runs if (opened := _opened(run)) and opened.owner == owner]
        return [Listed(run.id, run.title, run.created) for run in mine if run.title != _UNTOLD]

    def _create(self, title: str, opened: Opened) -> str:
        id = secrets.token_hex(8)
        self.engine.store.create_run(id, kind=KIND, title=title, settings=opened)
        return id

    def _session(self, id: str, opened: Opened) -> Session:
        session = self._sessions[id] = Session(self.engine, id, opened.effort)
        return session

    def _record(self, id: str) -> Run | None:
        with contextlib.suppress(UsageError):
            return self.engine.store.run(id)
        return None


def _opened(run: Run | None) -> Opened | None:
    return Opened.model_validate_json(run.settings) if run and run.kind == KIND else None
