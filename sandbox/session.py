"""Sessions: one candidate that answers call after call, for callers that decide what it is asked next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import wire
from .job import Job
from .outcome import Limits, Outcome


class SessionError(Exception):
    """A call of a session has no value: the candidate raised, or it can answer no more."""


class Session:
    """Made by `Pool.session`."""

    def __init__(self, job: Job, source: str, limits: Limits, refusal: Callable[[str], Outcome | None]) -> None:
        self._job, self._limits, self._refusal = job, limits, refusal
        self._source: str | None = source

    async def call(self, call: str, args: Sequence[object] = ()) -> Any:
        """The value of one call, as in `Pool.run`; the source is executed by the first.

        Raises SessionError, which says why there is no value; after an exception in the candidate it can be asked
        again, after its end it cannot. Raises `TypeError` where `args` cannot be sent.
        """
        if (refusal := self._refusal(call)) and refusal.error:
            raise SessionError(refusal.error.message)
        await self._job.feed(request(self._source, call, args, self._limits, more=True))
        self._source = None
        reply = await self._job.reply()
        if reply is None:
            outcome = await self._job.outcome(())
            raise SessionError(f"{outcome.status}: {outcome.error.message if outcome.error else 'it has ended'}")
        status, value, error = reply
        if status != "ok":
            raise SessionError(f"{error.type}: {error.message}" if error else status)
        return value


def request(
    source: str | None,
    call: str,
    args: Sequence[object],
    limits: Limits,
    *,
    more: bool = False,
    progress: bool = False,
) -> list[bytes | memoryview]:
    """The frame that tells a candidate's process what to run: with its source, or with None in a session's later calls.

    `more` keeps the process for a next call; `progress` says that somebody listens to it.
    Raises `TypeError` where `args` cannot be sent.
    """
    job = {"source": source, "call": call, "args": list(args), "result_bytes": limits.result_bytes}
    return wire.encode(job | {"more": more, "progress": progress})
