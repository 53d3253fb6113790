"""What hostile programs are let loose on: secrets, listeners and a victim, of which each notices when it is touched."""

from __future__ import annotations

import contextlib
import ctypes
import glob
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Self

VARIABLE = "OPTWRIGHT_TEST_API_KEY"
_SHARED = ("/tmp", "/dev/shm", "/var/tmp")
_PLACES = (*_SHARED, "/", "/dev", "/home", "/usr/lib", os.path.expanduser("~"), os.getcwd())
_LISTENERS = {
    "TCP": (socket.AF_INET, socket.SOCK_STREAM),
    "UDP": (socket.AF_INET, socket.SOCK_DGRAM),
    "a Unix socket": (socket.AF_UNIX, socket.SOCK_STREAM),
    "Unix datagrams": (socket.AF_UNIX, socket.SOCK_DGRAM),
    "an abstract socket": (socket.AF_UNIX, socket.SOCK_STREAM),
}

# It ends with the test. It has no capabilities, as candidates have none: the kernel would shield it from them.
_VICTIM = """
import ctypes, os, time
libc = ctypes.CDLL(None)
libc.prctl(1, 9, 0, 0, 0)
libc.prctl(38, 1, 0, 0, 0)
libc.capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())
os.write(1, b"!")
os.close(1)
while True:
    time.sleep(1000)
"""


class Canaries:
    """Use it as a context manager, around the sandbox too: its server must be born with the secrets in reach."""

    def __init__(self) -> None:
        self.secret = f"canary-{secrets.token_hex(8)}"
        self.mark = f"optwright-loot-{secrets.token_hex(4)}"
        self.key = secrets.randbits(30)
        self._undo = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="optwright-test-"))
        self._undo.callback(_remove, self.folder)
        self.outside, self.temporary = self.folder / "outside", self.folder / "tmp"
        self.temporary.mkdir()
        self._undo.callback(setattr, tempfile, "tempdir", tempfile.tempdir)
        tempfile.tempdir = str(self.temporary)  # servers keep their folders there
        os.environ[VARIABLE] = self.secret
        self._undo.callback(os.environ.pop, VARIABLE)
        for folder in _SHARED:
            shared = Path(folder) / self.secret.replace("canary", "canary-file")
            shared.write_text(self.secret)
            self._undo.callback(shared.unlink, missing_ok=True)
        self._hide()
        self._listen()
        self._victim = self._new_victim()
        return self

    def __exit__(self, *_: object) -> None:
        self._victim.kill()
        self._victim.wait()
        self._undo.close()

    def target(self) -> dict[str, Any]:
        """What an attack is told: where everything is, but no secret."""
        return {
            "secret_file": str(self.outside / "secret.txt"),
            "secret_variable": VARIABLE,
            "outside": str(self.outside),
            "folder": os.getcwd(),
            "port": self._sockets["TCP"].getsockname()[1],
            "udp_port": self._sockets["UDP"].getsockname()[1],
            "free_port": self._free_port,
            "unix_socket": str(self.folder / "stream"),
            "unix_datagram": str(self.folder / "datagram"),
            "abstract_socket": self.mark,
            "host_name": socket.gethostname(),
            "pid": os.getpid(),
            "victim": self._victim.pid,
            "mark": self.mark,
            "key": self.key,
        }

    def count(self) -> dict[str, int]:
        """How many things there are that an attack could leave behind."""
        return {
            "processes": len(self.processes()),
            "descriptors": len(os.listdir("/proc/self/fd")),
            "files": sum(1 for _ in self.temporary.rglob("*")) + len(self._marked()),
            "kernel objects": len(self._kernel_objects()),
        }

    def processes(self) -> list[int]:
        """Every process that descends from a server of ours: its environment at birth names our folder."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if os.fsencode(self.temporary) in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
        return found

    def harm(self) -> list[str]:
        """What has been done to the canaries since the last time; then they are as new."""
        harm = [f"{name} heard" for name, heard in self._sockets.items() if _drain(heard)]
        if self._look() != self._seen:
            harm.append("secret file or its folder changed")
            self._hide()
        if not self._victim_is_well():
            harm.append("victim harmed")
            self._victim.kill()
            self._victim.wait()
            self._victim = self._new_victim()
        return harm

    def clean(self) -> None:
        """Remove what attacks have left, processes first. No server may be running."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for path in self._marked():
            _remove(Path(path))
        for entry in self.temporary.iterdir():
            _remove(entry)
        libc = ctypes.CDLL(None)
        for kind in self._kernel_objects():
            remove = {"shm": (libc.shmctl, libc.shmget), "msg": (libc.msgctl, libc.msgget)}
            if kind == "sem":
                libc.semctl(libc.semget(self.key, 0, 0), 0, 0)
            else:
                control, get = remove[kind]
                control(get(self.key, 0, 0), 0, None)

    def _hide(self) -> None:
        if self.outside.exists():
            _remove(self.outside)
        self.outside.mkdir()
        (self.outside / "secret.txt").write_text(self.secret)
        (self.outside / "secret_module.py").write_text(f"TEXT = {self.secret!r}\n")
        self._seen = self._look()

    def _look(self) -> list[tuple]:
        entries = sorted(self.outside.iterdir(), key=lambda path: path.name)
        return [
            (path.name, path.is_file() and path.read_bytes(), *path.lstat()[:5], path.lstat().st_mtime_ns)
            for path in entries
        ]

    def _listen(self) -> None:
        self._sockets = {name: socket.socket(*kind) for name, kind in _LISTENERS.items()}
        addresses = [("127.0.0.1", 0), ("127.0.0.1", 0), str(self.folder / "stream"), str(self.folder / "datagram")]
        for listener, address in zip(self._sockets.values(), [*addresses, "\0" + self.mark], strict=True):
            self._undo.callback(listener.close)
            listener.bind(address)
            listener.setblocking(False)
            if listener.type == socket.SOCK_STREAM:
                listener.listen()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._free_port = free.getsockname()[1]

    def _new_victim(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-I", "-S", "-c", _VICTIM]
        victim = subprocess.Popen(
            command, env={VARIABLE: self.secret}, stdout=subprocess.PIPE, start_new_session=True, cwd="/"
        )
        with victim.stdout as ready:
            ready.read(1)
        return victim

    def _victim_is_well(self) -> bool:
        """Neither ended nor stopped nor traced nor slowed down nor limited."""
        try:
            state = Path(f"/proc/{self._victim.pid}/stat").read_text().rpartition(") ")[2].split()
            files = Path(f"/proc/{self._victim.pid}/limits").read_text()
        except FileNotFoundError:
            return False
        return state[0] == "S" and state[16] == "0" and "Max open files            1 " not in files

    def _marked(self) -> list[str]:
        return [path for place in _PLACES for path in glob.glob(f"{place}/{self.mark}*")]

    def _kernel_objects(self) -> list[str]:
        """Kinds of System V objects that carry our key."""
        kinds = [path for path in Path("/proc/sysvipc").iterdir() if path.name in ("shm", "msg", "sem")]
        return [kind.name for kind in kinds if str(self.key) in kind.read_text().split()]


def _remove(path: Path) -> None:
    """A file or a folder, closed ones in it included."""
    if not path.is_dir() or path.is_symlink():
        path.unlink()
        return
    path.chmod(0o700)
    for folder, names, _ in os.walk(path):
        for name in names:
            if not os.path.islink(os.path.join(folder, name)):
                os.chmod(os.path.join(folder, name), 0o700)
    shutil.rmtree(path)


def _drain(heard: socket.socket) -> bool:
    """Whether anything has arrived; it is thrown away."""
    try:
        if heard.type == socket.SOCK_STREAM:
            heard.accept()[0].close()
        else:
            heard.recv(1000)
    except BlockingIOError:
        return False
    _drain(heard)
    return True
