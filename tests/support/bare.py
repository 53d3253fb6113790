"""No walls at all, for comparison: programs are executed in one process that inherits everything, and scored there.

That is what many published harnesses do. The process serves candidate after candidate, says itself how long each took,
and its parent believes the first result that it reads, unpickling what is not JSON. It has given up its capabilities,
as if no root had started it.
"""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from optwright.sandbox import wire
from optwright.sandbox.outcome import CandidateError, Limits, Outcome

_CEILING = 50_000_000
"""Bytes of a result after which even this parent stops reading."""


class Bare:
    """An `Arena` without a sandbox. `harm` tells what would have ended or stopped the parent's run."""

    scored_inside = True

    def __init__(self, folder: Path) -> None:
        self.harm: list[str] = []
        self._folder = folder
        self._workers: list[_Worker] = []
        self._busy = 0

    async def run(self, source: str, call: str, args: list[Any], limits: Limits) -> Outcome:
        self._busy += 1
        while len(self._workers) < self._busy:  # a bystander has a worker of its own
            self._workers.append(_Worker(self._folder))
        worker = self._workers[self._busy - 1]
        frame = wire.encode({"source": source, "call": call, "args": args})
        try:
            outcome, harm = await asyncio.to_thread(worker.ask, frame, limits.seconds)
        finally:
            self._busy -= 1
        self.harm += harm
        return outcome

    async def rest(self) -> tuple[int, list[str]]:
        await self.close()
        return 0, []

    async def close(self) -> None:
        for worker in self._workers:
            worker.end()
        self._workers = []


class _Worker:
    def __init__(self, folder: Path) -> None:
        self._channel, theirs = socket.socketpair()
        self._out, self._err = (tempfile.TemporaryFile() for _ in range(2))  # noqa: SIM115  closed by `end`
        home = folder / "home"
        home.mkdir(exist_ok=True)
        path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)
        told = {"HOME": str(home), "TMPDIR": str(folder / "tmp"), "PYTHONPATH": path}
        single = {"OPENBLAS_NUM_THREADS": "1"}  # some namespaces are refused to a process with threads
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, Path(__file__).with_name("bare_worker.py"), str(theirs.fileno())],
                env=os.environ | told | single,
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=self._out,
                stderr=self._err,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def ask(self, frame: list[bytes | memoryview], seconds: float) -> tuple[Outcome, list[str]]:
        """The first result that comes, and what befell the one who waited for it."""
        harm = []
        try:
            self._channel.settimeout(seconds)
            for buffer in frame:
                self._channel.sendall(buffer)
            text = self._first_frame(time.monotonic() + seconds + 2)  # it may still be importing
            value = json.loads(text) if text.startswith(b"{") else pickle.loads(text)
            outcome = Outcome(
                status=value["status"],
                value=value.get("value"),
                error=value.get("error") and CandidateError(**value["error"]),
                **self._said(),
            )
        except TimeoutError:
            outcome, harm = Outcome(status="timeout", **self._said()), ["hangs"]
        except ConnectionError:
            outcome, harm = Outcome(status="crashed", **self._said()), ["ends the run"]
        except Exception:  # whatever careless parsing raises
            outcome, harm = Outcome(status="crashed", **self._said()), ["the result cannot be read"]
        return outcome, harm

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for file in (self._channel, self._out, self._err):
            file.close()

    def _first_frame(self, deadline: float) -> bytearray:
        received = bytearray()
        while len(received) < (wire.expected(received) or 1 << 62):
            self._channel.settimeout(max(0.001, deadline - time.monotonic()))
            chunk = self._channel.recv(1 << 18)
            if not chunk:
                raise ConnectionError
            received += chunk
            if len(received) > _CEILING:
                raise ValueError("too long")
        return received[wire.HEADER.size : wire.expected(received)]

    def _said(self) -> dict[str, Any]:
        self._out.seek(0)
        self._err.seek(0)
        stdout, stderr = self._out.read().decode(errors="replace"), self._err.read().decode(errors="replace")
        claims = [line.split()[1] for line in stderr.splitlines() if line.startswith("seconds ")]
        return {"stdout": stdout, "stderr": stderr, "seconds": float(claims[-1]) if claims else 0.0}
