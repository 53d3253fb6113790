"""A benchmark run on the terminal."""

from __future__ import annotations

from ..live import Board, pace, spending
from .progress import Progress
from .view import percent

EVERY = 20
"""Attempts from one line to the next, where there is no terminal."""


def board() -> Board[Progress]:
    return Board("optwright bench resume", EVERY, line, rows, bold="accuracy")


def line(progress: Progress) -> str:
    """All of it in one line."""
    parts = [f"run {progress.run}", _count(progress), f"accuracy {percent(progress.accuracy)}"]
    if unanswered := _unanswered(progress):
        parts.append(unanswered)
    return "  ".join([*parts, *spending(progress), *pace(progress)])


def rows(progress: Progress) -> dict[str, str]:
    """The same for the board."""
    return {
        "run": progress.run,
        "attempts": _count(progress),
        "accuracy": percent(progress.accuracy),
        "unanswered": _unanswered(progress) or "none",
        "model": ", ".join(spending(progress)) or "not asked",
        "pace": ", ".join(pace(progress)),
    }


def _count(progress: Progress) -> str:
    return f"{progress.attempts}/{progress.total} attempts"


def _unanswered(progress: Progress) -> str:
    others = sorted(((n, kind) for kind, n in progress.outcomes.items() if kind != "answered"), reverse=True)
    return ", ".join(f"{n} {kind}" for n, kind in others)
