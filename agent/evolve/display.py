"""A search on the terminal: a live board, or elsewhere one line a generation; both on stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .progress import Progress

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live

GENERATION = 20
"""Candidates from one line to the next, where there is no terminal."""


class Board:
    """Use as a context manager; `report` takes the search's progress."""

    def __init__(self) -> None:
        self._live: Live | None = None
        self._last: Progress | None = None
        self._said = 0

    @property
    def resume(self) -> str:
        """The command that goes on with the run; empty before there is one."""
        return f"optwright evolve resume {self._last.run}" if self._last else ""

    def __enter__(self) -> Board:
        from rich.live import Live

        from ..console import stderr

        self._out: Console = stderr()
        if self._out.is_terminal:
            self._live = Live(console=self._out, refresh_per_second=4, transient=True)
            self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._live:
            self._live.stop()
        if self._last and self._last.candidates != self._said:
            self._say(self._last)

    def report(self, progress: Progress) -> None:
        self._last = progress
        if self._live:
            self._live.update(board(progress))
        elif not progress.replayed and progress.candidates % GENERATION == 0:
            self._say(progress)

    def _say(self, progress: Progress) -> None:
        self._said = progress.candidates
        self._out.print(line(progress), soft_wrap=True)


def line(progress: Progress) -> str:
    """All of it in one line."""
    parts = [f"run {progress.run}", _count(progress), f"best {_best(progress)}", f"median {_score(progress.median)}"]
    if failures := _failures(progress):
        parts.append(failures)
    return "  ".join([*parts, *_spending(progress), *_pace(progress)])


def board(progress: Progress) -> RenderableType:
    """The same as a table."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    rows = {
        "run": progress.run,
        "candidates": _count(progress),
        "best": _best(progress),
        "median": _score(progress.median),
        "failures": _failures(progress) or "none",
        "model": ", ".join(_spending(progress)) or "not asked",
        "pace": ", ".join(_pace(progress)),
    }
    for name, value in rows.items():
        grid.add_row(Text(name, style="dim"), Text(value, style="bold" if name == "best" else ""))
    return grid


def _count(progress: Progress) -> str:
    return f"{progress.candidates}" + (f"/{progress.limit}" if progress.limit else "") + " candidates"


def _best(progress: Progress) -> str:
    number = f" (candidate {progress.best_number})" if progress.best_number is not None else ""
    return _score(progress.best) + number


def _score(score: float | None) -> str:
    return "none" if score is None else f"{score:.6g}"


def _failures(progress: Progress) -> str:
    kinds = {kind: count for kind, count in progress.statuses.items() if kind not in ("ok", "unpromising", "duplicate")}
    named = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items(), key=lambda pair: -pair[1]))
    apart = [f"{progress.statuses[kind]} {kind}" for kind in ("duplicate", "unpromising") if kind in progress.statuses]
    return "  ".join(filter(None, [f"failed {sum(kinds.values())} ({named})" if kinds else "", *apart]))


def _spending(progress: Progress) -> list[str]:
    if not progress.calls:
        return []
    cost = [f"${progress.cost:.4f}"] if progress.cost is not None else []
    return [f"{progress.calls} calls", f"{progress.tokens:,} tokens", *cost]


def _pace(progress: Progress) -> list[str]:
    left = progress.seconds_left
    return [f"{progress.per_second:.1f}/s", *([f"{_time(left)} left"] if left else [])]


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
