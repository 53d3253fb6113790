"""A budget stops the work before the call that would exceed it. Cached and replayed calls are free."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self, get_args

from pydantic import Field

from ...errors import BudgetError, SettingsError
from .types import Record

_EXAMPLE = "write it as calls=500,tokens=2000000,usd=5,minutes=60"


class Budget(Record):
    """The most that everything asked of one `connect`ed model may use together; None is no limit."""

    calls: int | None = Field(default=None, ge=0)
    tokens: int | None = Field(default=None, ge=0)
    """Prompt and reply together."""
    usd: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    minutes: float | None = Field(default=None, ge=0, allow_inf_nan=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `calls=500,usd=5,minutes=60`: any of the limits, in any order. Raises SettingsError."""
        limits: dict[str, float] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, value = _limit(cls, part)
            if name in limits:
                raise SettingsError(f"budget: {name} is given twice in {text!r}; give each limit once")
            limits[name] = value
        if not limits:
            raise SettingsError(f"budget: {text!r} sets no limit; {_EXAMPLE}")
        return cls.model_validate(limits)

    def left(self, calls: int, tokens: int, usd: float) -> Budget:
        """For the models, after so much was spent. Minutes begin anew."""
        return Budget(
            calls=_minus(self.calls, calls),
            tokens=_minus(self.tokens, tokens),
            usd=_minus(self.usd, usd),
            minutes=self.minutes,
        )

    def __str__(self) -> str:
        """What `parse` reads."""
        return ",".join(f"{name}={value!r}" for name, value in self if value is not None)


def _minus(limit, spent):
    return None if limit is None else max(0, limit - spent)


def _limit(budget: type[Budget], part: str) -> tuple[str, float]:
    name, _, value = (piece.strip() for piece in part.partition("="))
    if name not in budget.model_fields:
        raise SettingsError(f"budget: no limit is named {name!r}; {_EXAMPLE}")
    whole = int in get_args(budget.model_fields[name].annotation)
    try:
        number = int(value.replace("_", "")) if whole else float(value)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        kind = "a whole number" if whole else "a number"
        raise SettingsError(f"budget: {name} must be {kind}, 0 or more, not {value!r}; {_EXAMPLE}")
    return name, number


class Spent(Record):
    """What was used so far."""

    calls: int = 0
    tokens: int = 0
    usd: float = 0.0
    """Of the calls whose price is known."""
    minutes: float = 0.0


class Bill:
    """What one call turned out to use; stays at nothing where it failed."""

    def __init__(self) -> None:
        self.calls, self.tokens, self.usd = 0, 0, 0.0

    def pay(self, tokens: int, usd: float | None) -> None:
        self.calls, self.tokens, self.usd = 1, tokens, usd or 0.0


class Meter:
    """Counts what is spent. Calls under way count as soon as they start, so that concurrency cannot overshoot."""

    def __init__(self, budget: Budget | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._budget = budget or Budget()
        self._clock, self._start = clock, clock()
        self._calls, self._tokens, self._usd = 0, 0, 0.0

    @property
    def spent(self) -> Spent:
        minutes = (self._clock() - self._start) / 60
        return Spent(calls=self._calls, tokens=self._tokens, usd=self._usd, minutes=minutes)

    @contextmanager
    def call(self, tokens: int, usd: float | None) -> Iterator[Bill]:
        """Hold the estimate of one call while it is under way, then book the bill that it left.

        `tokens` and `usd` estimate the prompt alone; `usd` is None where no price is known.
        Raises BudgetError, before anything is sent.
        """
        self._check(tokens, usd)
        bill = Bill()
        self._book(1, tokens, usd or 0.0)
        try:
            yield bill
        finally:
            self._book(bill.calls - 1, bill.tokens - tokens, bill.usd - (usd or 0.0))

    def _book(self, calls: int, tokens: int, usd: float) -> None:
        self._calls, self._tokens, self._usd = self._calls + calls, self._tokens + tokens, self._usd + usd

    def _check(self, tokens: int, usd: float | None) -> None:
        limit, spent = self._budget, self.spent
        if limit.usd is not None and usd is None:
            raise BudgetError("no price is known for this model, so usd= cannot be kept; use calls= or tokens=")
        wanted = Spent(calls=spent.calls + 1, tokens=spent.tokens + tokens, usd=spent.usd + (usd or 0.0))
        for name in ("calls", "tokens", "usd"):
            most = getattr(limit, name)
            if most is not None and getattr(wanted, name) > most:
                raise BudgetError(f"the next call would exceed {name}={most}; {_so_far(spent)}")
        if limit.minutes is not None and spent.minutes >= limit.minutes:
            raise BudgetError(f"minutes={limit.minutes:g} are over; {_so_far(spent)}")


def _so_far(spent: Spent) -> str:
    used = f"{spent.calls} calls, {spent.tokens} tokens, ${spent.usd:.4f}, {spent.minutes:.1f} minutes"
    return f"spent so far: {used}; raise --budget to go on"
