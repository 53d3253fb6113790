"""Progress: what runs in the sandbox tells before its result, and how that is kept apart from a result.

A progress frame is `MARK` and a frame of `wire`, on the result's channel. It is small, and there are only so many in a
run. What is larger, or comes after them, is not taken for progress, and never for a result either: only somebody who
writes to the channel past `tell` sends such a thing.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable

from . import wire

MARK = b"progress"
"""Where a result has its key: eight bytes, drawn anew for each."""
LARGEST = 4096
"""Bytes in a progress frame, its mark included."""
MOST = 10_000
"""Progress frames in one run."""

# The state of a candidate's own process; in any other, nobody listens.
_channel = -1
_left = 0


def tell(value: object) -> None:
    """Send a value (see `wire.encode`) to whoever waits for this run. One thread at a time may do so.

    It does nothing outside the sandbox and where nobody listens. Values beyond `LARGEST` bytes are dropped, and so are
    all after the first `MOST`. Raises `TypeError` for what cannot be sent.
    """
    global _left
    if not wanted():
        return
    frame = MARK + b"".join(wire.encode(value))
    if len(frame) > LARGEST:
        return
    _left -= 1
    with contextlib.suppress(OSError):  # the parent is gone, and takes this process with it
        rest = memoryview(frame)
        while rest:
            rest = rest[os.write(_channel, rest) :]


def wanted() -> bool:
    """Whether anybody would hear what is told here."""
    return _left > 0


def open_line(channel: int) -> None:
    """From now on this process tells its progress on that descriptor."""
    global _channel, _left
    _channel, _left = channel, MOST


class Peeler:
    """The pool's end: takes progress off the front of what a candidate has sent, and hands it on as plain data.

    The values are the candidate's word: it can forge them. Without `hear` they are dropped unread.
    """

    def __init__(self, hear: Callable[[object], None] | None) -> None:
        self._hear = hear
        self._left = MOST

    def peel(self, received: bytearray) -> None:
        """Remove every complete progress frame before the result. One that cannot be read is dropped."""
        while size := self._ahead(received):
            frame = received[len(MARK) : size]
            del received[:size]
            self._left -= 1
            if self._hear is not None:
                with contextlib.suppress(wire.WireError):
                    self._hear(wire.decode(frame))

    def _ahead(self, received: bytearray) -> int:
        """Bytes of the complete progress frame at the front, its mark included; 0 where there is none."""
        if self._left <= 0 or not received.startswith(MARK):
            return 0
        start = len(MARK)
        length = wire.expected(received[start : start + wire.HEADER.size])
        size = LARGEST + 1 if length is None else start + length
        return size if size <= min(LARGEST, len(received)) else 0
