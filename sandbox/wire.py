"""What crosses the sandbox's border: JSON plus raw arrays, both directions, never pickle.

A frame is a 24-byte header, JSON text, and the arrays' bytes one after the other, each padded to 16 bytes::

    key (8 bytes) · length of the JSON · length of the arrays · JSON · arrays

In the JSON an array stands as `{key: [dtype, shape, offset]}`, where `key` is drawn anew for each frame, so that no
honest value can be mistaken for an array. The reader trusts nothing: lengths, dtypes, shapes and offsets are checked,
and the worst that a forged frame can do is to be refused or to hold a different value.
"""

from __future__ import annotations

import json
import math
import os
import re
import struct
from collections.abc import Sequence
from typing import Any

HEADER = struct.Struct("!8sQQ")
_ALIGN = 16
_DTYPE = re.compile(r"[<>|][biufc]\d{1,2}")
_SURROGATE = re.compile(rb"(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]")
_MAX_DIMENSIONS = 32


class WireError(ValueError):
    """These bytes are not a frame."""


class Unsendable(TypeError):
    """A value holds something that is neither JSON nor an array of numbers."""


def encode(value: object) -> list[bytes | memoryview]:
    """The frame for `value`, as buffers to be sent in order.

    JSON types, numpy scalars and numpy arrays of booleans, integers, floats or complex numbers, anywhere in the tree.
    Tuples become lists and keys become strings, as in JSON; NaN and infinities are kept. Lone surrogates become `?`.
    Raises `Unsendable` for anything else, naming its type.
    """
    arrays = _Arrays()
    encoder = json.JSONEncoder(ensure_ascii=False, default=arrays.lift, separators=(",", ":"))
    try:
        text = encoder.encode(value).encode("utf-8", "replace")
    except RecursionError:
        raise Unsendable("the value is nested too deeply") from None
    except ValueError as error:
        raise Unsendable(f"the value cannot be sent: {error}") from None
    except TypeError as error:
        raise Unsendable(str(error)) from None
    text += b" " * (-(HEADER.size + len(text)) % _ALIGN)
    return [HEADER.pack(arrays.key, len(text), arrays.size), text, *arrays.buffers]


def size(buffers: Sequence[bytes | memoryview]) -> int:
    """Bytes in a frame."""
    return sum(len(buffer) for buffer in buffers)


def expected(received: bytes | bytearray) -> int | None:
    """How long the frame that starts like this will be; None before its header is complete."""
    if len(received) < HEADER.size:
        return None
    _, text, arrays = HEADER.unpack_from(received)
    return HEADER.size + text + arrays


def decode(frame: bytes | bytearray) -> Any:
    """The value in a complete frame. Arrays are views into `frame`: writable where it is a bytearray.

    Raises `WireError` for anything that `encode` cannot have written.
    """
    if expected(frame) != len(frame):
        raise WireError(f"a frame of {len(frame)} bytes does not have the length that it states")
    key, length, _ = HEADER.unpack_from(frame)
    start = HEADER.size + length
    text = bytes(frame[HEADER.size : start])
    if (b"\\ud" in text or b"\\uD" in text) and _SURROGATE.search(text):
        raise WireError("the frame holds a lone surrogate")
    arrays = memoryview(frame)[start:]
    try:
        if key.hex().encode() not in text:
            return json.loads(text.decode())
        return json.loads(text.decode(), object_hook=lambda pairs: _drop(pairs, key.hex(), arrays))
    except WireError:
        raise
    except (ValueError, RecursionError) as error:
        raise WireError(f"the frame's JSON cannot be read: {error}") from None


class _Arrays:
    """Lifts arrays out of a value while it is being encoded."""

    def __init__(self) -> None:
        self.key = os.urandom(8)
        self.size = 0
        self.buffers: list[bytes | memoryview] = []

    def lift(self, value: Any) -> Any:
        """What the encoder writes for a value that is not JSON."""
        kind = type(value)
        if kind.__module__ == "numpy":
            import numpy as np

            if isinstance(value, np.bool_ | np.integer | np.floating):
                return value.item()
            if kind is np.ndarray:
                return self._array(value)
        raise Unsendable(f"a {_name(kind)} cannot be sent: use JSON types and numpy arrays of numbers")

    def _array(self, array: Any) -> dict[str, list]:
        if array.dtype.kind not in "biufc" or array.dtype.itemsize > 16:
            raise Unsendable(f"an array of dtype {array.dtype} cannot be sent: convert it with .tolist()")
        if array.ndim > _MAX_DIMENSIONS:
            raise Unsendable(f"an array of {array.ndim} dimensions cannot be sent: at most {_MAX_DIMENSIONS}")
        flat = array.reshape(-1)
        if not flat.flags.c_contiguous:
            flat = flat.copy()
        place = {self.key.hex(): [array.dtype.str, list(array.shape), self.size]}
        padding = -array.nbytes % _ALIGN
        if array.nbytes:
            self.buffers += [memoryview(flat.view("u1")), bytes(padding)]
        self.size += array.nbytes + padding
        return place


def _drop(pairs: dict[str, Any], key: str, arrays: memoryview) -> Any:
    """The array that a placeholder stands for; any other object as it is."""
    if len(pairs) != 1 or key not in pairs:
        return pairs
    dtype, shape, offset = _placeholder(pairs[key])
    import numpy as np

    try:
        kind = np.dtype(dtype)
    except TypeError:
        raise WireError(f"the frame names an unknown dtype {dtype}") from None
    count = math.prod(shape)
    if kind.itemsize > 16 or offset + count * kind.itemsize > len(arrays):
        raise WireError("an array reaches beyond the frame")
    if not count:
        return np.empty(shape, kind)
    return np.frombuffer(arrays, kind, count, offset).reshape(shape)


def _placeholder(value: object) -> tuple[str, list[int], int]:
    match value:
        case [str(dtype), list(shape), int(offset)] if (
            _DTYPE.fullmatch(dtype)
            and len(shape) <= _MAX_DIMENSIONS
            and all(type(n) is int and 0 <= n < 1 << 48 for n in shape)
            and type(offset) is int
            and offset >= 0
        ):
            return dtype, shape, offset
    raise WireError("the frame holds a malformed array")


def _name(kind: type) -> str:
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
