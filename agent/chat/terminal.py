"""`optwright chat`: a session at a terminal, or over a pipe. It shows the session's events and decides nothing."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path

from ...errors import NoModelError, OptwrightError
from ..console import kept, say
from ..engine import Engine
from ..llm.budget import Meter
from ..llm.wiring import connect
from ..settings import Settings
from . import terminal_view as view
from .chats import Chats
from .serving import engine_for
from .session import Session
from .terminal_commands import COMMANDS, obey
from .terminal_desk import Desk
from .terminal_input import Interrupted, Left, Lines, Prompt
from .terminal_screen import Screen, Terminal

OWNER = "terminal"
"""Whose the chats are that are begun here."""
_WELCOME = "Tell a decision problem in your own words. Alt-Enter makes a new line, /help lists the commands."


class Chat:
    """One visit at the terminal, from the command to the last message. `resume` is the command that goes on with it."""

    def __init__(self, load: Callable[..., Settings], data: Sequence[Path] = (), chat: str | None = None) -> None:
        """`load` gives the settings, with its arguments in the place of flags; `chat` is one that was begun before."""
        self._load, self._data, self._chat = load, data, chat
        self._session: Session | None = None

    @property
    def resume(self) -> str:
        begun = self._session and self._session.events
        return f"optwright chat --resume {self._session.id}" if self._session and begun else ""

    async def run(self) -> int:
        """Talk until nobody does any more; the exit code: 1 where a pipe's last message went wrong.

        Raises what `Settings.load`, `Chats.open` and `read_data` raise.
        """
        settings = self._load()
        live = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
        screen, meter = Terminal() if live else Screen(), Meter(settings.budget)
        with screen.visit():
            async with _engine(settings, meter) as engine:
                chats = Chats(engine)
                self._session = session = chats.open(self._chat, OWNER, go_on=False) if self._chat else chats.new(OWNER)
                desk = Desk(engine, session, screen, self._load, meter)
                try:
                    await (_at_a_prompt if live else _over_a_pipe)(desk, self._first(desk))
                finally:
                    await session.stop()
                    await engine.llm.aclose()  # another one may have taken the first one's place
        if self.resume:
            say(f"go on with: {self.resume}")
        return int(desk.failed and not live)

    async def _first(self, desk: Desk) -> None:
        """The files that were named; of an earlier chat where it stands, and the rest of a turn that was cut short."""
        await desk.attach(self._data)
        if not self._chat:
            return
        for shown in view.summary(desk.session.standing):
            desk.screen.result(shown)
        if desk.session.standing.open:
            desk.screen.note("going on with the turn that was cut short")
            await desk.turn(desk.session.go_on)


def _engine(settings: Settings, meter: Meter) -> Engine:
    """One that works without a model too: what was solved before can be asked, and /model names one."""
    try:
        return Engine(settings, connect(settings, meter))
    except NoModelError as error:
        say(f"{error}; here: /model NAME")
        return engine_for(settings)


async def _over_a_pipe(desk: Desk, first: Coroutine[None, None, None]) -> None:
    await first
    lines = Lines.of_stdin()
    try:
        while True:
            await _hear(desk, await lines.message())
    except Left:
        pass


async def _at_a_prompt(desk: Desk, first: Coroutine[None, None, None]) -> None:
    meanings = {name: each.means for name, each in COMMANDS.items()}
    prompt = Prompt(desk.engine.settings.home / "chat_history", meanings, desk.offer, lambda: _status(desk))
    interrupts = Interrupts(desk)
    desk.screen.note(_WELCOME)
    leaving = False
    try:
        await interrupts.during(first)
        while True:
            await interrupts.during(desk.learn_names())
            try:
                text = await prompt.message("answer> " if desk.session.standing.question else "> ")
            except Interrupted:
                if leaving:
                    return
                leaving = True
                desk.screen.note("Ctrl-C again, or /quit, leaves")
                continue
            leaving = False
            if text.strip():
                await interrupts.during(_hear(desk, text))
                desk.screen.result("")
    except Left:
        pass


class Interrupts:
    """What Ctrl-C does where no prompt reads it: it stops the turn or the command under way, and pressed twice leaves.

    Between two of them it does nothing, for it was meant for what has just ended.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._loop, self._talking = asyncio.get_running_loop(), asyncio.current_task()
        self._work: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None

    async def during(self, work: Coroutine[None, None, None]) -> None:
        """Do the work. Raises what it raises, and KeyboardInterrupt where Ctrl-C was pressed twice."""
        # A prompt takes the handler away, for itself.
        self._loop.add_signal_handler(signal.SIGINT, self._press)
        self._stopping, self._work = None, self._loop.create_task(work)
        try:
            await self._work
        except asyncio.CancelledError:
            if not self._stopping:
                raise
            if self._talking and self._talking.cancelling():
                raise KeyboardInterrupt from None
            self._desk.screen.note("stopped")
        finally:
            self._work = None

    def _press(self) -> None:
        if self._work is None:
            return
        if self._stopping and self._talking:
            self._talking.cancel()
        else:
            self._desk.screen.doing("stopping")
            self._stopping = self._loop.create_task(self._stop(self._work))

    async def _stop(self, work: asyncio.Task[None]) -> None:
        if self._desk.session.busy:
            await self._desk.session.stop()  # its last event ends the work too
        else:
            work.cancel()


def _status(desk: Desk) -> str:
    return view.status(desk.session.standing, desk.engine.llm.model, len(desk.attached))


async def _hear(desk: Desk, text: str) -> None:
    """One message or command; what goes wrong is one line, and the talk goes on. Raises Left at `/quit`."""
    text, desk.failed = text.strip(), False
    try:
        await (obey(desk, text) if text.startswith("/") else desk.say(text))
    except Left:
        raise
    except OptwrightError as error:
        desk.failed = True
        desk.screen.error(str(error))
    except Exception as error:  # a defect of ours must not end the conversation
        desk.failed = True
        desk.screen.error(f"unexpected {type(error).__name__} (details in {kept(error, desk.engine.settings.home)})")
