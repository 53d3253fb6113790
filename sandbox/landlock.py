"""Landlock: which files this process may touch, and no TCP (Linux 5.13 and later; no privileges needed)."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Sequence

from . import linux

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION_FLAG = 1
_PATH_BENEATH = 1

_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_NEVER = 1 << 0 | 1 << 6 | 1 << 9 | 1 << 11 | 1 << 15  # execute; make device or socket; device ioctl
_TCP = 1 << 0 | 1 << 1  # bind, connect
_SCOPED = 1 << 0 | 1 << 1  # abstract Unix sockets, signals

# How many file rights each version of the interface knows: a right that it does not know makes the call fail.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}


def version() -> int:
    """The kernel's Landlock interface; 0 where there is none."""
    try:
        return linux.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)
    except OSError:
        return 0


class Rules:
    """What a candidate may touch: worked out once, before candidates are forked; enforced by each of them on itself."""

    def __init__(self, readable: Sequence[str], listable: Sequence[str], devices: Sequence[str]) -> None:
        """Read `readable`, list the folders at and below `listable`, read and write `devices`."""
        self._rules = [(path, _READ_FILE | _READ_DIR if os.path.isdir(path) else _READ_FILE) for path in readable]
        self._rules += [(path, _READ_DIR) for path in listable]
        self._rules += [(path, _READ_FILE | _WRITE_FILE) for path in devices]
        level = version()
        self._every = (1 << _FILE_RIGHTS.get(level, 16)) - 1
        attributes = struct.pack("=QQQ", self._every, _TCP if level >= 4 else 0, _SCOPED if level >= 6 else 0)
        self._attributes = attributes[: 8 if level < 4 else 16 if level < 6 else 24]

    def enforce(self, scratch: str) -> None:
        """From here on this process has those rights, owns `scratch`, and nothing else. For good.

        TCP, abstract Unix sockets and signals to the outside are closed too, where the kernel knows how.
        Raises `OSError` where the kernel refuses.
        """
        ruleset = linux.syscall(_CREATE_RULESET, self._attributes, len(self._attributes), 0)
        for path, rights in [*self._rules, (scratch, self._every & ~_NEVER)]:
            descriptor = os.open(path, os.O_PATH)
            rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, descriptor))
            linux.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
            os.close(descriptor)
        linux.syscall(_RESTRICT_SELF, ruleset, 0)
        os.close(ruleset)
