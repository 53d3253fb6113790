"""A control group (cgroup v2) for each candidate: memory and tasks of all its processes together, and their end.

Used where this process may divide its own group: at the root of the hierarchy, or in what systemd or a container engine
has delegated. No process of the user is moved; nothing in the groups that were there before is changed, but that their
controllers are switched on for the groups below.
Files and rules: Documentation/admin-guide/cgroup-v2.rst of the Linux kernel; https://systemd.io/CGROUP_DELEGATION.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_CONTROLLERS = ("memory", "pids")
_PATIENCE = 1.0
"""Seconds to wait for the last processes of a group to be gone, once they are killed."""


@dataclass(frozen=True)
class Group:
    """One candidate's group: the folder `name` in `parent`, an open descriptor."""

    parent: int
    name: str

    def limit(self, limits: dict[str, int]) -> None:
        """Raises `OSError` where the kernel refuses."""
        for file, value in limits.items():
            self._write(file, value)

    def join(self) -> None:
        """Move the calling process in here; what it starts is born here. Raises `OSError`."""
        self._write("cgroup.procs", 0)

    def end(self) -> float:
        """Kill what is still in the group and remove it; returns the most memory it ever held in MiB, 0 if unknown."""
        peak = self._peak()
        with contextlib.suppress(OSError):  # before Linux 5.14 the other walls have to do
            self._write("cgroup.kill", 1)
        deadline = time.monotonic() + _PATIENCE
        while not self._removed() and time.monotonic() < deadline:
            time.sleep(0.001)
        return peak

    def _peak(self) -> float:
        try:
            with open(f"{self.name}/memory.peak", opener=self._opener) as file:
                return int(file.read()) / (1 << 20)
        except OSError:  # no memory controller, or a kernel before Linux 5.19
            return 0.0

    def _removed(self) -> bool:
        try:
            os.rmdir(self.name, dir_fd=self.parent)
        except OSError as error:
            return error.errno != errno.EBUSY
        return True

    def _write(self, file: str, value: int) -> None:
        with open(f"{self.name}/{file}", "w", opener=self._opener) as opened:
            opened.write(str(value))

    def _opener(self, path: str, flags: int) -> int:
        return os.open(path, flags, dir_fd=self.parent)


class Groups:
    """One server's groups, in a folder that is reached by its descriptor, for it disappears from the server's view."""

    def __init__(self, home: Path) -> None:
        """`home` is the group that is to be divided. Raises `OSError` saying why it cannot be."""
        controllers = _switched_on(home)
        self._path = home / f"optwright-{os.getpid()}"
        self._path.mkdir()
        try:
            (self._path / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in controllers))
        except OSError:
            self._path.rmdir()
            raise
        self._descriptor = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY)
        self._tasks, self._memory = ("pids" in controllers), ("memory" in controllers)
        self._swap = (self._path / "memory.swap.max").exists()  # not every kernel counts it

    def make(self, name: str, memory: int, tasks: int) -> Group:
        """A group of at most `memory` bytes and `tasks` processes and threads. Raises `OSError`."""
        os.mkdir(name, 0o700, dir_fd=self._descriptor)
        group = Group(self._descriptor, name)
        try:
            group.limit(self.limits(memory, tasks))
        except OSError:
            group.end()
            raise
        return group

    def limits(self, memory: int, tasks: int) -> dict[str, int]:
        """The files of a group that hold these limits, as far as the controllers that are here have them."""
        limits = {"pids.max": tasks} if self._tasks else {}
        limits |= {"memory.max": memory, "memory.oom.group": 1} if self._memory else {}
        return limits | ({"memory.swap.max": 0} if self._swap else {})

    def close(self) -> None:
        """Remove the folder; kill and remove what is still in it."""
        for entry in os.scandir(self._path):
            if entry.is_dir():
                Group(self._descriptor, entry.name).end()
        os.close(self._descriptor)
        self._path.rmdir()


def open_groups() -> Groups:
    """Raises `OSError` whose text says why there are none."""
    reason = "no cgroup v2 is mounted"
    for home in _homes():
        try:
            return Groups(home)
        except OSError as error:
            reason = f"{home} cannot be divided: {_explained(error)}"
    raise OSError(reason)


def _homes() -> Iterator[Path]:
    """Groups that this process might divide: its own, or the one above where that is what was delegated to it."""
    own = _own_group()
    if own is None:
        return
    with contextlib.suppress(OSError):
        if os.getxattr(own.parent, "user.delegate") == b"1":
            yield own.parent
            return
    yield own


def _own_group() -> Path | None:
    """The folder of this process's group, where the hierarchy is mounted and the group is inside the mount."""
    groups = Path("/proc/self/cgroup").read_text().splitlines()
    name = next((line.removeprefix("0::") for line in groups if line.startswith("0::")), None)
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mount, _, kind = line.partition(" - ")
        root, point = mount.split()[3:5]
        if name is not None and kind.startswith("cgroup2 ") and (name + "/").startswith(root.rstrip("/") + "/"):
            return Path(point + name.removeprefix(root.rstrip("/")))
    return None


def _switched_on(home: Path) -> list[str]:
    """The controllers that groups below `home` have. Raises `OSError` where there is none of use."""
    offered = (home / "cgroup.controllers").read_text().split()
    control = home / "cgroup.subtree_control"
    usable = [name for name in _CONTROLLERS if name in offered]
    if not usable:
        raise OSError("it has neither memory nor pids, which may be mounted as cgroup v1")
    # Asked for alone, pids would be granted even so, and make of the group one that none can be put into.
    if (home / "cgroup.type").exists() and (home / "cgroup.procs").read_text():
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
    if not set(usable) <= set(control.read_text().split()):
        control.write_text(" ".join(f"+{name}" for name in usable))
    return usable


def _explained(error: OSError) -> str:
    match error.errno:
        case errno.EBUSY:
            return "processes are in it, and only a group without any can be (see docs/sandbox.md)"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return f"it is not writable ({error.strerror})"
    return error.strerror or str(error)
