"""A chat: one conversation about one problem, with its versions. Every face drives one of these and shows its events.

A turn is a task of the session's own: whoever watches may go away and come back. What happened is kept in the store,
so that a session can be opened again, by another process or after a kill, and go on where it stood.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

from ...errors import OptwrightError, UsageError
from .. import whatif
from ..changes import Edit
from ..console import kept
from ..engine import LONGEST_PROBLEM, Engine
from ..finished import Finished, load
from ..save import save_run
from ..solution import Solution
from ..store import Event as Kept
from .events import ENDS, EVENT, Event, Failed, Said, Step, Version
from .standing import Standing, standing
from .turn import Turn, diff

STOPPED = "stopped; the version at hand is the same as before"


class Session:
    """Made by `Chats`. Every method that begins a turn raises UsageError while another one is under way.

    What goes wrong in a turn is its last event, `Failed`; nothing is raised then.
    """

    def __init__(self, engine: Engine, id: str, effort: str) -> None:
        self.id = id
        self.effort = effort
        self.engine = engine
        self.events: list[Event] = []
        """All that happened, the oldest first; only ever appended to."""
        self._seen = 0
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._news = asyncio.Event()
        self._read()

    @property
    def folder(self) -> Path:
        """Where its uploads and changed tables are."""
        return self.engine.settings.home / "chats" / self.id

    @property
    def standing(self) -> Standing:
        return standing(self.events)

    @property
    def version(self) -> Version | None:
        """The one at hand."""
        return self.standing.version

    @property
    def last(self) -> int:
        """Number of its last event in the store."""
        if not self.busy:
            self._read()
        return self._seen

    @property
    def busy(self) -> bool:
        return self._task is not None and not self._task.done()

    # ---- turns

    def say(self, text: str, files: Sequence[Path] = ()) -> None:
        """A message in plain words, an answer to a question, or files with either of them."""
        if not text.strip() and not files:
            raise UsageError("the message is empty: say what you want to know or to change")
        if len(text) > LONGEST_PROBLEM:
            raise UsageError(
                f"the message has {len(text):,} characters, more than {LONGEST_PROBLEM:,}: "
                "put its numbers into a data file and keep the words"
            )
        paths = tuple(path.resolve() for path in files)
        said = Said(text=text.strip(), files=tuple(map(str, paths)))
        self._begin(lambda turn: turn.hear(said.text, paths), said)

    def what_if(self, edits: Sequence[Edit]) -> None:
        """Other data, by name, and the same program: no model is asked. See `changes` for the names."""
        self._begin(lambda turn: turn.edit(edits), Said(text=f"what if {_listed(edits)}"))

    def why(self, about: str) -> None:
        """Why a constraint binds, why not more of a variable, or about the whole. See `explain`."""
        self._begin(lambda turn: turn.why(about), Said(text=f"why {about}"))

    def relax(self) -> None:
        """Take the cheapest way out of the infeasible version at hand."""
        self._begin(lambda turn: turn.relax(), Said(text="take the cheapest way out"))

    def go(self, version: int) -> None:
        """Make another version the one at hand; the next change branches off there."""
        self._begin(lambda turn: _done(turn.move(version)))

    def undo(self) -> None:
        """Back to the version before the last change."""
        self._begin(lambda turn: _done(turn.undo()))

    def go_on(self) -> None:
        """Finish a turn that a kill cut short, from its last finished step; nothing where there is none."""
        if self.standing.open and not self.busy:
            self._begin(lambda turn: turn.go_on())

    async def stop(self) -> None:
        """End the turn that is under way, the solver and the sandboxed program with it; nothing where there is none."""
        if self._task and not self._task.done():
            self._stopping = True
            self._task.cancel()
            await asyncio.wait([self._task])
            if not self.events or not isinstance(self.events[-1], ENDS):  # it had not even begun
                self._show(Failed(message=STOPPED))

    async def settled(self) -> Event:
        """Wait for the end of the turn that is under way; the last event of the last turn."""
        if self._task:
            await asyncio.wait([self._task])
        return next(each for each in reversed(self.events) if isinstance(each, ENDS))

    async def watch(self, since: int = 0, follow: bool = False) -> AsyncIterator[Event]:
        """The events from number `since` on, as they come, until no turn is under way; for ever with `follow`."""
        while True:
            news = self._news
            while since < len(self.events):
                yield self.events[since]
                since += 1
            if not follow and not self.busy:
                return
            if since == len(self.events):
                await news.wait()

    # ---- what it came to

    async def finished(self, version: int | None = None) -> Finished:
        """A version with its solution and data, by default the one at hand. Raises UsageError, DataError."""
        return await load(self.engine.store, self._known(version).run)

    async def compare(self, before: int, after: int) -> tuple[whatif.Comparison, str]:
        """Two versions side by side, and the difference of their programs. Raises UsageError."""
        first, second = await self.finished(before), await self.finished(after)
        return whatif.compare(first, (), second.verdict), diff(first.solution.program, second.solution.program)

    async def save(self, folder: Path, version: int | None = None) -> list[Path]:
        """Write what `solve --save` writes, for a version. Raises UsageError."""
        return await save_run(self.engine, self.solution(version), folder)

    def solution(self, version: int | None = None) -> Solution:
        """What a version came to, by default the one at hand. Raises UsageError where there is none."""
        result = self.engine.store.run(self._known(version).run).result
        return Solution.model_validate_json(result or "")

    def _known(self, number: int | None) -> Version:
        stands = self.standing
        version = stands.version if number is None else stands.versions.get(number)
        if version is None:
            raise UsageError("there is no model yet" if number is None else f"there is no version {number}")
        return version

    # ---- how a turn runs

    def _begin(self, work: Callable[[Turn], Awaitable[None]], first: Event | None = None) -> None:
        if self.busy:
            raise UsageError("the last message is still being worked on: wait for its answer, or stop it")
        self._stopping = False
        self._task = asyncio.get_running_loop().create_task(self._run(work, first))

    async def _run(self, work: Callable[[Turn], Awaitable[None]], first: Event | None) -> None:
        try:
            with self.engine.store.claim(self.id):
                self._read()
                await self._turn(work, first)
        except OptwrightError as error:  # another process is at work on it, or the store fails: nothing can be kept
            self._show(Failed(message=str(error)))
        finally:
            self._task = None
            self._tell()

    async def _turn(self, work: Callable[[Turn], Awaitable[None]], first: Event | None) -> None:
        stands = self.standing
        try:
            if first:
                self._emit(first)
            await work(Turn(self.engine, self.id, self.folder, self.effort, stands, self._emit))
        except asyncio.CancelledError:
            if not self._stopping:
                raise  # the process ends: the turn stays open, to go on with
            self._emit(Failed(message=STOPPED))
        except OptwrightError as error:
            self._emit(Failed(message=str(error)))
        except Exception as error:  # a defect of ours must not end the conversation
            where = kept(error, self.engine.settings.home)
            self._emit(Failed(message=f"unexpected {type(error).__name__} (details in {where})"))

    def _emit(self, event: Event) -> None:
        """Keep it, but for steps, and show it."""
        if not isinstance(event, Step):
            if isinstance(event, Said) and not self.events:
                self.engine.store.rename(self.id, " ".join(event.text.split())[:80])
            self._seen = self.engine.store.append(self.id, event.kind, event)
        self._show(event)

    def _show(self, event: Event) -> None:
        self.events.append(event)
        self._tell()

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    def _read(self) -> None:
        """What another process has added since."""
        for each in self.engine.store.events(self.id, after=self._seen):
            self.events.append(_event(each))
            self._seen = each.seq


def _event(kept: Kept) -> Event:
    return EVENT.validate_json(kept.body)


def _listed(edits: Sequence[Edit]) -> str:
    return ", ".join(f"{each.name} = {each.value}" for each in edits)


async def _done(_: None) -> None:
    """A turn that is over at once."""
