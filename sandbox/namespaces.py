"""Linux namespaces around the server: no network, no other processes, and a file system with little in it."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from . import linux

SCRATCH = "/scratch"
"""Where each candidate finds its own scratch folder once `view` is up."""


def enter(flags: int, mounts: bool, try_view: Callable[[], None]) -> tuple[bool, str | None]:
    """Put this process, or its children, behind the namespaces of `flags`, and a mount namespace too if `mounts`.

    Returns whether the mount namespace is up, and why no namespace is (None: the others are up). Needs a process with
    one thread. Every combination is first tried in a child that is thrown away, for some cannot be left half-way.
    """
    reason = "not tried"
    for with_mounts in (True, False) if mounts else (False,):
        for with_user in (True, False):
            wanted = flags | (linux.CLONE_NEWNS if with_mounts else 0) | (linux.CLONE_NEWUSER if with_user else 0)
            reason = _attempt(wanted, try_view)
            if reason is None:
                _unshare(wanted)
                return with_mounts, None
    return False, reason


def view(root: str, readable: Sequence[str], devices: Sequence[str], hidden: Sequence[str]) -> None:
    """A root that holds `readable` without `hidden`, `devices` and an empty `SCRATCH`, all of it read-only.

    `root` is an empty folder. Raises `OSError` where the kernel refuses.
    """
    linux.unshare(linux.CLONE_NEWNS)
    linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("tmpfs", root, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=1m,mode=755")
    for path in [*readable, *devices]:
        _bind(path, root + path)
    for path in hidden:
        if os.path.isdir(root + path):
            linux.mount("tmpfs", root + path, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=4k,mode=755")
    os.mkdir(root + SCRATCH)
    if not os.path.exists(root + "/tmp"):  # libraries may lie there
        os.symlink(SCRATCH, root + "/tmp")
    linux.make_read_only(root)
    linux.pivot_root(root)


def private_scratch(megabytes: int) -> str:
    """Give this process a scratch folder of its own, in memory; the kernel frees it when the process ends."""
    linux.unshare(linux.CLONE_NEWNS)
    options = f"size={megabytes}m,nr_inodes=20000,mode=700"
    linux.mount("scratch", SCRATCH, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, options)
    return SCRATCH


def _attempt(flags: int, try_view: Callable[[], None]) -> str | None:
    """Why this combination fails here; None if it works."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            _unshare(flags)
            if flags & linux.CLONE_NEWNS:
                try_view()
        except OSError as error:
            os.write(writer, f"the system refuses it: {error.strerror}".encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        reason = pipe.read().decode()
    os.waitpid(pid, 0)
    return reason or None


def _unshare(flags: int) -> None:
    user, group = os.geteuid(), os.getegid()
    linux.unshare(flags)
    if flags & linux.CLONE_NEWUSER:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    if flags & linux.CLONE_NEWUTS:
        socket.sethostname("sandbox")  # the machine's own name tells whose it is


def _bind(source: str, target: str) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        Path(target).touch()
    linux.mount(source, target, None, linux.MS_BIND | linux.MS_REC)
