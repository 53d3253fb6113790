"""One candidate as the pool sees it: three descriptors to read, a frame to send, and in the end an `Outcome`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import ValidationError

from ..errors import SandboxError
from . import wire
from .child import GREETING, MEMORY_EXIT
from .outcome import CandidateError, Limits, Outcome, Status
from .progress import MARK, Peeler
from .protocol import Exit
from .walls import cpu_seconds

_CHUNK = 1 << 18
_SLACK = 1 << 17
"""Bytes beyond `result_bytes` for what comes with a result: greeting, status, error, traceback."""
_CPU_SLACK = 0.1
_STRAGGLERS = 0.5
"""Seconds to wait for descriptors that something else than the candidate still holds open."""
_THREAD_FROM = 1 << 20
"""Results from this size on are parsed in a thread, so that the event loop goes on."""
Reply = tuple[Status, Any, CandidateError | None]
"""Status, value, error."""
_ERRORS: dict[Status, str] = {
    "timeout": "Timeout",
    "memory": "OutOfMemory",
    "output": "ResultTooLarge",
    "crashed": "Crash",
}


class Job:
    """The pool's end of one candidate. `outcome()` is what became of it; `ended` is set when its process is gone.

    `on_progress` is called with what it tells before its result, until `close()`.
    """

    def __init__(
        self, limits: Limits, stop: Callable[[], None], on_progress: Callable[[object], None] | None = None
    ) -> None:
        self.limits = limits
        self.ended = asyncio.Event()
        self._stop = stop
        self._on_progress = on_progress
        self._peeler = Peeler(self._pass_on if on_progress else None)
        self._loop = asyncio.get_running_loop()
        self._exit: Exit | None = None
        self._overflow = False
        self._greeted = False
        self._heard = asyncio.Event()
        self._result, self._stdout, self._stderr = bytearray(), bytearray(), bytearray()
        self._channel, theirs = socket.socketpair()
        self._channel.setblocking(False)
        out, their_out = os.pipe()
        err, their_err = os.pipe()
        self._theirs = [theirs.detach(), their_out, their_err]
        self._pipes = [out, err]
        self._open = {self._channel.fileno(), out, err}
        self._drained = asyncio.Event()
        self._listen(self._channel.fileno(), self._take)
        self._listen(out, lambda chunk: _keep(self._stdout, chunk, limits.output_bytes))
        self._listen(err, lambda chunk: _keep(self._stderr, chunk, limits.output_bytes))

    def hand_over(self, send: Callable[[Sequence[int]], None]) -> None:
        """Give the candidate's ends away, through `send`, and close ours of them."""
        try:
            send(self._theirs)
        finally:
            for descriptor in self._theirs:
                os.close(descriptor)
            self._theirs = []

    async def feed(self, buffers: Sequence[bytes | memoryview]) -> None:
        """Send the frame that says what to run. A candidate that ends before it has read it is no error here."""
        with contextlib.suppress(ConnectionError):
            for buffer in buffers:
                await self._loop.sock_sendall(self._channel, buffer)

    async def reply(self) -> Reply | None:
        """The next frame, from a candidate that is asked more than once; None where it can answer no more."""
        while self._overflow or len(self._result) != wire.expected(self._result):
            if self._overflow or self._channel.fileno() not in self._open or self.ended.is_set():
                return None
            self._heard.clear()
            await self._heard.wait()
        frame = bytearray(self._result)  # arrays are views into it
        self._result.clear()
        return _read(frame)

    def exited(self, exit_: Exit | None) -> None:
        """The process is gone: the server's word on how, or None where the server itself is gone."""
        self._exit = exit_
        self.ended.set()
        self._heard.set()

    def close(self) -> None:
        """Let go of every descriptor."""
        for descriptor in list(self._open):
            self._drop(descriptor)
        self._channel.close()
        for descriptor in self._pipes + self._theirs:
            os.close(descriptor)
        self._pipes, self._theirs = [], []

    async def outcome(self, walls: tuple[str, ...]) -> Outcome:
        """What became of the candidate, once its process is gone and everything that it wrote is read.

        Raises `SandboxError` where the sandbox failed before the candidate ran.
        """
        await self.ended.wait()
        try:
            async with asyncio.timeout(_STRAGGLERS):
                await self._drained.wait()
        except TimeoutError:
            pass  # something else holds them open; what has been read counts
        self._check_started()
        status, value, error = await self._judge()
        used = {}
        if self._exit is not None:
            used = {name: getattr(self._exit, name) for name in ("seconds", "cpu_seconds", "peak_mb")}
        texts = {"stdout": self._stdout.decode(errors="replace"), "stderr": self._stderr.decode(errors="replace")}
        return Outcome(status=status, value=value, error=error, walls=walls, **texts, **used)

    def _check_started(self) -> None:
        if self._exit is None or self._greeted or self._exit.late:
            return
        reason = self._stderr.decode(errors="replace") if self._exit.forked else os.strerror(self._exit.code)
        raise SandboxError(f"a candidate could not be started: {reason or f'exit status {self._exit.code}'}")

    async def _judge(self) -> Reply:
        """Status, value and error: the process's end comes first, then what it sent."""
        verdict = self._fate()
        if verdict is not None:
            status, message = verdict
            return status, None, CandidateError(type=_ERRORS[status], message=message)
        if len(self._result) < _THREAD_FROM:
            return _read(self._result)
        return await asyncio.to_thread(_read, self._result)

    def _fate(self) -> tuple[Status, str] | None:
        """How the process ended, where that alone decides; None where its frame tells."""
        exit_ = self._exit
        if exit_ is None:
            return "crashed", "the sandbox's server died while this candidate ran"
        if self._overflow:
            return "output", f"the result is more than the {self.limits.result_bytes} bytes that are accepted"
        if exit_.late:
            return "timeout", f"no result after {self.limits.seconds:g} s"
        if exit_.code == 0:
            return (
                None if len(self._result) == wire.expected(self._result) else ("crashed", "it ended without a result")
            )
        if exit_.code == MEMORY_EXIT:
            return "memory", f"more than {self.limits.memory_mb} MiB were asked for"
        return self._killed(-exit_.code) if exit_.code < 0 else ("crashed", f"it ended with exit status {exit_.code}")

    def _killed(self, number: int) -> tuple[Status, str]:
        """Ended by a signal that was not the server's own."""
        assert self._exit is not None
        used = self._exit.cpu_seconds
        # A candidate can send itself the signal, but not have used the time.
        if number in (signal.SIGXCPU, signal.SIGKILL) and used >= cpu_seconds(self.limits.seconds) - _CPU_SLACK:
            return "timeout", f"{used:.1f} s of CPU time used"
        if number == signal.SIGKILL:
            return "memory", "the system killed it, as it does when memory runs out"
        if number != signal.SIGXFSZ and (
            b"bad_alloc" in self._stderr or self._exit.peak_mb > 0.8 * self.limits.memory_mb
        ):
            return "memory", f"more than {self.limits.memory_mb} MiB were asked for"
        names = {known.value: known.name for known in signal.Signals}  # most real-time signals have none
        return "crashed", f"killed by {names.get(number, f'signal {number}')}"

    def _listen(self, descriptor: int, take: Callable[[bytes], None]) -> None:
        """Take what arrives, chunk by chunk, until its end."""
        os.set_blocking(descriptor, False)

        def ready() -> None:
            try:
                chunk = os.read(descriptor, _CHUNK)
            except BlockingIOError:
                return
            except ConnectionError:
                chunk = b""
            take(chunk)
            self._heard.set()
            if not chunk:
                self._drop(descriptor)

        self._loop.add_reader(descriptor, ready)

    def _take(self, chunk: bytes) -> None:
        """A piece of the channel's stream: the greeting, then progress, then a result, which may be too large."""
        if self._overflow:
            return
        self._result += chunk
        if not self._greeted and self._result.startswith(GREETING):
            self._greeted = True
            del self._result[: len(GREETING)]
        if self._greeted:
            self._peeler.peel(self._result)
        if len(self._result) > self.limits.result_bytes + _SLACK:
            self._result.clear()
            self._overflow = True
            self._stop()

    def _pass_on(self, value: object) -> None:
        """Let the loop call the listener: what that raises is none of the candidate's business."""
        self._loop.call_soon(self._call, value)

    def _call(self, value: object) -> None:
        if self._on_progress is not None and self._pipes:
            self._on_progress(value)

    def _drop(self, descriptor: int) -> None:
        """Stop reading a descriptor. It is closed later: the channel may still be written to."""
        self._open.discard(descriptor)
        self._loop.remove_reader(descriptor)
        if not self._open:
            self._drained.set()


def _keep(kept: bytearray, chunk: bytes, limit: int) -> None:
    """Beyond the limit it is dropped as it streams."""
    kept += chunk[: limit - len(kept)]


def _read(frame: bytearray) -> Reply:
    """What a candidate's frame says, taken as data from somebody who may lie."""
    try:
        if frame.startswith(MARK):
            raise wire.WireError("this is progress, beyond what is accepted of it")
        match wire.decode(frame):
            case {"status": "ok", "value": value, **rest} if not rest:
                return "ok", value, None
            case {"status": "error" | "memory" | "output" | "refused" as status, "error": error, **rest} if not rest:
                return status, None, CandidateError.model_validate(error, strict=True)
    except (wire.WireError, ValidationError):
        pass
    return "crashed", None, CandidateError(type="Crash", message="it sent something that is not a result")
