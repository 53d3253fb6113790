"""Which chat a conversation goes on in, although its client names none and is not trusted in what it says was said.

After a turn the store links a key of all that was said, our reply last, to the chat and to the turn's last event. The
key is an HMAC with a secret of this server's, so nobody can make one up, and it holds the client's token, so nobody
finds what another said. Words that the server never said lead nowhere.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ...errors import UsageError
from ..engine import Engine
from .api_body import Turn, Upload, words
from .chats import Chats
from .serving import secret
from .session import Session
from .uploads import keep

_SECRET = "api.secret"


class Begun(NamedTuple):
    """A turn that is under way."""

    session: Session
    since: int
    """How many events there were before it."""
    calls: dict[str, int]
    """How many calls of the model were recorded before it, by run."""


class Conversations:
    def __init__(self, engine: Engine) -> None:
        self._store = engine.store
        self._chats = Chats(engine)
        self._secret = bytes.fromhex(secret(engine.settings.home / _SECRET))
        self._taken: set[str] = set()
        """Chats in which a turn is about to begin."""

    async def begin(self, token: str, said: Sequence[Turn], effort: str) -> Begun:
        """Begin the turn that answers the last messages. Raises Refused, UsageError."""
        owner = self._owner(token)
        before, new = _split(said)
        session = self._found(token, owner, before, effort) if before else None
        if session is None:  # nothing before is known to have been said, but by the user
            new = [each for each in said if each.role == "user"]
        text = words(new)
        session = session or self._chats.new(owner, effort)
        self._taken.add(session.id)
        try:
            paths = await asyncio.to_thread(_kept, session.folder, [each for turn in new for each in turn.files])
            stands = session.standing
            known = [session.id, *([stands.begun.run] if stands.begun else [])]
            calls = {run: len(self._store.calls(run)) for run in known}
            begun = Begun(session, len(session.events), calls)
            _say(session, text, paths)
            return begun
        finally:
            self._taken.discard(session.id)

    def link(self, token: str, said: Sequence[Turn], reply: str, session: Session) -> None:
        """Let the conversation with this reply go on where `session` stands now."""
        whole = [*said, Turn(role="assistant", text=reply)]
        self._store.link(self._key(token, whole), f"{session.id} {session.last}")

    def _found(self, token: str, owner: str, before: Sequence[Turn], effort: str) -> Session | None:
        """The chat in which these messages were the last; a copy of it where others followed, or are about to."""
        target = self._store.linked(self._key(token, before))
        if target is None:
            return None
        chat, at = target.split()
        with suppress(UsageError):  # the store has lost the chat
            session = self._chats.open(chat, owner, go_on=False)
            free = not session.busy and chat not in self._taken and session.effort == effort
            return session if free and session.last == int(at) else self._chats.fork(session, int(at), effort)
        return None

    def _key(self, token: str, said: Sequence[Turn]) -> str:
        whole = json.dumps([token, [each.canonical for each in said]], ensure_ascii=True, separators=(",", ":"))
        return f"api:{self._digest(whole)}"

    def _owner(self, token: str) -> str:
        return f"api:{self._digest(f'owner {token}')}"

    def _digest(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()


def _split(said: Sequence[Turn]) -> tuple[Sequence[Turn], Sequence[Turn]]:
    """What was answered, and the user's messages since."""
    begin = 1 + max((at for at, each in enumerate(said) if each.role == "assistant"), default=-1)
    return said[:begin], said[begin:]


def _kept(folder: Path, files: Sequence[Upload]) -> list[Path]:
    """All of them or, with DataError, none."""
    paths: list[Path] = []
    try:
        for each in files:
            paths.append(keep(folder, each.name, each.content))
    except BaseException:
        for path in paths:
            path.unlink(missing_ok=True)
        raise
    return paths


def _say(session: Session, text: str, paths: Sequence[Path]) -> None:
    """The two words that replies offer are commands, and cost no call of a model."""
    stands = session.standing
    bare = text.strip(" .!\n").casefold()
    if bare in ("undo", "relax") and stands.version and not stands.question and not paths:
        session.undo() if bare == "undo" else session.relax()
    else:
        session.say(text, paths)
