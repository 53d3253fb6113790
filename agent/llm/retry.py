"""Exponential backoff with jitter that listens to Retry-After."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import count
from typing import TypeVar

from ...errors import EndpointError
from .endpoint import Setback

T = TypeVar("T")

FIRST_WAIT = 0.5
LONGEST_WAIT = 20.0
LONGEST_RETRY_AFTER = 60.0


async def persist(
    attempt: Callable[[], Awaitable[T]],
    retries: int,
    sleep: Callable[[float], Awaitable[None]],
    random: Callable[[], float],
) -> T:
    """The first attempt that succeeds, of at most `retries` + 1. Raises EndpointError: one line, what to do."""
    for turn in count():
        try:
            return await attempt()
        except Setback as failed:
            if not failed.again or turn >= retries:
                tried = f" ({turn + 1} attempts)" if turn else ""
                raise EndpointError(f"{failed.words}{tried}; {failed.advice}") from None
            await sleep(wait_before(turn, failed.wait, random()))
    raise AssertionError("unreachable")


def wait_before(turn: int, asked: float | None, luck: float) -> float:
    """Seconds before retry number `turn` (from 0): what the server asked for, or 0.5 · 2^turn, half of it by `luck`."""
    if asked is not None:
        return min(asked, LONGEST_RETRY_AFTER)
    return min(FIRST_WAIT * 2**turn, LONGEST_WAIT) * (0.5 + luck / 2)
