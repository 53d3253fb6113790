"""The fork server: imports once, then forks one process for each candidate, and watches the clock.

It never sees a candidate's source, arguments or result: those pass between the pool and the candidate on a channel of
their own. It ends when the pool's end of the control socket closes, however that came about.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import resource
import selectors
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from . import child, linux
from .cgroup import Group
from .offspring import Childless, Offspring, offspring
from .protocol import Exit, Order, Ready
from .walls import OPEN_FILES, Room, Walls

_PEAK_UNIT = 1 << 20 if sys.platform == "darwin" else 1 << 10
"""`ru_maxrss` units in a MiB: bytes on macOS, KiB elsewhere."""


def main(settings: str) -> NoReturn:
    """The process that the pool starts. It splits in two: the server proper, and a keeper that tidies up after it."""
    config = json.loads(settings)
    control = socket.socket(fileno=config["control"])
    walls = Walls(config["workdir"], config["off"])
    walls.around_server()
    server = os.fork()
    if server == 0:
        _serve(control, walls, config)
    control.close()
    left_behind = Childless() if walls.up("pid namespace") else offspring(walls)  # the server's end is that of its own
    _, status = os.waitpid(server, 0)
    left_behind.sweep(())
    walls.take_down()
    shutil.rmtree(config["workdir"], ignore_errors=True)
    os._exit(0 if status == 0 else 1)


def _serve(control: socket.socket, walls: Walls, config: dict) -> NoReturn:
    if sys.platform == "linux":
        linux.die_with_parent()
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    failure = _preload(config["preload"])
    base = _address_space()
    _ease_forking()
    family = offspring(walls)
    failure = failure or _raise_view(walls)
    Ready(walls.status, failure).send(control)
    if not failure:
        sys.stdout.reconfigure(line_buffering=True, errors="replace")  # pyright: ignore[reportAttributeAccessIssue]
        Server(control, walls, family, config["workdir"], base).loop()
    os._exit(0)


def _preload(modules: Sequence[str]) -> str:
    """Import what candidates will find already imported; returns why that failed, or nothing."""
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception as error:  # a module may raise anything while it is imported
            return f"cannot preload {name!r}: {type(error).__name__}: {error}"
        if sys.platform == "linux" and len(os.listdir("/proc/self/task")) > 1:
            return f"cannot preload {name!r}: it starts threads, and a process with threads cannot be forked safely"
    return ""


def _ease_forking() -> None:
    """What has been imported stays as it is: the collector does not touch it, and its pages are large."""
    gc.collect()
    gc.freeze()
    if sys.platform == "linux":
        linux.use_huge_pages()


def _raise_view(walls: Walls) -> str:
    try:
        walls.around_view()
    except OSError as error:
        return f"the mount namespace failed after it had been tried with success: {error}"
    return ""


@dataclass(frozen=True)
class _Process:
    """A fork behind its walls, that waits on the other end of `orders` for what to run."""

    pid: int
    room: Room
    scratch: str
    group: Group | None
    orders: socket.socket


@dataclass(frozen=True)
class _Candidate:
    process: _Process
    job: int
    started: float
    deadline: float
    late: bool = False


class Server:
    """One loop over three things that happen: an order arrives, a child ends, a clock runs out."""

    def __init__(self, control: socket.socket, walls: Walls, family: Offspring, workdir: str, base: int) -> None:
        self._control = control
        self._walls = walls
        self._family = family
        self._workdir = workdir
        self._base = base
        self._spare: _Process | None = None
        self._unused: dict[int, _Process] = {}
        self._last_room: Room | None = None
        self._forks = 0
        self._running: dict[int, _Candidate] = {}
        self._sweeping: dict[int, Exit] = {}

    def loop(self) -> None:
        """Serve until the pool's end closes; then nothing of ours is left running."""
        wake = _wake_on_child()
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ, self._obey)
            selector.register(wake, selectors.EVENT_READ, lambda: wake.recv(4096))
            try:
                while True:
                    for key, _ in selector.select(self._patience()):
                        key.data()
                    self._reap()
                    self._expire()
            except ConnectionError:
                pass  # the pool is gone
        for pid in self._running:
            _kill(pid)
        self._family.sweep(())

    def _patience(self) -> float | None:
        """Seconds until the next deadline."""
        deadlines = [c.deadline for c in self._running.values() if not c.late]
        return max(0.0, min(deadlines) - time.monotonic()) if deadlines else None

    def _obey(self) -> None:
        """Follow one order. Raises `ConnectionError` when the pool is gone."""
        data, descriptors, _, _ = socket.recv_fds(self._control, Order.layout.size, 3)
        if len(data) != Order.layout.size:
            raise ConnectionError
        order = Order.unpack(data)
        room = Room(order.seconds, order.memory, order.scratch)
        if order.run:
            self._start(order, room, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        if order.run:
            self._prepare(room)
        else:
            for pid in [pid for pid, candidate in self._running.items() if candidate.job == order.job]:
                _kill(pid)

    def _start(self, order: Order, room: Room, descriptors: list[int]) -> None:
        """Hand a candidate's descriptors to a process that runs it: the spare one where it fits, or a new one."""
        if self._spare is not None and self._spare.room != room:
            self._discard_spare()
        try:
            process, self._spare = self._spare or self._fork(room), None
            self._unused[process.pid] = process
            with process.orders as orders:
                socket.send_fds(orders, [b"!"], descriptors)
        except OSError as error:
            self._report(Exit(order.job, error.errno or 0, False, False, 0.0, 0.0, 0.0))
            return
        now = time.monotonic()
        del self._unused[process.pid]
        self._running[process.pid] = _Candidate(process, order.job, now, now + order.seconds)

    def _prepare(self, room: Room) -> None:
        """Make the next process ready while this one runs, where candidates come with the same limits in a row."""
        if room == self._last_room:
            with contextlib.suppress(OSError):
                self._spare = self._fork(room)
        self._last_room = room

    def _discard_spare(self) -> None:
        """It ends by itself when nothing more can come."""
        if self._spare is not None:
            self._spare.orders.close()
            self._unused[self._spare.pid] = self._spare
            self._spare = None

    def _fork(self, room: Room) -> _Process:
        """Raises `OSError` where the system has no room for another process."""
        self._forks += 1
        scratch = self._scratch(str(self._forks))
        group = self._walls.group(str(self._forks), room, self._base)
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                pid = self._family.fork()
            except OSError:
                _clear(_Process(0, room, scratch, group, ours))
                raise
            if pid == 0:
                child.main(room, self._walls, group, scratch, self._base, theirs.fileno())
        return _Process(pid, room, scratch, group, ours)

    def _scratch(self, name: str) -> str:
        """A folder for a candidate; the walls make a better one where they can."""
        if self._walls.up("mount namespace"):
            return ""
        path = os.path.join(self._workdir, name)
        os.mkdir(path, 0o700)
        return path

    def _reap(self) -> None:
        """Report every candidate that has ended."""
        for pid, status, usage in _ended_children():
            if self._spare is not None and pid == self._spare.pid:
                self._discard_spare()
            if candidate := self._running.pop(pid, None):
                self._ended(candidate, status, usage)
            elif pid in self._unused:
                _clear(self._unused.pop(pid))
            elif pid in self._sweeping:
                self._report(self._sweeping.pop(pid))

    def _ended(self, candidate: _Candidate, status: int, usage: resource.struct_rusage) -> None:
        seconds = time.monotonic() - candidate.started
        _kill_group(candidate.process.pid)  # whatever it left behind, where it could start anything at all
        self._family.sweep(self._ours())
        peak, sweeper = _clear(candidate.process)
        code, cpu = os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss / _PEAK_UNIT)
        exit_ = Exit(candidate.job, code, True, candidate.late, seconds, cpu, peak)
        if sweeper:
            self._sweeping[sweeper] = exit_
        else:
            self._report(exit_)

    def _ours(self) -> set[int]:
        """The children that have business here."""
        spare = {self._spare.pid} if self._spare else set()
        return spare.union(self._running, self._unused, self._sweeping)

    def _expire(self) -> None:
        """Kill those whose time is up."""
        now = time.monotonic()
        for pid, candidate in self._running.items():
            if candidate.deadline <= now and not candidate.late:
                self._running[pid] = replace(candidate, late=True)
                _kill(pid)

    def _report(self, exit_: Exit) -> None:
        self._control.sendall(exit_.pack())


def _wake_on_child() -> socket.socket:
    """A socket that becomes readable when a child ends."""
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    signal.set_wakeup_fd(writer.detach(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return reader


def _ended_children() -> Iterator[tuple[int, int, resource.struct_rusage]]:
    """Reap: process, wait status and use of resources of each."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.wait4(-1, os.WNOHANG))[0]:
            yield ended


def _clear(process: _Process) -> tuple[float, int]:
    """Remove what an ended process leaves: the most MiB its group held, and the process that is at its scratch."""
    process.orders.close()
    peak = process.group.end() if process.group else 0.0
    return peak, _sweep(process.scratch)


def _sweep(scratch: str) -> int:
    """Remove a scratch folder; returns the process that is still at it, or 0 when nothing is left to do."""
    try:
        if scratch:
            os.rmdir(scratch)
    except OSError:
        return os.posix_spawn("/bin/rm", ["rm", "-rf", "--", scratch], {})
    return 0


def _kill(pid: int) -> None:
    _kill_group(pid)
    os.kill(pid, signal.SIGKILL)  # it may not have made its group yet; it is not reaped, so the number is still its own


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _address_space() -> int:
    """Bytes of address space that this process has mapped."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0  # macOS: RLIMIT_AS is not enforced there
