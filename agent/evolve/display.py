"""A search on the terminal."""

from __future__ import annotations

from ..live import Board, pace, spending
from .progress import Progress

GENERATION = 20
"""Candidates from one line to the next, where there is no terminal."""


def board() -> Board[Progress]:
    return Board("optwright evolve resume", GENERATION, line, rows, bold="best")


def line(progress: Progress) -> str:
    """All of it in one line."""
    parts = [f"run {progress.run}", _count(progress), f"best {_best(progress)}", f"median {_score(progress.median)}"]
    if failures := _failures(progress):
        parts.append(failures)
    return "  ".join([*parts, *spending(progress), *pace(progress)])


def rows(progress: Progress) -> dict[str, str]:
    """The same for the board."""
    return {
        "run": progress.run,
        "candidates": _count(progress),
        "best": _best(progress),
        "median": _score(progress.median),
        "failures": _failures(progress) or "none",
        "model": ", ".join(spending(progress)) or "not asked",
        "pace": ", ".join(pace(progress)),
    }


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
