"""How a benchmark run stands: counted as attempts are made."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from ...datasets.items import Item
from ...evaluators.answers import RIGHT, judgement, scorable
from .records import Attempt, Record
from .stats import Share, share


class Progress(Record):
    run: str
    attempts: int
    total: int
    right: int
    """Under the default rule and each item's first label."""
    scored: int
    """Attempts at items whose label can be scored."""
    outcomes: dict[str, int]
    calls: int
    tokens: int
    cost: float | None
    per_second: float
    """Attempts per second in this session."""
    seconds_left: float | None
    replayed: bool = False
    """The attempt was made in an earlier session."""

    @property
    def made(self) -> int:
        return self.attempts

    @property
    def accuracy(self) -> Share:
        """Of the scored attempts."""
        return share(self.right, self.scored)


class Tally:
    """Adds up attempts."""

    def __init__(self, run: str, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._run, self._total, self._clock, self._begun = run, total, clock, clock()
        self._outcomes: Counter[str] = Counter()
        self._right = self._scored = self._calls = self._tokens = self._fresh = 0
        self._cost: float | None = 0.0

    def add(self, attempt: Attempt, item: Item, replayed: bool = False) -> Progress:
        label = item.labels[0]
        self._outcomes[attempt.outcome] += 1
        self._fresh += not replayed
        if scorable(label):
            self._scored += 1
            self._right += judgement(label, attempt.answer) in RIGHT
        self._calls += attempt.calls
        self._tokens += attempt.input_tokens + attempt.output_tokens
        self._cost = None if self._cost is None or attempt.cost is None else self._cost + attempt.cost
        return self.progress(replayed)

    def progress(self, replayed: bool = False) -> Progress:
        made = self._outcomes.total()
        pace = self._fresh / max(1e-9, self._clock() - self._begun)
        return Progress(
            run=self._run,
            attempts=made,
            total=self._total,
            right=self._right,
            scored=self._scored,
            outcomes=dict(self._outcomes),
            calls=self._calls,
            tokens=self._tokens,
            cost=self._cost,
            per_second=pace,
            seconds_left=(self._total - made) / pace if pace else None,
            replayed=replayed,
        )
