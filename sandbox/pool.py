"""Pool: run untrusted Python behind walls, many at a time, for milliseconds each."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Self

from ..errors import SandboxError
from .link import Link
from .outcome import CandidateError, Limits, Outcome
from .session import Session, request

_log = logging.getLogger("optwright")

MAX_SOURCE = 1_000_000
"""Characters in the longest source that is run."""


class Pool:
    """Runs candidates, each in a fresh process of its own, forked from a server that has `preload` imported.

    Use it as `async with Pool(...) as pool`, or call `close()` at the end; the first run starts the server if nothing
    has before. A pool belongs to the event loop that it first ran in. At most `size` candidates run at once (default:
    the number of CPUs); more wait in line, first come, first served.

    Walls that are missing here are named in one warning of the logger `optwright`, once in a process. With
    `require_walls` such a pool refuses to start instead. The wall `cgroup` is welcome, and never required.
    """

    off: Collection[str] = ()
    """Names of walls to leave out, to measure what each is worth. A subclass of a test sets it; nothing else should."""

    def __init__(
        self, *, preload: Sequence[str] = ("numpy",), size: int | None = None, require_walls: bool = False
    ) -> None:
        self._preload = tuple(preload)
        self._require_walls = require_walls
        self._slots = asyncio.Semaphore(size or os.cpu_count() or 1)
        self._starting = asyncio.Lock()
        self._link: Link | None = None

    async def __aenter__(self) -> Self:
        await self._server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop the server and everything that still runs; those runs get an Outcome with the status crashed."""
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    @property
    def walls(self) -> dict[str, str]:
        """Wall by wall, `up` or the reason why it is missing. Empty before the server has started."""
        return dict(self._link.walls) if self._link else {}

    async def run(
        self,
        source: str,
        call: str,
        args: Sequence[object] = (),
        limits: Limits | None = None,
        on_progress: Callable[[object], None] | None = None,
    ) -> Outcome:
        """Execute `source`, call a function with `args`, and tell what became of it.

        `call` names a function that `source` defines, or is `module:function` of a preloaded, trusted module: that is
        called as `function(program, *args)` with the module that `source` became. Arguments and result are JSON types
        and numpy arrays of numbers (see `wire.encode`). Whatever the candidate does is an Outcome. Cancelling the task
        that waits here kills the candidate at once.

        `on_progress` is called in this event loop with each value that is told inside before the result (see
        `progress.tell`), and not after this has returned. The values are the candidate's word, like its result.

        Raises `TypeError` where `args` cannot be sent, and `SandboxError` where the sandbox itself does not work.
        """
        limits = limits or Limits()
        refusal = refused(source, call, self._preload)
        if refusal is not None:
            return refusal
        frame = request(source, call, args, limits, progress=on_progress is not None)
        return await self.run_frame(frame, limits, on_progress)

    async def run_frame(
        self, frame: Sequence[bytes | memoryview], limits: Limits, on_progress: Callable[[object], None] | None = None
    ) -> Outcome:
        """As `run`, for what `request` has encoded, here or on another machine."""
        link = await self._place()
        return await link.run(frame, limits, self._slots.release, on_progress)

    @asynccontextmanager
    async def session(self, source: str, limits: Limits | None = None) -> AsyncIterator[Session]:
        """One candidate that is asked again and again, in one process: `await session.call(call, args)`.

        `limits.seconds` is for all calls together. It takes one of the pool's places until the end of the block.
        """
        limits = limits or Limits()
        link = await self._place()
        async with link.job(limits, self._slots.release) as job:
            yield Session(job, source, limits, lambda call: refused(source, call, self._preload))

    async def _place(self) -> Link:
        """A server that is alive, and one of the places in it."""
        while True:
            link = await self._server()
            await self._slots.acquire()
            if link.alive:
                return link
            self._slots.release()

    async def _server(self) -> Link:
        """The running server; started, or started again after its death."""
        async with self._starting:
            if self._link is not None and self._link.loop is not asyncio.get_running_loop():
                raise SandboxError("this pool belongs to another event loop: make one pool for each loop")
            if self._link is None or not self._link.alive:
                await self.close()
                self._link = await Link.start(self._preload, self.off, self._require_walls)
                if self._link.missing:
                    _warn(self._link.missing)
            return self._link


@functools.cache
def _warn(missing: str) -> None:
    """Once for the same walls."""
    _log.warning(
        "programs run without these walls of the sandbox: %s; `optwright doctor` shows all walls, "
        "--require-walls runs nothing where one is missing",
        missing,
    )


def refused(source: object, call: str, preload: Collection[str]) -> Outcome | None:
    """What becomes of a candidate that is not even tried; None for one that is."""
    driver = call.rpartition(":")[0]
    error = None
    if not isinstance(source, str):
        error = CandidateError(type="TypeError", message=f"the source is a {type(source).__name__}, not text")
    elif len(source) > MAX_SOURCE:
        message = f"the source has {len(source)} characters, more than {MAX_SOURCE}"
        error = CandidateError(type="ValueError", message=message)
    elif driver and driver not in preload:
        message = f"the module {driver!r} of {call!r} is not preloaded: add it to preload="
        error = CandidateError(type="NameError", message=message)
    return error and Outcome(status="refused", error=error)
