"""A long run on the terminal: a live board, or elsewhere one line now and then; both on stderr."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live


class Shown(Protocol):
    """How a run stands."""

    @property
    def run(self) -> str: ...

    @property
    def made(self) -> int:
        """Candidates or attempts."""
        ...

    @property
    def replayed(self) -> bool:
        """Whether the last one was made in an earlier session."""
        ...


class Costing(Protocol):
    @property
    def calls(self) -> int: ...
    @property
    def tokens(self) -> int: ...
    @property
    def cost(self) -> float | None: ...
    @property
    def per_second(self) -> float: ...
    @property
    def seconds_left(self) -> float | None: ...


P = TypeVar("P", bound=Shown)


class Board(Generic[P]):
    """Use as a context manager; `report` takes the run's progress."""

    def __init__(
        self, command: str, every: int, line: Callable[[P], str], rows: Callable[[P], dict[str, str]], bold: str
    ) -> None:
        """`command` and a run's id go on with the run; `line` is said every so many; `rows` fill the board."""
        self._command, self._every, self._line, self._rows, self._bold = command, every, line, rows, bold
        self._live: Live | None = None
        self._last: P | None = None
        self._said = 0

    @property
    def resume(self) -> str:
        """The command that goes on with the run; empty before there is one."""
        return f"{self._command} {self._last.run}" if self._last else ""

    def __enter__(self) -> Board[P]:
        from rich.live import Live

        from .console import stderr

        self._out: Console = stderr()
        if self._out.is_terminal:
            self._live = Live(console=self._out, refresh_per_second=4, transient=True)
            self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._live:
            self._live.stop()
        if self._last and self._last.made != self._said:
            self._say(self._last)

    def report(self, progress: P) -> None:
        self._last = progress
        if self._live:
            self._live.update(self._board(progress))
        elif not progress.replayed and progress.made and progress.made % self._every == 0:
            self._say(progress)

    def _say(self, progress: P) -> None:
        self._said = progress.made
        self._out.print(self._line(progress), soft_wrap=True)

    def _board(self, progress: P) -> RenderableType:
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 2))
        for name, value in self._rows(progress).items():
            grid.add_row(Text(name, style="dim"), Text(value, style="bold" if name == self._bold else ""))
        return grid


def spending(progress: Costing) -> list[str]:
    if not progress.calls:
        return []
    cost = [f"${progress.cost:.4f}"] if progress.cost is not None else []
    return [f"{progress.calls} calls", f"{progress.tokens:,} tokens", *cost]


def pace(progress: Costing) -> list[str]:
    left = progress.seconds_left
    return [f"{progress.per_second:.1f}/s", *([f"{_time(left)} left"] if left else [])]


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
