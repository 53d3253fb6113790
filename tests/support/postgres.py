"""A PostgreSQL server of one's own: in a temporary folder, on a Unix socket, gone with the process that started it."""

from __future__ import annotations

import ctypes
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

BINARIES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
"""Debian's; they are not on the PATH."""
_PR_SET_PDEATHSIG = 1


class Postgres:
    """`database()` makes an empty database and returns its URL."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="pg"))  # short: a socket's path has at most 107 characters
        self._numbers = itertools.count()
        self._owner = _unprivileged()
        if self._owner:
            os.chown(self._folder, self._owner, -1)
        self._call("initdb", "--auth=trust", "--username=optwright", "--encoding=UTF8", "--no-sync", "-D", self._data)
        self.start()

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def start(self) -> None:
        arguments = [*self._command("postgres"), "-D", self._data, "-k", self._folder, "-c", "listen_addresses="]
        self._server = subprocess.Popen(
            [*arguments, "-F"],
            cwd="/",
            user=self._owner,
            stderr=(self._folder / "log").open("ab"),
            preexec_fn=lambda: ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT),
        )
        while self._call("pg_isready", "-q", "-h", self._folder, check=False):
            assert self._server.poll() is None, (self._folder / "log").read_text()
            time.sleep(0.02)

    def stop(self) -> None:
        """Until the next `start`."""
        self._server.send_signal(signal.SIGINT)
        self._server.wait(30)

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def database(self) -> str:
        name = f"test{next(self._numbers)}"
        self._call("createdb", "-h", self._folder, "-U", "optwright", name)
        return f"postgresql+psycopg://optwright@/{name}?host={quote(str(self._folder))}"

    def _call(self, program: str, *arguments: str | Path, check: bool = True) -> int:
        command = [*self._command(program), *arguments]
        done = subprocess.run(command, cwd="/", user=self._owner, capture_output=True, text=True)
        assert not (check and done.returncode), done.stderr
        return done.returncode

    @staticmethod
    def _command(program: str) -> list[str | Path]:
        assert BINARIES
        return [BINARIES / program]


def _unprivileged() -> int | None:
    """Whom to run the server as, as it refuses to be run by root; None is oneself."""
    if os.geteuid():
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise AssertionError("root needs a user to run PostgreSQL as: postgres or nobody")
