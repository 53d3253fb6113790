"""What happens in a candidate's own process: walls up, source in, function called, one frame out.

Nothing here is trusted by the parent: what a candidate can forge by tampering with this code is its own return value.
Status, time and memory are what the server saw of the process.
"""

from __future__ import annotations

import contextlib
import linecache
import mmap
import os
import signal
import socket
import sys
import traceback
import types
from collections import deque
from typing import Any, NoReturn

from . import linux, progress, wire
from .cgroup import Group
from .walls import OPEN_FILES, Room, Walls

PROGRAM = "<program>"
MEMORY_EXIT = 71
"""Exit status of a candidate that has no memory left to say so."""
GREETING = b"the walls are up"
"""Sent before any of the candidate's code is read: a process that ends without it never ran the candidate."""

_CHANNEL = 3
_BALLAST = 16 << 20
_CHUNK = 1 << 20
_FRAMES = 20
_MESSAGE = 4_000

_loaded: list[tuple[str, types.ModuleType]] = []
"""What this process has executed, source and module: a session's later calls come without a source."""

# The candidate can replace what modules hold; it is not handed the chance here.
_read, _write, _exit, _encode = os.read, os.write, os._exit, wire.encode


class Refused(Exception):
    """The call cannot be made at all."""


def main(room: Room, walls: Walls, group: Group | None, scratch: str, base: int, orders: int) -> NoReturn:
    """Run one candidate in this process, just forked, and end it.

    The walls go up at once; then it waits for the candidate's descriptors (result channel, stdout, stderr) on the
    socket `orders`, so that a process can be made ready before there is anything to run.
    """
    failure = _join(group)
    _settle(orders)
    try:
        scratch = walls.around_candidate(room, scratch, base)
    except OSError as error:
        failure = failure or str(error)
    _plug_in()
    try:
        walls.seal()
    except OSError as error:
        failure = failure or str(error)
    if failure:
        _write(2, failure.encode())
        _exit(1)
    _move_in(scratch)
    _write(_CHANNEL, GREETING)
    ballast = mmap.mmap(-1, _BALLAST)
    while True:
        job = wire.decode(_receive())
        if job["progress"]:
            progress.open_line(_CHANNEL)
        _send(_reply(job, ballast))
        if not job["more"]:
            _exit(0)


def _join(group: Group | None) -> str:
    """Enter the candidate's group while it can still be reached; returns why that failed, or nothing."""
    try:
        if group is not None:
            group.join()
    except OSError as error:
        return f"its cgroup cannot be joined: {error.strerror}"
    return ""


def _settle(orders: int) -> None:
    """A process group, signals and descriptors of its own; none of the server's are left."""
    os.setpgid(0, 0)
    if sys.platform == "linux":
        linux.die_with_parent()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(orders, _CHANNEL, inheritable=False)
    os.closerange(_CHANNEL + 1, OPEN_FILES)


def _plug_in() -> None:
    """Wait for the candidate's descriptors, and put them where they belong."""
    orders = socket.socket(fileno=_CHANNEL)
    _, descriptors, _, _ = socket.recv_fds(orders, 1, 3)
    orders.detach()
    if len(descriptors) != 3:
        _exit(0)  # not needed after all
    channel, out, err = descriptors
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.dup2(channel, _CHANNEL, inheritable=False)
    os.closerange(_CHANNEL + 1, OPEN_FILES)


def _move_in(scratch: str) -> None:
    """The usual ways to ask for a home or a temporary folder lead to scratch."""
    os.environ.update(HOME=scratch, TMPDIR=scratch)
    if "tempfile" in sys.modules:
        vars(sys.modules["tempfile"])["tempdir"] = None
    sys.dont_write_bytecode = True


def _reply(job: dict[str, Any], ballast: mmap.mmap) -> list[bytes | memoryview]:
    """The frame that answers a job."""
    streams = sys.stdout, sys.stderr
    source = job["source"] if job["source"] is not None else _loaded[-1][0]
    try:
        program = _execute(source) if job["source"] is not None else _loaded[-1][1]
        frame = _encode({"status": "ok", "value": _call(program, job["call"], job["args"])})
    except Refused as refusal:
        frame = _failure("refused", "NameError", str(refusal))
    except MemoryError as error:
        frame = _out_of_memory(error, source, ballast)
    except BaseException as error:  # a candidate may raise anything, SystemExit included
        frame = _encode({"status": "error", "error": _describe(error, source)})
    for stream in streams:
        _flush(stream)
    linux.libc().fflush(None)
    if wire.size(frame) > job["result_bytes"]:
        size = f"the result is {wire.size(frame)} bytes, more than the {job['result_bytes']} that are accepted"
        return _failure("output", "ResultTooLarge", size)
    return frame


def _call(program: types.ModuleType, call: str, args: list[object]) -> object:
    """One of the program's functions, or a preloaded driver with the program itself."""
    driver, _, name = call.rpartition(":")
    function = getattr(sys.modules.get(driver) if driver else program, name, None)
    if not callable(function):
        where = f"the preloaded module {driver!r}" if driver else "the program"
        raise Refused(f"{where} defines no function {name!r}")
    return function(program, *args) if driver else function(*args)


def _execute(source: str) -> types.ModuleType:
    linecache.cache[PROGRAM] = (len(source), None, source.splitlines(keepends=True), PROGRAM)
    program = types.ModuleType("program")
    program.__file__ = PROGRAM
    sys.modules["program"] = program  # dataclasses and type hints look their module up there
    exec(compile(source, PROGRAM, "exec"), program.__dict__)
    _loaded.append((source, program))
    return program


def _out_of_memory(error: MemoryError, source: str, ballast: mmap.mmap) -> list[bytes | memoryview]:
    """Let go of what the candidate's frames hold, then report; where even that is too much, the exit status tells."""
    try:
        ballast.close()
        described = _describe(error, source)
        traceback.clear_frames(error.__traceback__)
        error.__traceback__ = None
        return _encode({"status": "memory", "error": described})
    except MemoryError:
        _exit(MEMORY_EXIT)


def _describe(error: BaseException, source: str) -> dict[str, Any]:
    """A `CandidateError` as plain data."""
    try:
        message = str(error)[:_MESSAGE]
    except BaseException:  # the candidate wrote this __str__
        message = "(its message could not be read)"
    if isinstance(error, SyntaxError) and error.filename == PROGRAM:
        line, text = error.lineno, "".join(traceback.format_exception_only(error))
    else:
        line, text = _trace(error, source.splitlines())
    return {"type": type(error).__name__, "message": message, "line": line, "traceback": text[-4 * _MESSAGE :]}


def _trace(error: BaseException, lines: list[str]) -> tuple[int | None, str]:
    """The deepest line in the candidate's source, and its frames there, the outermost first."""
    frames: deque[traceback.FrameSummary] = deque(maxlen=_FRAMES)
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename == PROGRAM:
            text = lines[number - 1].strip() if 0 < number <= len(lines) else ""
            frames.append(traceback.FrameSummary(PROGRAM, number, frame.f_code.co_name, line=text))
    line = frames[-1].lineno if frames else None
    return line, "".join(traceback.StackSummary.from_list(frames).format())


def _failure(status: str, kind: str, message: str) -> list[bytes | memoryview]:
    return _encode({"status": status, "error": {"type": kind, "message": message}})


def _flush(stream: Any) -> None:
    with contextlib.suppress(BaseException):  # the candidate may have closed it, or put anything in its place
        stream.flush()


def _receive() -> bytearray:
    received = bytearray()
    while len(received) != wire.expected(received):
        chunk = _read(_CHANNEL, _CHUNK)
        if not chunk:
            _exit(1)  # the parent is gone
        received += chunk
    return received


def _send(buffers: list[bytes | memoryview]) -> None:
    for buffer in buffers:
        rest = memoryview(buffer)
        while rest:
            rest = rest[_write(_CHANNEL, rest) :]
