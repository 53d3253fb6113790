"""A real Ray cluster on loopback addresses: nodes that are started, killed, and never left behind."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

SECRET = "canary-7c2d"
"""In the environment of every process of the cluster; no candidate may see it."""
_MARK = "OPTWRIGHT_TEST_NODE"
_COMMON = ("--disable-usage-stats", "--object-store-memory=80000000", "--block")
_PATIENCE = 200
"""Tenths of a second that processes have to end."""


class Cluster:
    """Nodes of one CPU each. The head comes first; `add` and `kill` are for the others."""

    def __init__(self, python_path: list[str], head_cpus: int = 1) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))  # its sockets' paths must be short
        self._python_path = os.pathsep.join(python_path)
        self._marks: list[str] = []
        self._killed: list[int] = []
        self._running: dict[str, subprocess.Popen] = {}
        self.port = _free_port()
        self.address = f"127.0.0.2:{self.port}"
        head = ("--head", f"--port={self.port}", f"--temp-dir={self._folder}", "--include-dashboard=false")
        self.head = self._start(*head, f"--num-cpus={head_cpus}")
        until(lambda: _listens("127.0.0.2", self.port), 30)

    def add(self, customize: str = "") -> str:
        """Start another node; returns its address. It joins a little later. `customize` runs in all its Pythons."""
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        (folder / "sitecustomize.py").write_text(customize)
        return self._start(f"--address={self.address}", "--num-cpus=1", path=str(folder))

    def kill(self, address: str) -> None:
        """Ray's processes of a node, all at once. What our pools had started there is left to notice by itself."""
        start = self._running.pop(address)
        for pid in {start.pid, *filter(_is_rays, below(start.pid)), *self.processes(address)}:
            self._killed.append(pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        start.wait()

    def processes(self, address: str) -> list[int]:
        """The raylet, its agents and its workers, but not what those started with an environment of their own."""
        return list(_marked(self._mark(address)))

    def members(self) -> set[str]:
        """The nodes that Ray holds to be alive. Only where this process is connected to the cluster."""
        import ray

        return {node["NodeManagerAddress"] for node in ray.nodes() if node["Alive"]}

    def sockets(self) -> list[str]:
        """Paths of Ray's own Unix sockets."""
        return [str(path) for path in self._folder.glob("session_*/sockets/*") if path.is_socket()]

    def close(self) -> None:
        for address in list(self._running):
            self.kill(address)
        shutil.rmtree(self._folder, ignore_errors=True)

    def left(self) -> list[int]:
        """Processes of any of the nodes that ever were, after some time to end."""
        for _ in range(_PATIENCE):
            found = [pid for mark in self._marks for pid in _marked(mark)] + [p for p in self._killed if alive(p)]
            if not found:
                break
            time.sleep(0.1)
        return found

    def _start(self, *options: str, path: str = "") -> str:
        address = f"127.0.0.{2 + len(self._marks)}"
        self._marks.append(f"{self._folder.name}-{secrets.token_hex(4)}")
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([path, self._python_path]).strip(os.pathsep),
            "RAY_USAGE_STATS_ENABLED": "0",
            "TMPDIR": str(self._folder),
            "RAY_health_check_initial_delay_ms": "1000",
            "RAY_health_check_period_ms": "500",
            "OPENAI_API_KEY": SECRET,
            _MARK: self._mark(address),
        }
        command = [str(Path(sys.executable).with_name("ray")), "start", f"--node-ip-address={address}"]
        with open(self._folder / f"{address}.log", "wb") as log:
            self._running[address] = subprocess.Popen(
                [*command, *options, *_COMMON], env=environment, stdout=log, stderr=log, start_new_session=True
            )
        return address

    def _mark(self, address: str) -> str:
        return self._marks[int(address.rpartition(".")[2]) - 2]


def until(condition: Callable[[], object], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"it did not come true within {seconds} s"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Not ended: reaped or not, for a container may lack a process that reaps orphans."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def below(pid: int) -> list[int]:
    """A process's descendants, those that end while they are counted left out."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found + [descendant for child in found for descendant in below(child)]


def _is_rays(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return b"optwright.sandbox.server" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def _marked(mark: str) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and f"{_MARK}={mark}".encode() in (entry / "environ").read_bytes():
                yield int(entry.name)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.2", 0))
        return probe.getsockname()[1]


def _listens(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0
