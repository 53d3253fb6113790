"""What the pool and its server say to each other: fixed records on their own socket, which no candidate ever holds."""

from __future__ import annotations

import json
import socket
import struct
from dataclasses import astuple, dataclass
from typing import ClassVar, Self


class _Message:
    layout: ClassVar[struct.Struct]

    def pack(self) -> bytes:
        return self.layout.pack(*astuple(self))  # pyright: ignore[reportArgumentType]

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        return cls(*cls.layout.unpack(data))


@dataclass(frozen=True)
class Order(_Message):
    """Pool to server: run a candidate (three descriptors come along: result channel, stdout, stderr), or kill it."""

    layout: ClassVar[struct.Struct] = struct.Struct("!?QdQI")

    run: bool
    job: int
    seconds: float = 0.0
    memory: int = 0
    """Bytes."""
    scratch: int = 0
    """MiB."""


@dataclass(frozen=True)
class Exit(_Message):
    """Server to pool: this candidate's process is gone, and what it used."""

    layout: ClassVar[struct.Struct] = struct.Struct("!Qi??ddd")

    job: int
    code: int
    """Exit status; minus the signal's number where it was killed by one; an errno where it could not be forked."""
    forked: bool
    late: bool
    """Killed by the server because its time was up."""
    seconds: float
    cpu_seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Ready:
    """Server to pool, once: the walls, or why there is no server."""

    walls: dict[str, str]
    failure: str = ""

    def send(self, control: socket.socket) -> None:
        text = json.dumps([self.walls, self.failure]).encode()
        control.sendall(struct.pack("!I", len(text)) + text)
