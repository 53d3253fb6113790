"""The walls around a candidate: which there are, and how they go up. Not one of them needs root.

=================  ====================================================================  ==================
wall               what it does                                                          goes up
=================  ====================================================================  ==================
rlimits            memory, CPU time, file size, open files, tasks, no core dumps         per candidate
landlock           reads libraries only, writes scratch only; no TCP, no signals out     per candidate
seccomp            a list of allowed system calls: no processes, sockets, ptrace, …      per candidate
network            an empty network namespace                                            around the server
pid namespace      sees no process but the server and its candidates                     around the server
mount namespace    the file system holds libraries only; scratch is memory of its own    both
cgroup             memory and tasks of all that a candidate starts, taken together       per candidate
=================  ====================================================================  ==================
"""

from __future__ import annotations

import math
import os
import resource
import site
import sys
import sysconfig
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from . import cgroup, landlock, linux, namespaces, seccomp

NAMES = ("rlimits", "landlock", "seccomp", "network", "pid namespace", "mount namespace", "cgroup")
OPTIONAL = frozenset({"cgroup"})
"""Walls that few systems let an ordinary user have, and that others stand in for: their absence is no weakness."""
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/dev/full")
_SYSTEM = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo"),
    *("/etc/ld.so.cache", "/etc/localtime"),
)
OPEN_FILES = 256
LONGEST = 1e7
"""Seconds that a candidate may take at most, whatever its limits say."""
TASKS = 512
"""Processes and threads of one candidate, where they can be counted for each candidate alone."""


@dataclass(frozen=True)
class Room:
    """What one candidate may use, in the server's units."""

    seconds: float
    memory: int
    """Bytes of address space beyond the server's."""
    scratch: int
    """MiB."""


class Walls:
    """The walls of one server. `status` tells, by name, `up` or why a wall is missing."""

    def __init__(self, workdir: str, off: Collection[str] = ()) -> None:
        self._workdir = workdir
        self._off = off
        self._libraries = _topmost(_libraries())
        self._devices = [path for path in _DEVICES if os.path.exists(path)]
        self.status = dict.fromkeys(NAMES, "up") | dict.fromkeys(off, "switched off")
        for name, reason in _unsupported().items():
            self.miss(name, reason)
        self._filter: seccomp.Filter | None = None
        self._rules: landlock.Rules | None = None
        self._groups: cgroup.Groups | None = None
        self._tasks = _tasks_here()

    def around_server(self) -> None:
        """First half, before anything is imported: the namespaces that the server's next child is born into."""
        if self.up("cgroup"):
            try:
                self._groups = cgroup.open_groups()
            except OSError as error:
                self.miss("cgroup", str(error))
        flags = linux.CLONE_NEWNET if self.up("network") else 0
        flags |= linux.CLONE_NEWPID | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS if self.up("pid namespace") else 0
        if not flags and not self.up("mount namespace"):
            return
        mounts, reason = namespaces.enter(flags, self.up("mount namespace"), self._view)
        if reason is not None:
            self.miss("network", reason)
            self.miss("pid namespace", reason)
        if not mounts:
            self.miss("mount namespace", reason or "the system refuses it")

    def around_view(self) -> None:
        """Second half, after the imports: everything but libraries disappears from the server's sight."""
        hidden = [] if self.up("mount namespace") else [_package()]
        if self.up("mount namespace"):
            self._view()
        if self.up("landlock"):
            self._rules = landlock.Rules(*_split(self._libraries, hidden), self._devices)
        if self.up("seccomp"):
            self._filter = seccomp.Filter()

    def group(self, name: str, room: Room, base: int) -> cgroup.Group | None:
        """The group for a candidate, which it joins first of all. Raises `OSError` where it cannot be made."""
        # A single process meets RLIMIT_AS first, and can say so; this holds for all processes and scratch together.
        memory = base + room.memory + (room.scratch << 20)
        return self._groups.make(name, memory, TASKS) if self._groups else None

    def around_candidate(self, room: Room, scratch: str, base: int) -> str:
        """All walls of one candidate but seccomp, in the process that will run it; returns its scratch folder.

        `scratch` is the folder to use where there is no mount namespace; `base` is the server's address space in bytes.
        """
        if self.up("mount namespace"):
            scratch = namespaces.private_scratch(room.scratch)
        os.chdir(scratch)
        if self.up("pid namespace") and not self.up("seccomp"):
            linux.unshare(linux.CLONE_NEWIPC)  # shared memory and queues would outlive the candidate
        if self.up("rlimits"):
            _set_limits(room, base, self._tasks)
        if sys.platform == "linux":
            linux.never_dump()
            linux.no_new_privileges()
            linux.drop_capabilities()
        if self._rules is not None:
            self._rules.enforce(scratch)
        return scratch

    def seal(self) -> None:
        """The last wall: from here on there is no system call but those that computing needs."""
        if self._filter is not None:
            self._filter.install()

    def up(self, name: str) -> bool:
        return self.status[name] == "up"

    def standing(self) -> tuple[str, ...]:
        return tuple(name for name in NAMES if self.up(name))

    def take_down(self) -> None:
        """What outlasts the server's process is removed."""
        if self._groups is not None:
            self._groups.close()

    def miss(self, name: str, reason: str) -> None:
        if self.up(name):
            self.status[name] = reason

    def _view(self) -> None:
        # Where the environment lies inside the project, the view holds its libraries alone: there is nothing to hide.
        hidden = [_package()] if any(_package().startswith(library + "/") for library in self._libraries) else []
        namespaces.view(self._workdir, self._libraries, self._devices, hidden)


def _unsupported() -> dict[str, str]:
    """Walls that this system cannot have at all."""
    if sys.platform != "linux":
        return dict.fromkeys(NAMES[1:], f"needs Linux, this is {sys.platform}")
    missing = {}
    if not landlock.version():
        missing["landlock"] = "this kernel has no Landlock (Linux 5.13 or later, enabled at boot)"
    if not seccomp.supported():
        missing["seccomp"] = f"no list of system calls for {linux.machine()}"
    return missing


def _package() -> str:
    """This package's own folder: candidates see none of it, for its data hold answers."""
    return str(Path(__file__).resolve().parents[1])


def _libraries() -> list[str]:
    """Folders and files that Python programs are made of: never a project, a home, or a whole prefix."""
    prefixes = [os.path.join(prefix, lib) for prefix in (sys.prefix, sys.base_prefix) for lib in ("lib", "lib64")]
    standard = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    added = [path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")]
    paths = [*prefixes, *standard, *site.getsitepackages(), *added, *_SYSTEM]
    return [path for path in paths if path and os.path.exists(path)]


def _topmost(paths: list[str]) -> list[str]:
    """The paths and what they resolve to, without those that lie below another one of them."""
    kept: list[str] = []
    for path in sorted({*paths, *map(os.path.realpath, paths)}):
        if not any(path.startswith(above + "/") for above in kept):
            kept.append(path)
    return kept


def _split(paths: list[str], hidden: list[str]) -> tuple[list[str], list[str]]:
    """These paths without `hidden`: what may be read whole, and the folders above `hidden`, which may be listed."""
    readable: list[str] = []
    listable: list[str] = []
    for path in paths:
        real = os.path.realpath(path)
        if any(secret.startswith(real + "/") for secret in hidden):
            below = _split([os.path.join(real, name) for name in os.listdir(real)], hidden)
            readable += below[0]
            listable += [real, *below[1]]
        elif real not in hidden:
            readable.append(path)
    return readable, listable


def cpu_seconds(seconds: float) -> int:
    """CPU time that a candidate may use in so much wall-clock time."""
    return math.ceil(min(seconds, LONGEST)) * (os.cpu_count() or 1) + 1


def _tasks_here() -> int | None:
    """Processes and threads on this system; None where it does not tell."""
    try:
        return int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2])
    except OSError:
        return None


def _set_limits(room: Room, base: int, tasks: int | None) -> None:
    cpu = cpu_seconds(room.seconds)
    limits = {
        resource.RLIMIT_CPU: (cpu, cpu + 1),
        resource.RLIMIT_FSIZE: (room.scratch << 20,) * 2,
        resource.RLIMIT_NOFILE: (OPEN_FILES,) * 2,
        resource.RLIMIT_CORE: (0, 0),
    }
    if base:
        limits[resource.RLIMIT_AS] = (base + room.memory,) * 2
    if tasks is not None:
        # The kernel counts all tasks of the user, not of the candidate, so that those there were are allowed for; it
        # counts none for root, in whatever user namespace: there only the cgroup and the PID namespace hold.
        limits[resource.RLIMIT_NPROC] = (tasks + TASKS,) * 2
    for kind, (soft, hard) in limits.items():
        most = resource.getrlimit(kind)[1]
        if most != resource.RLIM_INFINITY:
            soft, hard = min(soft, most), min(hard, most)
        resource.setrlimit(kind, (soft, hard))
