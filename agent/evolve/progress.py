"""How a search stands: what the live display shows, counted as candidates are committed."""

from __future__ import annotations

import bisect
import time
from collections import Counter
from collections.abc import Callable

from ..llm.types import Call
from .records import Candidate, Record


class Progress(Record):
    run: str
    candidates: int
    limit: int | None
    best: float | None
    """Train score of the best candidate so far."""
    best_number: int | None
    median: float | None
    """Of the candidates with a score."""
    statuses: dict[str, int]
    """How many candidates have which status; `ok` among them."""
    calls: int
    tokens: int
    cost: float | None
    per_second: float
    """Candidates committed per second in this session."""
    seconds_left: float | None
    """At this pace; None where only the models' budget limits the run."""
    replayed: bool = False
    """It was committed in an earlier session."""

    @property
    def made(self) -> int:
        return self.candidates


class Tally:
    """Adds up commits and calls."""

    def __init__(
        self,
        run: str,
        limit: int | None,
        better: Callable[[float, float], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._run, self._limit, self._better, self._clock = run, limit, better, clock
        self._statuses: Counter[str] = Counter()
        self._scores: list[float] = []
        self._best: Candidate | None = None
        self._calls = self._tokens = self._fresh = 0
        self._cost: float | None = None
        self._begun = clock()

    def call(self, call: Call) -> None:
        self._calls += not call.cached
        self._tokens += call.input_tokens + call.output_tokens if not call.cached else 0
        if call.cost is not None:
            self._cost = (self._cost or 0.0) + call.cost

    def commit(self, candidate: Candidate, replayed: bool = False) -> Progress:
        self._statuses[candidate.status] += 1
        self._fresh += not replayed
        if candidate.score is not None:
            bisect.insort(self._scores, candidate.score)
            if candidate.ok and (self._best is None or self._better(candidate.score, self._best.score or 0.0)):
                self._best = candidate
        return self.progress(replayed)

    def progress(self, replayed: bool = False) -> Progress:
        total, pace = sum(self._statuses.values()), self._fresh / max(1e-9, self._clock() - self._begun)
        left = (self._limit - total) / pace if self._limit is not None and pace else None
        return Progress(
            run=self._run,
            candidates=total,
            limit=self._limit,
            best=self._best.score if self._best else None,
            best_number=self._best.number if self._best else None,
            median=self._scores[len(self._scores) // 2] if self._scores else None,
            statuses=dict(self._statuses),
            calls=self._calls,
            tokens=self._tokens,
            cost=self._cost,
            per_second=pace,
            seconds_left=left,
            replayed=replayed,
        )
