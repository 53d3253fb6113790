"""Where the chat's terminal prints: a live screen for a person, or plain results and progress for a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..console import say, show, stderr
from ..sections import one_line

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text


class Screen:
    """Results on stdout, progress and errors on stderr, as the other commands have it."""

    def result(self, shown: RenderableType) -> None:
        if _unbroken(shown):
            print(shown, flush=True)
        else:
            show(shown)

    def step(self, line: Text) -> None:
        stderr().print(line, soft_wrap=True)

    def error(self, message: str) -> None:
        """What went wrong, in one line."""
        say(f"error: {message}")

    def note(self, message: str) -> None:
        say(message)

    @contextmanager
    def visit(self) -> Iterator[None]:
        """From the first word to the last."""
        yield

    @contextmanager
    def working(self) -> Iterator[None]:
        """While a turn is under way."""
        yield

    def doing(self, words: str) -> None:
        """What goes on now; only a terminal shows it."""


class Terminal(Screen):
    """Everything on one console, with a line at the bottom that lives while a turn is under way."""

    def __init__(self) -> None:
        from rich.console import Console

        self._out = Console(highlight=False, markup=False, emoji=False)
        self._words = ""
        self._begun = 0.0

    def result(self, shown: RenderableType) -> None:
        self._out.print(shown, soft_wrap=_unbroken(shown))

    def step(self, line: Text) -> None:
        self._out.print(line, no_wrap=True, overflow="ellipsis")

    def error(self, message: str) -> None:
        from rich.text import Text

        self._out.print(Text(one_line(f"error: {message}"), style="red"))

    def note(self, message: str) -> None:
        from rich.text import Text

        self._out.print(Text(one_line(message), style="dim"))

    @contextmanager
    def visit(self) -> Iterator[None]:
        with _untyped():
            yield

    @contextmanager
    def working(self) -> Iterator[None]:
        from rich.live import Live

        self._words, self._begun = "", time.monotonic()
        with Live(console=self._out, get_renderable=self._line, transient=True, refresh_per_second=8):
            yield

    def doing(self, words: str) -> None:
        self._words = words

    def _line(self) -> Text:
        from rich.text import Text

        seconds = f"{time.monotonic() - self._begun:6.0f} s  "
        words = Text.assemble((seconds, "dim"), one_line(self._words or "working"), ("  (Ctrl-C stops it)", "dim"))
        words.no_wrap, words.overflow = True, "ellipsis"
        return words


def _unbroken(shown: RenderableType) -> bool:
    """Whether its lines stay whole, as those of programs do."""
    from rich.text import Text

    return isinstance(shown, Text) and shown.overflow == "ignore"


@contextmanager
def _untyped() -> Iterator[None]:
    """What is typed while there is no prompt waits for the next one, unseen: it would run into the live line.

    Ctrl-C still works.
    """
    import termios

    stdin = sys.stdin.fileno()
    before = termios.tcgetattr(stdin)
    quiet = termios.tcgetattr(stdin)
    quiet[0] &= ~termios.ICRNL
    quiet[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(stdin, termios.TCSANOW, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(stdin, termios.TCSANOW, before)
