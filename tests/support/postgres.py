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
        self.folder = Path(tempfile.mkdtemp(prefix="pg"))  # short: a socket's path has at most 107 characters
        """Of the socket."""
        self._numbers = itertools.count()
        self._owner = _unprivileged()
        self.own(self.folder)
        self._call("initdb", "--auth=trust", "--username=optwright", "--encoding=UTF8", "--no-sync", "-D", self._data)
        self.start()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [_program("postgres"), "-D", self._data, "-k", self.folder, "-c", "listen_addresses=", "-F"],
                cwd="/",
                user=self._owner,
                stderr=log,
                preexec_fn=lambda: ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT),
            )
        while self._call("pg_isready", "-q", "-h", self.folder, check=False):
            assert self._server.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Until the next `start`. SIGINT ends sessions and keeps what they wrote; SIGQUIT is quicker."""
        self._server.send_signal(how)
        self._server.wait(60)

    def close(self) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder)

    def database(self, folder: Path | None = None) -> str:
        """With its files in `folder`, which must be empty."""
        name, where = f"test{next(self._numbers)}", []
        if folder:
            self.own(folder)
            self._call("psql", *self._login, "-c", f"CREATE TABLESPACE {name} LOCATION '{folder}'", "postgres")
            where = ["-D", name]
        self._call("createdb", *self._login, *where, name)
        return f"postgresql+psycopg://optwright@/{name}?host={quote(str(self.folder))}"

    def drop(self, url: str) -> None:
        """A database that was made in a folder."""
        name = url.split("/")[3].split("?")[0]
        self._call("dropdb", *self._login, "--force", name)
        self._call("psql", *self._login, "-c", f"DROP TABLESPACE {name}", "postgres")

    def own(self, folder: Path) -> None:
        if self._owner:
            os.chown(folder, self._owner, -1)

    @property
    def _login(self) -> list[str | Path]:
        return ["-h", self.folder, "-U", "optwright"]

    def _call(self, program: str, *arguments: str | Path, check: bool = True) -> int:
        command = [_program(program), *arguments]
        done = subprocess.run(command, cwd="/", user=self._owner, capture_output=True, text=True)
        assert not (check and done.returncode), done.stderr
        return done.returncode


def _program(name: str) -> Path:
    assert BINARIES
    return BINARIES / name


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
