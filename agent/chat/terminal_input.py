"""Where the chat's messages come from: a prompt that a person types at, or the lines of a pipe."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from ...errors import UsageError
from ..sections import one_line

if TYPE_CHECKING:
    from prompt_toolkit.completion import CompleteEvent, Completion
    from prompt_toolkit.document import Document
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

_LONGEST_LINE = 1_000_000
"""Characters that are read at once; what is longer is refused as a message, piece by piece."""
_FENCE = '"""'
_MENU = 200
"""Completions that are offered at once."""


class Left(Exception):
    """Whoever talked has gone."""


class Interrupted(Exception):
    """Ctrl-C at an empty prompt."""


# ---- a pipe


class Lines:
    r"""One message a line; a line that ends in `\` goes on, and between two lines `\"""` everything is one message."""

    def __init__(self, source: IO[str] | None) -> None:
        self._source = source

    @classmethod
    def of_stdin(cls) -> Lines:
        """Raises UsageError where standard input cannot be read."""
        if sys.stdin is None:  # closed: its number may be another file's by now
            return cls(None)
        try:
            # A file object of its own: the thread that waits in it may hold its lock when the process ends.
            return cls(open(sys.stdin.fileno(), encoding="utf-8-sig", errors="replace", closefd=False))
        except OSError as error:
            raise UsageError(f"cannot read standard input: {error.strerror}; give messages, one a line") from None

    async def message(self) -> str:
        """The next one that is not empty. Raises Left at the end of the input, and UsageError."""
        while True:
            line = await self._line()
            text = await self._block() if line.strip() == _FENCE else await self._continued(line)
            if text.strip():
                return text

    async def _block(self) -> str:
        lines: list[str] = []
        try:
            while (line := await self._line()).strip() != _FENCE:
                lines.append(line)
        except Left:
            if not lines:
                raise
        return "\n".join(lines)

    async def _continued(self, line: str) -> str:
        lines = [line]
        try:
            while lines[-1].endswith("\\"):
                lines[-1] = lines[-1][:-1]
                lines.append(await self._line())
        except Left:
            pass
        return "\n".join(lines)

    async def _line(self) -> str:
        source = self._source
        if source is None:
            raise Left
        try:
            line = await _in_thread(lambda: source.readline(_LONGEST_LINE))
        except OSError as error:
            raise UsageError(f"cannot read standard input: {error.strerror}; give messages, one a line") from None
        if not line:
            raise Left
        return line.removesuffix("\n").removesuffix("\r")


async def _in_thread(read: Callable[[], str]) -> str:
    """`read`, in a thread that nobody waits for when the process ends: a pipe may stay silent for ever."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[str] = loop.create_future()

    def settle(line: str, error: Exception | None) -> None:
        if not found.done():
            found.set_exception(error) if error else found.set_result(line)

    def work() -> None:
        line, error = "", None
        try:
            line = read()
        except Exception as wrong:
            error = wrong
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, line, error)

    threading.Thread(target=work, daemon=True).start()
    return await found


# ---- a prompt


class Prompt:
    """Asks a person: Enter submits, Alt-Enter and Ctrl-J make a new line, a paste stays one message."""

    def __init__(
        self,
        history: Path,
        commands: Mapping[str, str],
        names: Callable[[str], Iterable[str]],
        status: Callable[[], str],
    ) -> None:
        """`commands` are the slash commands and what each does; `names` gives what may follow one of them."""
        from prompt_toolkit import PromptSession
        from prompt_toolkit.history import FileHistory

        self._status = status
        self._session: PromptSession[str] = PromptSession(
            multiline=True,
            key_bindings=_keys(),
            history=FileHistory(history),
            completer=_completer(commands, names),
            complete_while_typing=True,
            bottom_toolbar=lambda: [("", f" {self._status()}")],
            prompt_continuation=lambda width, line, wrapped: " " * width,
            interrupt_exception=Interrupted,
            eof_exception=Left,
            reserve_space_for_menu=4,
        )

    async def message(self, mark: str) -> str:
        """The next one, behind `mark`. Raises Left and Interrupted."""
        return await self._session.prompt_async([("bold", mark)])


def _keys() -> KeyBindings:
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()

    @keys.add("enter")
    def submit(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add("escape", "enter")
    @keys.add("c-j")
    def new_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @keys.add("c-c")
    @keys.add("<sigint>")
    def interrupt(event: KeyPressEvent) -> None:
        """Takes back what was typed; at an empty prompt it is the caller's to say what it means."""
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            event.app.exit(exception=Interrupted, style="class:aborting")

    return keys


def _completer(commands: Mapping[str, str], names: Callable[[str], Iterable[str]]):
    from prompt_toolkit.completion import Completer, PathCompleter
    from prompt_toolkit.document import Document

    paths = PathCompleter(expanduser=True)

    class Names(Completer):
        """Commands after a slash, then whatever the command takes."""

        def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
            text = document.text_before_cursor
            command, blank, rest = text.partition(" ")
            if not text.startswith("/"):
                return
            if not blank:
                yield from _begun(text, list(commands), commands)
            elif command in ("/data", "/save"):
                yield from paths.get_completions(Document(rest.rpartition(" ")[2]), complete_event)
            else:
                yield from _begun(_last(rest), list(names(command)), {})

    return Names()


def _last(rest: str) -> str:
    """What is being typed: the last name of `hours = 3, most_ta`; brackets may hold commas and blanks."""
    opened = rest.rfind("[")
    start = opened if opened > rest.rfind("]") else len(rest)
    return rest[max(rest.rfind(",", 0, start), rest.rfind(" ", 0, start)) + 1 :]


def _begun(typed: str, words: Sequence[str], meaning: Mapping[str, str]) -> Iterable[Completion]:
    from prompt_toolkit.completion import Completion

    found = [word for word in words if word.lower().startswith(typed.lower()) and word == one_line(word)]
    for word in found[:_MENU]:
        yield Completion(word, -len(typed), display_meta=meaning.get(word, ""))
