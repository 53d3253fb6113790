"""What candidates start where no list of system calls keeps them from it: none of it outlives its candidate.

With seccomp up a candidate starts nothing, and an ordinary fork will do. Without it each candidate gets a PID namespace
of its own; where there are none, the server inherits what candidates leave behind, and kills it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Collection
from typing import Protocol

from . import linux
from .walls import Walls


class Offspring(Protocol):
    """How candidates are born, and how what they started ends."""

    def fork(self) -> int:
        """`os.fork` for a candidate."""
        ...

    def sweep(self, ours: Collection[int]) -> None:
        """A candidate has ended: from here on no descendant lives but the children `ours` and what is below them."""
        ...


class Childless:
    """Candidates can start nothing, or the system has nothing to find it with (macOS)."""

    def fork(self) -> int:
        return os.fork()

    def sweep(self, ours: Collection[int]) -> None:
        pass


class Namespaces:
    """Each candidate is the first process of a PID namespace; when it ends, the kernel kills all others in there.

    The kernel lets no signal with a default action reach a first process, SIGXCPU included: its CPU time ends with a
    SIGKILL one second later.
    """

    def __init__(self) -> None:
        """Raises `OSError` where the system refuses. Needs /proc, once."""
        self._home = os.open("/proc/self/ns/pid", os.O_RDONLY)
        self._leave()
        self._return()

    def fork(self) -> int:
        self._leave()
        try:
            pid = os.fork()
        except OSError:
            self._return()
            raise
        if pid:
            self._return()
        return pid

    def sweep(self, ours: Collection[int]) -> None:
        pass

    def _leave(self) -> None:
        """The next child is born into a new namespace."""
        linux.unshare(linux.CLONE_NEWPID)

    def _return(self) -> None:
        linux.enter_namespace(self._home, linux.CLONE_NEWPID)


class Orphans:
    """What outlives its parent becomes this process's child, wherever it went, and is killed.

    It cannot be told whose orphan it was: those of candidates that still run end with the others.
    """

    def __init__(self) -> None:
        """Raises `OSError` where the system refuses. Needs /proc, once."""
        linux.inherit_orphans()
        self._children = os.open(f"/proc/self/task/{os.getpid()}/children", os.O_RDONLY)

    def fork(self) -> int:
        return os.fork()

    def sweep(self, ours: Collection[int]) -> None:
        # Each round brings to light what the ones just killed had started, and what was forked meanwhile.
        while strangers := self._living().difference(ours):
            for pid in strangers:
                os.kill(pid, signal.SIGKILL)
            for pid in strangers:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)

    def _living(self) -> set[int]:
        return {int(pid) for pid in os.pread(self._children, 1 << 20, 0).split()}


def offspring(walls: Walls) -> Offspring:
    """The gentlest way that leaves nothing behind within these walls. To be called by the process that forks."""
    if walls.up("seccomp") or sys.platform != "linux":
        return Childless()
    if walls.up("pid namespace"):
        try:
            return Namespaces()
        except OSError as error:
            walls.miss("pid namespace", f"candidates have to share one: {error.strerror}")
            return Childless()
    with contextlib.suppress(OSError):  # a kernel without this list of children
        return Orphans()
    return Childless()
