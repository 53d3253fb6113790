"""Where the command line speaks: results on stdout, progress and errors on stderr, one line for every error."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..errors import OptwrightError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress as Live

    from .formulate.graph import Event

INTERRUPTED = 130
"""The exit code of a process that Ctrl-C ended, as shells have it."""


def say(line: str) -> None:
    """One line on stderr, whatever the text holds."""
    from .sections import one_line

    print(one_line(line), file=sys.stderr, flush=True)


def show(result: RenderableType) -> None:
    """A result on stdout; 100 columns wide where stdout is no terminal and COLUMNS is not set."""
    _console(stderr=False).print(result)


def stderr() -> Console:
    """The console for progress."""
    return _console(stderr=True)


def _console(stderr: bool) -> Console:
    import os

    from rich.console import Console

    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 100
    return console


class Resumable(Protocol):
    """What knows how to go on with the run that it shows."""

    @property
    def resume(self) -> str: ...


class Progress:
    """Progress on stderr: a line for each finished step, and a live line below them on a terminal.

    Use as a context manager; `report` takes the engine's events. `run` is the run's id, once one was heard of.
    """

    def __init__(self) -> None:
        self._live: Live | None = None
        self.run = ""

    def __enter__(self) -> Progress:
        self._out = stderr()
        if self._out.is_terminal:
            self._live = _live(self._out)
            self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._live:
            self._live.stop()

    @property
    def resume(self) -> str:
        """The command that goes on with the run; empty before there is one."""
        return f"optwright solve --resume {self.run}" if self.run else ""

    def report(self, event: Event) -> None:
        self.run = event.run
        if event.progress:
            self.doing(f"solving: {event.message}")
            return
        self.done(event.step, event.message, event.seconds)
        self.doing("working")

    def done(self, step: str, message: str, seconds: float) -> None:
        """One finished step."""
        from rich.text import Text

        from .sections import one_line

        words = Text.assemble((f"{seconds:6.1f} s  ", "dim"), (f"{step:<13} ", "bold"), one_line(message))
        if self._live:
            self._out.print(words, no_wrap=True, overflow="ellipsis")
        else:
            self._out.print(words, soft_wrap=True)

    def doing(self, words: str) -> None:
        """What goes on now; only a terminal shows it."""
        if self._live:
            from rich.markup import escape

            self._live.update(self._live.task_ids[0], description=escape(words))


def _live(console: Console) -> Live:
    """A spinner, words, and the time since the start; gone when it ends."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    live = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console, transient=True
    )
    live.add_task("starting", total=None)
    return live


@contextmanager
def reported(progress: Resumable | None = None) -> Iterator[None]:
    """Turns whatever ends a command early into one line on stderr and an exit code; never a traceback."""
    import typer

    try:
        yield
    except OptwrightError as error:
        say(f"error: {error}{_resumable(progress)}")
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        say(f"interrupted: nothing that was paid for is lost{_resumable(progress) or '; run it again to go on'}")
        raise typer.Exit(INTERRUPTED) from None
    except (typer.Exit, typer.Abort, BrokenPipeError):
        raise
    except Exception as error:  # a defect of ours: the user gets one line, and a file to send
        what = f"{type(error).__name__}: {str(error)[:200]}"
        say(f"error: unexpected {what} (details in {kept(error)}){_resumable(progress)}")
        raise typer.Exit(1) from None


def _resumable(progress: Resumable | None) -> str:
    return f"; go on with: {progress.resume}" if progress and progress.resume else ""


def kept(error: BaseException, home: Path | None = None) -> Path | str:
    """The file that now holds the traceback, below `home`, or where the settings say."""
    from .settings import Settings

    text = "".join(traceback.format_exception(error))
    try:
        path = (home or Settings.load().home) / "errors" / f"{time.strftime('%Y%m%d-%H%M%S')}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="replace")
    except (OSError, OptwrightError) as unwritable:
        return f"no file: {unwritable}"
    return path
