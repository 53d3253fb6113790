"""The pool's hold on its server: the process, the control socket, and the jobs that are under way."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import weakref
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import IO, Self

from ..errors import SandboxError
from .job import Job
from .outcome import Limits, Outcome
from .protocol import Exit, Order
from .walls import LONGEST, OPTIONAL

_START = 120.0
"""Seconds within which a server must have imported what it preloads."""
_GRACE = 10.0
"""Seconds beyond a candidate's limit after which its server is held to be stuck."""
_STOP = 5.0
_PASSED_ON = ("OPENBLAS_CORETYPE", "LD_LIBRARY_PATH", "TZ")
_BOOT = "import json, sys; c = json.loads(sys.argv[1]); sys.path[:] = c['path']; from {} import main; main(sys.argv[1])"


class Link:
    """A server that has been started. `alive` until its process or its socket is gone; then it is never used again."""

    def __init__(self, process: subprocess.Popen, control: socket.socket, workdir: str, log: IO[bytes]) -> None:
        self.loop = asyncio.get_running_loop()
        self.walls: dict[str, str] = {}
        self.alive = True
        self._process = process
        self._control = control
        self._log = log
        self._jobs: dict[int, tuple[Job, Callable[[], None]]] = {}
        self._count = 0
        self._received = bytearray()
        self._finalizer = weakref.finalize(self, _abandon, process, control, workdir, log)

    @classmethod
    async def start(cls, preload: Sequence[str], off: Collection[str], require_walls: bool) -> Self:
        """Start a server and wait until it has imported everything. Raises `SandboxError` where that fails."""
        workdir = tempfile.mkdtemp(prefix="optwright-")
        log = tempfile.TemporaryFile()  # noqa: SIM115  the link keeps it, and closes it at its end
        control, theirs = socket.socketpair()
        control.setblocking(False)
        with theirs:
            link = cls(_popen(theirs.fileno(), preload, off, workdir, log), control, workdir, log)
        try:
            await asyncio.wait_for(link._greet(require_walls), _START)
        except TimeoutError:
            await link.close()
            raise SandboxError(f"the sandbox's server did not start within {_START:g} s: preload less") from None
        except BaseException:
            await link.close()
            raise
        link.loop.add_reader(control, link._hear)
        return link

    @property
    def missing(self) -> str:
        """The walls that ought to stand here and do not, with reasons."""
        absent = ((name, state) for name, state in self.walls.items() if state != "up" and name not in OPTIONAL)
        return ", ".join(f"{name} ({reason})" for name, reason in absent)

    async def run(
        self,
        frame: Sequence[bytes | memoryview],
        limits: Limits,
        release: Callable[[], None],
        on_progress: Callable[[object], None] | None = None,
    ) -> Outcome:
        """One candidate, from fork to Outcome. `release` is called when its process is gone, even if nobody waits."""
        async with self.job(limits, release, on_progress) as job:
            await job.feed(frame)
            return await job.outcome(self.standing)

    @property
    def standing(self) -> tuple[str, ...]:
        return tuple(name for name, state in self.walls.items() if state == "up")

    @asynccontextmanager
    async def job(
        self, limits: Limits, release: Callable[[], None], on_progress: Callable[[object], None] | None = None
    ) -> AsyncIterator[Job]:
        """A candidate's process, behind its walls, waiting for its first frame; killed at the end if it still runs."""
        number = self._count = self._count + 1
        stop = Order(False, number)
        try:
            job = Job(limits, lambda: self._order(stop), on_progress)
        except OSError as error:
            release()
            raise SandboxError(f"cannot open a channel to a candidate: {error}; raise `ulimit -n`") from None
        self._jobs[number] = job, release
        seconds = min(limits.seconds, LONGEST)
        order = Order(True, number, seconds, limits.memory_mb << 20, limits.scratch_mb)
        watchdog = self.loop.call_later(seconds + _GRACE, self._kill)
        try:
            job.hand_over(lambda descriptors: self._order(order, descriptors))
            yield job
        finally:
            if not job.ended.is_set():
                self._order(stop)
            watchdog.cancel()
            job.close()

    async def close(self) -> None:
        """Stop the server; whatever ran in it is killed with it."""
        self._lost()
        self._control.close()
        try:
            await asyncio.to_thread(self._process.wait, _STOP)
        except subprocess.TimeoutExpired:
            self._kill()
        self._finalizer()

    async def _greet(self, require_walls: bool) -> None:
        """Wait for the server's first words. Raises `SandboxError` where it cannot serve."""
        try:
            (length,) = struct.unpack("!I", await self._exactly(4))
            self.walls, failure = json.loads(await self._exactly(length))
        except EOFError:
            self._log.seek(0)
            last = self._log.read().decode(errors="replace").strip().splitlines()[-1:]
            failure = last[0] if last else "it ended without a word"
        if failure:
            raise SandboxError(f"the sandbox's server did not start: {failure}")
        if require_walls and self.missing:
            raise SandboxError(f"walls are required and missing here: {self.missing}")

    async def _exactly(self, count: int) -> bytes:
        received = b""
        while len(received) < count:
            chunk = await self.loop.sock_recv(self._control, count - len(received))
            if not chunk:
                raise EOFError
            received += chunk
        return received

    def _order(self, order: Order, descriptors: Sequence[int] = ()) -> None:
        """Send an order. A server that does not take it is as good as dead."""
        if not self.alive:
            return
        try:
            socket.send_fds(self._control, [order.pack()], descriptors)
        except BlockingIOError:
            self._kill()
        except OSError:
            self._lost()

    def _hear(self) -> None:
        """Take the server's reports as they come."""
        try:
            chunk = self._control.recv(1 << 16)
        except BlockingIOError:
            return
        except ConnectionError:
            chunk = b""
        if not chunk:
            self._lost()
        self._received += chunk
        size = Exit.layout.size
        while len(self._received) >= size:
            report = Exit.unpack(bytes(self._received[:size]))
            del self._received[:size]
            self._end(report.job, report)

    def _end(self, number: int, report: Exit | None) -> None:
        if number in self._jobs:
            job, release = self._jobs.pop(number)
            job.exited(report)
            release()

    def _lost(self) -> None:
        """The server is gone, and every candidate with it."""
        self.alive = False
        self.loop.remove_reader(self._control)
        for number in list(self._jobs):
            self._end(number, None)

    def _kill(self) -> None:
        """Kill a server that no longer answers; its candidates die with it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)


def _popen(
    control: int, preload: Sequence[str], off: Collection[str], workdir: str, log: IO[bytes]
) -> subprocess.Popen[bytes]:
    """A fresh interpreter, with an environment that holds nothing of ours."""
    path = [os.path.abspath(entry) if os.path.isdir(entry or ".") else entry for entry in sys.path]
    config = {"control": control, "path": path, "preload": list(preload), "off": list(off), "workdir": workdir}
    module = f"{__package__}.server"
    command = [sys.executable, "-s", "-P", "-c", _BOOT.format(module), json.dumps(config)]
    try:
        return subprocess.Popen(
            command,
            env=_environment(workdir),
            cwd=workdir,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            pass_fds=[control],
            start_new_session=True,
        )
    except OSError as error:
        raise SandboxError(f"cannot start the sandbox's server with {sys.executable}: {error}") from None


def _environment(workdir: str) -> dict[str, str]:
    one_thread = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    python = {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}
    system = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": workdir, "TMPDIR": workdir, "MALLOC_ARENA_MAX": "2"}
    return one_thread | python | system | {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def _abandon(process: subprocess.Popen[bytes], control: socket.socket, workdir: str, log: IO[bytes]) -> None:
    """Whatever happened to the link, its server does not outlive it."""
    control.close()
    log.close()
    with contextlib.suppress(ProcessLookupError):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    shutil.rmtree(workdir, ignore_errors=True)
