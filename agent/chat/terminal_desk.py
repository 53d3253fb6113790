"""What the terminal's commands work with: the session, the screen, and a turn that is shown while it runs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ...datasets.tables import read_data
from ...errors import OptwrightError, UsageError
from .. import changes
from ..engine import Engine
from ..explain import family
from ..llm.budget import Meter
from ..settings import Settings
from . import terminal_view as view
from .events import Answered, Event, Failed, Step
from .session import STOPPED, Session
from .terminal_screen import Screen


@dataclass
class Desk:
    engine: Engine
    session: Session
    screen: Screen
    load: Callable[..., Settings]
    """The settings that the chat was begun with; arguments take the place of its flags."""
    meter: Meter
    """Of what every language model of this visit may use together."""
    attached: list[Path] = field(default_factory=list)
    """Files that go with the next message."""
    failed: bool = False
    """Whether what was asked last went wrong."""
    data: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    """Names of the version at hand, to be completed: of its data, and of its constraints and variables."""
    _named: int = 0

    async def say(self, text: str) -> None:
        """A message in plain words, with what was attached. Raises UsageError."""
        await self.turn(lambda: self.session.say(text, self.attached))
        self.attached = []

    async def turn(self, begin: Callable[[], None]) -> None:
        """Begin a turn, and show it until it is over. Raises UsageError where it cannot begin."""
        since = len(self.session.events)
        begin()
        with self.screen.working():
            async for event in self.session.watch(since):
                self._show(event)

    def _show(self, event: Event) -> None:
        if isinstance(event, Step):
            self.screen.doing(view.at_work(event.progress) or f"after {event.step}")
        if line := view.step(event):
            self.screen.step(line)
        solution = None
        if isinstance(event, Answered) and event.version:
            solution = self.session.solution(event.version.number)
        for shown in view.result(event, solution, view.unit_of(self.session.events, self.session.standing)):
            self.screen.result(shown)
        self.failed = isinstance(event, Failed)
        if isinstance(event, Failed):
            (self.screen.note if event.message == STOPPED else self.screen.error)(event.message)

    async def attach(self, paths: Sequence[str | Path]) -> None:
        """Files to go with the next message, read once so that a bad one is known at once. Raises UsageError."""
        files = list(dict.fromkeys((*self.attached, *(path.absolute() for path in paths_of(paths)))))
        await asyncio.to_thread(read_data, files)
        self.attached = files

    def offer(self, command: str) -> Sequence[str]:
        """What may follow a command."""
        versions = [str(number) for number in self.session.standing.versions]
        return {"/whatif": self.data, "/why": (*self.model, "whole"), "/go": versions, "/compare": versions}.get(
            command, ()
        )

    async def learn_names(self) -> None:
        """The names of the version at hand; none where its data cannot be read any more."""
        version = self.session.version
        number = version.number if version else 0
        if number == self._named:
            return
        self._named, self.data, self.model = number, (), ()
        with suppress(OptwrightError):
            run = await self.session.finished()
            rows = [each.name for each in (*run.verdict.constraints, *run.verdict.variables)]
            self.data, self.model = changes.names(run), tuple(dict.fromkeys([*map(family, rows), *rows]))

    def number(self, text: str) -> int:
        """A version that is there. Raises UsageError."""
        known = self.session.standing.versions
        with suppress(ValueError):
            if int(text) in known:
                return int(text)
        listed = f"there are {', '.join(map(str, known))}" if known else "tell the problem first"
        raise UsageError(f"there is no version {text!r}; {listed}")


def paths_of(texts: Sequence[str | Path]) -> list[Path]:
    """Paths, with `~` as the home folder. Raises UsageError."""
    for text in map(str, texts):
        if "\0" in text:
            raise UsageError(f"{text!r} is no path: it holds a NUL character")
    return [Path(os.path.expanduser(text)) for text in texts]
