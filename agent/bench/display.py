"""A benchmark run on the terminal."""

from __future__ import annotations

from ..live import Board, pace, spending
from .progress import Progress

EVERY = 20
"""Attempts from one line to the next, where there is no terminal."""


def board() -> Board[Progress]:
    return Board("optwright bench resume", EVERY, line, rows, bold="accuracy")


def line(progress: Progress) -> str:
    """All of it in one line."""
    parts = [f"run {progress.run}", _count(progress), f"accuracy {_accuracy(progress)}"]
    if unanswered := _unanswered(progress):
        parts.append(unanswered)
    return "  ".join([*parts, *spending(progress), *pace(progress)])


def rows(progress: Progress) -> dict[str, str]:
    """The same for the board."""
    return {
        "run": progress.run,
        "attempts": _count(progress),
        "accuracy": _accuracy(progress),
        "unanswered": _unanswered(progress) or "none",
        "model": ", ".join(spending(progress)) or "not asked",
        "pace": ", ".join(pace(progress)),
    }


def _count(progress: Progress) -> str:
    return f"{progress.attempts}/{progress.total} attempts"


def _accuracy(progress: Progress) -> str:
    found = progress.accuracy
    if found.value is None or found.interval is None:
        return "n/a"
    return f"{found.value:.1%} [{found.interval.low:.1%}, {found.interval.high:.1%}]"


def _unanswered(progress: Progress) -> str:
    others = sorted(((n, kind) for kind, n in progress.outcomes.items() if kind != "answered"), reverse=True)
    return ", ".join(f"{n} {kind}" for n, kind in others)
